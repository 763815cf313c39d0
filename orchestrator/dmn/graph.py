"""The decision requirement graph at work: what a decision requires is evaluated first, each node once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator import feel
from orchestrator.dmn.boundary import from_outside
from orchestrator.dmn.interpret import Scope, function_of, value_of
from orchestrator.dmn.item_types import resolved
from orchestrator.dmn.model import (
    BusinessKnowledgeModel,
    Decision,
    DecisionService,
    Definitions,
    Element,
    InputData,
    Reference,
)
from orchestrator.dmn.record import Notes, Record
from orchestrator.dmn.result import EvaluatedDecision, EvaluatedInput
from orchestrator.dmn.variables import Variables
from orchestrator.feel.run import Run
from orchestrator.feel.sizes import weigh
from orchestrator.feel.types import FunctionOf, Type
from orchestrator.feel.values import FeelFunction


class Graph:
    """One file's graph with the values of one evaluation. Imported files have graphs of their own, by their alias."""

    def __init__(self, definitions: Definitions, record: Record, variables: Mapping[str, Any]) -> None:
        self.definitions, self.record, self.variables = definitions, record, variables
        self.environment = feel.Environment(record.now, record.functions, record.fuel, definitions.types)
        self.values: dict[str, Any] = {}
        self.imported: dict[str, Graph] = {}
        self.functions: dict[str, FeelFunction] = {}
        known = definitions.element_names
        self.undeclared = {str(name): value for name, value in variables.items() if name not in known}

    def scope(self, values: Mapping[str, Any], outside: Mapping[str, Any] = {}) -> Scope:
        """Where expressions of this file are evaluated."""
        return Scope(self.record, self.environment, Variables(values, outside))

    def at(self, reference: Reference) -> Graph:
        """The graph in which a reference ends. An imported file finds its input data under its alias."""
        if reference.alias is None:
            return self
        if reference.alias not in self.imported:
            definitions = self.definitions.imports[reference.alias].definitions
            nested = self.variables.get(reference.alias)
            variables = {**self.variables, **nested} if isinstance(nested, Mapping) else self.variables
            assert definitions is not None
            self.imported[reference.alias] = Graph(definitions, self.record, variables)
        return self.imported[reference.alias]

    def follow(self, references: tuple[Reference, ...]) -> Iterator[tuple[Reference, Graph, Element]]:
        """What references lead to; dangling ones are left out, a deployment refuses them."""
        for reference in references:
            node = self.definitions.follow(reference)
            if node is not None:
                yield reference, self.at(reference), node

    # --- decisions

    def decide(self, decision: Decision) -> Any:
        """The value of a decision, after those of all it requires. Requirements may be long: this does not recurse."""
        stack: list[tuple[Graph, Decision]] = [(self, decision)]
        underway: set[tuple[int, str]] = set()
        while stack:
            graph, top = stack[-1]
            missing = [(g, node) for g, node in graph.required_decisions(top) if node.id not in g.values]
            if top.id in graph.values or not missing:
                stack.pop()
                if top.id not in graph.values:
                    graph.values[top.id] = graph.evaluated(top)
                continue
            underway.add((id(graph), top.id))
            for g, node in missing:
                if (id(g), node.id) in underway:
                    self.record.warn(node.id, "circle", f"The decision {node.name} requires itself: it is null")
                    g.values[node.id] = None
                else:
                    stack.append((g, node))
        return self.values[decision.id]

    def required_decisions(self, decision: Decision) -> Iterator[tuple[Graph, Decision]]:
        for _, graph, node in self.follow(decision.decisions):
            if isinstance(node, Decision):
                yield graph, node

    def evaluated(self, decision: Decision) -> Any:
        """Evaluate the logic of a decision whose requirements have values, and keep the record of it."""
        self.record.spend(20)
        self.record.open.append(Notes())
        values, required = self.requirements(decision)
        value = value_of(decision.logic, self.scope(values, self.undeclared))
        value = self.record.fit(decision.id, value, decision.type, f"The decision {decision.name}")
        weigh(value)
        notes = self.record.open.pop()
        tables, own = notes.tables, None
        if tables and decision.logic is not None and tables[-1].id == decision.logic.id:
            *tables, own = tables
        self.record.decision(
            EvaluatedDecision(
                decision.id,
                decision.name,
                own.inputs if own else required,
                own.rules if own else (),
                value,
                tuple(notes.warnings),
                own.hit_policy if own else "",
                tuple(tables),
            )
        )
        return value

    def requirements(self, decision: Decision) -> tuple[dict[str, Any], tuple[EvaluatedInput, ...]]:
        """The variables a decision sees, and those of them that are data."""
        values: dict[str, Any] = {}
        required = []
        for reference, graph, node in self.follow((*decision.inputs, *decision.decisions, *decision.knowledge)):
            value = graph.value(node)
            graph.bind(values, reference.alias, node, value)
            if isinstance(node, InputData | Decision):
                name = f"{reference.alias}.{node.name}" if reference.alias else node.name
                required.append(EvaluatedInput(node.id, name, value))
        return values, tuple(required)

    def bind(self, values: dict[str, Any], alias: str | None, node: Element, value: Any) -> None:
        """Give a node's value its name: that of its variable, behind the alias of an imported file."""
        if alias:
            entries = values.get(alias)
            values[alias] = {**(entries if isinstance(entries, dict) else {}), node.variable: value}
        else:
            values[node.variable] = value
            values.setdefault(node.name, value)
            values.setdefault(node.id, value)

    def value(self, node: Element) -> Any:
        """The value of a node: that of a decision is known already, functions are made when they are needed."""
        if node.id not in self.values:
            self.values[node.id] = VALUE[type(node)](self, node)
        return self.values[node.id]

    def input(self, node: InputData) -> Any:
        """A value from outside, converted as its type allows."""
        for name in (node.variable, node.name):
            if name in self.variables:
                value = from_outside(self.variables[name], node.type)
                return self.record.fit(node.id, value, node.type, f"The input {node.name}")
        self.record.warn(node.id, "no input", f"The input {node.name} is null: it was not given")
        return None

    # --- functions

    def knowledge_model(self, model: BusinessKnowledgeModel) -> FeelFunction:
        """A business knowledge model as a function; it sees its parameters, what it requires, and itself."""
        if model.id in self.functions:
            return self.functions[model.id]
        result = _result_type(model.type)

        def call(run: Run, arguments: list[Any]) -> Any:
            values: dict[str, Any] = {model.variable: function}
            for reference, graph, node in self.follow(model.knowledge):
                graph.bind(values, reference.alias, node, graph.value(node))
            if model.logic is None:
                return None
            value = function_of(model.logic, self.scope(values)).call(run, arguments)
            return self.record.fit(model.id, value, result, f"The result of {model.name}")

        parameters = model.logic.parameters if model.logic else ()
        names, types = tuple(p.name for p in parameters), tuple(p.type for p in parameters)
        function = FeelFunction(names, call, model.name, types, None)
        self.functions[model.id] = function
        return function

    def parameters(self, service: DecisionService) -> list[Element]:
        """What a decision service takes: first its input data, then its input decisions (DMN 1.5, 10.4)."""
        return [node for _, _, node in self.follow((*service.inputs, *service.input_decisions))]

    def service(self, service: DecisionService) -> FeelFunction:
        """A decision service as a function. Its decisions see its arguments and nothing else from outside."""
        parameters = self.parameters(service)
        result = _result_type(service.type)

        def call(run: Run, arguments: list[Any]) -> Any:
            self.record.spend(30)
            inner = Graph(self.definitions, self.record, {})
            for (_, graph, node), value in zip(
                inner.follow((*service.inputs, *service.input_decisions)), arguments, strict=True
            ):
                graph.values[node.id] = value
            values = {
                node.variable: graph.decide(node)
                for _, graph, node in inner.follow(service.outputs)
                if isinstance(node, Decision)
            }
            value = next(iter(values.values())) if len(values) == 1 else values
            return self.record.fit(service.id, value, result, f"The result of {service.name}")

        names, types = tuple(node.variable for node in parameters), tuple(node.type for node in parameters)
        return FeelFunction(names, call, service.name, types, None)


def _result_type(type_: Type | None) -> Type | None:
    """The type of a function's variable is the function's, or (in older files) that of its result."""
    found = resolved(type_)
    return found.result if isinstance(found, FunctionOf) else type_


VALUE: dict[type[Element], Any] = {
    InputData: Graph.input,
    Decision: Graph.decide,
    BusinessKnowledgeModel: Graph.knowledge_model,
    DecisionService: Graph.service,
}
