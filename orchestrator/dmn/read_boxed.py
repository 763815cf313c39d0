"""From XML to boxed expressions: one function per tag (DMN 1.5, 7.3 and 10.2.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from orchestrator.dmn import boxed
from orchestrator.dmn.boxed import Boxed
from orchestrator.dmn.item_types import ItemTypes
from orchestrator.dmn.read_table import decision_table
from orchestrator.dmn.source import Element, Source
from orchestrator.dmn.texts import Texts, Vocabulary


class Reader:
    """What reading an expression needs: the file, its texts and its types."""

    def __init__(self, source: Source, texts: Texts, types: ItemTypes) -> None:
        self.source, self.texts, self.types = source, texts, types

    def expression(self, element: Element | None, vocabulary: Vocabulary) -> Boxed | None:
        """The expression that is the first child of an element of which one can be made, None without any."""
        for child in () if element is None else element:
            if read := READ.get(self.source.local(child)):
                return read(self, child, vocabulary)
        return None

    def required(self, element: Element, tag: str, vocabulary: Vocabulary) -> Boxed | None:
        """The expression inside a child of that tag; its absence is a problem."""
        found = self.expression(self.source.child(element, tag), vocabulary)
        if found is None:
            self.source.problem(element, f"The {self.source.local(element)} expression has no {tag} part")
        return found

    def function(self, element: Element, vocabulary: Vocabulary) -> boxed.FunctionDefinition:
        """A function definition, or the encapsulated logic of a business knowledge model."""
        parameters = tuple(
            boxed.Parameter(self.source.name(parameter), self.types.of(parameter))
            for parameter in self.source.children(element, "formalParameter")
        )
        kind = element.get("kind", "FEEL")
        external = "" if kind.upper() in ("FEEL", "F") else kind
        if external:
            self.source.problem(element, f"The function is written in {external}: only FEEL is evaluated")
        types = {parameter.name: parameter.type for parameter in parameters}
        inner = vocabulary.plus(types=types)
        body = None if external else self.expression(element, inner)
        return boxed.FunctionDefinition(self.id(element), self.types.of(element), parameters, body, external)

    def id(self, element: Element) -> str:
        """The id a modeller can find it by."""
        return self.source.id_of(element)


def _literal(reader: Reader, element: Element, vocabulary: Vocabulary) -> Boxed:
    found = reader.texts.literal(element, vocabulary, reader.types.of(element))
    if not found.text:
        reader.source.hint(element, "The expression is empty: its value is null")
    return found


def _context(reader: Reader, element: Element, vocabulary: Vocabulary) -> Boxed:
    entries, vocabulary = [], vocabulary.plus()
    for entry in reader.source.children(element, "contextEntry"):
        variable = reader.source.child(entry, "variable")
        name = reader.source.name(variable)
        if name and _is_function(reader, entry):
            vocabulary.learn(name)
        entries.append(boxed.ContextEntry(name, reader.types.of(variable), reader.expression(entry, vocabulary)))
        if name:
            vocabulary.learn(name, entries[-1].type)
    for name, count in Counter(entry.name for entry in entries if entry.name).items():
        if count > 1:
            reader.source.problem(element, f"Two entries of the context are named {name}")
    return boxed.Context(reader.id(element), reader.types.of(element), tuple(entries))


def _is_function(reader: Reader, entry: Element) -> bool:
    return reader.source.child(entry, "functionDefinition") is not None


def _list(reader: Reader, element: Element, vocabulary: Vocabulary) -> Boxed:
    return boxed.ListOfBoxed(reader.id(element), reader.types.of(element), _all(reader, element, vocabulary))


def _all(reader: Reader, element: Element, vocabulary: Vocabulary) -> tuple[Boxed, ...]:
    children = ((READ.get(reader.source.local(child)), child) for child in element)
    return tuple(read(reader, child, vocabulary) for read, child in children if read)


def _relation(reader: Reader, element: Element, vocabulary: Vocabulary) -> Boxed:
    columns = tuple((reader.source.name(c), reader.types.of(c)) for c in reader.source.children(element, "column"))
    rows = []
    for row in reader.source.children(element, "row"):
        cells = _all(reader, row, vocabulary)
        if len(cells) != len(columns):
            reader.source.problem(row, f"The row has {len(cells)} cells, the relation {len(columns)} columns")
        rows.append(cells)
    return boxed.Relation(reader.id(element), reader.types.of(element), columns, tuple(rows))


def _function(reader: Reader, element: Element, vocabulary: Vocabulary) -> Boxed:
    return reader.function(element, vocabulary)


def _invocation(reader: Reader, element: Element, vocabulary: Vocabulary) -> Boxed:
    bindings = []
    for binding in reader.source.children(element, "binding"):
        parameter = reader.source.child(binding, "parameter")
        name = reader.source.name(parameter)
        bindings.append((name, reader.expression(binding, vocabulary)))
    function = reader.expression(element, vocabulary)
    if function is None:
        reader.source.problem(element, "The invocation does not say what it calls")
    return boxed.Invocation(reader.id(element), reader.types.of(element), function, tuple(bindings))


def _conditional(reader: Reader, element: Element, vocabulary: Vocabulary) -> Boxed:
    parts = (reader.required(element, tag, vocabulary) for tag in ("if", "then", "else"))
    return boxed.Conditional(reader.id(element), reader.types.of(element), *parts)


def _filter(reader: Reader, element: Element, vocabulary: Vocabulary) -> Boxed:
    source = reader.required(element, "in", vocabulary)
    inner = vocabulary.plus("item")
    inner.open = True
    return boxed.Filter(reader.id(element), reader.types.of(element), source, reader.required(element, "match", inner))


def _iterator(reader: Reader, element: Element, vocabulary: Vocabulary) -> Boxed:
    kind, variable = reader.source.local(element), element.get("iteratorVariable", "")
    if not variable:
        reader.source.problem(element, f"The {kind} expression does not name its iterator variable")
    source = reader.required(element, "in", vocabulary)
    body = reader.required(element, "return" if kind == "for" else "satisfies", vocabulary.plus(variable, "partial"))
    return boxed.Iterator(reader.id(element), reader.types.of(element), kind, variable, source, body)


def _table(reader: Reader, element: Element, vocabulary: Vocabulary) -> Boxed:
    return decision_table(reader.source, reader.texts, reader.types, element, vocabulary)


READ: dict[str, Callable[[Reader, Element, Vocabulary], Boxed]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "functionDefinition": _function,
    "invocation": _invocation,
    "decisionTable": _table,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
}
