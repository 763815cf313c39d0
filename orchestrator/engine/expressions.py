"""What the model's texts say at an element instance: FEEL evaluated, the value checked, trouble told as an incident.

A null with a reason is kept as a warning; a value of the wrong type is an incident that names the attribute. `what` is
the subject of that sentence: "The priority of review".
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orchestrator import feel
from orchestrator.bpmn.model import Text
from orchestrator.engine.effects import WarnOfExpression
from orchestrator.engine.environment import Evaluated
from orchestrator.engine.errors import EXTRACT_VALUE_ERROR, Incident
from orchestrator.engine.state import LISTENING, ElementInstance, Variables
from orchestrator.engine.timers import within_time

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

_DATE_TIME = feel.parse("date and time(t)", names=["t"])

LONGEST_NAME = 255  # characters
SHOWN = 100  # characters of a wrong value

NAMES: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    str: "a string",
    int: "a number",
    Decimal: "a number",
    list: "a list",
    dict: "a context",
}


class Collected(Mapping[str, Any]):
    """The output collection of a body: put together when somebody reads it, because that takes all its iterations."""

    __slots__ = ("_body", "_name", "_run")

    def __init__(self, run: Run, body: ElementInstance, name: str) -> None:
        self._run, self._body, self._name = run, body, name

    def __getitem__(self, name: str) -> Any:
        if name != self._name:
            raise KeyError(name)
        return self._run.behaviour(self._body).results(self._run, self._body)[name]

    def __contains__(self, name: object) -> bool:
        return name == self._name

    def __iter__(self) -> Iterator[str]:
        return iter((self._name,))

    def __len__(self) -> int:
        return 1


def visible(
    run: Run, instance: ElementInstance, extra: Variables | None = None, *, collected: bool = True
) -> Mapping[str, Any]:
    """The variables an expression at this instance sees; inner scopes hide outer ones, `extra` hides all. Without
    `collected` the output collections that are not complete yet are left out.
    """
    layers: list[Mapping[str, Any]] = [extra] if extra else []
    hosts: list[Mapping[str, Any]] = []
    for scope in run.draft.scopes(instance):
        if scope.variables:
            layers.append(scope.variables)
        if scope.loop is not None and collected and (name := run.behaviour(scope).collects(run.node(scope))):
            layers.append(Collected(run, scope, name))
        if scope.data and (host := scope.data.get("host")):
            hosts.append(host)  # of the activity to which a boundary event is attached: it hides nothing
    layers += hosts
    return layers[0] if len(layers) == 1 else ChainMap(*layers)  # type: ignore[arg-type]


def snapshot(run: Run, instance: ElementInstance) -> Variables:
    """The visible variables, to be given to the world; to a task listener with those of the completion it judges."""
    found = dict(visible(run, instance, collected=False))
    if instance.data and (asked := instance.data.get(LISTENING)):
        found.update(asked["variables"])
    return found


def evaluate(
    run: Run,
    expression: feel.Expression,
    instance: ElementInstance,
    what: str,
    *,
    kind: str = EXTRACT_VALUE_ERROR,
    extra: Variables | None = None,
) -> Any:
    """The FEEL value. Raises Incident when the expression asks for too much."""
    return evaluate_over(run, expression, visible(run, instance, extra), instance, what, kind=kind)


def evaluate_over(
    run: Run,
    expression: feel.Expression,
    variables: Mapping[str, Any],
    instance: ElementInstance,
    what: str,
    *,
    kind: str = EXTRACT_VALUE_ERROR,
) -> Any:
    try:
        result = expression.evaluate(variables, environment=run.feel)
    except feel.LimitExceeded as error:
        raise Incident(kind, f"{what}: {error}") from error
    if run.environment.watch is not None:
        warnings = tuple(warning.message for warning in result.warnings)
        run.environment.watch(Evaluated(instance.id, instance.element, what, expression.text, result.value, warnings))
    if result.warnings:
        _consider(run, instance, expression, result, what, kind)
    return result.value


def _consider(
    run: Run, instance: ElementInstance, expression: feel.Expression, result: feel.Result, what: str, kind: str
) -> None:
    """Keep the warnings that explain the result. The modeller's own assertion is more than a warning."""
    for warning in result.warnings:
        if warning.kind == "assertion failed":
            raise Incident(kind, f"{what}: {warning.message}")
    if result.value is None or result.value is False:
        reasons = " ".join(warning.message for warning in result.warnings)
        run.emit(WarnOfExpression(instance.id, instance.element, expression.text, reasons))


