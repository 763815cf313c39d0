"""A form without the fields of variables that are kept from whoever reads it: neither shown nor taken from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from tasks_inbox.forms.schema import Component, Form


def without(form: Form, hidden: Collection[str]) -> Form:
    """The same form where nothing is hidden. The items of a list have names of their own: they go with their list."""
    return replace(form, components=tuple(_seen(form.components, hidden))) if hidden else form


def _seen(components: Iterable[Component], hidden: Collection[str]) -> Iterator[Component]:
    for component in components:
        if component.path and component.path[0] in hidden:
            continue
        inner = component.components if component.type == "dynamiclist" else tuple(_seen(component.components, hidden))
        yield replace(component, components=inner)
