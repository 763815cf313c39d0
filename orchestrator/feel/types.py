"""FEEL's types: what `instance of` asks and what DMN item definitions demand (DMN 1.5, 10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orchestrator.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from orchestrator.feel.values import FeelFunction, Range


@dataclass(frozen=True, slots=True)
class Type:
    """A type; the base class alone is never used."""


@dataclass(frozen=True, slots=True)
class Simple(Type):
    """One of the names in SIMPLE: Any, Null, number, string, boolean, date, time, ..."""

    name: str


@dataclass(frozen=True, slots=True)
class Named(Type):
    """A type that an item definition defines; looked up in the environment when it is needed."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf(Type):
    """list<item>"""

    item: Type


@dataclass(frozen=True, slots=True)
class RangeOf(Type):
    """range<item>"""

    item: Type


@dataclass(frozen=True, slots=True)
class ContextOf(Type):
    """context<name: type, ...>: at least these entries. An absent entry is not a null entry."""

    entries: tuple[tuple[str, Type], ...]


@dataclass(frozen=True, slots=True)
class FunctionOf(Type):
    """function<parameter, ...> -> result"""

    parameters: tuple[Type, ...]
    result: Type


@dataclass(frozen=True, slots=True)
class Constrained(Type):
    """A type with allowed values: `allows` says whether a value is one of them."""

    base: Type
    allows: Callable[[Any], bool] = field(compare=False)


ANY, NULL, NUMBER, STRING, BOOLEAN = (Simple(name) for name in ("Any", "Null", "number", "string", "boolean"))

SIMPLE: dict[str, tuple[type, ...]] = {
    "number": (Decimal, int),
    "string": (str,),
    "boolean": (bool,),
    "date": (Date,),
    "time": (Time,),
    "date and time": (DateTime,),
    "days and time duration": (DaysTimeDuration,),
    "years and months duration": (YearsMonthsDuration,),
    "list": (list,),
    "context": (dict,),
    "range": (Range,),
    "function": (FeelFunction,),
}
ALIASES = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "Number": "number",
    "String": "string",
    "Boolean": "boolean",
    "any": "Any",
}


def named(name: str) -> Type:
    """The type a word stands for."""
    name = ALIASES.get(name, name)
    return Simple(name) if name in SIMPLE or name in ("Any", "Null") else Named(name)


def instance_of(value: Any, type_: Type, types: Mapping[str, Type] = {}) -> bool:
    """`value instance of type`: null is an instance of Null alone."""
    if value is None:
        return type_ == NULL
    return conforms(value, type_, types)


def conforms(value: Any, type_: Type, types: Mapping[str, Type] = {}) -> bool:
    """Whether the value may stand where the type is demanded; null may everywhere. `types` holds the named types."""
    if value is None or type_ == ANY:
        return True
    return CONFORMS[type(type_)](value, type_, types)


def coerce(value: Any, type_: Type, types: Mapping[str, Type] = {}) -> tuple[Any, bool]:
    """The value as the type wants it, by the conversions of DMN 1.5, 10.3.2.9.4, and whether that was possible.

    A list of one becomes its item, a value becomes a list of one, a date becomes its midnight in UTC. (None, False)
    when nothing helps.
    """
    if conforms(value, type_, types):
        return value, True
    if isinstance(value, list) and len(value) == 1 and conforms(value[0], type_, types):
        return value[0], True
    if not isinstance(value, list) and conforms([value], type_, types):
        return [value], True
    if isinstance(value, Date):
        midnight = DateTime(value, Time(0, 0, 0, 0, 0))
        if conforms(midnight, type_, types):
            return midnight, True
    return None, False


def _simple(value: Any, type_: Simple, types: Mapping[str, Type]) -> bool:
    if isinstance(value, bool):
        return type_.name == "boolean"
    return isinstance(value, SIMPLE.get(type_.name, ()))


def _named(value: Any, type_: Named, types: Mapping[str, Type]) -> bool:
    found = types.get(type_.name)
    return found is not None and conforms(value, found, types)


def _list(value: Any, type_: ListOf, types: Mapping[str, Type]) -> bool:
    return isinstance(value, list) and all(conforms(item, type_.item, types) for item in value)


def _range(value: Any, type_: RangeOf, types: Mapping[str, Type]) -> bool:
    return isinstance(value, Range) and all(conforms(end, type_.item, types) for end in (value.low, value.high))


def _context(value: Any, type_: ContextOf, types: Mapping[str, Type]) -> bool:
    return isinstance(value, dict) and all(
        name in value and conforms(value[name], entry, types) for name, entry in type_.entries
    )


def _function(value: Any, type_: FunctionOf, types: Mapping[str, Type]) -> bool:
    if not isinstance(value, FeelFunction) or len(value.parameters) != len(type_.parameters):
        return False
    given = value.parameter_types or (None,) * len(value.parameters)
    fits = all(own is None or wider(own, wanted) for wanted, own in zip(type_.parameters, given, strict=True))
    return fits and (value.result_type is None or wider(type_.result, value.result_type))


def wider(wide: Type, narrow: Type) -> bool:
    """Whether every value of the narrow type is one of the wide type (DMN 1.5, 10.3.2.9.2)."""
    if wide in (ANY, narrow) or narrow == NULL:
        return True
    if isinstance(wide, ListOf | RangeOf) and type(wide) is type(narrow):
        return wider(wide.item, narrow.item)
    if isinstance(wide, ContextOf) and isinstance(narrow, ContextOf):
        entries = dict(narrow.entries)
        return all(name in entries and wider(entry, entries[name]) for name, entry in wide.entries)
    return False


def _constrained(value: Any, type_: Constrained, types: Mapping[str, Type]) -> bool:
    return conforms(value, type_.base, types) and type_.allows(value)


CONFORMS: dict[type[Type], Callable[..., bool]] = {
    Simple: _simple,
    Named: _named,
    ListOf: _list,
    RangeOf: _range,
    ContextOf: _context,
    FunctionOf: _function,
    Constrained: _constrained,
}


def type_text(type_: Type | None) -> str:
    """The type as FEEL writes it."""
    match type_:
        case Simple(name) | Named(name):
            return name
        case ListOf(item):
            return f"list<{type_text(item)}>"
        case RangeOf(item):
            return f"range<{type_text(item)}>"
        case ContextOf(entries):
            return "context<" + ", ".join(f"{name}: {type_text(entry)}" for name, entry in entries) + ">"
        case FunctionOf(parameters, result):
            return f"function<{', '.join(map(type_text, parameters))}> -> {type_text(result)}"
        case Constrained(base):
            return type_text(base)
    return "Any"
