"""The words of siblings, which see the same values, are found once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tasks_inbox import words

FEW = {"customer": "Ada Lovelace", "amount": Decimal("12.50"), "lines": [{"text": "Ink"}, {"text": "Paper"}]}
MANY = {"items": [f"item{number}" for number in range(500)], "customer": "Ada"}
MANY_TOGETHER = {name: [f"{name}{number}" for number in range(120)] for name in ("a", "b", "c")}


@pytest.mark.parametrize("variables", [FEW, MANY, MANY_TOGETHER, {}])
def test_what_is_known_of_a_value_changes_no_word(variables: dict[str, Any]) -> None:
    known: words.Known = {}
    alone = words.of_task("Approve INV-1042", variables=variables)
    for _ in range(2):
        assert words.of_task("Approve INV-1042", variables=variables, known=known) == alone
    assert len(known) == len(variables)


def test_a_value_of_ones_own_is_not_mistaken_for_another() -> None:
    known: words.Known = {}
    for number in range(50):
        found = words.of_task("Check", variables={"item": f"x{number}", "customer": FEW["customer"]}, known=known)
        assert found == sorted(["check", f"x{number}", "ada", "lovelace"])


def test_one_of_very_many_repeats_nothing_of_a_long_value_that_all_of_them_see() -> None:
    known: words.Known = {}
    for _ in range(2):
        found = words.of_task("Check", variables={**MANY, "item": "x7"}, known=known, many=True)
        assert found == sorted(["ada", "check", "x7", words.MORE])
