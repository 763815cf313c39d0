"""Values as a person writes them: FEEL literals, read and written (DMN 1.5, 10.3.1.2, rules 33 and 62).

Literals are numbers, strings, true, false, null, dates, times and durations (`@"2024-02-29"`, `date("2024-02-29")`),
and lists, contexts and ranges of literals.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orchestrator.feel import nodes
from orchestrator.feel.diagnostics import FeelSyntaxError
from orchestrator.feel.expression import parse
from orchestrator.feel.jsonnumbers import to_json
from orchestrator.feel.limits import LimitExceeded
from orchestrator.feel.printing import decimal_text, is_word, string_text
from orchestrator.feel.run import Dialect
from orchestrator.feel.temporal import TEMPORAL
from orchestrator.feel.values import Range

OPENERS = ('"', "[", "{", "@")
TEMPORAL_FUNCTIONS = frozenset({"date", "time", "date and time", "duration", "years and months duration"})
_PARTS = (nodes.Literal, nodes.AtLiteral, nodes.ListLiteral, nodes.ContextLiteral, nodes.RangeLiteral, nodes.Negation)
_WORDS = {True: "true", False: "false", None: "null"}


def written_value(text: str) -> Any:
    """The value of a literal; a text that is none, such as `gold` or `2024-02-29`, is the string it spells.

    Raises ValueError with a sentence for a text that begins like a literal (a quote, a bracket, an @) and is none.
    """
    text = text.strip()
    try:
        expression = parse(text, Dialect.DMN)
        if is_literal(expression.tree):
            result = expression.evaluate({})
            if not result.warnings:
                return result.value
            reason = result.warnings[0].message
        else:
            reason = "it is an expression"
    except (FeelSyntaxError, LimitExceeded) as error:
        reason = str(error)
    if text.startswith(OPENERS):
        raise ValueError(f"{_excerpt(text)} is no value: {reason}")
    return text


def is_literal(node: nodes.Node) -> bool:
    """Whether a tree holds nothing but literals."""
    if isinstance(node, nodes.Invocation):
        function = node.function
        named = isinstance(function, nodes.Name) and function.name in TEMPORAL_FUNCTIONS
        return named and all(map(is_literal, node.arguments))
    return isinstance(node, _PARTS) and all(map(is_literal, nodes.children(node)))


def literal_text(value: Any) -> str:
    """A FEEL value as a literal; a function by its head alone."""
    if isinstance(value, str):
        return string_text(value)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, Decimal | int):
        return decimal_text(Decimal(value))
    if isinstance(value, list):
        return f"[{', '.join(map(literal_text, value))}]"
    if isinstance(value, dict):
        entries = (f"{key if is_word(key) else string_text(key)}: {literal_text(item)}" for key, item in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, Range):
        return _range_text(value)
    return f"@{string_text(str(value))}" if isinstance(value, TEMPORAL) else str(to_json(value))


def _range_text(value: Range) -> str:
    if value.operator:
        return f"({value.operator} {literal_text(value.high if value.low is None else value.low)})"
    opener, closer = "[" if value.low_included else "(", "]" if value.high_included else ")"
    return f"{opener}{literal_text(value.low)}..{literal_text(value.high)}{closer}"


def _excerpt(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
