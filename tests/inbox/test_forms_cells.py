"""Every component of form-js with every property of it: what the page shows without script, and what the server takes.

CELLS is the table: a type and a property each, with what they must do. `EXPECTED` is what form-js 1.24 knows; a cell of
it without a row here fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string

from orchestrator.feel.jsonnumbers import dumps
from orchestrator.runtime import form_schema
from orchestrator.runtime import forms as form_files
from tasks_inbox import forms
from tasks_inbox.forms.values import Clock
from tasks_inbox.views.form_pages import FormPage

NOW = Clock(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
OPTIONS = [{"value": "a", "label": "Apple"}, {"value": "b", "label": "Pear"}]
SCAN: dict[str, Any] = {
    "camunda.document.type": "camunda",
    "storeId": "baton",
    "documentId": "6f2a0e5c-3a1b-4f7e-9d55-0d7b6f0f4c11",
    "contentHash": "0",
    "metadata": {"fileName": "scan.pdf", "contentType": "application/pdf", "size": 2048},
}
PHOTO: dict[str, Any] = {**SCAN, "metadata": {"fileName": "photo.png", "contentType": "image/png"}}
ROWS = [{"n": "b", "v": 2}, {"n": "a", "v": 10}, {"n": "c", "v": 1}]

#: The least that each type needs.
BASE: dict[str, dict[str, Any]] = {
    "textfield": {"key": "x"},
    "textarea": {"key": "x"},
    "number": {"key": "x"},
    "datetime": {"key": "x", "subtype": "date"},
    "checkbox": {"key": "x"},
    "radio": {"key": "x", "values": OPTIONS},
    "select": {"key": "x", "values": OPTIONS},
    "checklist": {"key": "x", "values": OPTIONS},
    "taglist": {"key": "x", "values": OPTIONS},
    "filepicker": {"key": "x"},
    "expression": {"key": "x", "expression": "=1 + 1", "computeOn": "change"},
    "group": {"components": [{"type": "textfield", "key": "y", "label": "Inner"}]},
    "dynamiclist": {"path": "x", "components": [{"type": "textfield", "key": "y", "label": "Inner"}]},
    "table": {"dataSource": "=rows", "columns": [{"key": "n", "label": "Name"}]},
    "documentPreview": {"dataSource": "=[scan]"},
    "text": {"text": "Some text"},
    "html": {"content": "<p>Some text</p>"},
    "image": {"source": "/static/a.png"},
    "iframe": {"url": "https://maps.example/"},
    "spacer": {},
    "separator": {},
    "button": {"action": "reset"},
}
WRITTEN = [kind for kind in BASE if kind in form_schema.INPUTS and kind != "expression"]
SHOWN = [kind for kind in BASE if kind != "expression"]
VALUES: dict[str, tuple[Any, str]] = {  # what a variable holds, and how it is read
    "textfield": ("Ada", "Ada"),
    "textarea": ("Ada", "Ada"),
    "number": (Decimal("12.5"), "12.5"),
    "datetime": ("2026-12-04", "4 December 2026"),
    "checkbox": (True, "Yes"),
    "radio": ("a", "Apple"),
    "select": ("a", "Apple"),
    "checklist": (["a"], "Apple"),
    "taglist": (["a"], "Apple"),
    "filepicker": ([SCAN], "scan.pdf"),
}
SENT = {"number": "12.5", "datetime": "2026-12-04", "checkbox": "on", "filepicker": SCAN["documentId"]}
LABELLED = [*WRITTEN, "group", "dynamiclist", "table", "documentPreview", "iframe", "button"]


def component(kind: str, **properties: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind, "id": "one", **BASE[kind]}
    for name, value in properties.items():
        place, _, inner = name.partition("__")
        made[place] = {**made.get(place, {}), inner: value} if inner else value
    return {name: value for name, value in made.items() if value is not None}


def form(*components: dict[str, Any]) -> forms.Form:
    file = {"type": "default", "id": "f", "components": list(components)}
    assert form_files.problems(dumps(file).encode()) == []
    return forms.read(file)


def seen(
    *components: dict[str, Any], sent: Mapping[str, list[str]] | None = None, framed: Any = None, **variables: Any
) -> str:
    """The page's part of the form, without script."""
    filled = forms.fill(form(*components), {"rows": ROWS, "scan": SCAN, "photo": PHOTO, **variables}, NOW, sent)
    shown = FormPage(forms.fields(filled, framed=framed), fields_url="/again/")
    return render_to_string("inbox/form/fields.html", {"form": shown}).split("</button>", 1)[1]


