"""A form-js schema as a tree of components. It was checked at deployment, by `orchestrator.runtime.forms`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.runtime import form_schema as rules

PREFIX = "f."  # of every field in a request: nothing that a modeller names can meet what the page itself sends

INPUTS = rules.INPUTS
FIELDS = INPUTS - {"expression"}  # what a person writes

_LIVE = (*rules.EXPRESSIONS, *rules.TEMPLATES, *rules.LIMITS, "valuesKey")


@dataclass(frozen=True, slots=True)
class Component:
    """`path` leads to its value from the form, or from the item of the list around it; groups add their part."""

    type: str
    id: str
    path: tuple[str, ...]
    properties: Mapping[str, Any]
    components: tuple[Component, ...] = ()

    def get(self, name: str) -> Any:
        """A property by its dotted name, such as validate.min; None where it is absent."""
        return rules.get(self.properties, name)

    def name(self, around: str) -> str:
        """How a request calls it within its list item; `around` ends where a key may follow."""
        return around + ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Form:
    """`live`: what somebody types may change what else the form shows. `takes_files`: files are sent with it."""

    components: tuple[Component, ...]
    live: bool = False
    takes_files: bool = False


EMPTY = Form(())


def read(schema: Mapping[str, Any]) -> Form:
    components = tuple(_components(schema["components"], ()))
    takes_files = any(component.type == "filepicker" for component in everything(components))
    return Form(components, any(map(_is_live, everything(components))), takes_files)


def everything(components: Iterable[Component]) -> Iterator[Component]:
    """All components, those within others too."""
    for component in components:
        yield component
        yield from everything(component.components)


def _components(schemas: Iterable[Mapping[str, Any]], path: tuple[str, ...]) -> Iterator[Component]:
    for schema in schemas:
        own = str(schema.get("key") or schema.get("path") or "")
        inner = (*path, *own.split(".")) if own else path
        children = () if schema["type"] == "dynamiclist" else inner  # an item of a list is a beginning
        yield Component(
            type=schema["type"],
            id=str(schema.get("id") or own),
            path=inner,
            properties=schema,
            components=tuple(_components(schema.get("components") or (), children)),
        )


def _is_live(component: Component) -> bool:
    texts = (component.get(name) for name in _LIVE)
    return any(isinstance(text, str) and (text.startswith("=") or "{{" in text) for text in texts) or bool(
        component.get("valuesKey")
    )
