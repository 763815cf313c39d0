"""From XML to decision tables (DMN 1.5, 8.3)."""

from __future__ import annotations

from orchestrator import feel
from orchestrator.dmn.boxed import Boxed, Literal
from orchestrator.dmn.item_types import ItemTypes, type_of_path
from orchestrator.dmn.source import Element, Source
from orchestrator.dmn.table import (
    AGGREGATIONS,
    POLICIES,
    DecisionTable,
    HitPolicy,
    Input,
    Output,
    Rule,
    UnaryTests,
)
from orchestrator.dmn.texts import Texts, Vocabulary
from orchestrator.feel import nodes


def decision_table(
    source: Source, texts: Texts, types: ItemTypes, element: Element, vocabulary: Vocabulary
) -> DecisionTable:
    """The table that an element describes."""
    return TableReader(source, texts, types, vocabulary).table(element)


class TableReader:
    """Reads one table, whose cells see the same names."""

    def __init__(self, source: Source, texts: Texts, types: ItemTypes, vocabulary: Vocabulary) -> None:
        self.source, self.texts, self.types, self.vocabulary = source, texts, types, vocabulary

    def table(self, element: Element) -> DecisionTable:
        inputs = tuple(map(self.input, self.source.children(element, "input")))
        found = list(self.source.children(element, "output"))
        outputs = tuple(self.output(output, len(found) == 1, element) for output in found)
        if not outputs:
            self.source.problem(element, "The decision table has no output")
        annotations = [self.source.name(a) for a in self.source.children(element, "annotation")]
        rules = tuple(
            self.rule(rule, index, len(inputs), outputs, annotations)
            for index, rule in enumerate(self.source.children(element, "rule"), 1)
        )
        if not rules:
            self.source.hint(element, "The decision table has no rules: its result is always empty")
        policy = self.hit_policy(element, len(outputs))
        id = self.source.id_of(element)
        return DecisionTable(id, self.types.of(element), policy, inputs, outputs, rules)

    def hit_policy(self, element: Element, outputs: int) -> HitPolicy:
        """Unique where the file names none, and in place of one that does not exist."""
        written, aggregation = element.get("hitPolicy", "UNIQUE"), element.get("aggregation")
        policy = POLICIES.get(written)
        if policy is None:
            self.source.problem(element, f"There is no hit policy {written!r}: choose one of {', '.join(POLICIES)}")
            return HitPolicy.UNIQUE
        if policy is not HitPolicy.COLLECT or not aggregation:
            return policy
        if aggregation not in AGGREGATIONS:
            known = ", ".join(AGGREGATIONS)
            self.source.problem(element, f"There is no aggregation {aggregation!r}: choose one of {known}")
            return policy
        if outputs > 1:
            self.source.problem(element, f"{aggregation} collects one output, but the table has {outputs}")
        return AGGREGATIONS[aggregation]

    # --- columns

    def input(self, element: Element) -> Input:
        written = self.source.child(element, "inputExpression")
        expression = None
        if written is not None:
            expression = self.texts.literal(written, self.vocabulary, None)
        if expression is None or not expression.text:
            self.source.problem(element, "The input has no expression: say what the column tests")
        text = expression.text if expression else ""
        return Input(
            self.source.id_of(element),
            element.get("label") or text,
            expression,
            self.types.of(written),
            type_of_path(text, self.vocabulary.types),
            self.allowed(element, "inputValues"),
        )

    def output(self, element: Element, single: bool, table: Element) -> Output:
        type_name = element.get("typeRef", "")
        allowed = self.allowed(element, "outputValues")
        inherited = allowed or self.types.allowed(element, type_name)
        if inherited is None and single:
            inherited = self.result_allowed(table)
        default = self.source.child(element, "defaultOutputEntry")
        name = self.source.name(element) or ("" if single else element.get("label", ""))
        if not name and not single:
            self.source.problem(element, "The output needs a name, since the table has several")
        return Output(
            self.source.id_of(element),
            name,
            element.get("label") or name,
            self.types.of(element),
            allowed,
            self.order(inherited),
            self.result(default) if default is not None and self.source.text(default).strip() else None,
        )

    def result_allowed(self, table: Element) -> UnaryTests | None:
        """The allowed values of the whole result, which those of its only output are."""
        if own := self.types.allowed(table, table.get("typeRef", "")):
            return own
        parent = table.getparent()
        variable = None if parent is None else self.source.child(parent, "variable")
        return None if variable is None else self.types.allowed(variable, variable.get("typeRef", "").strip())

    def allowed(self, element: Element, tag: str) -> UnaryTests | None:
        found = self.source.child(element, tag)
        if found is None or not self.source.text(found).strip():
            return None
        return self.texts.tests(found, self.vocabulary)

    def order(self, allowed: UnaryTests | None) -> tuple[Literal, ...]:
        """Allowed values that are written one by one, best first."""
        if allowed is None or allowed.tests is None:
            return ()
        written = []
        for node in allowed.tests.tree:
            if not isinstance(node, nodes.ValueTest) or isinstance(node.expression, nodes.RangeLiteral):
                return ()
            text = allowed.tests.text[node.start : node.end]
            try:
                written.append(Literal(allowed.id, None, text, feel.parse(text, dialect=feel.Dialect.DMN)))
            except feel.FeelSyntaxError:  # a name of several words: not a constant
                return ()
        return tuple(written)

    # --- rows

    def rule(
        self, element: Element, index: int, inputs: int, outputs: tuple[Output, ...], annotations: list[str]
    ) -> Rule:
        tests = tuple(self.texts.tests(e, self.vocabulary) for e in self.source.children(element, "inputEntry"))
        results = tuple(map(self.result, self.source.children(element, "outputEntry")))
        for what, count, wanted in (("input", len(tests), inputs), ("output", len(results), len(outputs))):
            if count != wanted:
                self.source.problem(element, f"Rule {index} has {count} {what} entries, the table {wanted} {what}s")
        notes = [self.source.text(entry).strip() for entry in self.source.children(element, "annotationEntry")]
        return Rule(
            self.source.id_of(element),
            index,
            tests[:inputs],
            results[: len(outputs)],
            self.source.text(element, "description").strip(),
            tuple((name or "annotation", note) for name, note in zip(annotations, notes, strict=False) if note),
        )

    def result(self, element: Element) -> Boxed:
        return self.texts.literal(element, self.vocabulary, self.types.of(element))
