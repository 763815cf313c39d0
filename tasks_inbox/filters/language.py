"""The text of a filter, read into a tree and written again. Pure: what a name means is asked elsewhere.

filter     = all { "or" all }
all        = one { "and" one }
one        = "not" one | "(" filter ")" | name operator [ value | "(" value { "," value } ")" ]
operator   = = != < <= > >= | contains | does not contain | begins with | in | not in | is empty | is not empty
           | before | after | on
value      = "text" | number | word
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

LONGEST = 2_000  # characters
MOST_COMPARISONS = 40
DEEPEST = 8

#: Operator -> how many values it takes: 0, 1, or None for a list.
OPERATORS: dict[str, int | None] = {
    "=": 1,
    "!=": 1,
    "<": 1,
    "<=": 1,
    ">": 1,
    ">=": 1,
    "contains": 1,
    "does not contain": 1,
    "begins with": 1,
    "in": None,
    "not in": None,
    "before": 1,
    "after": 1,
    "on": 1,
    "is empty": 0,
    "is not empty": 0,
}


class InvalidFilter(ValueError):
    """A filter that cannot be understood or is not allowed; str() is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Value:
    """`quoted` texts are texts; others may be numbers, yes and no, or a word such as `me` and `today`."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    name: str
    operator: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    part: Filter


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Filter, ...]


Filter = Compare | Not | All | Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign><=|>=|!=|[=<>(),])|(?P<word>[^\s"=<>!(),]+))""", re.DOTALL
)
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?|[^\W\d]\w*|\d{4}-\d\d-\d\d(?:T[\d:]+)?")
_RESERVED = {"and", "or", "not", "in", "is", "contains", "does", "begins", "before", "after", "on"}


def read(text: str) -> Filter | None:
    """The tree of a text, None for an empty one. Raises InvalidFilter."""
    if not text.strip():
        return None
    if len(text) > LONGEST or "\x00" in text:
        raise InvalidFilter(_("A filter has at most %(most)s characters.") % {"most": LONGEST})
    return _Reader(_tokens(text)).whole()


def write(tree: Filter | None) -> str:
    """The text of a tree: `read(write(tree)) == tree` for whatever `read` gave."""
    match tree:
        case None:
            return ""
        case Compare(name, operator, values):
            given = [_written(value) for value in values]
            listed = f" ({', '.join(given)})" if OPERATORS[operator] is None else "".join(f" {one}" for one in given)
            return f"{name} {operator}{listed}"
        case Not(part):
            return f"not {_inside(part)}"
        case All(parts):
            return " and ".join(_inside(part) for part in parts)
        case Any(parts):
            return " or ".join(_inside(part) for part in parts)


def comparisons(tree: Filter | None) -> list[Compare]:
    match tree:
        case None:
            return []
        case Compare():
            return [tree]
        case Not(part):
            return comparisons(part)
        case All(parts) | Any(parts):
            return [one for part in parts for one in comparisons(part)]


def _inside(tree: Filter) -> str:
    return f"({write(tree)})" if isinstance(tree, All | Any) else write(tree)


def _written(value: Value) -> str:
    if not value.quoted and _PLAIN.fullmatch(value.text) and value.text.lower() not in _RESERVED:
        return value.text
    escaped = value.text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # quoted | sign | word
    text: str


def _tokens(text: str) -> list[_Token]:
    found, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise InvalidFilter(_("This cannot be read: “%(rest)s”.") % {"rest": text[place:].strip()[:40]})
        kind = str(match.lastgroup)
        word = match[kind]
        found.append(_Token(kind, re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL) if kind == "quoted" else word))
        place = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.place, self.compared, self.depth = tokens, 0, 0, 0

    def whole(self) -> Filter:
        tree = self.any()
        if self.place < len(self.tokens):
            raise InvalidFilter(_("“and” or “or” is missing before “%(word)s”.") % {"word": self.peek()})
        return tree

    def any(self) -> Filter:
        parts = [self.all()]
        while self.takes("or"):
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def all(self) -> Filter:
        parts = [self.one()]
        while self.takes("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self) -> Filter:
        self.depth += 1
        if self.depth > DEEPEST:
            raise InvalidFilter(_("A filter is nested at most %(most)s deep.") % {"most": DEEPEST})
        tree = self.inner()
        self.depth -= 1
        return tree

    def inner(self) -> Filter:
        if self.takes("not"):
            return Not(self.one())
        if self.takes("("):
            tree = self.any()
            self.expect(")")
            return tree
        return self.comparison()

    def comparison(self) -> Compare:
        self.compared += 1
        if self.compared > MOST_COMPARISONS:
            raise InvalidFilter(_("A filter has at most %(most)s conditions.") % {"most": MOST_COMPARISONS})
        token = self.next(_("The filter ends where a condition should follow."))
        if token.kind != "word" or token.text.lower() in _RESERVED:
            raise InvalidFilter(_("A condition begins with a name, not with “%(word)s”.") % {"word": token.text[:40]})
        operator = self.operator(token.text)
        return Compare(token.text, operator, self.values(token.text, operator))

    def operator(self, name: str) -> str:
        first = self.next(_("What about “%(name)s”? An operator is missing.") % {"name": name[:40]}).text.lower()
        words = {
            "is": ("empty", "not empty"),
            "does": ("not contain",),
            "begins": ("with",),
            "not": ("in",),
        }
        if first not in words:
            if first in OPERATORS:
                return first
            known = ", ".join(OPERATORS)
            raise InvalidFilter(
                _("“%(word)s” is no operator. Use one of: %(known)s.") % {"word": first[:40], "known": known}
            )
        for rest in words[first]:
            if self.follows(rest.split()):
                return f"{first} {rest}"
        raise InvalidFilter(_("After “%(name)s %(word)s” something is missing.") % {"name": name[:40], "word": first})

    def values(self, name: str, operator: str) -> tuple[Value, ...]:
        number = OPERATORS[operator]
        if number == 0:
            return ()
        if number == 1:
            return (self.value(name),)
        self.expect("(")
        found = [self.value(name)]
        while self.takes(","):
            found.append(self.value(name))
        self.expect(")")
        return tuple(found)

    def value(self, name: str) -> Value:
        token = self.next(_("A value for “%(name)s” is missing.") % {"name": name[:40]})
        if token.kind == "sign":
            raise InvalidFilter(_("A value for “%(name)s” is missing.") % {"name": name[:40]})
        return Value(token.text, token.kind == "quoted")

    def peek(self) -> str:
        return self.tokens[self.place].text[:40] if self.place < len(self.tokens) else ""

    def next(self, missing: str) -> _Token:
        if self.place >= len(self.tokens):
            raise InvalidFilter(missing)
        self.place += 1
        return self.tokens[self.place - 1]

    def takes(self, word: str) -> bool:
        return self.follows([word])

    def follows(self, words: list[str]) -> bool:
        ahead = self.tokens[self.place : self.place + len(words)]
        if [token.text.lower() for token in ahead if token.kind != "quoted"] != words:
            return False
        self.place += len(words)
        return True

    def expect(self, sign: str) -> None:
        if not self.takes(sign):
            raise InvalidFilter(_("“%(sign)s” is missing.") % {"sign": sign})
