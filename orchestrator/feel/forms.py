"""What begins with a word or a bracket: literals, lists, contexts, ranges, if, for, some, function; unary tests."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from orchestrator.feel import nodes
from orchestrator.feel.lexer import unescape
from orchestrator.feel.nodes import Node
from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH
from orchestrator.feel.type_names import type_name
from orchestrator.feel.types import Type

if TYPE_CHECKING:
    from orchestrator.feel.parser import Parser

COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")
CONSTANTS = {"true": True, "false": False, "null": None}
AN_EXPRESSION = "an expression (a value, a name, `(`, `[`, `{`, `if`, `for`, `some`, `every`, `function`)"
SUM = 4


def primary(parser: Parser) -> Node:
    """A value, a name or a bracketed form."""
    token = parser.token
    if token.kind == "keyword" and is_name(parser):
        return name(parser)
    reader = BY_KIND.get(token.kind) or (BY_TEXT.get(token.text) if token.kind in ("symbol", "keyword") else None)
    if reader is None:
        parser.fail(AN_EXPRESSION)
    return reader(parser)


def is_name(parser: Parser) -> bool:
    """Whether a keyword begins a known name such as `in stock`, or is the function `and` or `or`."""
    found = parser.known.longest(parser.tokens, parser.index)
    return found is not None or (parser.token.text in ("and", "or") and parser.peek().text == "(")


def number(parser: Parser) -> Node:
    """12.5, .5, 1e3; rounded to 34 digits."""
    token = parser.next()
    if len(token.text) > 10_000:
        parser.fail("a number of at most 10,000 digits", token=token)
    try:
        value = MATH.create_decimal(Decimal(token.text))
    except ARITHMETIC_ERRORS:
        parser.fail("a number below 10^6145", f"{parser.found(token)} is larger than a number can be.", token)
    return nodes.Literal(token.start, token.end, value)


def string(parser: Parser) -> Node:
    """ "text" """
    token = parser.next()
    return nodes.Literal(token.start, token.end, unescape(token.text))


def constant(parser: Parser) -> Node:
    """true, false, null"""
    token = parser.next()
    return nodes.Literal(token.start, token.end, CONSTANTS[token.text])


def name(parser: Parser) -> Node:
    """A variable or a function."""
    start = parser.token.start
    found = parser.name()
    return nodes.Name(start, parser.end, found)


def at_literal(parser: Parser) -> Node:
    """@"2024-02-29" """
    start = parser.next().start
    if parser.token.kind != "string":
        parser.fail('a date, time or duration in quotes, such as "2024-02-29"')
    text = unescape(parser.next().text)
    return nodes.AtLiteral(start, parser.end, text)


def parenthesis(parser: Parser) -> Node:
    """(a), or a range (a..b], or (< a)"""
    start = parser.next().start
    outer, parser.closing_square = parser.closing_square, 0
    if parser.at(*COMPARISONS):
        operator = parser.next().text
        operand = parser.expression(SUM)
        parser.expect(")")
        parser.closing_square = outer
        return operator_range(start, parser.end, operator, operand)
    inner = parser.expression()
    parser.closing_square = outer
    if parser.at(".."):
        return range_rest(parser, start, inner, low_included=False)
    parser.expect(")")
    return inner


def operator_range(start: int, end: int, operator: str, operand: Node) -> Node:
    """(< 5) and its like as ranges; (!= 5) is known by its operator alone."""
    upper, included = operator in ("<", "<="), operator in ("<=", ">=", "=")
    low = operand if operator in (">", ">=", "=", "!=") else None
    high = operand if upper or operator in ("=", "!=") else None
    low_included = included and not upper
    return nodes.RangeLiteral(start, end, low, high, low_included, included and operator != ">=", operator)


def square(parser: Parser) -> Node:
    """[a, b] or a range [a..b]"""
    start = parser.next().start
    outer, parser.closing_square = parser.closing_square, 0
    items: list[Node] = []
    while not parser.at("]"):
        if items:
            parser.expect(",", "]")
        items.append(parser.expression())
        if len(items) == 1 and parser.at(".."):
            parser.closing_square = outer
            return range_rest(parser, start, items[0], low_included=True)
    parser.closing_square = outer
    parser.expect("]")
    return nodes.ListLiteral(start, parser.end, tuple(items))


def reversed_square(parser: Parser) -> Node:
    """]a..b]"""
    start = parser.next().start
    low = parser.expression()
    if not parser.at(".."):
        parser.fail("`..`")
    return range_rest(parser, start, low, low_included=False)


def range_rest(parser: Parser, start: int, low: Node, *, low_included: bool) -> Node:
    """..b], ..b) or ..b["""
    parser.expect("..")
    parser.closing_square += 1
    high = parser.expression()
    parser.closing_square -= 1
    closer = parser.expect("]", ")", "[")
    return nodes.RangeLiteral(start, parser.end, low, high, low_included, closer.text == "]")


def context(parser: Parser) -> Node:
    """{name: expression, "text": expression}"""
    start = parser.next().start
    outer, parser.closing_square = parser.closing_square, 0
    entries: list[tuple[str, Node]] = []
    while not parser.at("}"):
        if entries:
            parser.expect(",", "}")
        key = context_key(parser)
        parser.expect(":")
        entries.append((key, parser.expression()))
    parser.closing_square = outer
    parser.expect("}")
    return nodes.ContextLiteral(start, parser.end, tuple(entries))


def context_key(parser: Parser) -> str:
    """A name or a string before the colon."""
    if parser.token.kind == "string":
        key = unescape(parser.next().text)
        parser.known.add(key)
        return key
    end = parser.scan_name(":")
    if end is None:
        parser.fail("the name of an entry followed by `:`, or `}`")
    return parser.name_until(end)


def conditional(parser: Parser) -> Node:
    """if a then b else c"""
    start = parser.next().start
    condition = parser.expression()
    parser.expect("then")
    then = parser.expression()
    parser.expect("else")
    otherwise = parser.expression()
    return nodes.If(start, parser.end, condition, then, otherwise)


def iterators(parser: Parser) -> tuple[tuple[str, Node], ...]:
    """x in a, y in 1..5"""
    found = []
    while True:
        end = parser.scan_name("in")
        if end is None:
            parser.fail("a name followed by `in`")
        variable = parser.name_until(end)
        parser.expect("in")
        start = parser.token.start
        domain = parser.expression()
        if parser.take(".."):
            high = parser.expression()
            domain = nodes.RangeLiteral(start, parser.end, domain, high, True, True)
        found.append((variable, domain))
        if not parser.take(","):
            return tuple(found)


def iteration(parser: Parser) -> Node:
    """for x in a return b"""
    start = parser.next().start
    found = iterators(parser)
    parser.expect("return")
    body = parser.expression()
    return nodes.For(start, parser.end, found, body)


def quantified(parser: Parser) -> Node:
    """some x in a satisfies b"""
    token = parser.next()
    found = iterators(parser)
    parser.expect("satisfies")
    body = parser.expression()
    return nodes.Quantified(token.start, parser.end, token.text == "every", found, body)


def function(parser: Parser) -> Node:
    """function(a: number, b) expression, or external {...}"""
    start = parser.next().start
    parser.expect("(")
    parameters: list[tuple[str, Type | None]] = []
    while not parser.at(")"):
        if parameters:
            parser.expect(",", ")")
        end = parser.scan_name(":", ",", ")")
        if end is None:
            parser.fail("the name of a parameter or `)`")
        parameter = parser.name_until(end)
        parameters.append((parameter, type_name(parser) if parser.take(":") else None))
    parser.expect(")")
    external = parser.token.text == "external" and parser.peek().text == "{"
    if external:
        parser.next()
    body = parser.expression()
    return nodes.FunctionLiteral(start, parser.end, tuple(parameters), body, external)


BY_KIND = {"number": number, "string": string, "name": name, "backtick": name}
BY_TEXT = {
    **dict.fromkeys(CONSTANTS, constant),
    "(": parenthesis,
    "[": square,
    "]": reversed_square,
    "{": context,
    "@": at_literal,
    "if": conditional,
    "for": iteration,
    "some": quantified,
    "every": quantified,
    "function": function,
}
