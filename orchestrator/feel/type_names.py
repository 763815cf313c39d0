"""Reading a type: `number`, `date and time`, `list<string>`, `context<a: number>`, `function<number> -> string`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.feel import types
from orchestrator.feel.names import KnownNames, spell
from orchestrator.feel.types import Type

if TYPE_CHECKING:
    from orchestrator.feel.reader import Reader

_KNOWN = KnownNames(types.SIMPLE)


def type_name(parser: Reader) -> Type:
    """The type that stands next."""
    parser.depth += 1
    if parser.depth > 100:
        parser.too_deep()
    reader = GENERIC.get(parser.token.text) if parser.peek().text == "<" else None
    found = reader(parser) if reader else plain(parser)
    parser.depth -= 1
    return found


def plain(parser: Reader) -> Type:
    """A name: a built-in type, or the name of an item definition, dots and spaces included."""
    if parser.token.kind not in ("name", "keyword", "backtick"):
        parser.fail("the name of a type")
    if parser.token.kind == "backtick":
        return types.named(parser.next().text[1:-1])
    for known in (_KNOWN, parser.known):
        found = known.longest(parser.tokens, parser.index)
        if found is not None:
            parser.index = found[1]
            return types.named(found[0])
    first = parser.index
    parser.next()
    while parser.token.kind == "name" or (parser.at(".") and parser.peek().kind == "name"):
        parser.next()
    return types.named(spell(parser.tokens[first : parser.index]))


def _one(parser: Reader) -> Type:
    parser.index += 2
    item = type_name(parser)
    parser.expect(">")
    return item


def _list(parser: Reader) -> Type:
    return types.ListOf(_one(parser))


def _range(parser: Reader) -> Type:
    return types.RangeOf(_one(parser))


def _context(parser: Reader) -> Type:
    parser.index += 2
    entries: list[tuple[str, Type]] = []
    while not parser.at(">"):
        if entries:
            parser.expect(",", ">")
        end = parser.scan_name(":")
        if end is None:
            parser.fail("the name of an entry followed by `:`")
        name = parser.name_until(end)
        parser.expect(":")
        entries.append((name, type_name(parser)))
    parser.expect(">")
    return types.ContextOf(tuple(entries))


def _function(parser: Reader) -> Type:
    parser.index += 2
    parameters: list[Type] = []
    while not parser.at(">"):
        if parameters:
            parser.expect(",", ">")
        parameters.append(type_name(parser))
    parser.expect(">")
    parser.expect("->")
    return types.FunctionOf(tuple(parameters), type_name(parser))


GENERIC = {"list": _list, "range": _range, "context": _context, "function": _function}
