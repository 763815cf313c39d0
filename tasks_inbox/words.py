"""What a search compares: lower-cased words without punctuation. No database."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

_WORD = re.compile(r"[^\W_]+")
LONGEST = 64  # characters of a word that count
MOST_IN_A_QUERY = 8  # words
MOST_OF_VARIABLES = 200  # words of one task
_PORTION = 4_000  # characters that are looked at in one go
MORE = "\u2026"  # stands in the words of a task whose variables have more of them
Known = dict[int, tuple[Any, list[str]]]  # of a value, by its identity: the value, so that it stays, and its words
KEPT = "\u22ef"  # stands in the words of a task whose case keeps variables from some: their words are nobody's


def lexemes(*texts: str) -> list[str]:
    """“Approve INV-1042” -> ['1042', 'approve', 'inv']. Never empty strings, no word twice."""
    return sorted({word[:LONGEST] for text in texts for word in _WORD.findall(text.casefold())})


def query(search: str) -> str:
    """A tsquery that finds everything with words that begin like all of these; '' when `search` has no word."""
    return " & ".join(queries(search))


def queries(search: str) -> list[str]:
    """The same word by word."""
    return [f"'{word}':*" for word in lexemes(search)[:MOST_IN_A_QUERY]]


def of_task(
    *texts: str,
    variables: Mapping[str, Any],
    restricted: Collection[str] = (),
    many: bool = False,
    known: Known | None = None,
) -> list[str]:
    """What a search finds a task by: nothing of restricted variables. One of very many in its case does not follow the
    variables: it is marked, as is one that some may not read all of, and it says nothing of the long values that all of
    them see. `known` is kept from task to task of one case: siblings see the same values.
    """
    seen = {name: value for name, value in variables.items() if name not in restricted} if restricted else variables
    found = of_variables(seen) if known is None else _of_values(seen.values(), known, short=many)
    return sorted(
        {
            *itertools.chain.from_iterable(map(_of_text, texts)),
            *found,
            *([MORE] if many else ()),
            *([KEPT] if restricted else ()),
        }
    )


@lru_cache(maxsize=1000)
def _of_text(text: str) -> tuple[str, ...]:
    """The names of processes and tasks are the same again and again."""
    return tuple(lexemes(text))


def of_variables(variables: Mapping[str, Any]) -> list[str]:
    """The words of all values, nested ones too; of a task with too many the first ones, and `MORE`."""
    found: dict[str, None] = {}
    texts: list[str] = []
    size = 0
    for text in _texts(variables):
        texts.append(text)
        size += len(text)
        if size > _PORTION:
            _add_words(found, texts)
            if len(found) > MOST_OF_VARIABLES:
                break
            texts, size = [], 0
    else:
        _add_words(found, texts)
    return list(found) if len(found) <= MOST_OF_VARIABLES else [*list(found)[: MOST_OF_VARIABLES + 1], MORE]


def _add_words(found: dict[str, None], texts: Iterable[str]) -> None:
    found.update(dict.fromkeys([word[:LONGEST] for word in _WORD.findall(" ".join(texts).casefold())]))


def _of_values(values: Iterable[Any], known: Known, *, short: bool) -> list[str]:
    """As `of_variables`, with what is known of each value already. `short`: only of the values that have few words."""
    found: dict[str, None] = {}
    for value in values:
        if id(value) not in known:
            all = of_variables({"": value})
            known[id(value)] = value, all if not short or MORE not in all else [MORE]
        found.update(dict.fromkeys(known[id(value)][1]))
    if len(found) <= MOST_OF_VARIABLES:
        return list(found)
    return [*[word for word in found if word != MORE][: MOST_OF_VARIABLES + 1], MORE]


def surely(lexeme: str) -> str:
    """A tsquery for the tasks that have this word, or may have it."""
    return f"'{lexeme}' | '{MORE}' | '{KEPT}'"


def _texts(value: Any) -> Iterator[str]:
    """Of nested values too, in their order."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        kind = type(value)
        if kind is str:
            yield value
        elif kind is int:
            yield str(value)
        elif kind is dict:
            waiting.extend(reversed(value.values()))
        elif kind is list:
            waiting.extend(reversed(value))
        elif isinstance(value, Mapping):
            waiting.extend(reversed([*value.values()]))
        elif isinstance(value, tuple):
            waiting.extend(reversed(value))
        elif isinstance(value, Decimal):
            yield f"{value:f}" if abs(value.adjusted()) < LONGEST else str(value)
        elif value is not None and kind is not bool:
            yield str(value)
