"""Properties of one type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orchestrator.runtime import form_schema
from tests.inbox.form_cells.base import (
    SCAN,
    cell,
    component,
    seen,
    send,
)


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