def wrong(what: str, expected: str, value: Any, text: Text = "") -> Incident:
    """The incident of a value that is not what it should be."""
    name = NAMES.get(type(value)) or f"a {getattr(value, 'feel_kind', 'value')}"
    shown = f" {_short(value)!r}" if isinstance(value, str) else f" {value}" if isinstance(value, int | Decimal) else ""
    written = f" (= {text.text})" if isinstance(text, feel.Expression) else ""
    message = f"{what}{written} must be {expected}, but is {name}{shown}"
    return Incident(EXTRACT_VALUE_ERROR, message)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def value_of(run: Run, text: Text, instance: ElementInstance, what: str) -> Any:
    """A static text itself, or the value of the expression."""
    return text if isinstance(text, str) else evaluate(run, text, instance, what)


def string(run: Run, text: Text, instance: ElementInstance, what: str) -> str:
    """A name, such as that of a message: no longer than one can be kept."""
    value = value_of(run, text, instance, what)
    if not isinstance(value, str):
        raise wrong(what, "a string", value, text)
    return _kept(value, text, what)


def _kept(value: str, text: Text, what: str) -> str:
    if len(value) > LONGEST_NAME or "\x00" in value:
        raise wrong(what, f"at most {LONGEST_NAME} characters, without NUL", value, text)
    return value


def key(run: Run, text: Text, instance: ElementInstance, what: str) -> str:
    """A correlation key: a string, or a number written as one."""
    value = value_of(run, text, instance, what)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return feel.jsonnumbers.dumps(value)
    if not isinstance(value, str):
        raise wrong(what, "a string or a number", value, text)
    return _kept(value, text, what)


def boolean(
    run: Run, expression: feel.Expression, instance: ElementInstance, what: str, extra: Variables | None = None
) -> bool:
    value = evaluate(run, expression, instance, what, extra=extra)
    if not isinstance(value, bool):
        raise wrong(what, "true or false", value, expression)
    return value


def result_variable(output_element: feel.Expression | None) -> str:
    """The variable from which the result of a round is read, if that is all the expression does: every round has its
    own.
    """
    if output_element is None:
        return ""
    name, *path = output_element.text.strip().split(".")
    return name if name in output_element.names and all(part.isidentifier() for part in path) else ""


def integer(run: Run, text: Text, instance: ElementInstance, what: str) -> int:
    value = value_of(run, text, instance, what)
    if isinstance(value, str) and value.strip().lstrip("-").isdigit():
        return int(value)
    if not isinstance(value, int | Decimal) or isinstance(value, bool) or value != int(value):
        raise wrong(what, "a whole number", value, text)
    return int(value)


def items(run: Run, expression: feel.Expression, instance: ElementInstance, what: str) -> list[Any]:
    value = evaluate(run, expression, instance, what)
    if not isinstance(value, list):
        raise wrong(what, "a list", value, expression)
    return list(feel.to_json(value))


def names(run: Run, text: Text, instance: ElementInstance, what: str) -> tuple[str, ...]:
    """A list of strings, or a text with commas between them."""
    value = value_of(run, text, instance, what)
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise wrong(what, "a list of strings, or a text with commas", value, text)
    return tuple(part.strip() for part in parts if part.strip())


def moment(run: Run, text: Text, instance: ElementInstance, what: str) -> datetime:
    """A date-time, timezone-aware; without an offset it is one of the zone of `now`."""
    return moment_of(run, value_of(run, text, instance, what), text, what)


def moment_of(run: Run, value: Any, text: Text, what: str) -> datetime:
    """What `moment` makes of a value."""
    if isinstance(value, str):
        value = _DATE_TIME.evaluate({"t": value.strip()}).value or value
    if not isinstance(value, feel.DateTime):
        raise wrong(what, "a date-time such as 2026-12-24T18:00:00Z", value, text)
    try:
        found = value.to_datetime()
    except ValueError as error:
        raise Incident(EXTRACT_VALUE_ERROR, f"{what} is {value}: {error}") from error
    return within_time(found if found.tzinfo is not None else found.replace(tzinfo=run.environment.now.tzinfo))
