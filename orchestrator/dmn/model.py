"""The decision requirement graph of a DMN file (DMN 1.5, chapter 6): decisions and what they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from orchestrator.dmn.boxed import Boxed, FunctionDefinition
from orchestrator.dmn.problems import DecisionFailed, Problem, did_you_mean
from orchestrator.dmn.table import UnaryTests
from orchestrator.feel.types import Type


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to an element: by id in this file, or in the file imported under `alias`."""

    id: str
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """A node of the graph; the base class alone is never used. Expressions know its value as `variable`."""

    id: str
    name: str
    variable: str
    type: Type | None
    type_name: str


@dataclass(frozen=True, slots=True)
class InputData(Element):
    """A value from outside."""


@dataclass(frozen=True, slots=True)
class Decision(Element):
    """A decision; without `logic` its value is null unless it is given."""

    logic: Boxed | None
    inputs: tuple[Reference, ...]
    decisions: tuple[Reference, ...]
    knowledge: tuple[Reference, ...]
    question: str = ""
    allowed_answers: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class BusinessKnowledgeModel(Element):
    """A function that decisions may call."""

    logic: FunctionDefinition | None
    knowledge: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class DecisionService(Element):
    """A part of the graph as a function: from input data and input decisions to output decisions."""

    outputs: tuple[Reference, ...]
    encapsulated: tuple[Reference, ...]
    input_decisions: tuple[Reference, ...]
    inputs: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A named type with the allowed values of its values."""

    id: str
    name: str
    type: Type
    allowed: UnaryTests | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """Another file's elements under a name."""

    name: str
    namespace: str
    definitions: Definitions | None


@dataclass(frozen=True)
class Definitions:
    """A DMN file, read. The mappings go from id to element. `notes` are the problems found while reading."""

    id: str
    name: str
    namespace: str
    decisions: Mapping[str, Decision]
    decision_services: Mapping[str, DecisionService]
    business_knowledge_models: Mapping[str, BusinessKnowledgeModel]
    inputs: Mapping[str, InputData]
    item_definitions: Mapping[str, ItemDefinition]
    imports: Mapping[str, Import] = field(default_factory=dict)
    types: Mapping[str, Type] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()
    hints: tuple[Problem, ...] = ()
    element_names: frozenset[str] = frozenset()

    def decision(self, id_or_name: str) -> Decision:
        """The decision with this id, or else this name. Raises DecisionFailed."""
        return _find(self.decisions, id_or_name, "decision")

    def decision_service(self, id_or_name: str) -> DecisionService:
        """The decision service with this id, or else this name. Raises DecisionFailed."""
        return _find(self.decision_services, id_or_name, "decision service")

    def business_knowledge_model(self, id_or_name: str) -> BusinessKnowledgeModel:
        """The business knowledge model with this id, or else this name. Raises DecisionFailed."""
        return _find(self.business_knowledge_models, id_or_name, "business knowledge model")

    def element(self, id: str) -> Element | None:
        """The node of the graph with this id."""
        for nodes in (self.decisions, self.inputs, self.business_knowledge_models, self.decision_services):
            if id in nodes:
                return nodes[id]
        return None

    def follow(self, reference: Reference) -> Element | None:
        """The node a reference leads to, here or in an imported file."""
        if reference.alias is None:
            return self.element(reference.id)
        imported = self.imports[reference.alias].definitions
        return imported.element(reference.id) if imported else None


Node = TypeVar("Node", bound=Element)


def _find(nodes: Mapping[str, Node], id_or_name: str, what: str) -> Node:
    if id_or_name in nodes:
        return nodes[id_or_name]
    for node in nodes.values():
        if node.name == id_or_name:
            return node
    guess = did_you_mean(id_or_name, [*nodes, *(node.name for node in nodes.values())])
    raise DecisionFailed(f"The file has no {what} {id_or_name}{guess}")
