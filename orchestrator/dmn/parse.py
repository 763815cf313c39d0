"""From the bytes of a DMN file to its definitions. What cannot be read raises DmnError; the rest becomes problems."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from orchestrator.dmn.item_types import ItemTypes
from orchestrator.dmn.model import (
    BusinessKnowledgeModel,
    Decision,
    DecisionService,
    Definitions,
    Import,
    InputData,
    Reference,
)
from orchestrator.dmn.problems import DmnError, Problem
from orchestrator.dmn.read_boxed import Reader
from orchestrator.dmn.source import NAMESPACES, Element, Source
from orchestrator.dmn.texts import Texts, Vocabulary
from orchestrator.feel.types import Constrained, ContextOf, ListOf, Type

ELEMENTS = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
_NAMING = ("variable", "output", "column", "outputDecision")


def parse(xml: bytes, *, imports: Mapping[str, Definitions] = {}) -> Definitions:
    """Read a file. `imports` holds the definitions it may import, by namespace. Raises DmnError."""
    return _read(Source(xml), imports)


def parse_all(files: Iterable[bytes], *, imports: Mapping[str, Definitions] = {}) -> list[Definitions]:
    """Read files that may import each other, in any order; the result is in the order given. Raises DmnError.

    Of files that share a namespace, the first is the one that can be imported.
    """
    waiting = dict(enumerate(Source(xml) for xml in files))
    read: dict[int, Definitions] = {}
    known = dict(imports)
    while waiting:
        missing = {source.root.get("namespace", "") for source in waiting.values()} - known.keys()
        ready = [n for n, source in waiting.items() if not _imported(source) & missing] or list(waiting)[:1]
        for number in ready:
            read[number] = _read(waiting.pop(number), known)
        for number in ready:
            known.setdefault(read[number].namespace, read[number])
    return [read[number] for number in sorted(read)]


def _imported(source: Source) -> set[str]:
    return {element.get("namespace", "") for element in source.children(source.root, "import")}


def _read(source: Source, imports: Mapping[str, Definitions]) -> Definitions:
    try:
        return DefinitionsReader(source, imports).definitions()
    except RecursionError:
        raise DmnError((Problem("", "The expressions of the file nest too deep"),)) from None


class DefinitionsReader:
    """Reads the graph of one file."""

    def __init__(self, source: Source, imports: Mapping[str, Definitions]) -> None:
        self.source = source
        self.imports = self._imports(imports)
        texts = Texts(source)
        self.types = ItemTypes(source, texts, self.imports)
        self.reader = Reader(source, texts, self.types)
        self.elements = {tag: list(source.children(source.root, tag)) for tag in ELEMENTS}
        self.by_id: dict[str, Element] = {}
        for tag in reversed(ELEMENTS):
            self.by_id.update((source.id_of(element), element) for element in self.elements[tag])
        self.parts = self.types.parts.union(*(_component_names(i.definitions) for i in self.imports.values()))
        self.open = not self.elements["inputData"]
        self.base = Vocabulary((), self.parts)
        self._refuse_twins()

    def definitions(self) -> Definitions:
        root = self.source.root
        decisions = {self.source.id_of(e): self.decision(e) for e in self.elements["decision"]}
        models = {self.source.id_of(e): self.knowledge_model(e) for e in self.elements["businessKnowledgeModel"]}
        services = {self.source.id_of(e): self.service(e) for e in self.elements["decisionService"]}
        inputs = {self.source.id_of(e): InputData(*self.head(e)) for e in self.elements["inputData"]}
        nodes = (*decisions.values(), *models.values(), *services.values(), *inputs.values())
        return Definitions(
            root.get("id", ""),
            root.get("name", ""),
            root.get("namespace", ""),
            decisions,
            services,
            models,
            inputs,
            self.types.definitions,
            self.imports,
            self.types.visible(),
            tuple(self.source.problems),
            tuple(self.source.hints),
            frozenset(node.variable for node in nodes) | {node.name for node in nodes},
        )

    def _refuse_twins(self) -> None:
        """Every id and every name of a node is used once."""
        ids = [id for e in self.source.root.iter(f"{{{self.source.namespace}}}*") if (id := e.get("id"))]
        for id in _twice(ids):
            self.source.problem(id, f"The id {id} is used twice: give one of the two elements another id")
        named = defaultdict(list)
        for element in (element for elements in self.elements.values() for element in elements):
            named[self.source.name(element)].append(self.source.id_of(element))
        for name, twins in named.items():
            if name and len(twins) > 1:
                shown = " and ".join(twins[:5]) + (" and others" if len(twins) > 5 else "")
                self.source.problem(twins[-1], f"{shown} are all named {name}: names must differ")

    # --- nodes

    def head(self, element: Element) -> tuple[str, str, str, Type | None, str]:
        """Id, name, variable, type and the type's name, with which every node of the graph begins."""
        id = self.source.id_of(element)
        name = self.source.name(element) or id
        variable = self.source.child(element, "variable")
        type_name = "" if variable is None else variable.get("typeRef", "").strip()
        return id, name, self.variable(element), self.types.of(variable), type_name

    def variable(self, element: Element) -> str:
        """The name under which expressions know the node."""
        found = self.source.child(element, "variable")
        return self.source.name(found) or self.source.name(element) or self.source.id_of(element)

    def decision(self, element: Element) -> Decision:
        inputs = self.references(element, "informationRequirement", "requiredInput")
        decisions = self.references(element, "informationRequirement", "requiredDecision")
        knowledge = self.references(element, "knowledgeRequirement", "requiredKnowledge")
        required = (*inputs, *decisions, *knowledge)
        logic = self.reader.expression(element, self.vocabulary(required, open=self.open or not required))
        if logic is None:
            self.source.hint(element, f"The decision {element.get('name', '')} has no logic: its value is null")
        return Decision(
            *self.head(element),
            logic=logic,
            inputs=inputs,
            decisions=decisions,
            knowledge=knowledge,
            question=self.source.text(element, "question").strip(),
            allowed_answers=self.source.text(element, "allowedAnswers").strip(),
            description=self.source.text(element, "description").strip(),
        )

    def knowledge_model(self, element: Element) -> BusinessKnowledgeModel:
        knowledge = self.references(element, "knowledgeRequirement", "requiredKnowledge")
        written = self.source.child(element, "encapsulatedLogic")
        vocabulary = self.vocabulary(knowledge).plus(self.variable(element))
        logic = None if written is None else self.reader.function(written, vocabulary)
        if logic is None:
            self.source.hint(element, f"The business knowledge model {element.get('name', '')} has no logic")
        return BusinessKnowledgeModel(*self.head(element), logic=logic, knowledge=knowledge)

    def service(self, element: Element) -> DecisionService:
        outputs = self.references(element, "outputDecision")
        if not outputs:
            self.source.problem(element, "The decision service has no output decision")
        return DecisionService(
            *self.head(element),
            outputs=outputs,
            encapsulated=self.references(element, "encapsulatedDecision"),
            input_decisions=self.references(element, "inputDecision"),
            inputs=self.references(element, "inputData"),
        )

    # --- references and names

    def references(self, element: Element, tag: str, inner: str = "") -> tuple[Reference, ...]:
        """What the href of each child (or of what stands inside it) leads to."""
        found = []
        for child in self.source.children(element, tag):
            target = self.source.child(child, inner) if inner else child
            if target is not None and (href := target.get("href", "")):
                found.append(self.reference(href))
        return tuple(found)

    def reference(self, href: str) -> Reference:
        """By `#id`, or by `namespace#id` of this file or an imported one."""
        namespace, _, id = href.rpartition("#")
        if namespace in ("", self.source.root.get("namespace", "")):
            return Reference(id)
        for alias, imported in self.imports.items():
            if imported.namespace == namespace:
                return Reference(id, alias)
        return Reference(href)

    def vocabulary(self, required: Iterable[Reference], *, open: bool = False) -> Vocabulary:
        """What a node may speak of: the variables of what it requires, and the names of their parts."""
        variables: set[str] = set()
        types: dict[str, Type | None] = {}
        parts: set[str] = set()
        for reference in required:
            if reference.alias is None:
                element = self.by_id.get(reference.id)
                if element is not None:
                    variables |= {self.variable(element), self.source.name(element), self.source.id_of(element)} - {""}
                    types[self.variable(element)] = self.types.of(self.source.child(element, "variable"))
                    parts |= self.part_names(element)
                continue
            node = self._foreign(reference)
            if node:
                (parts if reference.alias else variables).add(node)
            if reference.alias:
                variables.add(reference.alias)
        found = self.base.plus(*variables, types=types, parts=parts)
        found.open = open
        return found

    def part_names(self, element: Element) -> set[str]:
        """Names of the parts that the value of a node may have."""
        if self.source.local(element) == "decisionService":
            ids = (reference.id for reference in self.references(element, "outputDecision"))
            return {self.variable(self.by_id[id]) for id in ids if id in self.by_id}
        return {
            self.source.name(found) for tag in _NAMING for found in element.iter(f"{{{self.source.namespace}}}{tag}")
        } - {""}

    def _foreign(self, reference: Reference) -> str:
        imported = self.imports[reference.alias or ""].definitions
        node = imported.element(reference.id) if imported else None
        return node.variable if node else ""

    def _imports(self, known: Mapping[str, Definitions]) -> dict[str, Import]:
        found = {}
        for element in self.source.children(self.source.root, "import"):
            namespace, name = element.get("namespace", ""), self.source.name(element)
            if element.get("importType", NAMESPACES[0]) not in NAMESPACES:
                self.source.problem(element, f"The import {name or namespace} is no DMN model")
                continue
            if namespace not in known:
                self.source.problem(element, f"The file imports {namespace}, which is not among the files here")
            found[name] = Import(name, namespace, known.get(namespace))
        return found


def _twice(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _component_names(definitions: Definitions | None) -> Iterator[str]:
    if definitions is None:
        return

    def names(type_: Type) -> Iterator[str]:
        while isinstance(type_, Constrained | ListOf):
            type_ = type_.base if isinstance(type_, Constrained) else type_.item
        if isinstance(type_, ContextOf):
            for name, inner in type_.entries:
                yield name
                yield from names(inner)

    for item in definitions.item_definitions.values():
        yield from names(item.type)
