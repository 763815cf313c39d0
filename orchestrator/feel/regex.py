"""XPath regular expressions on RE2: linear time, whatever the pattern (XQuery and XPath Functions 3.1, 5.6).

XPath's syntax is translated. What RE2 cannot do (back-references) is refused with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from orchestrator.feel.regex_classes import CLASS_ESCAPES, CharClass, property_class
from orchestrator.feel.temporal_text import shown

_FLAGS = frozenset("smixq")
_MAX_PATTERN = 10_000
_SPACES = " \t\n\r"


class PatternError(ValueError):
    """The pattern, its flags or a replacement cannot be used; the message says why."""


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

    __slots__ = ("fresh", "outcome")

    def __init__(self, outcome: Pattern | PatternError) -> None:
        self.outcome, self.fresh = outcome, True

    def pay(self) -> int:
        """Steps to pay for compiling: only the first to ask pays."""
        steps, self.fresh = (COMPILING if self.fresh else 0), False
        return steps


COMPILING = 1000


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
    options.max_mem = 2 << 20
    options.log_errors = False
    try:
        return Pattern(re2.compile(f"(?{own}){translated}" if own else translated, options), places)
    except re2.error as error:
        reason = error.args[0] if error.args else "it is no pattern"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise PatternError(f"the pattern {shown(pattern)} cannot be used: {reason}") from None


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


class Translator:
    """One pass over a pattern."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.free_spacing, self.ignore_case, self.dot_all = "x" in flags, "i" in flags, "s" in flags
        self.pattern = self.without_spaces(pattern) if self.free_spacing else pattern
        self.i = 0
        self.groups: list[list[int]] = [[]]

    @property
    def places(self) -> int:
        """How many characters the pattern asks for at most, repetitions by number multiplied out."""
        return sum(map(sum, self.groups)) + 1

    def count(self, char: str, repetitions: str = "") -> None:
        """Keep count of the places: a group is opened, closed, repeated, or one character more is asked for."""
        if char == "(":
            self.groups.append([])
        elif char == ")" and len(self.groups) > 1:
            inner = sum(self.groups.pop())
            self.groups[-1].append(inner)
        elif char == "{" and self.groups[-1]:
            self.groups[-1][-1] *= max(int(number) for number in repetitions.strip("{}").split(",") if number)
        elif char not in "*+?|^$:)":
            self.groups[-1].append(1)

    @staticmethod
    def without_spaces(pattern: str) -> str:
        """With flag x, white space counts only inside [ ]."""
        kept, depth, i = [], 0, 0
        while i < len(pattern):
            char = pattern[i]
            if char == "\\" and i + 1 < len(pattern):
                following = next((c for c in pattern[i + 1 :] if depth or c not in _SPACES), "")
                kept.append(char + following)
                i = pattern.index(following, i + 1) + 1 if following else len(pattern)
                continue
            depth += (char == "[") - (char == "]" and depth > 0)
            if depth or char not in _SPACES:
                kept.append(char)
            i += 1
        return "".join(kept)

    def fail(self, reason: str) -> PatternError:
        """The error of this pattern."""
        return PatternError(f"the pattern {shown(self.pattern)} cannot be used: {reason}")

    def translate(self) -> str:
        """The pattern in RE2's syntax."""
        parts = []
        while self.i < len(self.pattern):
            char = self.pattern[self.i]
            if char != "{":
                self.count(char)
            if char == "\\":
                parts.append(self.escape())
            elif char == "[":
                parts.append(self.bracketed())
            elif char == "(" and self.pattern.startswith("(?", self.i) and not self.pattern.startswith("(?:", self.i):
                raise self.fail("`(?` can only begin `(?:`, a group that is not remembered")
            elif char in "]}":
                raise self.fail(f"`{char}` stands alone; write `\\{char}`")
            elif char == "{":
                parts.append(self.quantifier())
            elif char == "." and not self.dot_all:
                parts.append("[^\\n\\r]")
                self.i += 1
            else:
                parts.append(char)
                self.i += 1
        return "".join(parts)

    def quantifier(self) -> str:
        """{2}, {2,} or {2,3}"""
        end = self.pattern.find("}", self.i)
        text = self.pattern[self.i : end + 1]
        low, _, high = text[1:-1].partition(",")
        numbers = [part for part in (low, high) if part]
        if end < 0 or not low or not all(part.isascii() and part.isdecimal() for part in numbers):
            raise self.fail("`{` begins no number of repetitions; write `\\{`")
        if len(low) < 6 and high and len(high) < 6 and int(high) < int(low):
            raise self.fail("a number of repetitions is smaller than the one before it")
        self.i = end + 1
        self.count("{", text)
        return text

    def escape(self) -> str:
        """What follows a backslash outside of [ ]."""
        char = self.pattern[self.i + 1 : self.i + 2]
        if char.isdecimal() and char:
            raise self.fail("references back to a group are not possible in linear time")
        found = self.escaped_class()
        if found is not None:
            return found.text()
        self.i += 2
        return str(re2.escape(self.single(char)))

    def single(self, char: str) -> str:
        """The character that an escape of one character stands for."""
        if char in SINGLE and char:
            return SINGLE[char]
        if not char or char not in "\\|.?*+(){}$-[]^":
            raise self.fail(f"`\\{char}` means nothing")
        return char

    def escaped_class(self) -> CharClass | None:
        """The characters of \\d, \\w, \\p{L} and their like at the position, or None for another escape."""
        char = self.pattern[self.i + 1 : self.i + 2]
        if char in ("p", "P") and char:
            end = self.pattern.find("}", self.i)
            if self.pattern[self.i + 2 : self.i + 3] != "{" or end < 0:
                raise self.fail(f"`\\{char}` needs a property in braces, such as `\\p{{L}}`")
            name = self.pattern[self.i + 3 : end]
            found = property_class(name)
            if found is None:
                raise self.fail(f"there is no property {shown(name)}")
            self.i = end + 1
            return found if char == "p" else found.inverted()
        if not char or char not in CLASS_ESCAPES:
            return None
        self.i += 2
        return CLASS_ESCAPES[char]

    def bracketed(self) -> str:
        """[a-z], [^a-z] or [a-z-[aeiou]]"""
        chars, negated, without = self.group()
        if without is None:
            return chars.text(negated=negated)
        chars = chars.inverted() if negated else chars
        return chars.minus(without, ignore_case=self.ignore_case).text()

    def group(self) -> tuple[CharClass, bool, CharClass | None]:
        """The characters between brackets, whether they are excluded, and what is taken away from them."""
        self.i += 1
        negated = self.take("^")
        chars, without = CharClass(), None
        first = True
        while not self.take("]"):
            if self.pattern.startswith("-[", self.i) and not first:
                self.i += 1
                inner, inverted, less = self.group()
                without = inner.inverted() if inverted else inner
                without = without.minus(less, ignore_case=self.ignore_case) if less else without
                if not self.take("]"):
                    raise self.fail("nothing may follow what is taken away from a class")
                break
            chars |= self.class_item()
            first = False
        if first:
            raise self.fail("a class in brackets is empty")
        return chars, negated, without

    def take(self, char: str) -> bool:
        """Step over the character if it comes next. PatternError at the end."""
        if self.i >= len(self.pattern):
            raise self.fail("a class in brackets is never closed")
        if self.pattern[self.i] == char:
            self.i += 1
            return True
        return False

    def class_item(self) -> CharClass:
        """One character, a range, or an escape for many."""
        if self.pattern[self.i] == "\\":
            found = self.escaped_class()
            if found is not None:
                return found
        low = self.class_char()
        following = self.pattern[self.i : self.i + 2]
        if following[:1] != "-" or following in ("-]", "-["):
            return CharClass(((ord(low), ord(low)),))
        self.i += 1
        high = self.class_char()
        if high < low:
            raise self.fail(f"the range {low}-{high} is reversed")
        return CharClass(((ord(low), ord(high)),))

    def class_char(self) -> str:
        """One character inside brackets."""
        char = self.pattern[self.i : self.i + 1]
        if char == "[" or not char:
            raise self.fail("`[` inside a class is written `\\[`")
        self.i += 1
        if char != "\\":
            return char
        self.i += 1
        return self.single(self.pattern[self.i - 1 : self.i])


SINGLE = {"n": "\n", "r": "\r", "t": "\t"}
