"""What is wrong with a form file: a form-js schema (versions 1 to 19), checked before any of it is stored. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from orchestrator.feel.jsonnumbers import loads
from orchestrator.runtime import form_checks
from orchestrator.runtime.form_schema import CONTAINERS, INPUTS, TYPES

Problem = tuple[str, str]  # field id ('' for the whole file), sentence

NEWEST_SCHEMA = 19
MOST_COMPONENTS = 500

_KEY = re.compile(r"\w+(\.\w+)*")


def problems(content: bytes) -> list[Problem]:
    """Every reason why this file is no form that can be filled in; empty: it is one."""
    try:
        form = loads(content)
    except ValueError as error:
        return [("", str(error))]
    if not isinstance(form, dict) or form.get("type") != "default" or not isinstance(form.get("components"), list):
        return [("", "This is no form: a form is a JSON object with “type”: “default” and a list of “components”.")]
    return list(_in_form(form))


# The form as a whole


def _in_form(form: dict[str, Any]) -> Iterator[Problem]:
    key = form.get("id")
    if not isinstance(key, str) or not key.strip() or len(key) > 255:
        yield "", "The form has no id. A user task finds its form by that id: 1 to 255 characters."
    version = form.get("schemaVersion", 1)
    if not isinstance(version, int) or not 1 <= version <= NEWEST_SCHEMA:
        yield "", f"The form has schema version {version}; versions 1 to {NEWEST_SCHEMA} are understood."
    seen = _Seen()
    yield from _in_components(form["components"], (), seen)
    if seen.count > MOST_COMPONENTS:
        yield "", f"The form has {seen.count} components; {MOST_COMPONENTS} are the most."


@dataclass(slots=True)
class _Seen:
    """What must not come twice."""

    count: int = 0
    ids: set[str] = field(default_factory=set)
    paths: dict[tuple[str, ...], str] = field(default_factory=dict)  # path -> id of who has it
    parents: dict[tuple[str, ...], str] = field(default_factory=dict)  # a path around those -> the id of one

    def claim(self, path: tuple[str, ...], name: str) -> str | None:
        """Take a place in the data; the id of the component that has it, or a part of it, already."""
        above = [path[:length] for length in range(1, len(path))]
        taken = self.paths.get(path) or self.parents.get(path)
        taken = taken or next((self.paths[part] for part in above if part in self.paths), None)
        if taken is None:
            self.paths[path] = name
            self.parents.update(dict.fromkeys(above, name))
        return taken


def _in_components(components: list[Any], path: tuple[str, ...], seen: _Seen) -> Iterator[Problem]:
    for position, component in enumerate(components, 1):
        seen.count += 1
        if not isinstance(component, dict):
            yield "", f"Component {position} is no object."
            continue
        yield from _in_component(component, path, seen)


def _in_component(component: dict[str, Any], path: tuple[str, ...], seen: _Seen) -> Iterator[Problem]:
    kind = component.get("type")
    name = _name(component, seen.count)
    if not isinstance(kind, str) or kind not in TYPES:
        yield name, f"There is no component type “{kind}”."
        return
    if isinstance(component.get("id"), str):
        if name in seen.ids:
            yield name, "Two components have this id."
        seen.ids.add(name)
    yield from ((name, sentence) for sentence in form_checks.sentences(component))
    if kind in INPUTS:
        yield from ((name, sentence) for sentence in _key(component, "key", path, seen, name))
    elif kind in CONTAINERS:
        yield from _container(component, path, seen, name)


def _name(component: dict[str, Any], position: int) -> str:
    named = (component.get(attribute) for attribute in ("id", "key", "path"))
    return next((name for name in named if isinstance(name, str) and name), f"component {position}")


def _container(component: dict[str, Any], path: tuple[str, ...], seen: _Seen, name: str) -> Iterator[Problem]:
    own = component.get("path")
    is_list = component["type"] == "dynamiclist"
    if own or is_list:
        if not isinstance(own, str) or not _KEY.fullmatch(own):
            yield name, f"The path “{own or ''}” is none: write words joined by dots, such as order.items."
            return
        inner = (*path, *own.split("."))
        if is_list and (other := seen.claim(inner, name)):
            yield name, f"The path “{own}” is taken by “{other}”."
            return
    else:
        inner = path
    parts = component.get("components")
    if not isinstance(parts, list):
        yield name, "A group or list needs “components”."
        return
    if is_list:  # its fields have a place of their own in each item
        rows = _Seen(seen.count, seen.ids)
        yield from _in_components(parts, (), rows)
        seen.count = rows.count
    else:
        yield from _in_components(parts, inner, seen)


def _key(component: dict[str, Any], attribute: str, path: tuple[str, ...], seen: _Seen, name: str) -> Iterator[str]:
    key = component.get(attribute)
    if not key:
        yield "A field needs a key: the name of the variable that it fills."
    elif not isinstance(key, str) or not _KEY.fullmatch(key):
        yield f"The key “{key}” is none: write words joined by dots, such as customer.name."
    elif other := seen.claim((*path, *key.split(".")), name):
        yield f"The key “{key}” is taken by “{other}”. Each field fills a variable of its own."
