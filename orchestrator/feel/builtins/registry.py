"""How a built-in is declared: its signature in one line of text, from which arguments are bound, checked, converted.

    @builtin("substring(string: string, start position: number, length?: number)")

A parameter's kinds are words of KINDS, joined by `or`; `?` behind the name makes it optional, `null` as a kind lets
null in, and `*` before the name collects all positional arguments, or the one that is a list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestrator.feel.diagnostics import Null
from orchestrator.feel.run import Dialect, Run
from orchestrator.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from orchestrator.feel.values import BuiltinFunction, Closure, FeelFunction, Range, describe

KINDS: dict[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "list": (list,),
    "context": (dict,),
    "range": (Range,),
    "function": (FeelFunction, Closure, BuiltinFunction),
    "date": (Date,),
    "time": (Time,),
    "date and time": (DateTime,),
    "days and time duration": (DaysTimeDuration,),
    "years and months duration": (YearsMonthsDuration,),
    "null": (type(None),),
}
ARTICLES = {"any": "any value"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `types` is None where every value is welcome."""

    name: str
    types: tuple[type, ...] | None
    words: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a built-in."""

    parameters: tuple[Parameter, ...]
    collects: bool
    function: Callable[..., Any]
    dialect: Dialect | None = None

    @property
    def required(self) -> int:
        """How many arguments it needs."""
        return sum(not parameter.optional for parameter in self.parameters)


SIGNATURES: dict[str, list[Signature]] = {}
MISSING = object()


def builtin(declaration: str, *, dialect: Dialect | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a way to call a built-in, in both dialects or in one.

    The function gets the run and the values; absent optional ones are None.
    """
    name, _, rest = declaration.partition("(")
    texts = [text for text in rest.rstrip(")").split(", ") if text]
    parameters = tuple(_parameter(text.lstrip("*")) for text in texts)
    collects = any(text.startswith("*") for text in texts)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        SIGNATURES.setdefault(name, []).append(Signature(parameters, collects, function, dialect))
        return function

    return register


def _parameter(text: str) -> Parameter:
    name, _, words = text.partition(": ")
    kinds = words.split(" or ")
    types = None if "any" in kinds else tuple(kind for word in kinds for kind in KINDS[word])
    readable = " or ".join(word for word in kinds if word != "null")
    return Parameter(name.rstrip("?"), types, readable, name.endswith("?"))


def functions() -> dict[str, BuiltinFunction]:
    """All declared built-ins by name."""
    return {name: _function(name, signatures) for name, signatures in sorted(SIGNATURES.items())}


def _function(name: str, signatures: list[Signature]) -> BuiltinFunction:
    def apply(run: Run, values: list[Any], names: tuple[str, ...] | None) -> Any:
        why: Null | None = None
        for signature in signatures:
            if signature.dialect is not None and signature.dialect is not run.dialect:
                continue
            bound = _bind(signature, values) if names is None else _bind_named(name, signature, values, names)
            if type(bound) is not Null:
                bound = _check(name, signature, bound)
            if type(bound) is not Null:
                return signature.function(run, *bound)
            if why is None or (bound.kind == "wrong type" and why.kind != "wrong type"):
                why = bound
        return why

    parameters = tuple(parameter.name for parameter in signatures[0].parameters)
    return BuiltinFunction(parameters, lambda run, values: apply(run, values, None), name, apply=apply)


def _bind(signature: Signature, values: list[Any]) -> Any:
    count = len(signature.parameters)
    if signature.collects and _must_collect(values, count):
        values = [*values[: count - 1], values[count - 1 :]]
    if signature.required <= len(values) <= count:
        return values + [MISSING] * (count - len(values))
    wanted = str(count) if signature.required == count else f"{signature.required} to {count}"
    plural = "" if wanted == "1" else "s"
    return Null("wrong arguments", f"the function takes {wanted} argument{plural}, {len(values)} were given")


def _must_collect(values: list[Any], count: int) -> bool:
    """Whether the last values are the items: sum(1, 2), append([1], [2]), but neither sum([1, 2]) nor sum(null)."""
    if len(values) != count or count > 1:
        return len(values) >= count
    return type(values[0]) is not list and values[0] is not None


def _bind_named(name: str, signature: Signature, values: list[Any], names: tuple[str, ...]) -> Any:
    parameters = [parameter.name for parameter in signature.parameters]
    unknown = next((given for given in names if given not in parameters), None)
    if unknown is not None:
        own = ", ".join(f"`{parameter}`" for parameter in parameters) or "none"
        return Null("wrong arguments", f"`{name}` has no parameter `{unknown}`; its parameters: {own}")
    given = dict(zip(names, values, strict=True))
    return [given.get(parameter.name, MISSING if parameter.optional else None) for parameter in signature.parameters]


def _check(name: str, signature: Signature, values: list[Any]) -> Any:
    checked = []
    for parameter, value in zip(signature.parameters, values, strict=True):
        types = parameter.types
        if value is MISSING:
            value = None
        elif types is not None and type(value) not in types:
            value = _convert(value, types)
            if value is MISSING:
                given = values[signature.parameters.index(parameter)]
                reason = f"the argument `{parameter.name}` of `{name}` is {describe(given)}, not a {parameter.words}"
                return Null("wrong type", reason)
        checked.append(value)
    return checked


def _convert(value: Any, types: tuple[type, ...]) -> Any:
    """The implicit conversions of DMN 1.5, 10.3.2.9.4; MISSING when none applies."""
    if type(value) is list and len(value) == 1 and type(value[0]) in types:
        return value[0]
    if list in types and value is not None and type(value) is not list:
        return [value]
    if type(value) is Date and DateTime in types:
        return DateTime(value, Time(0, 0, 0, 0, 0))
    return MISSING
