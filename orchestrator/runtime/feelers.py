"""Texts with FEEL in double braces: “Dear {{name}}”, {{#if …}}…{{/if}}, {{#loop …}}…{{/loop}}. Pure.

The syntax is that of feelers, which forms use for labels, texts and descriptions. A text that begins with “=” is one
FEEL expression instead. Data never raises: what cannot be evaluated is shown as nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from orchestrator import feel
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.feel.numbers import number_text

Scope = Mapping[str, Any]
Escape = Callable[[str], str]

_BLOCKS = ("if", "loop")
_QUOTES = {'"': '"', "`": "`"}


class TemplateError(ValueError):
    """The text is no template; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Insert:
    expression: feel.Expression


@dataclass(frozen=True, slots=True)
class Block:
    """`word` is if or loop."""

    word: str
    expression: feel.Expression
    parts: tuple[Part, ...]


Part = str | Insert | Block


def is_expression(text: Any) -> bool:
    """Is this property a FEEL expression, as “=amount > 5” is?"""
    return isinstance(text, str) and text.startswith("=")


@lru_cache(maxsize=4096)
def expression(text: str) -> feel.Expression:
    """The expression behind the “=”, or of a text without one. Raises FeelSyntaxError."""
    return feel.parse(text.removeprefix("="))


@lru_cache(maxsize=2048)
def parse(text: str) -> tuple[Part, ...]:
    """The parts of a template. Raises TemplateError and FeelSyntaxError."""
    return _parts(_Tokens(list(_scan(text))), "")


def evaluate(text: str, scope: Scope, environment: feel.Environment) -> Any:
    """The value of an expression; None where it is no FEEL or wants too much."""
    try:
        return expression(text).evaluate(scope, environment=environment).value
    except (feel.FeelSyntaxError, feel.LimitExceeded):
        return None


def render(text: str, scope: Scope, environment: feel.Environment, escape: Escape = str) -> str:
    """The text with everything in braces replaced. `escape` is applied to what is inserted, to nothing else."""
    if is_expression(text):
        return readable(evaluate(text, scope, environment))
    if "{{" not in text:
        return text
    try:
        return "".join(_rendered(parse(text), scope, environment, escape))
    except (TemplateError, feel.FeelSyntaxError):
        return text


def readable(value: Any) -> str:
    """A value within a sentence: numbers without zeros at their end, lists with commas, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return number_text(Decimal(value))
    if isinstance(value, list | tuple):
        return ", ".join(readable(item) for item in value)
    return dumps(value) if isinstance(value, dict) else str(value)


# Reading


@dataclass(frozen=True, slots=True)
class _Code:
    """What stands between {{ and }}; `offset` is where."""

    text: str
    offset: int


class _Tokens:
    def __init__(self, tokens: Sequence[str | _Code]) -> None:
        self._tokens, self._next = tokens, 0

    def take(self) -> str | _Code | None:
        token = self._tokens[self._next] if self._next < len(self._tokens) else None
        self._next += 1
        return token


def _scan(text: str) -> Iterator[str | _Code]:
    at = 0
    while (start := text.find("{{", at)) >= 0:
        if start > at:
            yield text[at:start]
        end = _end_of_code(text, start + 2)
        yield _Code(text[start + 2 : end].strip(), start)
        at = end + 2
    if at < len(text):
        yield text[at:]


def _end_of_code(text: str, at: int) -> int:
    """Where the closing braces stand: not within a string, and not those of a context."""
    start, depth, quote = at - 2, 0, ""
    while at < len(text):
        char = text[at]
        if quote:
            at += char == "\\"
            quote = "" if char == quote else quote
        elif char in _QUOTES:
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif text.startswith("}}", at):
            return at
        at += 1
    raise TemplateError(f"“{text[start : start + 20]}” is not closed with “}}}}”.")


def _parts(tokens: _Tokens, block: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    while (token := tokens.take()) is not None:
        if isinstance(token, str):
            parts.append(token)
        elif token.text.startswith("/"):
            if token.text != f"/{block}":
                raise TemplateError(f"“{{{{{token.text}}}}}” closes what was not opened.")
            return tuple(parts)
        elif token.text.startswith("#"):
            word, _, condition = token.text[1:].partition(" ")
            if word not in _BLOCKS:
                raise TemplateError(f"“{{{{#{word}}}}}” is unknown; there are {{{{#if}}}} and {{{{#loop}}}}.")
            parts.append(Block(word, expression(condition.strip()), _parts(tokens, word)))
        else:
            parts.append(Insert(expression(token.text)))
    if block:
        raise TemplateError(f"“{{{{#{block}}}}}” is not closed with “{{{{/{block}}}}}”.")
    return tuple(parts)


# Writing


def _rendered(parts: tuple[Part, ...], scope: Scope, environment: feel.Environment, escape: Escape) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
            continue
        value = _value(part.expression, scope, environment)
        if isinstance(part, Insert):
            yield escape(readable(value))
        elif part.word == "if":
            if value is True:
                yield from _rendered(part.parts, scope, environment, escape)
        else:
            for item in value if isinstance(value, list) else []:
                inner = {**scope, **(item if isinstance(item, dict) else {}), "this": item, "parent": dict(scope)}
                yield from _rendered(part.parts, inner, environment, escape)


def _value(code: feel.Expression, scope: Scope, environment: feel.Environment) -> Any:
    try:
        return code.evaluate(scope, environment=environment).value
    except feel.LimitExceeded:
        return None
