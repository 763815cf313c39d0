"""Unary tests, the cells of decision tables, and the right side of `in` (DMN 1.5, 10.3.1.2, rules 7 to 17 and 49)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.feel import nodes
from orchestrator.feel.forms import COMPARISONS, SUM, range_rest
from orchestrator.feel.nodes import Node

if TYPE_CHECKING:
    from orchestrator.feel.parser import Parser


def unary_tests(parser: Parser) -> tuple[Node, ...]:
    """A whole text of unary tests: -, not(a, b), or a, b"""
    token = parser.token
    if token.kind == "end":
        return (nodes.AnyTest(token.start, token.end),)
    if token.text == "-" and parser.peek().kind == "end":
        parser.next()
        return (nodes.AnyTest(token.start, token.end),)
    if token.text == "not" and parser.peek().text == "(":
        parser.index += 2
        tests = test_list(parser)
        parser.expect(")")
        if parser.token.kind == "end":
            return (nodes.NotTest(token.start, parser.end, tests),)
        parser.index = 0
    return test_list(parser)


def test_list(parser: Parser) -> tuple[Node, ...]:
    """a, < b, [c..d]"""
    tests = [positive_test(parser)]
    while parser.take(","):
        tests.append(positive_test(parser))
    return tuple(tests)


def positive_test(parser: Parser) -> Node:
    """< a, or an expression"""
    start = parser.token.start
    if parser.at(*COMPARISONS):
        operator = parser.next().text
        operand = parser.expression(SUM)
        return nodes.OperatorTest(start, parser.end, operator, operand)
    inner = parser.expression()
    return nodes.ValueTest(start, parser.end, inner)


def in_tests(parser: Parser) -> tuple[Node, ...]:
    """The right side of `in`: one test, or several in parentheses."""
    start = parser.token.start
    if parser.at("("):
        parser.next()
        outer, parser.closing_square = parser.closing_square, 0
        tests = [positive_test(parser)]
        while parser.take(","):
            tests.append(positive_test(parser))
        parser.closing_square = outer
        first = tests[0]
        if len(tests) == 1 and isinstance(first, nodes.ValueTest):
            if parser.at(".."):
                node = range_rest(parser, start, first.expression, low_included=False)
            else:
                parser.expect(")")
                node = first.expression
            node = parser.operators(parser.postfix(node, start), start, SUM)
            return (nodes.ValueTest(start, parser.end, node),)
        parser.expect(")")
        return tuple(tests)
    if parser.at(*COMPARISONS):
        return (positive_test(parser),)
    value = parser.expression(SUM)
    return (nodes.ValueTest(start, parser.end, value),)
