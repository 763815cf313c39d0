"""Context functions (DMN 1.5, table 84, and those of Camunda)."""

from __future__ import annotations

from typing import Any

from orchestrator.feel.builtins.registry import builtin
from orchestrator.feel.diagnostics import Null
from orchestrator.feel.run import Run
from orchestrator.feel.temporal_text import shown
from orchestrator.feel.values import describe


@builtin("get value(m: context, key: string)")
@builtin("get value(context: context, key: string)")
def get_value(run: Run, context: dict[str, Any], key: str) -> Any:
    """The entry of that name."""
    if key in context:
        return context[key]
    return Null("unknown property", f"the context has no entry {shown(key)}", key, context)


@builtin("get value(context: context, keys: list)")
def get_nested_value(run: Run, context: dict[str, Any], keys: list[Any]) -> Any:
    """The entry at the end of a path of names."""
    why = _check_keys(keys)
    value: Any = why or context
    for key in keys if why is None else []:
        if type(value) is not dict:
            return Null("unknown property", f"{describe(value)} has no entry `{key}`")
        value = get_value(run, value, key)
    return value


def _check_keys(keys: list[Any]) -> Null | None:
    if not keys:
        return Null("out of range", "the list of names is empty")
    strange = next((key for key in keys if type(key) is not str), MISSING)
    return None if strange is MISSING else Null("wrong type", f"{describe(strange)} is no name of an entry")


MISSING = object()


@builtin("get entries(m: context)")
@builtin("get entries(context: context)")
def get_entries(run: Run, context: dict[str, Any]) -> list[dict[str, Any]]:
    """A list of contexts with a key and a value."""
    run.check_items(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context(entries: list)")
def context_of(run: Run, entries: list[Any]) -> Any:
    """The reverse of `get entries`; a key may appear once."""
    run.check_items(len(entries))
    built: dict[str, Any] = {}
    for entry in entries:
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            return Null("wrong type", f"{describe(entry)} is no context with a string `key` and a `value`")
        if entry["key"] in built:
            return Null("bad value", f"the key {describe(entry['key'])} appears twice")
        built[entry["key"]] = entry["value"]
    return built


@builtin("context put(context: context, key: string, value: any)")
@builtin("put(context: context, key: string, value: any)")
def context_put(run: Run, context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The context with one entry changed or more."""
    run.check_items(len(context) + 1)
    return {**context, key: value}


@builtin("context put(context: context, keys: list, value: any)")
def context_put_nested(run: Run, context: dict[str, Any], keys: list[Any], value: Any) -> Any:
    """The context with the entry at the end of a path of names changed; contexts on the way are made."""
    why = _check_keys(keys)
    if why is not None:
        return why
    copied = dict(context)
    here = copied
    for key in keys[:-1]:
        run.check_items(len(here) + 1)
        inner = here.get(key)
        if inner is not None and type(inner) is not dict:
            return Null("wrong type", f"the entry `{key}` is {describe(inner)}, not a context")
        here[key] = dict(inner or {})
        here = here[key]
    here[keys[-1]] = value
    return copied


@builtin("context merge(*contexts: list)")
@builtin("put all(*contexts: list)")
def context_merge(run: Run, contexts: list[Any]) -> Any:
    """All entries of all contexts; later ones win."""
    merged: dict[str, Any] = {}
    for context in contexts:
        if type(context) is not dict:
            return Null("wrong type", f"only contexts can be merged, not {describe(context)}")
        run.check_items(len(merged) + len(context))
        merged.update(context)
    return merged
