"""What a decision, a decision service or a business knowledge model wants to be told before it can answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator import feel
from orchestrator.dmn import boxed
from orchestrator.dmn.boxed import Boxed, Context, FunctionDefinition, Literal
from orchestrator.dmn.item_types import allowed_by, bare
from orchestrator.dmn.model import BusinessKnowledgeModel, Decision, DecisionService, Definitions, Element, InputData
from orchestrator.dmn.table import DecisionTable, Input
from orchestrator.dmn.texts import names_in
from orchestrator.dmn.walk import parts
from orchestrator.feel import nodes, types
from orchestrator.feel.literals import written_value
from orchestrator.feel.types import Type, type_text

_SPOKEN = frozenset({"item", "partial", "?"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A value from outside. `type` is None where nobody declared one; `allowed` are unary tests as text, or ""."""

    name: str
    type: Type | None
    type_name: str
    allowed: str = ""

    def read(self, text: str) -> object:
        """The value a person wrote, by `feel.written_value`; where text is asked for, `4711` is text.

        Raises ValueError with a sentence.
        """
        value = written_value(text)
        wants_text = bare(self.type) == types.STRING
        return text.strip() if wants_text and value is not None and not isinstance(value, str) else value


def asked(definitions: Definitions, element: Element) -> tuple[Asked, ...]:
    """The inputs in the order in which they are required, each once; those that no input data declares come last."""
    if isinstance(element, BusinessKnowledgeModel):
        parameters = element.logic.parameters if element.logic else ()
        return tuple(Asked(p.name, p.type, type_text(p.type) if p.type else "") for p in parameters)
    if isinstance(element, DecisionService):
        references = (*element.inputs, *element.input_decisions)
        return tuple(_declared(node, {}) for reference in references if (node := definitions.follow(reference)))
    if not isinstance(element, Decision):
        return ()
    return tuple({item.name: item for item in _of_decision(definitions, element)}.values())


def _of_decision(definitions: Definitions, decision: Decision) -> Iterator[Asked]:
    required = list(_required(definitions, decision))
    columns: dict[str, Input] = {}
    for _, node in required:
        columns = {**_columns(node), **columns}
    for _, node in required:
        if isinstance(node, InputData):
            yield _declared(node, columns)
    for home, node in required:
        if isinstance(node, Decision):
            for name in _undeclared(node):
                if name not in home.element_names and name not in home.imports:
                    column = columns.get(name)
                    yield Asked(name, column.type if column else None, _type_name(column), _allowed(column))


def _required(definitions: Definitions, decision: Decision) -> Iterator[tuple[Definitions, Element]]:
    """The decision and everything it requires, with the file it stands in; each node once."""
    stack: list[tuple[Definitions, Element]] = [(definitions, decision)]
    seen: set[tuple[str, str]] = set()
    while stack:
        home, node = stack.pop()
        if (home.namespace, node.id) in seen:
            continue
        seen.add((home.namespace, node.id))
        yield home, node
        if not isinstance(node, Decision):
            continue
        below = []
        for reference in (*node.inputs, *node.decisions):
            target = home.follow(reference)
            place = home.imports[reference.alias].definitions if reference.alias else home
            if target is not None and place is not None:
                below.append((place, target))
        stack.extend(reversed(below))


def _declared(node: Element, columns: dict[str, Input]) -> Asked:
    column, tests = columns.get(node.variable), allowed_by(node.type)
    allowed = tests.text if tests else _allowed(column)
    if node.type is None and column:
        return Asked(node.variable, column.type, _type_name(column), allowed)
    return Asked(node.variable, node.type, node.type_name, allowed)


def _columns(node: Element) -> dict[str, Input]:
    """The columns that test nothing but a variable, by its name: they say of which type it is."""
    found: dict[str, Input] = {}
    for table in parts(node.logic) if isinstance(node, Decision) else ():
        for column in table.inputs if isinstance(table, DecisionTable) else ():
            tree = column.expression.expression.tree if column.expression and column.expression.expression else None
            if isinstance(tree, nodes.Name):
                found.setdefault(tree.name, column)
    return found


def _type_name(column: Input | None) -> str:
    return type_text(column.type) if column and column.type else ""


def _allowed(column: Input | None) -> str:
    return column.allowed.text if column and column.allowed else ""


def _undeclared(decision: Decision) -> list[str]:
    """Names that expressions of the decision read and that nothing inside it defines, in order."""
    inside: set[str] = set(_SPOKEN)
    read: dict[str, None] = {}
    for part in parts(decision.logic):
        inside.update(_defined(part))
        for expression in _expressions(part):
            found = names_in(expression.tree)[0] & expression.names
            read.update(dict.fromkeys(sorted(found)))
    return [name for name in read if name not in inside and name not in feel.BUILTINS and "." not in name]


def _defined(part: Boxed) -> Iterator[str]:
    if isinstance(part, Context):
        yield from (entry.name for entry in part.entries)
    elif isinstance(part, FunctionDefinition):
        yield from (parameter.name for parameter in part.parameters)
    elif isinstance(part, boxed.Iterator):
        yield part.variable


def _expressions(part: Boxed) -> Iterator[feel.Expression | feel.UnaryTests]:
    if isinstance(part, Literal):
        yield from (part.expression,) if part.expression else ()
    elif isinstance(part, DecisionTable):
        for column in part.inputs:
            if column.expression and column.expression.expression:
                yield column.expression.expression
        for rule in part.rules:
            yield from (cell.tests for cell in rule.tests if cell.tests)
            for output in rule.outputs:
                yield from _expressions(output)
