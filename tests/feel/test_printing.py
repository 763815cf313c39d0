"""A tree is written as a text that reads as the same tree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from orchestrator.feel import Dialect, FeelSyntaxError, parse, unary_tests
from orchestrator.feel.nodes import Node
from orchestrator.feel.printing import print_expression, print_unary_tests

CANONICAL = [
    ("1+2*3", "1 + 2 * 3"),
    ("(1+2)*3", "(1 + 2) * 3"),
    ("a-(b-c)-d", "a - (b - c) - d"),
    ("(a+b)+c", "(a + b) + c"),
    ("-2**2", "-2 ** 2"),
    ("-(2**2)", "-(2 ** 2)"),
    ("1.50", "1.5"),
    ("1e50", "1E+50"),
    (".5", "0.5"),
    ('"\\u00e4 \\"b\\" \\\\d"', '"ä \\"b\\" \\\\d"'),
    ("a and(b or c)and d", "a and (b or c) and d"),
    ("((a))", "a"),
    ("if a then b else c+1", "if a then b else c + 1"),
    ("(if a then b else c)+1", "(if a then b else c) + 1"),
    ("]1..2[", "(1..2)"),
    ("x in(1,<5,[1..2])", "x in (1, < 5, [1..2])"),
    ("x in (1..5]", "x in (1..5]"),
    ("x in ((<5))", "x in ((< 5))"),
    ("x in <5", "x in (< 5)"),
    ("x between 1 and 2 and y", "x between 1 and 2 and y"),
    ("`Loan Amount`+1", "`Loan Amount` + 1"),
    ("string length ( x )", "string length(x)"),
    ("x . time offset", "x.time offset"),
    ("(date) and time(x)", "(date) and time(x)"),
    ('@"2024-02-29"', '@"2024-02-29"'),
    ("for x in 1..3 return x", "for x in [1..3] return x"),
    ("some x in a,y in b satisfies x=y", "some x in a, y in b satisfies x = y"),
    ("function(a:number,b)a+b", "function(a: number, b) a + b"),
    ("f(a:1,b:2).c[item>1]", "f(a: 1, b: 2).c[item > 1]"),
    ('{"a b":1,c:[]}', '{"a b": 1, c: []}'),
    ("{a - b: 1, c: (a) - b}", '{"a - b": 1, c: `a` - b}'),
    ("(x instance of list)<5", "(x instance of list) < 5"),
    ("x instance of context<a:list<number>>", "x instance of context<a: list<number>>"),
    ("x instance of function<number,Any>->string", "x instance of function<number, Any> -> string"),
]


@pytest.mark.parametrize(("text", "canonical"), CANONICAL)
@pytest.mark.parametrize("dialect", Dialect)
def test_one_tree_has_one_spelling(text: str, canonical: str, dialect: Dialect) -> None:
    if dialect is Dialect.DMN or text != "{a - b: 1, c: (a) - b}":
        assert print_expression(parse(text, dialect).tree) == canonical
    assert plain(parse(canonical, dialect).tree) == plain(parse(text, dialect).tree)


CELLS = ["-", "not(1, < 5)", '"a", "b"', "(not(a))", "(not(a) and b)", "[1..5), ? + 1 > 2", "-1"]


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_has_one_spelling(cell: str) -> None:
    assert print_unary_tests(unary_tests(cell).tree) == cell


def test_known_names_are_kept_apart_from_arithmetic() -> None:
    tree = parse("(rent) - income", Dialect.DMN, names=["rent - income"]).tree
    text = print_expression(tree, ["rent - income"])
    assert text == "`rent` - income"
    assert plain(parse(text, Dialect.DMN, names=["rent - income"]).tree) == plain(tree)


names = st.sampled_from(["x", "item", "date", "?", "list", "`a b`", "`a-b`", "`in stock`", "`if`", "years", "ä1"])
atoms = st.one_of(
    names,
    st.decimals(min_value=0, allow_nan=False, allow_infinity=False).map(str),
    st.text(alphabet='ab"\\\n\t🐎nu0041 ', max_size=5).map(lambda t: f'"{t.replace(chr(34), "")}"'),
    st.sampled_from(["true", "null", '@"P1D"', "[]", "{}", "(< 5)", "(!= 2)", "(>= x)", "-", "[1..2)", "]x..2["]),
)
FORMS = [
    "{0} + {1}",
    "{0} - {1} * {2}",
    "{0} ** {1}",
    "{0} / {1} - {2}",
    "-{0}",
    "({0})",
    "({0}) * ({1})",
    "({0}).time offset",
    "{0} = {1}",
    "{0} < {1} != {2}",
    "{0} and {1} or {2}",
    "({0} or {1}) and {2}",
    "{0} in {1}",
    "{0} in ({1}, < {2})",
    "{0} in (> {1})",
    "{0} between {1} and {2}",
    "if {0} then {1} else {2}",
    "[{0}, {1}]",
    "[{0}..{1}]",
    "({0}..{1}]",
    '{{a: {0}, "b c": {1}}}',
    '{{"a-b": {0}, a: a - b, c: {1}}}',
    "{0}[{1}]",
    "{0}.a",
    "{0}.`p q`",
    "{0} instance of list",
    "{0} instance of list<a b>",
    "{0} instance of range<date and time>",
    "{0} instance of context<k: function<Any> -> t.u>",
    "for i in {0} return {1}",
    "for i in {0}..{1}, j in {2} return i",
    "some `n m` in {0} satisfies {1}",
    "every i in {0}, k in {1} satisfies {2}",
    "function(p, `q r`: number) {0}",
    "(function(p) {0})({1})",
    "string length({0})",
    "f({0}, {1})",
    "f(a: {0}, `b c`: {1})",
    "date and time({0})",
    "({0}) and time({1})",
    "get or else({0}, {1})",
    "not({0})",
    "{0}({1})",
    "function(a) external {{java: {0}}}",
    "{0}.days",
]
texts = st.recursive(
    atoms,
    lambda inner: st.builds(lambda form, *parts: form.format(*parts), st.sampled_from(FORMS), inner, inner, inner),
    max_leaves=8,
)
thorough = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@thorough
@given(texts, st.sampled_from(Dialect))
def test_what_is_printed_reads_as_the_same_tree(text: str, dialect: Dialect) -> None:
    try:
        tree = parse(text, dialect).tree
    except FeelSyntaxError:
        assume(False)
    printed = print_expression(tree)
    again = parse(printed, dialect).tree
    assert plain(again) == plain(tree), printed
    assert print_expression(again) == printed


@thorough
@given(st.lists(st.one_of(texts, texts.map("< {}".format)), min_size=1, max_size=3), st.booleans())
def test_a_printed_cell_reads_as_the_same_tests(parts: list[str], negated: bool) -> None:
    cell = ", ".join(parts)
    try:
        trees = unary_tests(f"not({cell})" if negated else cell).tree
    except FeelSyntaxError:
        assume(False)
    printed = print_unary_tests(trees)
    assert plain(unary_tests(printed).tree) == plain(trees), printed


def plain(part: Any) -> Any:
    """A tree without the places in its text; True is not 1."""
    if isinstance(part, tuple):
        return [plain(item) for item in part]
    if isinstance(part, Node):
        fields = [field for field in type(part).__dataclass_fields__ if field not in ("start", "end")]
        return [type(part).__name__, *(plain(getattr(part, field)) for field in fields)]
    return [type(part).__name__, part]
