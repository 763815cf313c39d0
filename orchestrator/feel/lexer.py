"""Text to tokens. Nothing is refused here: the parser says what cannot stand where.

Names of several words or with operator characters inside are several tokens; `names` puts them together.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NAME_START = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
NAME_PART = NAME_START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"

_TOKEN = re.compile(
    rf"""
    (?P<space>(?:[{SPACE}]+|//[^\n]*|/\*.*?\*/)+)
  | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<name>[{NAME_START}][{NAME_PART}]*)
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<backtick>`[^`]+`)
  | (?P<unclosed>(?:"|`|/\*).*)
  | (?P<symbol>\*\*|\.\.|->|!=|<=|>=|[-+*/(){{}}\[\],.:<>=@])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{5,6})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")

KEYWORDS = frozenset(
    (
        "and", "or", "if", "then", "else", "for", "return", "some", "every", "in",
        "satisfies", "between", "instance", "function", "true", "false", "null",
    )
)  # fmt: skip


class Token(NamedTuple):
    """`kind` is name, keyword, number, string, backtick, symbol, unclosed, other or end; text[start:end] is the token.

    An unclosed string, backtick or comment is all the rest of the text.
    """

    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """All tokens of the text, the last one of kind `end`."""
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind == "space":
            continue
        if kind == "name" and match[0] in KEYWORDS:
            kind = "keyword"
        tokens.append(Token(kind, match[0], match.start(), match.end()))
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def unescape(literal: str) -> str:
    """The value of a string literal, quotes included: JSON's escapes, \\' and \\U with five or six digits.

    A backslash before anything else stays, so that a regular expression such as "\\d+" needs no doubling.
    """

    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code:
            return chr(int(code, 16)) if int(code, 16) < 0x110000 else match[0]
        return _ESCAPED.get(match[3], match[0])

    text = literal[1:-1]
    if "\\" not in text:
        return text
    text = _ESCAPE.sub(one, text)
    joined = _SURROGATES.sub(lambda m: m[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    return joined.encode("utf-8", "replace").decode() if any("\ud800" <= c <= "\udfff" for c in joined) else joined
