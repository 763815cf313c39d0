"""FEEL and DMN as libraries: values of Python in and out, JSON and back, and the pages that promise it."""

from __future__ import annotations

import datetime as python
import doctest
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from orchestrator import dmn
from orchestrator.feel import Dialect, Range, YearsMonthsDuration, evaluate
from orchestrator.feel.jsonnumbers import dumps, loads
from tests.dmn import draw
from tests.feel.test_properties import json_values, quick

ROOT = Path(__file__).resolve().parents[2]
BERLIN = python.datetime(2024, 2, 29, 11, 45, tzinfo=ZoneInfo("Europe/Berlin"))

VALUES: list[tuple[Any, str, Any]] = [
    (7, "number", Decimal(7)),
    (0.1, "number", Decimal("0.1")),
    (Decimal("12.50"), "number", Decimal("12.50")),
    (10**40 + 1, "number", Decimal(10**40)),
    ("text", "string", "text"),
    (UUID(int=1), "string", "00000000-0000-0000-0000-000000000001"),
    (True, "boolean", True),
    (None, "Null", None),
    ((1, 2), "list<number>", [Decimal(1), Decimal(2)]),
    ({1}, "list<number>", [Decimal(1)]),
    (MappingProxyType({"a": 1}), "context<a: number>", {"a": Decimal(1)}),
    (YearsMonthsDuration(14), "years and months duration", YearsMonthsDuration(14)),
    (Range(1, 2), "range<number>", Range(Decimal(1), Decimal(2))),
    (float("nan"), "Null", None),
    (Decimal("Infinity"), "Null", None),
    (object(), "Null", None),
]
TIMES: list[tuple[Any, str, str, str]] = [
    (BERLIN.date(), "date", "to_date", "2024-02-29"),
    (python.time(11, 45, 30, 5), "time", "to_time", "11:45:30.000005"),
    (python.time(11, 45, tzinfo=python.UTC), "time", "to_time", "11:45:00Z"),
    (BERLIN, "date and time", "to_datetime", "2024-02-29T11:45:00@Europe/Berlin"),
    (BERLIN.replace(tzinfo=None), "date and time", "to_datetime", "2024-02-29T11:45:00"),
    (BERLIN.astimezone(python.UTC), "date and time", "to_datetime", "2024-02-29T10:45:00Z"),
    (python.timedelta(days=-1, microseconds=1), "days and time duration", "to_timedelta", "-PT23H59M59.999999S"),
]


@pytest.mark.parametrize(("value", "kind", "out"), VALUES)
def test_values_of_python_go_in_and_come_out(value: Any, kind: str, out: Any) -> None:
    found = evaluate("x", {"x": value}).value
    assert found == out
    assert type(found) is type(out)
    assert evaluate(f"x instance of {kind}", {"x": value}, dialect=Dialect.DMN).value is True


@pytest.mark.parametrize(("value", "kind", "back", "text"), TIMES)
def test_dates_and_times_go_in_and_come_out(value: Any, kind: str, back: str, text: str) -> None:
    found = evaluate("x", {"x": value}).value
    assert str(found) == text
    assert getattr(found, back)() == value
    assert evaluate(f"x instance of {kind}", {"x": value}, dialect=Dialect.DMN).value is True


@quick
@given(json_values)
def test_json_to_feel_and_back_loses_nothing(value: object) -> None:
    text = dumps(value)
    found = evaluate("x", {"x": loads(text)}).value
    assert dumps(found) == text
    assert loads(dumps(found)) == value


def test_json_to_a_decision_and_back_loses_nothing() -> None:
    model = dmn.load(draw.file(draw.data("x"), draw.decision("D", draw.literal("x"), "in_x")))
    text = '{"total":1234567890123456789012345678.90,"parts":[0.10,null,true,"ü"],"n":{"deep":[[]]}}'
    result = model.evaluate("D", {"x": loads(text)})
    assert dumps(result.value) == text
    assert dumps(result.to_json()["value"]) == text


@pytest.mark.parametrize("page", ["docs/feel.md", "docs/dmn.md"])
def test_the_examples_of_the_pages_are_true(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(str(ROOT / page), module_relative=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert found.attempted > 5
    assert found.failed == 0
