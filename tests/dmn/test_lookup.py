"""The index of a table answers as asking every cell would."""

from __future__ import annotations

from decimal import Decimal
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator import feel
from orchestrator.dmn.cells import cell_of
from orchestrator.dmn.lookup import Column, Lookup
from orchestrator.dmn.table import DecisionTable, HitPolicy, Input, Rule, UnaryTests

NUMBERS = ["-1", "0", "1", "1.5", "2", "3"]
TEXTS = ['"a"', '"b"', '"c"', '""']
DAYS = ['@"2024-02-28"', '@"2024-02-29"', 'date("2024-03-01")', '@"P1D"', '@"P1M"', 'duration("PT36H")']
CONSTANTS = st.sampled_from([*NUMBERS, *TEXTS, *DAYS, "true", "false", "null", '@"12:00:00"'])
RANGES = st.builds(
    lambda a, b, opening, closing: f"{opening}{a}..{b}{closing}",
    st.sampled_from(NUMBERS),
    st.sampled_from(NUMBERS),
    st.sampled_from("[("),
    st.sampled_from("])"),
)
COMPARED = st.builds(lambda operator, a: f"{operator} {a}", st.sampled_from(["<", "<=", ">", ">=", "!="]), CONSTANTS)
ONE = st.one_of(CONSTANTS, RANGES, COMPARED, st.sampled_from(["? > 1", "[1, 2]", "[1..2]", "-1", "1 + 1", "? = null"]))
SEVERAL = st.lists(ONE, min_size=1, max_size=3).map(", ".join)
CELLS = st.one_of(SEVERAL, SEVERAL.map(lambda text: f"not({text})"), st.just("-"))
OTHERS = ["true", "false", "null", "0.5", '"zz"', '@"12:00:00"', "[1]", "{a: 1}", "[1..2]"]
VALUES = [feel.evaluate(text, {}, dialect=feel.Dialect.DMN).value for text in [*NUMBERS, *TEXTS, *DAYS, *OTHERS]]


@settings(max_examples=120, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=6))
def test_an_indexed_column_accepts_what_its_cells_accept(texts: list[str]) -> None:
    tests = [feel.unary_tests(text) for text in texts]
    column = Column([cell_of(test) for test in tests])
    for value in VALUES:
        accepted, unsure = column.find(value)
        for rule, test in enumerate(tests):
            passes = test.test(value, {}).value is True
            bit = 1 << rule
            if not unsure & bit:
                assert bool(accepted & bit) is passes, (texts[rule], value)
            elif passes:
                assert accepted & bit, (texts[rule], value)


def table(columns: int, rows: list[list[str]]) -> DecisionTable:
    ids = (f"cell{number}" for number in count())
    inputs = tuple(Input(f"in{i}", f"in{i}", None, None, None, None) for i in range(columns))
    rules = tuple(
        Rule(f"rule{n}", n, tuple(UnaryTests(next(ids), text, feel.unary_tests(text)) for text in row), ())
        for n, row in enumerate(rows, 1)
    )
    return DecisionTable("table", None, HitPolicy.UNIQUE, inputs, (), rules)


def test_a_lookup_in_a_thousand_rules_leaves_one_candidate_and_no_test() -> None:
    rows = [[f"[{i}..{i + 1})", f'"k{i % 10}"'] for i in range(1000)]
    found = list(Lookup(table(2, rows)).candidates([Decimal("500.5"), "k0"]))
    assert found == [(500, [])]


def test_only_cells_that_the_index_cannot_know_are_tested() -> None:
    rows = [["> 5", "-"], ["> 5", "? > limit"], ["<= 5", "-"]]
    assert list(Lookup(table(2, rows)).candidates([Decimal(7), Decimal(1)])) == [(0, []), (1, [1])]


def test_a_value_without_an_order_is_tested_everywhere() -> None:
    rows = [["> 5"], ["-"], ["[1, 2]"]]
    assert list(Lookup(table(1, rows)).candidates([[Decimal(1)]])) == [(0, [0]), (1, []), (2, [0])]
