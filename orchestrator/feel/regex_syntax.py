"""The syntax of XPath patterns, translated to RE2's in one pass (XQuery and XPath Functions 3.1, 5.6.1)."""

from __future__ import annotations

import re2

from orchestrator.feel.regex_classes import CLASS_ESCAPES, CharClass, property_class
from orchestrator.feel.temporal_text import shown

_SPACES = " \t\n\r"


class PatternError(ValueError):
    """The pattern, its flags or a replacement cannot be used; the message says why. `size` is the work it made."""

    def __init__(self, message: str, size: int = 0) -> None:
        super().__init__(message)
        self.size = size


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
