"""XPath regular expressions on RE2: linear time, whatever the pattern (XQuery and XPath Functions 3.1, 5.6).

XPath's syntax is translated. What RE2 cannot do (back-references) is refused with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from orchestrator.feel.regex_syntax import PatternError, Translator
from orchestrator.feel.temporal_text import shown

_FLAGS = frozenset("smixq")
_MAX_PATTERN = 10_000
MEMORY = 8 << 20
"""Bytes that RE2 may use for one pattern: enough for about 250 Unicode letters in a row."""
TOO_LARGE = 150_000
"""Instructions that RE2 makes, about, before it gives up."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern and how many places it has: the work on a text grows with both."""

    code: Any
    places: int

    def cost(self, text: str) -> int:
        """Steps to pay before it works on a text; RE2 at its slowest looks at every place for every character."""
        return self.places + self.places * len(text) // 40 + len(text) // 200

    @property
    def matches_nothing(self) -> bool:
        """Whether it matches the empty string."""
        return self.code.search("") is not None


class Attempt:
    """What became of a pattern: compiled or refused. `fresh` until somebody paid for the work."""

    __slots__ = ("cost", "fresh", "outcome")

    def __init__(self, outcome: Pattern | PatternError) -> None:
        self.outcome, self.fresh = outcome, True
        size = outcome.code.programsize if isinstance(outcome, Pattern) else outcome.size
        self.cost = 100 + size // 8

    def pay(self) -> int:
        """Steps to pay for compiling: only the first to ask pays."""
        steps, self.fresh = (self.cost if self.fresh else 0), False
        return steps


@lru_cache(maxsize=512)
def attempt(pattern: str, flags: str) -> Attempt:
    """The pattern, compiled or refused, remembered either way."""
    try:
        return Attempt(_compile(pattern, flags))
    except PatternError as error:
        return Attempt(error)


def _compile(pattern: str, flags: str) -> Pattern:
    strange = next((flag for flag in flags if flag not in _FLAGS), None)
    if strange is not None:
        raise PatternError(f"{strange!r} is no flag of a pattern; there are s, m, i, x and q")
    if len(pattern) > _MAX_PATTERN:
        raise PatternError(f"the pattern is longer than {_MAX_PATTERN:,} characters")
    if "q" in flags:
        translated, places = str(re2.escape(pattern)), 1
    else:
        translator = Translator(pattern, flags)
        translated, places = translator.translate(), translator.places
    own = "".join(flag for flag in "ism" if flag in flags)
    options = re2.Options()
    options.max_mem = MEMORY
    options.log_errors = False
    try:
        return Pattern(re2.compile(f"(?{own}){translated}" if own else translated, options), places)
    except re2.error as error:
        reason = error.args[0] if error.args else "it is no pattern"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        size = TOO_LARGE if "too large" in reason else 0
        raise PatternError(f"the pattern {shown(pattern)} cannot be used: {reason}", size) from None


def replacement_parts(text: str, groups: int, *, literal: bool) -> list[str | int]:
    """A replacement as texts and group numbers. `$12` is group 12 if there are so many, else group 1 and a 2."""
    if literal:
        return [text]
    parts: list[str | int] = [""]
    i = 0
    while i < len(text):
        char = text[i]
        if char == "\\":
            if text[i + 1 : i + 2] not in ("\\", "$"):
                raise PatternError(f"in the replacement {shown(text)} a backslash stands before neither `$` nor `\\`")
            parts.append(text[i + 1])
            i += 2
        elif char == "$":
            digits = 1
            while text[i + 1 + digits : i + 2 + digits].isdecimal() and int(text[i + 1 : i + 2 + digits]) <= groups:
                digits += 1
            number = text[i + 1 : i + 1 + digits]
            if not (number.isascii() and number.isdecimal()):
                raise PatternError(f"in the replacement {shown(text)} no digit follows the `$`")
            parts.append(int(number) if int(number) <= groups else "")
            i += 1 + digits
        else:
            parts.append(char)
            i += 1
    return parts
