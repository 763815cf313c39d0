"""Item definitions: the named types of a model, with the values they allow (DMN 1.5, 7.3.2 and 10.3.2.9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrator import feel
from orchestrator.dmn.model import Import, ItemDefinition
from orchestrator.dmn.source import Element, Source
from orchestrator.dmn.table import UnaryTests
from orchestrator.dmn.texts import Texts, Vocabulary
from orchestrator.feel import types
from orchestrator.feel.types import Constrained, ContextOf, FunctionOf, ListOf, Named, Type

_ALIASES = {
    "integer": "number",
    "long": "number",
    "double": "number",
    "decimal": "number",
    "duration": "days and time duration",
}
"""What modellers write that is no FEEL type."""

CONSTRAINTS: ContextVar[feel.Environment | None] = ContextVar("CONSTRAINTS", default=None)
"""Allowed values are tests that run wherever a value meets a type: they share one budget per evaluation."""


@dataclass(frozen=True, slots=True)
class ItemType(Named):
    """The type of an item definition, which may speak of itself. It knows its file, so that values may cross files.

    `instance of` asks for the kind of a value alone; there `constrained` is False and all values are allowed.
    """

    namespace: str
    definitions: Mapping[str, ItemDefinition] = field(compare=False, repr=False)
    constrained: bool = True


def _conforms(value: Any, type_: ItemType, named: Mapping[str, Type]) -> bool:
    wanted = type_.definitions[type_.name].type
    return types.conforms(value, wanted if type_.constrained else unconstrained(wanted), named)


types.CONFORMS[ItemType] = _conforms


def unconstrained(type_: Type) -> Type:
    """The type without allowed values."""
    match type_:
        case Constrained(base):
            return unconstrained(base)
        case ListOf(item):
            return ListOf(unconstrained(item))
        case ContextOf(entries):
            return ContextOf(tuple((name, unconstrained(entry)) for name, entry in entries))
        case ItemType():
            return replace(type_, constrained=False)
    return type_


def resolved(type_: Type | None) -> Type | None:
    """The type behind names; a name that only leads back to itself is any type."""
    seen: set[Type] = set()
    while isinstance(type_, ItemType):
        if type_ in seen or type_.name not in type_.definitions:
            return None
        seen.add(type_)
        type_ = type_.definitions[type_.name].type
    return type_


def type_of_path(text: str, variables: Mapping[str, Type | None]) -> Type | None:
    """The declared type of `variable.entry.entry`, None where nothing is declared or the text is something else."""
    name = max((name for name in variables if text == name or text.startswith(f"{name}.")), key=len, default=None)
    if name is None:
        return None
    type_, rest = variables[name], text[len(name) + 1 :]
    while rest:
        context = bare(type_)
        if not isinstance(context, ContextOf):
            return None
        entries = dict(context.entries)
        entry = max((e for e in entries if rest == e or rest.startswith(f"{e}.")), key=len, default=None)
        if entry is None:
            return None
        type_, rest = entries[entry], rest[len(entry) + 1 :]
    return type_


def bare(type_: Type | None) -> Type | None:
    """The type behind names and allowed values."""
    type_ = resolved(type_)
    while isinstance(type_, Constrained):
        type_ = resolved(type_.base)
    return type_


def allowed_by(type_: Type | None) -> feel.UnaryTests | None:
    """The tests that the values of a type pass."""
    type_ = resolved(type_)
    while isinstance(type_, Constrained):
        if isinstance(type_.allows, Allows):
            return type_.allows.tests
        type_ = resolved(type_.base)
    return None


class Allows:
    """Whether a value passes the tests of its type."""

    __slots__ = ("tests",)

    def __init__(self, tests: feel.UnaryTests) -> None:
        self.tests = tests

    def __call__(self, value: Any) -> bool:
        return self.tests.test(value, {}, environment=CONSTRAINTS.get()).value is True


class ItemTypes:
    """The type names of one file."""

    def __init__(self, source: Source, texts: Texts, imports: Mapping[str, Import]) -> None:
        self.source, self.texts, self.imports = source, texts, imports
        self.namespace = source.root.get("namespace", "")
        self.parts = frozenset(source.name(c) for c in source.root.iter(f"{{{source.namespace}}}itemComponent"))
        elements: dict[str, Element] = {}
        for element in source.children(source.root, "itemDefinition"):
            if (name := source.name(element)) in elements:
                source.problem(element, f"Two item definitions are named {name}")
            elements[name] = element
        self.known = frozenset(elements)
        self.vocabulary = Vocabulary((), self.parts)
        self.definitions: dict[str, ItemDefinition] = {}
        for name, element in elements.items():
            type_, allowed = self._type(element)
            self.definitions[name] = ItemDefinition(source.id_of(element), name, type_, allowed)
        self._refuse_circles(elements)

    def _refuse_circles(self, elements: Mapping[str, Element]) -> None:
        sound: set[str] = set()
        for name in elements:
            path: dict[str, None] = {}
            here: str | None = name
            while here is not None and here not in sound and here not in path:
                path[here] = None
                type_ = self.definitions[here].type
                here = type_.name if isinstance(type_, ItemType) and type_.namespace == self.namespace else None
            for circular in () if here is None or here in sound else path:
                self.source.problem(elements[circular], f"The type {circular} only refers to itself")
                self.definitions[circular] = ItemDefinition(self.source.id_of(elements[circular]), circular, types.ANY)
            sound |= path.keys()

    def visible(self) -> dict[str, Type]:
        """All types by the names that `instance of` may use."""
        found: dict[str, Type] = {}
        for alias, imported in self.imports.items():
            for name, item in (imported.definitions.item_definitions if imported.definitions else {}).items():
                found[f"{alias}.{name}" if alias else name] = unconstrained(item.type)
        return found | {name: unconstrained(item.type) for name, item in self.definitions.items()}

    def of(self, element: Element | None, attribute: str = "typeRef") -> Type | None:
        """The type an attribute names; None where there is none, or (with a problem) where it is unknown."""
        name = "" if element is None else element.get(attribute, "").strip()
        return self._named(element, name) if element is not None and name else None

    def allowed(self, element: Element, type_name: str) -> UnaryTests | None:
        """The allowed values of the type a name stands for."""
        type_ = self._named(element, type_name) if type_name else None
        for _ in range(100):
            if not isinstance(type_, ItemType):
                return None
            item = type_.definitions[type_.name]
            if item.allowed:
                return item.allowed
            type_ = item.type
        return None

    def _named(self, element: Element, written: str) -> Type | None:
        """The type of a name as it is written at an element."""
        name = self._local(element, written)
        if name in self.known:
            return ItemType(name, self.namespace, self.definitions)
        for alias, definitions in self._imported():
            prefix = f"{alias}." if alias else ""
            rest = name[len(prefix) :]
            if name.startswith(prefix) and rest in definitions:
                return ItemType(rest, self.imports[alias].namespace, definitions)
        builtin = types.named(_ALIASES.get(name, name))
        if not isinstance(builtin, Named):
            return builtin
        guess = self.source.suggestion(name, [*types.SIMPLE, *self.known])
        self.source.problem(element, f"No type is named {name}{guess}")
        return None

    def _imported(self) -> Iterator[tuple[str, Mapping[str, ItemDefinition]]]:
        for alias, imported in self.imports.items():
            if imported.definitions:
                yield alias, imported.definitions.item_definitions

    def _local(self, element: Element, name: str) -> str:
        """Without the prefix of a qualified name (DMN 1.1)."""
        prefix, colon, rest = name.partition(":")
        if not colon:
            return name
        namespace = element.nsmap.get(prefix, "")
        for alias, imported in self.imports.items():
            if imported.namespace == namespace:
                return f"{alias}.{rest}" if alias else rest
        return rest if prefix == "feel" or namespace == self.namespace or "omg.org" in namespace else name

    def _type(self, element: Element) -> tuple[Type, UnaryTests | None]:
        """The type an item definition or component describes, and the allowed values of a single value of it."""
        base = self._function(element) or self._components(element) or self._referenced(element)
        allowed = self._tests(element, "allowedValues")
        whole = self._tests(element, "typeConstraint")
        collection = element.get("isCollection") in ("true", "1")
        if allowed and allowed.tests:
            base = Constrained(base, Allows(allowed.tests))
        if collection:
            base = ListOf(base)
        if whole and whole.tests:
            base = Constrained(base, Allows(whole.tests))
        return base, None if collection else allowed or whole

    def _tests(self, element: Element, tag: str) -> UnaryTests | None:
        found = self.source.child(element, tag)
        if found is None or not self.source.text(found).strip():
            return None
        return self.texts.tests(found, self.vocabulary)

    def _components(self, element: Element) -> Type | None:
        components = list(self.source.children(element, "itemComponent"))
        return ContextOf(tuple((self.source.name(c), self._type(c)[0]) for c in components)) if components else None

    def _function(self, element: Element) -> Type | None:
        item = self.source.child(element, "functionItem")
        if item is None:
            return None
        parameters = tuple(self.of(p) or types.ANY for p in self.source.children(item, "parameters"))
        return FunctionOf(parameters, self.of(item, "outputTypeRef") or types.ANY)

    def _referenced(self, element: Element) -> Type:
        name = self.source.text(element, "typeRef").strip()
        return (self._named(element, name) if name else None) or types.ANY