def send(*components: dict[str, Any], sent: Mapping[str, Any], **variables: Any) -> forms.Submission:
    posted = {name: value if isinstance(value, list) else [value] for name, value in sent.items()}
    uploads = {SCAN["documentId"]: SCAN, "two": {**SCAN, "documentId": "two"}}
    return forms.submission(form(*components), variables, NOW, posted, uploads=uploads)


# Properties that many types have

Check = Callable[[str], None]
CELLS: dict[tuple[str, str], Check] = {}  # (type, property) -> what must hold


def cell(property: str, *kinds: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        for kind in kinds:
            CELLS[kind, property] = check
        return check

    return register


@cell("conditional.hide", *SHOWN)
def _hide(kind: str) -> None:
    """By a truth, and by FEEL over what is typed; what is hidden is not taken."""
    assert seen(component(kind)).strip()
    assert seen(component(kind, conditional__hide=True)).strip() == ""
    assert seen(component(kind, conditional__hide="=closed"), closed=True).strip() == ""
    assert seen(component(kind, conditional__hide="=closed"), closed=False).strip()
    if kind in WRITTEN:
        assert send(component(kind, conditional__hide=True), sent={}).data == {}


@cell("conditional.hide", "expression")
def _hide_expression(kind: str) -> None:
    assert send(component(kind, conditional__hide=True), sent={}).data == {}


@cell("layout", *SHOWN)
def _layout(kind: str) -> None:
    first = component(kind, layout={"row": "r", "columns": 4})
    second = {"type": "separator", "id": "two", "layout": {"row": "r", "columns": None}}
    page = seen(first, second)
    assert "sm:col-span-4 sm:col-start-1" in page
    assert "sm:col-span-12" in page


@cell("label", *LABELLED)
def _label(kind: str) -> None:
    framed = lambda frame: "/frame/"  # noqa: E731
    assert "For Ada" in seen(component(kind, label="For {{name}}"), name="Ada", framed=framed)
    assert "For Ada" in seen(component(kind, label='="For " + name'), name="Ada", framed=framed)


@cell("description", *WRITTEN)
def _description(kind: str) -> None:
    page = seen(component(kind, description="About {{name}}"), name="Ada")
    assert 'id="f-x-help">About Ada<' in page
    assert 'aria-describedby="f-x-help"' in page


@cell("key", *WRITTEN)
def _key(kind: str) -> None:
    """Dotted: one entry of a variable, whose other entries stay."""
    sent = SENT.get(kind, "a")
    data = send(component(kind, key="to.x"), sent={"f.to.x": sent}, to={"other": 1}).data
    assert data["to"].keys() == {"other", "x"}


@cell("key", "expression")
def _key_of_an_expression(kind: str) -> None:
    assert send(component(kind, key="to.x"), sent={}).data == {"to": {"x": 2}}


@cell("readonly", *WRITTEN)
@cell("disabled", *WRITTEN)
def _fixed(kind: str) -> None:
    """Shown as text; not checked, and refused when it is sent."""
    value, text = VALUES[kind]
    for lock in ({"readonly": True}, {"readonly": "=locked"}, {"disabled": True}, {"disabled": "=locked"}):
        fixed = component(kind, validate__required=True, **lock)
        page = seen(fixed, x=value, locked=True)
        assert text in page
        assert "<input" not in page.replace('<input type="hidden"', "")
        assert "<select" not in page
        assert "<textarea" not in page
        assert send(fixed, sent={}, locked=True).data == {}
        assert send(fixed, sent={"f.x": SENT.get(kind, "a")}, locked=True).refused == ["f.x"]


@cell("defaultValue", *(kind for kind in WRITTEN if kind != "filepicker"))
def _default(kind: str) -> None:
    value, _ = VALUES[kind]
    page = seen(component(kind, defaultValue=value))
    assert any(mark in page for mark in ("checked", "selected", 'value="Ada"', 'value="12.5"', "\nAda<", "2026-12-04"))
    assert page == seen(component(kind), x=value)


@cell("validate.required", *WRITTEN)
def _required(kind: str) -> None:
    wanted = component(kind, validate__required=True)
    assert "required" in seen(wanted)
    assert send(wanted, sent={"f.x?": "1"}).errors == {"f.x": ["Field is required."]}
    assert send(wanted, sent={"f.x": SENT.get(kind, "a")}).valid


@cell("values", "radio", "select", "checklist", "taglist")
def _values(kind: str) -> None:
    page = seen(component(kind), x=["b"] if kind in ("checklist", "taglist") else "b")
    assert page.index("Apple") < page.index("Pear")
    assert page.count("checked") + page.count("selected") == 1
    assert send(component(kind), sent={"f.x": "c"}).errors == {"f.x": ["“c” is not one of the options."]}


@cell("valuesKey", "radio", "select", "checklist", "taglist")
@cell("valuesExpression", "radio", "select", "checklist", "taglist")
def _options(kind: str) -> None:
    for source in ({"valuesKey": "known.towns"}, {"valuesExpression": "=known.towns"}):
        page = seen(component(kind, values=None, **source), known={"towns": ["Bonn", {"value": 2, "label": "Two"}]})
        assert ">Bonn" in page.replace("> ", ">")
        assert ">Two" in page.replace("> ", ">")


@cell("appearance.prefixAdorner", "textfield", "number")
@cell("appearance.suffixAdorner", "textfield", "number")
def _adorners(kind: str) -> None:
    adorned = component(kind, appearance={"prefixAdorner": "{{sign}}", "suffixAdorner": '="per " + unit'})
    page = seen(adorned, sign="€", unit="day")
    assert '<span class="adorner">€</span>' in page
    assert '<span class="adorner">per day</span>' in page


@cell("validate.minLength", "textfield", "textarea")
@cell("validate.maxLength", "textfield", "textarea")
def _lengths(kind: str) -> None:
    limited = component(kind, validate={"minLength": 2, "maxLength": "=most"})
    assert send(limited, sent={"f.x": "a"}, most=3).errors == {"f.x": ["Field must have minimum length of 2."]}
    assert send(limited, sent={"f.x": "abcd"}, most=3).errors == {"f.x": ["Field must have maximum length of 3."]}
    assert send(limited, sent={"f.x": " abc "}, most=3).valid


@cell("path", "group", "dynamiclist")
def _path(kind: str) -> None:
    made = component(kind, path="to.all")
    sent = {"f.to.all": "n0", "f.to.all[n0].y": "1"} if kind == "dynamiclist" else {"f.to.all.y": "1"}
    inner = [{"y": "1"}] if kind == "dynamiclist" else {"y": "1"}
    assert send(made, sent=sent).data == {"to": {"all": inner}}


@cell("components", "group", "dynamiclist")
def _components(kind: str) -> None:
    assert "Inner" in seen(component(kind))


@cell("showOutline", "group", "dynamiclist")
def _outline(kind: str) -> None:
    plain = seen(component(kind, showOutline=False, label="Part"))
    outlined = seen(component(kind, showOutline=True, label="Part"))
    assert "Part" in plain
    assert "Part" in outlined
    assert "group-plain" in plain
    assert "group-plain" not in outlined


@cell("verticalAlignment", "group", "dynamiclist")
def _alignment(kind: str) -> None:
    for word in ("start", "center", "end"):
        assert f"items-{word}" in seen(component(kind, verticalAlignment=word))


@cell("dataSource", "table", "documentPreview")
def _source(kind: str) -> None:
    for source in ("=held.all", "held.all"):
        page = seen(component(kind, dataSource=source), held={"all": [{"n": "Chair"}, SCAN]})
        assert ("Chair" if kind == "table" else "scan.pdf") in page
    assert seen(component(kind, dataSource="=nothing.there"))


# Properties of one type


@cell("validate.pattern", "textfield")
@cell("validate.patternErrorMessage", "textfield")
def _pattern(kind: str) -> None:
    strict = component(kind, validate={"pattern": "^[A-Z]+$"})
    assert send(strict, sent={"f.x": "a"}).errors == {"f.x": ["Field must match pattern ^[A-Z]+$."]}
    told = component(kind, validate={"pattern": "^[A-Z]+$", "patternErrorMessage": "Capitals"})
    assert send(told, sent={"f.x": "a"}).errors == {"f.x": ["Capitals"]}


@cell("validate.validationType", "textfield")
def _validation_type(kind: str) -> None:
    for word, type, right in (("email", "email", "a@b.example"), ("phone", "tel", "+4930664040900")):
        checked = component(kind, validate={"validationType": word})
        assert f'type="{type}"' in seen(checked)
        assert not send(checked, sent={"f.x": "a"}).valid
        assert send(checked, sent={"f.x": right}).valid


@cell("validate.min", "number")
@cell("validate.max", "number")
def _limits(kind: str) -> None:
    limited = component(kind, validate={"min": "=least", "max": "99.5"})
    assert send(limited, sent={"f.x": "1"}, least=2).errors == {"f.x": ["Field must have minimum value of 2."]}
    assert send(limited, sent={"f.x": "99.51"}, least=2).errors == {"f.x": ["Field must have maximum value of 99.5."]}


@cell("decimalDigits", "number")
def _digits(kind: str) -> None:
    assert 'value="12.50"' in seen(component(kind, decimalDigits=2), x=Decimal("12.5"))
    assert send(component(kind, decimalDigits=0), sent={"f.x": "1.5"}).errors == {"f.x": ["Value must be an integer."]}


@cell("increment", "number")
def _increment(kind: str) -> None:
    found = send(component(kind, increment="0.5"), sent={"f.x": "1.2"}).errors["f.x"]
    assert found == ["Please select a valid value, the two nearest valid values are 1 and 1.5."]


@cell("serializeToString", "number")
def _as_text(kind: str) -> None:
    long = "0.1234567890123456789012345678"
    assert send(component(kind, serializeToString=True), sent={"f.x": long}).data == {"x": long}


@cell("subtype", "datetime")
def _subtype(kind: str) -> None:
    assert 'type="date"' in seen(component(kind, subtype="date"))
    assert 'type="time"' in seen(component(kind, subtype="time"))
    both = component(kind, subtype="datetime")
    page = seen(both, x="2026-12-04T09:30+01:00")
    assert 'value="2026-12-04" type="date"' in page
    assert 'type="time" name="f.x:time" value="09:30"' in page
    assert send(both, sent={"f.x": "2026-12-04", "f.x:time": "09:30"}).data == {"x": "2026-12-04T09:30+01:00"}
    assert send(both, sent={"f.x": "2026-12-04", "f.x:time": ""}).errors["f.x"]
    assert send(both, sent={"f.x": "", "f.x:time": ""}).data == {"x": None}


@cell("dateLabel", "datetime")
@cell("timeLabel", "datetime")
def _date_labels(kind: str) -> None:
    page = seen(component(kind, subtype="datetime", dateLabel="Day of {{name}}", timeLabel="Hour"), name="Ada")
    assert 'for="f-x">Day of Ada</label>' in page
    assert 'for="f-x-time">Hour</label>' in page


@cell("use24h", "datetime")
def _use24h(kind: str) -> None:
    """The browser writes the clock as its person does; what is sent has 24 hours."""
    for wanted in (True, False):
        made = component(kind, subtype="time", use24h=wanted, timeSerializingFormat="no_timezone")
        assert send(made, sent={"f.x": "21:30"}).data == {"x": "21:30"}


@cell("timeInterval", "datetime")
def _interval(kind: str) -> None:
    made = component(kind, subtype="time", timeInterval=15)
    assert 'step="900"' in seen(made)
    wrong = send(made, sent={"f.x": "09:40"}).errors["f.x"]
    assert wrong == ["The time goes in steps of 15 minutes: 09:30, 09:45, …"]


@cell("timeSerializingFormat", "datetime")
def _serializing(kind: str) -> None:
    expected = {
        "utc_offset": "2026-12-04T09:30+01:00",
        "utc_normalized": "2026-12-04T08:30Z",
        "no_timezone": "2026-12-04T09:30",
    }
    for word, value in expected.items():
        made = component(kind, subtype="datetime", timeSerializingFormat=word)
        assert send(made, sent={"f.x": "2026-12-04", "f.x:time": "09:30"}).data == {"x": value}


@cell("disallowPassedDates", "datetime")
def _passed(kind: str) -> None:
    made = component(kind, disallowPassedDates=True)
    assert 'min="2026-11-24"' in seen(made)
    assert send(made, sent={"f.x": "2026-11-23"}).errors == {"f.x": ["The date must not be in the past."]}


@cell("searchable", "select")
def _searchable(kind: str) -> None:
    """The browser suggests by label; a label means its value, unless two options share it."""
    made = component(kind, searchable=True)
    page = seen(made, x="b")
    assert 'list="f-x-list"' in page
    assert 'value="Pear"' in page
    assert send(made, sent={"f.x": "Pear"}).data == {"x": "b"}
    assert send(made, sent={"f.x": "b"}).data == {"x": "b"}
    twins = [{"value": "a", "label": "Same"}, {"value": "b", "label": "Same"}]
    assert "<select" in seen(component(kind, searchable=True, values=twins))


@cell("accept", "filepicker")
def _accept(kind: str) -> None:
    made = component(kind, accept="{{kinds}}")
    assert 'accept=".pdf"' in seen(made, kinds=".pdf")
    assert send(made, sent={"f.x": SCAN["documentId"]}, kinds=".pdf").valid
    wrong = send(made, sent={"f.x": SCAN["documentId"]}, kinds=".png").errors["f.x"]
    assert wrong == ["“scan.pdf” cannot be sent here. Choose one of: .png"]


@cell("multiple", "filepicker")
def _multiple(kind: str) -> None:
    two = {"f.x": [SCAN["documentId"], "two"]}
    for many in (True, "=several"):
        made = component(kind, multiple=many)
        assert " multiple" in seen(made, several=True)
        assert len(send(made, sent=two, several=True).data["x"]) == 2
    assert send(component(kind), sent=two).errors == {"f.x": ["Choose one file."]}


@cell("expression", "expression")
@cell("computeOn", "expression")
def _expression(kind: str) -> None:
    price = {"type": "number", "key": "price", "id": "p"}
    for when in ("change", "presubmit"):
        made = component(kind, expression="=price * 2", computeOn=when)
        assert send(price, made, sent={"f.price": "3"}).data == {"price": 3, "x": 6}
        assert send(price, made, sent={"f.price": "3", "f.x": "9"}).refused == ["f.x"]
        assert "f.x" not in seen(made)


@cell("isRepeating", "dynamiclist")
@cell("defaultRepetitions", "dynamiclist")
def _repetitions(kind: str) -> None:
    assert seen(component(kind, isRepeating=True, defaultRepetitions=3)).count("list-item") >= 3
    assert seen(component(kind)).count('role="group"') == 1


@cell("allowAddRemove", "dynamiclist")
def _rows(kind: str) -> None:
    assert 'name="add"' in seen(component(kind))
    fixed = component(kind, allowAddRemove=False)
    assert 'name="add"' not in seen(fixed)
    assert send(fixed, sent={"f.x": ["0", "n1"]}, x=[{"y": "1"}]).refused == ["f.x"]


@cell("nonCollapsedItems", "dynamiclist")
@cell("disableCollapse", "dynamiclist")
def _folded(kind: str) -> None:
    items = [{"y": str(number)} for number in range(7)]
    assert "2 more" in seen(component(kind), x=items)
    page = seen(component(kind, nonCollapsedItems=3), x=items)
    assert "4 more" in page
    assert "<details" in page
    assert "<details" not in seen(component(kind, nonCollapsedItems=3, disableCollapse=True), x=items)
    grown = {"f.x": [*map(str, range(7)), "n0"]}
    assert '<details class="list-more" open' in seen(component(kind), x=items, sent=grown)


@cell("columns", "table")
@cell("columnsExpression", "table")
def _columns(kind: str) -> None:
    columns = [{"key": "v", "label": "Value"}, {"key": "n", "label": "Name"}]
    page = seen(component(kind, columns=columns))
    assert page.index("Value") < page.index("Name")
    assert "Value" in seen(component(kind, columns=None, columnsExpression="=cols"), cols=columns)


@cell("rowCount", "table")
def _row_count(kind: str) -> None:
    made = component(kind, rowCount=2)
    assert seen(made).count("<td") == 2
    assert "1 of 2" in seen(made)
    last = seen(made, sent={"view.f.one": ["2"]})
    assert last.count("<td") == 1
    assert "2 of 2" in last
    assert seen(component(kind)).count("<td") == 3


@cell("sorting", "table")
def _sorting(kind: str) -> None:
    columns = [{"key": "n", "label": "Name"}, {"key": "v", "label": "Value"}]
    made = component(kind, columns=columns)

    def order(view: str) -> list[int]:
        page = seen(made, sent={"view.f.one": [view]})
        return [page.index(f'<td class="num">{number}</td>') for number in (1, 2, 10)]

    assert order("1 1 asc") == sorted(order("1 1 asc"))
    assert order("1 1 desc") == sorted(order("1 1 desc"), reverse=True)
    assert 'aria-sort="descending"' in seen(made, sent={"view.f.one": ["1 1 desc"]})
    assert order("9 99 x") == order("")


@cell("maxHeight", "documentPreview")
@cell("title", "documentPreview")
def _preview(kind: str) -> None:
    page = seen(component(kind, dataSource="=[scan, photo]", title="Of {{name}}", maxHeight=200), name="Ada")
    assert 'aria-label="Of Ada"' in page
    assert 'class="at-most-4"' in page
    assert 'height="200"' in page


@cell("text", "text")
def _text(kind: str) -> None:
    page = seen(component(kind, text="**{{name}}** {{#if old}}is old{{/if}}"), name="*Ada*", old=True)
    assert "<strong>*Ada*</strong> is old" in page
    assert "<em>x</em>" in seen(component(kind, text='="*x*"'))


@cell("content", "html")
def _content(kind: str) -> None:
    page = seen(component(kind, content="<b>{{name}}</b><script>1</script><i style='x'>y</i>"), name="<Ada>")
    assert "<b>&lt;Ada&gt;</b><i>y</i>" in page


@cell("source", "image")
@cell("alt", "image")
def _image(kind: str) -> None:
    page = seen(component(kind, source="/static/{{file}}.png", alt="A {{file}}"), file="chair")
    assert 'src="/static/chair.png" alt="A chair"' in page


@cell("url", "iframe")
@cell("height", "iframe")
@cell("security", "iframe")
def _frame(kind: str) -> None:
    frames: list[Any] = []

    def framed(frame: Any) -> str:
        frames.append(frame)
        return "/frame/"

    security = dict.fromkeys(form_schema.SECURITY, True)
    made = component(kind, url="https://maps.example/{{town}}", height=120, security=security)
    assert 'height="120"' in seen(made, town="bonn", framed=framed)
    (frame,) = frames
    assert frame.url == "https://maps.example/bonn"
    assert frame.sandbox.split() == [word for place, word in form_schema.SECURITY.values() if place == "sandbox"]
    assert frame.allow == "fullscreen; geolocation; camera; microphone"
    assert "/frame/" not in seen(component(kind, url="=address"), address="http://maps.example", framed=framed)


@cell("height", "spacer")
def _space(kind: str) -> None:
    assert 'height="60"' in seen(component(kind))
    assert 'height="33"' in seen(component(kind, height=33))


@cell("action", "button")
def _action(kind: str) -> None:
    """What sends are the outcomes of the task, never a button of the form."""
    assert 'type="reset"' in seen(component(kind))
    assert seen(component(kind, action="submit")).strip() == ""


# What there is: section by section as the schema of form-js lists it

COMMON = ("conditional.hide", "layout")
FIELD = ("key", "label", "description", "readonly", "disabled", "defaultValue", "validate.required")
CHOICE = ("values", "valuesKey", "valuesExpression")
ADORNED = ("appearance.prefixAdorner", "appearance.suffixAdorner")
LENGTHS = ("validate.minLength", "validate.maxLength")
BOX = ("label", "path", "components", "showOutline", "verticalAlignment")
OWN: dict[str, tuple[str, ...]] = {
    "textfield": (
        *(*FIELD, *ADORNED, *LENGTHS, "validate.pattern"),
        *("validate.patternErrorMessage", "validate.validationType"),
    ),
    "textarea": (*FIELD, *LENGTHS),
    "number": (
        *(*FIELD, *ADORNED, "decimalDigits", "increment", "serializeToString"),
        *("validate.min", "validate.max"),
    ),
    "datetime": (
        *(*FIELD, "subtype", "dateLabel", "timeLabel", "use24h", "timeInterval"),
        *("timeSerializingFormat", "disallowPassedDates"),
    ),
    "checkbox": FIELD,
    "radio": (*FIELD, *CHOICE),
    "select": (*FIELD, *CHOICE, "searchable"),
    "checklist": (*FIELD, *CHOICE),
    "taglist": (*FIELD, *CHOICE),
    "filepicker": ("key", "label", "description", "readonly", "disabled", "validate.required", "accept", "multiple"),
    "expression": ("key", "expression", "computeOn"),
    "group": BOX,
    "dynamiclist": (
        *(*BOX, "isRepeating", "allowAddRemove", "defaultRepetitions"),
        *("disableCollapse", "nonCollapsedItems"),
    ),
    "table": ("label", "dataSource", "columns", "columnsExpression", "rowCount", "sorting"),
    "documentPreview": ("label", "dataSource", "maxHeight", "title"),
    "text": ("text",),
    "html": ("content",),
    "image": ("source", "alt"),
    "iframe": ("label", "url", "height", "security"),
    "spacer": ("height",),
    "separator": (),
    "button": ("label", "action"),
}
EXPECTED = [
    *((kind, name) for kind, names in OWN.items() for name in names),
    *((kind, name) for kind in OWN for name in COMMON if (kind, name) != ("expression", "layout")),
]


@pytest.mark.parametrize(("kind", "property"), EXPECTED, ids=lambda word: word)
def test_a_component_does_what_its_property_says(kind: str, property: str) -> None:
    CELLS[kind, property](kind)


def test_the_table_is_whole() -> None:
    assert set(OWN) == form_schema.TYPES
    assert set(EXPECTED) == set(CELLS)
    assert len(EXPECTED) == 189
