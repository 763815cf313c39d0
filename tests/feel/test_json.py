"""JSON without floats: exact numbers in and out, and a clear refusal of everything else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orchestrator.feel import Range, evaluate, to_json
from orchestrator.feel.jsonnumbers import dumps, loads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0.10", Decimal("-0.10")),
        ("1e2", Decimal("1E+2")),
        ("12345678901234567890123456789012345", 12345678901234567890123456789012345),
        ("0.1234567890123456789012345678901234567", Decimal("0.1234567890123456789012345678901235")),
        ('{"a": [true, null, "ü"]}', {"a": [True, None, "ü"]}),
    ],
)
def test_numbers_are_read_exactly(text: str, value: Any) -> None:
    read = loads(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("NaN", "NaN is no JSON number"),
        ("[Infinity]", "Infinity is no JSON number"),
        ("[1,]", "in line 1, column"),
        ("{'a': 1}", "This is no JSON"),
        ("[" * 101 + "]" * 101, "deeper than 100"),
        ("[" * 50_000 + "]" * 50_000, "deeper than 100"),
        ("1" * 5000, "more than 4000 characters"),
        ("1e99999", "too large"),
        ('"\\ud800"', "half a character"),
        ('{"\\udfff": 1}', "half a character"),
    ],
)
def test_what_is_no_json_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        loads(text)


def test_bytes_that_are_no_utf8_are_refused() -> None:
    with pytest.raises(ValueError, match="no UTF-8"):
        loads(b'"\xff"')


def test_values_are_written_exactly() -> None:
    assert dumps({"n": Decimal("12.50"), "big": Decimal("1E+50"), "i": 7, "f": 0.5, "t": True}) == (
        '{"n":12.50,"big":1E+50,"i":7,"f":0.5,"t":true}'
    )
    assert loads(dumps(Decimal("1E+50"))) == Decimal("1E+50")


def test_times_ranges_and_functions_are_written_as_text() -> None:
    value = evaluate('{d: @"2024-02-29", l: @"P1D", r: [1..3), s: ["a".."b"], o: (< 5), f: function(a) a}', {}).value
    assert to_json(value) == {
        "d": "2024-02-29",
        "l": "P1D",
        "r": "[1..3)",
        "s": '["a".."b"]',
        "o": "(null..5)",
        "f": "function(a)",
    }
    assert to_json([Range(None, Decimal(1)), Decimal("1.0")]) == ["[null..1]", Decimal("1.0")]
    assert '"d":"2024-02-29"' in dumps(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), [Decimal("Infinity")]])
def test_a_number_that_is_none_is_not_written(value: Any) -> None:
    with pytest.raises(ValueError, match=r"NaN|Infinity|JSON"):
        dumps(value)


def test_a_text_with_marks_of_any_kind_stays_what_it_is() -> None:
    for text in ("\ue000", "\x00", '"', "\ue000\ue000", "\\", "{[", "\u2028"):
        assert loads(dumps({text: [text, Decimal("1.5")]})) == {text: [text, Decimal("1.5")]}


def test_deep_values_are_not_written() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(ValueError, match="deeper than 100"):
        dumps(deep)


def test_depth_counts_and_not_the_number_of_brackets() -> None:
    wide = [{"words": ["]]", "{", '\\"[[', Decimal("0.5")]} for _ in range(300)]
    assert loads(dumps(wide)) == wide
    deep: Any = wide
    for _ in range(98):
        deep = [deep]
    with pytest.raises(ValueError, match="deeper than 100"):
        dumps([*deep, ["]" * 200]])
