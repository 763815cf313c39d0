"""Values as a person writes them, in both directions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.feel import Date, DateTime, DaysTimeDuration, Range, YearsMonthsDuration, literal_text, written_value
from tests.feel.test_properties import dates, numbers, quick, times, words

READ: list[tuple[str, Any]] = [
    ("12.5", Decimal("12.5")),
    (" -3 ", Decimal(-3)),
    ("true", True),
    ("null", None),
    ('"gold"', "gold"),
    ("gold", "gold"),
    ("gold or silver", "gold or silver"),
    ("Müller & Söhne", "Müller & Söhne"),
    ("2024-02-29", "2024-02-29"),
    ("1 + 1", "1 + 1"),
    ("count([1])", "count([1])"),
    ("(see below)", "(see below)"),
    ("", ""),
    ('@"2024-02-29"', Date(2024, 2, 29)),
    ('date("2024-02-29")', Date(2024, 2, 29)),
    ('duration("P1D")', DaysTimeDuration(86_400 * 10**9)),
    ('[1, "a", null]', [Decimal(1), "a", None]),
    ('{a: 1, "b c": [true]}', {"a": Decimal(1), "b c": [True]}),
    ("[1..5)", Range(Decimal(1), Decimal(5), True, False)),
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_a_literal_is_read_and_a_bare_word_is_a_string(text: str, value: Any) -> None:
    read = written_value(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"gold', "a string that is never closed"),
        ("[1, 2", "the end of the expression"),
        ("[gold]", "it is an expression"),
        ("[1] + [2]", "it is an expression"),
        ('@"2023-02-29"', "2023-02 has no day 29"),
    ],
)
def test_a_spoiled_literal_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="is no value") as refused:
        written_value(text)
    assert reason in str(refused.value)


values = st.recursive(
    st.none()
    | st.booleans()
    | numbers
    | st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**12), max_value=10**12)
    | words
    | st.text(alphabet='"\\\n\tä🐎', max_size=4)
    | dates
    | times
    | st.builds(DateTime, dates, times)
    | st.builds(DaysTimeDuration, st.integers(-(10**17), 10**17))
    | st.builds(YearsMonthsDuration, st.integers(-50_000, 50_000))
    | st.builds(Range, numbers, numbers, st.booleans(), st.booleans()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='ab-1" \\', max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@quick
@given(values)
def test_a_value_written_as_a_literal_reads_as_the_same_value(value: Any) -> None:
    assert written_value(literal_text(value)) == value
