"""String functions (DMN 1.5, table 75, and Camunda's). Positions count code points, from 1 or backwards from -1."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from orchestrator.feel import regex
from orchestrator.feel.builtins.registry import builtin
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.lexer import SPACE
from orchestrator.feel.limits import TEXT
from orchestrator.feel.regex_syntax import PatternError
from orchestrator.feel.run import Dialect, Run
from orchestrator.feel.temporal_text import shown
from orchestrator.feel.values import describe


@builtin("substring(string: string, start position: number, length?: number)")
def substring(run: Run, string: str, start: Decimal, length: Decimal | None) -> Any:
    """Null when it would begin outside the string or has no length."""
    place = int(start)
    if place == 0 or abs(place) > max(len(string), 1):
        if run.dialect is Dialect.CAMUNDA and place:
            place = place if place > 0 else -len(string)
        else:
            return Null("out of range", f"the string has {len(string)} characters, none at position {str(start)[:40]}")
    first = place - 1 if place > 0 else len(string) + place
    if length is None:
        return string[max(first, 0) :]
    if length < 1:
        return Null("out of range", "the length is less than 1")
    return string[max(first, 0) : max(first, 0) + int(length)]


@builtin("string length(string: string)")
def string_length(run: Run, string: str) -> Decimal:
    """Code points."""
    return Decimal(len(string))


@builtin("upper case(string: string)")
def upper_case(run: Run, string: str) -> str:
    """By Unicode."""
    return run.check_text(string.upper())


@builtin("lower case(string: string)")
def lower_case(run: Run, string: str) -> str:
    """By Unicode."""
    return run.check_text(string.lower())


@builtin("substring before(string: string, match: string)")
def substring_before(run: Run, string: str, match: str) -> str:
    """The empty string when there is no match."""
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after(string: string, match: string)")
def substring_after(run: Run, string: str, match: str) -> str:
    """The empty string when there is no match."""
    return string.partition(match)[2] if match else string


@builtin("contains(string: string, match: string)")
def contains(run: Run, string: str, match: str) -> bool:
    """Whether the match occurs."""
    run.spend((len(string) + len(match)) // 500)
    return match in string


@builtin("starts with(string: string, match: string)")
def starts_with(run: Run, string: str, match: str) -> bool:
    """Whether it begins so."""
    return string.startswith(match)


@builtin("ends with(string: string, match: string)")
def ends_with(run: Run, string: str, match: str) -> bool:
    """Whether it ends so."""
    return string.endswith(match)


def _pattern(run: Run, text: str, pattern: str, flags: str | None, *, empty: bool = True) -> Any:
    """The compiled pattern, paid for, or a Null. Without `empty`, one that matches nothing is refused (FORX0003)."""
    found = regex.attempt(pattern, flags or "")
    run.spend(found.pay())
    compiled = found.outcome
    if isinstance(compiled, PatternError):
        return Null("bad value", str(compiled))
    run.spend(compiled.cost(text))
    if not empty and run.dialect is Dialect.DMN and compiled.matches_nothing:
        return Null("bad value", f"the pattern {shown(pattern)} matches the empty string")
    return compiled


def _found(run: Run, compiled: regex.Pattern, text: str) -> Iterator[Any]:
    """All matches, each a step."""
    for match in compiled.code.finditer(text):
        run.spend(1)
        yield match


@builtin("matches(input: string, pattern: string, flags?: string or null)")
def matches(run: Run, text: str, pattern: str, flags: str | None) -> Any:
    """Whether the pattern occurs in the text."""
    compiled = _pattern(run, text, pattern, flags)
    return compiled if type(compiled) is Null else compiled.code.search(text) is not None


@builtin("replace(input: string, pattern: string, replacement: string, flags?: string or null)")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None) -> Any:
    """Every occurrence; $1 stands for the first group, $0 for all of it."""
    compiled = _pattern(run, text, pattern, flags, empty=False)
    if type(compiled) is Null:
        return compiled
    try:
        parts = regex.replacement_parts(replacement, compiled.code.groups, literal="q" in (flags or ""))
    except PatternError as error:
        return Null("bad value", str(error))
    pieces, end, size = [], 0, len(text)
    for match in _found(run, compiled, text):
        new = "".join([part if type(part) is str else match.group(part) or "" for part in parts])
        pieces += [text[end : match.start()], new]
        size += len(new)
        if size > 2 * TEXT:
            run.too_long(size)
        end = match.end()
    return run.check_text("".join([*pieces, text[end:]]))


@builtin("split(string: string, delimiter: string)")
def split(run: Run, string: str, delimiter: str) -> Any:
    """The parts between the occurrences of a pattern."""
    compiled = _pattern(run, string, delimiter, "", empty=False)
    if type(compiled) is Null:
        return compiled
    parts, end = [], 0
    for match in _found(run, compiled, string):
        if match.end() > 0:
            parts.append(string[end : match.start()])
            end = match.end()
    run.check_items(len(parts) + 1)
    return [*parts, string[end:]]


@builtin("extract(string: string, pattern: string)")
def extract(run: Run, string: str, pattern: str) -> Any:
    """Everything that matches the pattern."""
    compiled = _pattern(run, string, pattern, "")
    if type(compiled) is Null:
        return compiled
    found = [match.group(0) for match in _found(run, compiled, string)]
    run.check_items(len(found))
    return found


def _join(run: Run, items: list[Any], delimiter: str | None, prefix: str = "", suffix: str = "") -> Any:
    strange = next((item for item in items if item is not None and type(item) is not str), None)
    if strange is not None:
        return Null("wrong type", f"only strings can be joined, not {describe(strange)}")
    run.spend(1 + len(items) // 8)
    words = [item for item in items if item is not None]
    gap = delimiter or ""
    size = sum(map(len, words)) + len(gap) * len(words)
    if size > 2 * TEXT:
        run.too_long(size)
    return run.check_text(prefix + gap.join(words) + suffix)


@builtin("string join(list: list, delimiter?: string or null)")
def string_join(run: Run, items: list[Any], delimiter: str | None) -> Any:
    """The strings of the list, nulls left out."""
    return _join(run, items, delimiter)


@builtin("string join(list: list, delimiter: string or null, prefix: string, suffix: string)", dialect=Dialect.CAMUNDA)
def string_join_around(run: Run, items: list[Any], delimiter: str | None, prefix: str, suffix: str) -> Any:
    """The strings of the list, something before and something behind."""
    return _join(run, items, delimiter, prefix, suffix)


@builtin("trim(string: string)")
def trim(run: Run, string: str) -> str:
    """Without white space at both ends."""
    return string.strip(SPACE_CHARACTERS)


@builtin("is blank(string: string)")
def is_blank(run: Run, string: str) -> bool:
    """Nothing but white space."""
    return not string.strip(SPACE_CHARACTERS)


SPACE_CHARACTERS = SPACE.replace("\u2000-\u200b", "".join(map(chr, range(0x2000, 0x200C))))


@builtin("to base64(value: string)")
def to_base64(run: Run, value: str) -> str:
    """Of its UTF-8 bytes."""
    return run.check_text(base64.b64encode(value.encode()).decode())


@builtin("from base64(value: string)")
def from_base64(run: Run, value: str) -> Any:
    """The text whose UTF-8 bytes these are."""
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return Null("bad value", f"{describe(value)} is no text in base64")


@builtin("uuid()")
def uuid(run: Run) -> Any:
    """Needs randomness, which the environment may offer as a function of this name."""
    return Null("no environment", "a random identifier is not available here")
