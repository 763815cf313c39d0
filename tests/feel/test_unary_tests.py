"""Unary tests: the cells of decision tables (DMN 1.5, 7.3.3 and 10.3.1.2)."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.feel import Dialect, FeelSyntaxError, unary_tests
from tests.feel.speak import check

CELLS: list[tuple[str, Any, bool | None]] = [
    ("-", 5, True),
    ("", None, True),
    ("5", 5, True),
    ("5", 6, False),
    ("1, 5", 5, True),
    ("< 5", 4, True),
    ("< 5", 5, False),
    (">= 5, < 2", 5, True),
    ("= 5", 5, True),
    ("!= 5", 5, False),
    ("[1..5]", 5, True),
    ("[1..5[", 5, False),
    ("(1..5], > 10", 1, False),
    ("not(5)", 5, False),
    ("not(5)", 4, True),
    ("not(< 5, > 10)", 7, True),
    ('"gold", "silver"', "silver", True),
    ('"gold", "silver"', "bronze", False),
    ('not("gold")', "silver", True),
    ("null", None, True),
    ("null", 1, False),
    ("not(null)", 1, True),
    ("true", True, True),
    ("true", False, False),
    ("false", False, True),
    ("? > 5", 6, True),
    ("? > 5", 5, False),
    ("? > 5 and ? < 8", 7, True),
    ("? * 2 = 10", 5, True),
    ("-5", -5, True),
    ("-5", 5, False),
    ("- 5", -5, True),
    ("1 + 1", 2, True),
    ("[1, 2, 3]", 2, True),
    ("[1, 2, 3]", 4, False),
    ("[1, 2]", [1, 2], True),
    ("[[1..2], 7]", 7, True),
    ('contains(?, "x")', "axb", True),
    ('not(contains(?, "x"))', "axb", False),
    ("not(? > 5) and true", 3, True),
    ("< 5", None, None),
    ("[1..5]", None, None),
    ("5", "5", None),
    ("limit", 5, True),
    ("< limit", 4, True),
    ("[limit..10]", 5, True),
    ("allowed", 2, True),
    ("limit > 3", "any", True),
    ("limit > 7", "any", False),
    ('@"2024-01-01"', None, False),
    ("some x in allowed satisfies x = ?", 2, True),
    ("? in (1, 2)", 2, True),
    ("(< 5)", 4, True),
    ("> 5, unknown", 6, True),
    ('date("2024-01-01")', "x", None),
    ("if ? > 3 then true else false", 4, True),
    ("{a: 1}", {"a": 1}, True),
    ("function(x) x", 1, None),
]


@pytest.mark.parametrize(("cell", "value", "passes"), CELLS)
def test_a_cell_passes_or_not(cell: str, value: Any, passes: bool | None) -> None:
    assert check(cell, value, limit=5, allowed=[1, 2]) is passes


def test_a_cell_knows_the_names_it_reads() -> None:
    tests = unary_tests("< Loan Limit, ? + margin", names=["Loan Limit"])
    assert tests.names == {"Loan Limit", "margin"}
    assert tests.test(1, {"Loan Limit": 2}).value is True


@pytest.mark.parametrize("cell", ["<", "1,", ", 1", "not(", "not()", "1 2", "- 5 -", "[1..", "? >"])
def test_a_broken_cell_is_refused(cell: str) -> None:
    with pytest.raises(FeelSyntaxError):
        unary_tests(cell)


def test_camunda_reads_cells_too() -> None:
    assert unary_tests('"a", "b"', dialect=Dialect.CAMUNDA).test("b", {}).value is True
    assert unary_tests("Loan Limit", Dialect.DMN, names=["Loan Limit"]).names == {"Loan Limit"}
