"""What goes to PostgreSQL as JSON is what it accepts, wherever in a large text the trouble is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orchestrator.runtime.variables import text


@pytest.mark.parametrize("before", [0, 999, 1_000, 2_500])
@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a\x00b", '"a\ufffdb"'),
        (Decimal("1E+5000"), "null"),
        (10**1_010, "null"),
        (10**990, "1" + "0" * 990),
        ("7" * 1_500, '"' + "7" * 1_500 + '"'),
        ("E5000", '"E5000"'),
    ],
)
def test_what_cannot_be_stored_is_found_at_every_place(value: Any, kept: str, before: int) -> None:
    filling = "x" * before
    assert text({"a": filling, "b": value, "c": filling}) == f'{{"a":"{filling}","b":{kept},"c":"{filling}"}}'
