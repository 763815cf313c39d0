"""Conditions as people read them: `order.total > 5000` is “Order total is more than 5,000”."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestrator.engine.seen import path_of
from orchestrator.feel import Expression, nodes
from tasks_inbox import facts

_COMPARED: Mapping[str, Any] = {
    "=": gettext_lazy("%(left)s is %(right)s"),
    "!=": gettext_lazy("%(left)s is not %(right)s"),
    "<": gettext_lazy("%(left)s is less than %(right)s"),
    "<=": gettext_lazy("%(left)s is at most %(right)s"),
    ">": gettext_lazy("%(left)s is more than %(right)s"),
    ">=": gettext_lazy("%(left)s is at least %(right)s"),
}
MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class Language:
    """What the people of the case call its variables and their values."""

    zone: tzinfo
    words: facts.Words = field(default_factory=facts.Words)

    def name(self, path: Iterable[str]) -> str:
        parts = tuple(path)
        return self.words.labels.get(".".join(parts)) or facts.humanised("_".join(parts))

    def value(self, path: Iterable[str], value: Any) -> str:
        """With the label of the option that a form had for it; text in quotes."""
        option = self.words.options.get(".".join(path), {}).get(str(value))
        if option is None and (value is None or value == ""):
            return _("empty")
        text = option or facts.written(value, self.zone)
        return f"“{text}”" if isinstance(value, str) and text == value else text


def condition(expression: Expression, language: Language) -> str:
    """The words; “” for what cannot be put in words."""
    return _told(expression.tree, language) or ""


def _told(node: nodes.Node, language: Language) -> str | None:
    teller = _TOLD.get(type(node))
    return teller(node, language) if teller else None


def _all(operands: Iterable[nodes.Node], language: Language, between: str) -> str | None:
    told = [_told(operand, language) for operand in operands]
    return between.join(filter(None, told)) if all(told) else None


def _comparison(node: nodes.Comparison, language: Language) -> str | None:
    path, right = path_of(node.left), node.right
    if not path or node.operator not in _COMPARED:
        return None
    name = language.name(path)
    if isinstance(right, nodes.Literal):
        if isinstance(right.value, bool) and node.operator in ("=", "!="):
            return _yes_or_no(name, right.value is (node.operator == "="))
        return str(_COMPARED[node.operator]) % {"left": name, "right": language.value(path, right.value)}
    if other := path_of(right):
        return str(_COMPARED[node.operator]) % {"left": name, "right": language.name(other)}
    return None


def _yes_or_no(name: str, yes: bool) -> str:
    return (_("%(name)s is yes") if yes else _("%(name)s is no")) % {"name": name}


def _flag(node: nodes.Node, language: Language) -> str | None:
    path = path_of(node)
    return _yes_or_no(language.name(path), True) if path else None


def _negated(node: nodes.Invocation, language: Language) -> str | None:
    is_not = isinstance(node.function, nodes.Name) and node.function.name == "not" and len(node.arguments) == 1
    path = path_of(node.arguments[0]) if is_not else ()
    return _yes_or_no(language.name(path), False) if path else None


def _between(node: nodes.Between, language: Language) -> str | None:
    path = path_of(node.value)
    if not path or not isinstance(node.low, nodes.Literal) or not isinstance(node.high, nodes.Literal):
        return None
    low, high = language.value(path, node.low.value), language.value(path, node.high.value)
    return _("%(name)s is between %(low)s and %(high)s") % {"name": language.name(path), "low": low, "high": high}


def _in(node: nodes.In, language: Language) -> str | None:
    path = path_of(node.value)
    values = [literal for test in node.tests for literal in _literals(test)]
    if not path or not values or None in values or len(values) > MOST_LISTED:
        return None
    listed = ", ".join(language.value(path, literal.value) for literal in values if literal is not None)
    return _("%(name)s is one of %(values)s") % {"name": language.name(path), "values": listed}


def _literals(node: nodes.Node) -> Iterable[nodes.Literal | None]:
    """The literals of a test; None for anything else."""
    if isinstance(node, nodes.ValueTest):
        return _literals(node.expression)
    if isinstance(node, nodes.ListLiteral):
        return [literal for item in node.items for literal in _literals(item)]
    return [node if isinstance(node, nodes.Literal) else None]


_TOLD: Mapping[type, Callable[[Any, Language], str | None]] = {
    nodes.Comparison: _comparison,
    nodes.Between: _between,
    nodes.In: _in,
    nodes.Name: _flag,
    nodes.Path: _flag,
    nodes.Invocation: _negated,
    nodes.Conjunction: lambda node, language: _all(node.operands, language, _(" and ")),
    nodes.Disjunction: lambda node, language: _all(node.operands, language, _(" or ")),
}
