"""Whatever form, whatever is sent: only declared, visible and writable fields are taken (E03)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.feel.jsonnumbers import dumps
from orchestrator.runtime import forms as form_files
from tasks_inbox import forms
from tasks_inbox.forms.values import Clock

NOW = Clock(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), UTC)
KEYS = ("a", "b", "c", "to.d", "to.e")
INNER = ("p", "q")
UPLOADS = {"one": {"camunda.document.type": "camunda", "storeId": "baton", "documentId": "one", "metadata": {}}}
BEFORE = {"a": "old", "b": 7, "to": {"d": "old", "kept": 1}, "rows": [{"p": "old", "kept": 1}, {}], "stays": True}
CONDITIONS = st.sampled_from([True, False, None, '=a = "hide"', "=b = 7", "=to.d = null", "=nothing.there"])
TEXTS = st.sampled_from(["", "hide", "7", "x", "on", "2026-12-04", "one", "=1", "\x00", "0", "n0", "1e9"])
SUFFIXES = st.sampled_from(["", "?", ":time", "[0]", ".x"])

types = st.sampled_from(
    ["textfield", "textarea", "number", "checkbox", "datetime", "select", "taglist", "filepicker", "expression"]
)


@st.composite
def a_field(draw: st.DrawFn, key: str) -> dict[str, Any]:
    kind = draw(types)
    made: dict[str, Any] = {"type": kind, "id": key, "key": key, "validate": {"required": draw(st.booleans())}}
    hide, lock = draw(CONDITIONS), draw(CONDITIONS)
    if hide is not None:
        made["conditional"] = {"hide": hide}
    if lock is not None:
        made[draw(st.sampled_from(["readonly", "disabled"]))] = lock
    if kind in ("select", "taglist"):
        made["values"] = [{"value": "x", "label": "X"}, {"value": "hide", "label": "Hide"}]
    if kind == "expression":
        made |= {"expression": '="computed"', "computeOn": "change"}
    if kind == "datetime":
        made["subtype"] = draw(st.sampled_from(["date", "time", "datetime"]))
    return made


@st.composite
def a_form(draw: st.DrawFn) -> forms.Form:
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=4))
    parts = [draw(a_field(key)) for key in keys]
    if draw(st.booleans()):
        inner = [draw(a_field(key)) for key in draw(st.lists(st.sampled_from(INNER), unique=True))]
        rows = {"type": "dynamiclist", "id": "l", "path": "rows", "components": inner}
        parts.append(rows | {"allowAddRemove": draw(st.booleans()), "conditional": {"hide": draw(st.booleans())}})
    file = {"type": "default", "id": "f", "components": parts}
    found = form_files.problems(dumps(file).encode())
    assert all(
        "is no FEEL" in sentence for _, sentence in found
    )  # such a form is not deployed; it harms nothing either
    return forms.read(file)


NAMES = st.one_of(
    st.builds(lambda key, suffix: f"f.{key}{suffix}", st.sampled_from([*KEYS, "rows", "stays", "initiator"]), SUFFIXES),
    st.builds(
        lambda row, key, suffix: f"f.rows[{row}].{key}{suffix}",
        st.sampled_from(["0", "1", "2", "n0", "-1"]),
        st.sampled_from([*INNER, "kept"]),
        SUFFIXES,
    ),
    st.sampled_from(["stays", "outcome", "view.f.x", "f.", "f", ""]),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(a_form(), st.dictionaries(NAMES, st.lists(TEXTS, min_size=1, max_size=3), max_size=6))
def test_only_declared_visible_and_writable_fields_are_taken(form: forms.Form, sent: dict[str, list[str]]) -> None:
    found = forms.submission(form, BEFORE, NOW, sent, uploads=UPLOADS)
    writable = {spot.name for spot in found.filled.everywhere() if spot.writable}
    if found.valid:
        assert set(sent) <= {made for name in writable for made in (name, f"{name}?", f"{name}:time")}
    else:
        assert found.data == {}
    merged = {**BEFORE, **found.data}
    may = {tuple(name.removeprefix("f.").replace("[", ".").replace("]", "").split(".")) for name in _taken(found)}
    for place, value in _leaves(BEFORE):
        if place[0] != "rows" and place not in may:
            assert _at(merged, place) == value, place
    assert merged["stays"] is True


@settings(max_examples=120, deadline=None, derandomize=True)
@given(a_form(), st.dictionaries(NAMES, st.lists(TEXTS, min_size=1, max_size=3), max_size=6))
def test_items_of_a_list_keep_what_the_form_does_not_write(form: forms.Form, sent: dict[str, list[str]]) -> None:
    found = forms.submission(form, BEFORE, NOW, sent, uploads=UPLOADS)
    rows = {**BEFORE, **found.data}["rows"]
    for item in rows:
        assert set(item) <= {"p", "q", "kept"}
        assert item.get("kept") in (None, 1)
    if ("f.rows" not in sent) or not found.valid:
        assert len(rows) == 2
        assert rows[0]["kept"] == 1


def _taken(found: forms.Submission) -> Iterator[str]:
    """The fields that may change data: those that people write into, and those that are computed."""
    for spot in found.filled.everywhere():
        if spot.writable or (spot.component.type == "expression" and not spot.hidden):
            yield spot.name


def _leaves(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*place, key))
    else:
        yield place, value


def _at(value: Any, place: tuple[str, ...]) -> Any:
    for part in place:
        value = value[part]
    return value
