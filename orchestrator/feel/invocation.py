"""Calling a function value: binding arguments to parameters, converting them, keeping count of the depth."""

from __future__ import annotations

from typing import Any

from orchestrator.feel.diagnostics import Null
from orchestrator.feel.run import Result, Run
from orchestrator.feel.sizes import weigh
from orchestrator.feel.types import coerce, type_text
from orchestrator.feel.values import BuiltinFunction, Closure, FeelFunction


def invoke(run: Run, function: FeelFunction, values: list[Any], names: tuple[str, ...] | None = None) -> Any:
    """Call a function with positional or named values. Returns a value or a Null."""
    run.enter()
    try:
        if isinstance(function, BuiltinFunction):
            return function.apply(run, values, names)
        bound = bind(function, values, names)
        if type(bound) is Null:
            return bound
        bound = _coerced(run, function, bound)
        if type(bound) is Null:
            return bound
        result = function.call(run, bound) if isinstance(function, Closure) else _outside(run, function, bound)
        if type(result) is Result:
            result = run.join(result)
        if function.result_type is not None and type(result) is not Null:
            result, fits = coerce(result, function.result_type, run.environment.types)
            if not fits:
                return Null("wrong type", f"the result of the function is no {type_text(function.result_type)}")
        return result
    finally:
        run.depth -= 1


def _arguments(count: int) -> str:
    return "1 argument" if count == 1 else f"{count} arguments"


def _outside(run: Run, function: FeelFunction, values: list[Any]) -> Any:
    run.lend()
    try:
        return function.call(run, values)
    finally:
        run.settle()


def bind(function: FeelFunction, values: list[Any], names: tuple[str, ...] | None) -> Any:
    """One value for each parameter, or a Null."""
    parameters = function.parameters
    if names is None:
        if len(values) != len(parameters):
            return Null(
                "wrong arguments", f"the function takes {_arguments(len(parameters))}, {len(values)} were given"
            )
        return values
    unknown = [name for name in names if name not in parameters]
    if unknown:
        return Null("wrong arguments", f"the function has no parameter `{unknown[0]}`", unknown[0], parameters)
    given = dict(zip(names, values, strict=True))
    return [given.get(parameter) for parameter in parameters]


def _coerced(run: Run, function: FeelFunction, values: list[Any]) -> Any:
    if not any(function.parameter_types):
        return values
    coerced = []
    for name, type_, value in zip(function.parameters, function.parameter_types, values, strict=True):
        if type_ is not None:
            run.spend(weigh(value) // 8)
            value, fits = coerce(value, type_, run.environment.types)
            if not fits:
                return Null("wrong type", f"the argument `{name}` is no {type_text(type_)}")
        coerced.append(value)
    return coerced
