"""Tokens to tree, by precedence climbing: operators, paths, filters, invocations (DMN 1.5, 10.3.1.2).

What begins with a word or a bracket is read by `forms`. Nothing nests deeper than limits.NESTING.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from orchestrator.feel import forms, nodes, unary
from orchestrator.feel.limits import NESTING
from orchestrator.feel.nodes import Node
from orchestrator.feel.reader import Reader
from orchestrator.feel.type_names import type_name

OR, AND, COMPARISON, SUM, PRODUCT, POWER = range(1, 7)
Result = TypeVar("Result")
LEVELS = {
    **dict.fromkeys((*forms.COMPARISONS, "between", "in", "instance"), COMPARISON),
    "or": OR, "and": AND, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER,
}  # fmt: skip


class Parser(Reader):
    """Reads one text once, as an expression or as unary tests."""

    def whole_expression(self) -> Node:
        """The text as one expression."""
        return self.finish(self.expression())

    def whole_tests(self) -> tuple[Node, ...]:
        """The text as unary tests."""
        return self.finish(unary.unary_tests(self))

    def finish(self, result: Result) -> Result:
        """Nothing may follow."""
        if self.token.kind != "end":
            self.fail("an operator or the end of the expression", self.advice())
        return result

    def advice(self) -> str:
        """A better sentence where two words stand side by side."""
        before = self.tokens[self.index - 1] if self.index else self.token
        if before.kind == "name" and self.token.kind == "name":
            both = f"{before.text} {self.token.text}"
            return (
                f"found {self.found(self.token)}, but an operator or the end should stand here; "
                f"no name `{both}` is known, a name with spaces can be written in backticks."
            )
        return ""

    def expression(self, level: int = OR) -> Node:
        """An expression whose operators bind at least as tightly as `level`."""
        self.depth += 1
        if self.depth > NESTING:
            self.too_deep()
        start = self.token.start
        left = self.operators(self.operand(), start, level)
        self.depth -= 1
        return left

    def right_side(self, level: int) -> Node:
        """What stands to the right of an operator; no deeper than its left."""
        start = self.token.start
        return self.operators(self.operand(), start, level)

    def operators(self, left: Node, start: int, level: int) -> Node:
        """What follows a first operand, as long as it binds at least as tightly as `level`."""
        chain = 0
        while (found := LEVELS.get(self.token.text, 0)) >= level and self.token.kind in ("symbol", "keyword"):
            chain += found == COMPARISON
            if self.depth + chain > NESTING:
                self.too_deep()
            left = INFIX[found](self, left, start)
        return left

    def operand(self) -> Node:
        """A prefixed minus, or a primary with its paths, filters and invocations."""
        start = self.token.start
        if self.at("-"):
            self.next()
            self.depth += 1
            if self.depth > NESTING:
                self.too_deep()
            inner = self.operand()
            self.depth -= 1
            return nodes.Negation(start, self.end, inner)
        return self.postfix(forms.primary(self), start)

    def postfix(self, node: Node, start: int) -> Node:
        """What may follow a value: .name, [condition], (arguments)."""
        chain = 0
        while self.at(".", "[", "(") and not (self.at("[") and self.ends_range()):
            chain += 1
            if self.depth + chain > NESTING:
                self.too_deep()
            opener = self.next().text
            if opener == ".":
                name = self.path_name()
                node = nodes.Path(start, self.end, node, name)
            elif opener == "[":
                outer, self.closing_square = self.closing_square, 0
                condition = self.expression()
                self.closing_square = outer
                self.expect("]")
                node = nodes.Filter(start, self.end, node, condition)
            else:
                node = self.invocation(node, start)
        return node

    def ends_range(self) -> bool:
        """Whether the `[` before us closes a range such as [1..5[ : inside an endpoint, and no expression follows."""
        following = self.peek()
        begins = following.kind in ("name", "number", "string", "backtick") or following.text in (
            "(", "[", "{", "-", "@", "if", "for", "some", "every", "function", "true", "false", "null",
        )  # fmt: skip
        return self.closing_square > 0 and not begins

    def invocation(self, function: Node, start: int) -> Node:
        """The arguments behind an opening parenthesis, all positional or all named."""
        arguments: list[Node] = []
        names: list[str] = []
        outer, self.closing_square = self.closing_square, 0
        while not self.at(")"):
            if arguments:
                self.expect(",", ")")
            name_end = self.scan_name(":")
            if bool(names) != bool(name_end) and arguments:
                self.fail("arguments that are all named, or none", "some arguments have names and some have not.")
            if name_end:
                names.append(self.name_until(name_end))
                self.expect(":")
            arguments.append(self.expression())
        self.closing_square = outer
        self.expect(")")
        return nodes.Invocation(start, self.end, function, tuple(arguments), tuple(names) if names else None)


def _conjunction(parser: Parser, left: Node, start: int) -> Node:
    operands = [left]
    while parser.take("and"):
        operands.append(parser.right_side(AND + 1))
    return nodes.Conjunction(start, parser.end, tuple(operands))


def _disjunction(parser: Parser, left: Node, start: int) -> Node:
    operands = [left]
    while parser.take("or"):
        operands.append(parser.right_side(OR + 1))
    return nodes.Disjunction(start, parser.end, tuple(operands))


def _arithmetic(level: int) -> Callable[[Parser, Node, int], Node]:
    def read(parser: Parser, left: Node, start: int) -> Node:
        rest = []
        while LEVELS.get(parser.token.text) == level and parser.token.kind == "symbol":
            operator = parser.next().text
            rest.append((operator, parser.right_side(level + 1)))
        return nodes.Arithmetic(start, parser.end, left, tuple(rest))

    return read


def _comparison(parser: Parser, left: Node, start: int) -> Node:
    operator = parser.next().text
    if operator == "between":
        low = parser.right_side(SUM)
        parser.expect("and")
        high = parser.right_side(SUM)
        return nodes.Between(start, parser.end, left, low, high)
    if operator == "instance":
        parser.expect("of")
        type_ = type_name(parser)
        return nodes.InstanceOf(start, parser.end, left, type_)
    if operator == "in":
        tests = unary.in_tests(parser)
        return nodes.In(start, parser.end, left, tests)
    right = parser.right_side(SUM)
    return nodes.Comparison(start, parser.end, operator, left, right)


INFIX = {
    OR: _disjunction,
    AND: _conjunction,
    COMPARISON: _comparison,
    SUM: _arithmetic(SUM),
    PRODUCT: _arithmetic(PRODUCT),
    POWER: _arithmetic(POWER),
}
