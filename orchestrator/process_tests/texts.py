"""The text of a file: its JSON with exact numbers, and the line on which each value stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.feel import jsonnumbers
from orchestrator.process_tests.fields import InvalidTests, Mistake, Place

Lines = Mapping[str, int]  # address (`Place.address`) -> line, from 1

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
CONSTANTS = ("NaN", "Infinity", "-Infinity")
# What the parser of Python says, and what a modeller reads.
SAID = {
    "Expecting property name enclosed in double quotes": "a name in double quotes is needed",
    "Expecting ',' delimiter": "a comma is missing, or a bracket that closes",
    "Expecting ':' delimiter": "a colon is missing after the name",
    "Expecting value": "a value is needed; a text stands in double quotes",
    "Extra data": "something follows after the end",
    "Unterminated string starting at": "the text that begins here is not closed with a double quote",
    "Invalid control character at": "a text must end on its line: write \\n for a new line",
    "Invalid \\escape": "a backslash must be written twice",
}


def loads(text: str, file: str) -> Any:
    """Raises InvalidTests, also where a name occurs twice in one object."""
    try:
        json.loads(text)
        found = jsonnumbers.loads(text)
    except json.JSONDecodeError as error:
        raise _refused(file, f"This is no JSON: {_said(error)}, in column {error.colno}", error.lineno) from None
    except RecursionError:
        raise _refused(file, "This JSON nests too deep") from None
    except ValueError as error:
        constant = next((token for token in _tokens(text) if token.text in CONSTANTS), None)
        if constant is not None:
            raise _refused(file, f"{constant.text} is no number of JSON", constant.line) from None
        raise _refused(file, f"This JSON cannot be used: {error}") from None
    _check_once(text, file)
    return found


def lines(text: str) -> Lines:
    """Of a sound JSON text; of one on a single line nothing, for that tells nobody anything."""
    return {_address(path): line for path, line in _values(text)} if "\n" in text.strip() else {}


def _address(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def line_of(place: Place, known: Lines) -> int | None:
    """The line of what stands there, or of what should be around it."""
    address = place.address
    while address not in known and address:
        address = address[: max(address.rfind("."), address.rfind("["), 0)]
    return known.get(address)


def _refused(file: str, message: str, line: int | None = None) -> InvalidTests:
    return InvalidTests([Mistake(Place(file, line=line), message)])


def _said(error: json.JSONDecodeError) -> str:
    if not error.doc.strip():
        return "the file is empty"
    before, after = error.doc[: error.pos].rstrip(), error.doc[error.pos : error.pos + 1]
    if before.endswith(",") and after in ("}", "]"):
        return f"there is a comma too many before “{after}”"
    return next((said for begins, said in SAID.items() if error.msg.startswith(begins)), error.msg)


def _check_once(text: str, file: str) -> None:
    seen: set[Path] = set()
    for path, line in _values(text):
        if path in seen:
            raise _refused(file, f"The name “{path[-1]}” stands twice in one object", line)
        seen.add(path)


# Reading

Path = tuple[str | int, ...]  # names, and positions in lists from 1


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int


def _tokens(text: str) -> Iterator[_Token]:
    line, at = 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield _Token(match.group(), line)


def _values(text: str) -> Iterator[tuple[Path, int]]:
    """Every value of a sound JSON text with its path; a named one stands where its name does."""
    around: list[Path] = []  # of each list or object that is open
    counts: list[int | None] = []  # how many items were seen in each; None: an object
    name: _Token | None = None
    for token in _tokens(text):
        if token.text in ("}", "]"):
            around.pop()
            counts.pop()
        elif token.text in (",", ":"):
            continue
        elif counts and counts[-1] is None and name is None:
            name = token
        else:
            path = around[-1] if around else ()
            if counts and counts[-1] is not None:
                counts[-1] += 1
                path = (*path, counts[-1])
            elif name is not None:
                path = (*path, json.loads(name.text))
            yield path, (name or token).line
            name = None
            if token.text in ("{", "["):
                around.append(path)
                counts.append(0 if token.text == "[" else None)
