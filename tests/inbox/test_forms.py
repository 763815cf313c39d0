"""Forms on the server: what is read from a request, what is wrong with it, who sees what, what is taken."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tasks_inbox import forms
from tasks_inbox.forms import values
from tasks_inbox.forms.shown import everything, summary
from tasks_inbox.forms.values import Clock

BERLIN = Clock(datetime(2026, 11, 24, 12, 0, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
CENTRES = [{"value": "4711", "label": "Engineering"}, {"value": 7, "label": "Seven"}]


def form(*components: dict[str, Any]) -> forms.Form:
    return forms.read({"type": "default", "components": list(components)})


def field(kind: str, key: str = "x", **properties: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, "label": key.capitalize(), **properties}


def send(schema: forms.Form, sent: dict[str, Any], variables: dict[str, Any] | None = None, **more: Any) -> Any:
    posted = {name: value if isinstance(value, list) else [value] for name, value in sent.items()}
    return forms.submission(schema, variables or {}, BERLIN, posted, **more)


def show(schema: forms.Form, variables: dict[str, Any] | None = None) -> list[forms.Field]:
    return list(everything(forms.fields(forms.fill(schema, variables or {}, BERLIN))))


# What is read


@pytest.mark.parametrize(
    ("component", "sent", "value"),
    [
        (field("textfield"), "a\r\nb\tc", "a b c"),
        (field("textfield"), "", ""),
        (field("textarea"), "a\r\nb", "a\nb"),
        (field("number"), "", None),
        (field("number"), " 1250.00 ", Decimal("1250.00")),
        (field("number"), "0.1", Decimal("0.1")),
        (field("number"), "-3", Decimal(-3)),
        (field("number"), ".5", Decimal("0.5")),
        (field("number"), "1234567890123456789012345678901234", Decimal("1234567890123456789012345678901234")),
        (field("number", serializeToString=True), "0.10", "0.1"),
        (field("checkbox"), "on", True),
        (field("checkbox"), "", False),
        (field("select", values=CENTRES), "4711", "4711"),
        (field("select", values=CENTRES), "=7", 7),
        (field("select", values=CENTRES), "", None),
        (field("radio", values=CENTRES), "4711", "4711"),
        (field("checklist", values=CENTRES), ["4711", "=7"], ["4711", 7]),
        (field("taglist", values=CENTRES), [""], []),
        (field("datetime", subtype="date"), "2026-12-04", "2026-12-04"),
        (field("datetime", subtype="time"), "09:30", "09:30+01:00"),
        (field("datetime", subtype="datetime"), "2026-07-04T09:30", "2026-07-04T09:30+02:00"),
        (
            field("datetime", subtype="datetime", timeSerializingFormat="utc_normalized"),
            "2026-07-04T09:30",
            "2026-07-04T07:30Z",
        ),
        (
            field("datetime", subtype="datetime", timeSerializingFormat="no_timezone"),
            "2026-07-04T09:30",
            "2026-07-04T09:30",
        ),
    ],
)
def test_what_a_browser_sends_becomes_a_value(component: dict[str, Any], sent: Any, value: Any) -> None:
    found = send(form(component), {"f.x": sent})
    assert found.data == {"x": value}
    assert type(found.data["x"]) is type(value)


@pytest.mark.parametrize(
    ("component", "sent", "sentence"),
    [
        (field("number"), "abc", "Value is not a number."),
        (
            field("number"),
            "1,250",
            "Value is not a number. Write it with a point and without separators, such as 1250.00.",
        ),
        (
            field("number"),
            "1e400",
            "Value is not a number. Write it with a point and without separators, such as 1250.00.",
        ),
        (field("number"), "NaN", "Value is not a number."),
        (field("number"), "Infinity", "Value is not a number."),
        (field("number"), "1" * 35, "Value has more than 34 digits."),
        (field("textfield"), "a\x00b", "Field must not contain the character NUL."),
        (field("textfield"), "a" * 10_001, "Field must have maximum length of 10000."),
        (field("select", values=CENTRES), "4712", "“4712” is not one of the options."),
        (field("checklist", values=CENTRES), ["4711", "x"], "“x” is not one of the options."),
        (field("datetime", subtype="date"), "tomorrow", "Enter a date such as 2026-12-04."),
        (field("datetime", subtype="date"), "2026-02-30", "Enter a date such as 2026-12-04."),
        (field("datetime", subtype="time"), "25:00", "Enter a time such as 09:30."),
        (field("datetime", subtype="datetime"), "now", "Enter a date and a time such as 2026-12-04T09:30."),
        (
            field("datetime", subtype="date", disallowPassedDates=True),
            "2026-11-23",
            "The date must not be in the past.",
        ),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(component: dict[str, Any], sent: Any, sentence: str) -> None:
    found = send(form(component), {"f.x": sent})
    assert found.errors == {"f.x": [sentence]}
    assert found.data == {}


def test_today_is_not_in_the_past_in_the_time_zone_of_the_person() -> None:
    late = Clock(datetime(2026, 11, 24, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    schema = form(field("datetime", subtype="date", disallowPassedDates=True))
    assert forms.submission(schema, {}, late, {"f.x": ["2026-11-25"]}).valid
    assert not forms.submission(schema, {}, late, {"f.x": ["2026-11-24"]}).valid


# What is wrong with it: form-js, core/Validator.js


@pytest.mark.parametrize(
    ("kind", "rules", "sent", "sentences"),
    [
        ("textfield", {"required": True}, "", ["Field is required."]),
        ("textfield", {"required": True}, " ", []),
        ("checkbox", {"required": True}, "", ["Field is required."]),
        ("number", {"required": True}, "", ["Field is required."]),
        ("number", {"required": True}, "0", []),
        ("number", {"min": 5}, "4.99", ["Field must have minimum value of 5."]),
        ("number", {"min": "=least"}, "4", ["Field must have minimum value of 10."]),
        ("number", {"max": "5.10"}, "5.11", ["Field must have maximum value of 5.1."]),
        ("number", {"min": 5}, "", []),
        ("textfield", {"minLength": 3}, " ab ", ["Field must have minimum length of 3."]),
        ("textfield", {"minLength": 3}, "", []),
        ("textarea", {"maxLength": 3}, "abcd ", ["Field must have maximum length of 3."]),
        ("textfield", {"pattern": "^[0-9]{2}$"}, "1", ["Field must match pattern ^[0-9]{2}$."]),
        ("textfield", {"pattern": "[0-9]"}, "a1b", []),
        ("textfield", {"pattern": "^a$", "patternErrorMessage": "Only a."}, "b", ["Only a."]),
        ("textfield", {"validationType": "email"}, "a@b", ["Field must be a valid email."]),
        ("textfield", {"validationType": "email"}, "ada@example.com", []),
        (
            "textfield",
            {"validationType": "phone"},
            "030 1234",
            ["Field must be a valid international phone number. (e.g. +4930664040900)"],
        ),
        ("textfield", {"validationType": "phone"}, "+49 (30) 664-040900", []),
        (
            "textfield",
            {"pattern": "x", "minLength": 9, "validationType": "email"},
            "a",
            [
                "Field must match pattern x.",
                "Field must have minimum length of 9.",
                "Field must be a valid email.",
            ],
        ),
    ],
)
def test_rules_speak_in_the_order_of_form_js(kind: str, rules: Any, sent: str, sentences: list[str]) -> None:
    found = send(form(field(kind, validate=rules)), {"f.x": sent}, {"least": 10})
    assert found.errors.get("f.x", []) == sentences


@pytest.mark.parametrize(
    ("properties", "sent", "sentences"),
    [
        ({"decimalDigits": 2}, "1.234", ["Value must not have more than 2 decimal digits."]),
        ({"decimalDigits": 1}, "1.23", ["Value must not have more than 1 decimal digit."]),
        ({"decimalDigits": 0}, "1.5", ["Value must be an integer."]),
        ({"decimalDigits": 2}, "1.2300", []),
        (
            {"increment": "0.25"},
            "1.30",
            ["Please select a valid value, the two nearest valid values are 1.25 and 1.5."],
        ),
        (
            {"decimalDigits": 0, "validate": {"min": 5}},
            "1.5",
            ["Value must be an integer.", "Field must have minimum value of 5."],
        ),
    ],
)
def test_numbers_are_checked_first(properties: Any, sent: str, sentences: list[str]) -> None:
    assert send(form(field("number", **properties)), {"f.x": sent}).errors.get("f.x", []) == sentences


def test_a_slow_pattern_costs_linear_time() -> None:
    found = send(form(field("textfield", validate={"pattern": "^(a+)+$"})), {"f.x": "a" * 9_000 + "b"})
    assert len(found.errors["f.x"]) == 1


# Who sees what


def test_an_answer_hides_a_field_and_its_value_is_not_taken() -> None:
    schema = form(field("checkbox", "gift"), field("textfield", "note", conditional={"hide": "=not(gift)"}))
    assert send(schema, {"f.gift": "on", "f.note": "Enjoy"}).data == {"gift": True, "note": "Enjoy"}
    shown_before = {"f.gift": ["on"], "f.note": ["x"]}
    assert send(schema, {"f.gift?": "1", "f.note": "Enjoy"}, draft=shown_before).data == {"gift": False}
    assert send(schema, {"f.gift?": "1", "f.note": ""}).data == {"gift": False}
    assert send(schema, {"f.gift?": "1", "f.note": "Enjoy"}).refused == ["f.note"]


def test_a_hidden_field_is_not_required_and_counts_as_empty_for_the_others() -> None:
    schema = form(
        field("checkbox", "a"),
        field("textfield", "b", conditional={"hide": "=not(a)"}, validate={"required": True}),
        field("textfield", "c", conditional={"hide": '=not(b = "open")'}),
    )
    assert send(schema, {"f.a?": "1"}, {"b": "open"}).data == {"a": False}
    assert [one.name for one in show(schema, {"a": True, "b": "open"})] == ["f.a", "f.b", "f.c"]
    assert [one.name for one in show(schema, {"a": False, "b": "open"})] == ["f.a"]


@pytest.mark.parametrize("lock", [{"readonly": True}, {"disabled": True}, {"readonly": "=locked"}])
def test_a_locked_field_is_shown_and_refused(lock: dict[str, Any]) -> None:
    schema = form(field("number", "amount", decimalDigits=2, validate={"required": True}, **lock))
    variables = {"amount": Decimal("7996"), "locked": True}
    (shown,) = show(schema, variables)
    assert (shown.template, shown.value) == ("inbox/form/value.html", "7,996.00")
    assert send(schema, {}, variables).data == {}
    assert send(schema, {"f.amount": "1"}, variables).refused == ["f.amount"]


def test_a_forged_locked_value_does_not_open_another_field() -> None:
    schema = form(
        field("textfield", "role", readonly=True), field("textfield", "pay", conditional={"hide": '=role!="boss"'})
    )
    found = send(schema, {"f.role": "boss", "f.pay": "9"}, {"role": "clerk"})
    assert found.refused == ["f.role", "f.pay"]
    assert found.data == {}


@pytest.mark.parametrize(
    "name", ["assignee", "state", "x", "f.y", "f.x[0]", "f.x.y", "f.", "f.items[9].x", "variables[x]"]
)
def test_what_was_not_declared_is_refused_by_name(name: str) -> None:
    schema = form(field("textfield"), {"type": "dynamiclist", "path": "items", "components": [field("textfield")]})
    assert send(schema, {"f.x": "1", name: "1"}).refused == [name]


def test_a_field_sent_twice_is_refused() -> None:
    assert send(form(field("textfield")), {"f.x": ["1", "2"]}).refused == ["f.x"]


def test_what_the_page_sends_itself_is_not_of_the_form() -> None:
    assert send(form(field("textfield", "comment")), {"comment": "a", "f.comment": "b"}, page=["comment"]).data == {
        "comment": "b"
    }


# Nested data


def test_a_dotted_key_keeps_what_else_the_variable_holds() -> None:
    found = send(form(field("number", "credit.limit")), {"f.credit.limit": "5"}, {"credit": {"score": 7}})
    assert found.data == {"credit": {"score": 7, "limit": 5}}


def test_a_group_with_a_path_is_an_object() -> None:
    group = {"type": "group", "path": "to", "label": "To", "components": [field("textfield", "street")]}
    schema = form(group, {"type": "group", "components": [field("textfield", "note")]})
    assert send(schema, {"f.to.street": "A", "f.note": "B"}).data == {"to": {"street": "A"}, "note": "B"}


LIST = {
    "type": "dynamiclist",
    "path": "items",
    "label": "Items",
    "components": [
        field("textfield", "name", validate={"required": True}),
        field("number", "price"),
        field("expression", "double", expression="=this.price * 2", computeOn="change"),
        field("textfield", "why", conditional={"hide": "=price <= limit"}),
    ],
}
ITEMS = {"items": [{"name": "a", "price": 1, "sku": "S1"}, {"name": "b", "price": 50}], "limit": 9}


def test_a_list_keeps_order_and_what_its_items_hold_beside_the_form() -> None:
    found = send(
        form(LIST),
        {"f.items": ["1", "n0"], "f.items[1].name": "b2", "f.items[1].why": "w", "f.items[n0].name": "c"},
        ITEMS,
    )
    assert found.data == {
        "items": [
            {"name": "b2", "price": 50, "double": 100, "why": "w"},
            {"name": "c", "price": None, "double": None, "why": ""},
        ]
    }
    kept = send(form(LIST), {"f.items": ["0"], "f.items[0].name": "a"}, ITEMS).data["items"]
    assert kept == [{"name": "a", "price": 1, "sku": "S1", "double": 2}]


def test_an_error_in_a_list_is_at_its_row() -> None:
    found = send(form(LIST), {"f.items": ["0", "n3"], "f.items[0].name": "", "f.items[n3].price": "x"}, ITEMS)
    assert found.errors == {
        "f.items[0].name": ["Field is required."],
        "f.items[n3].name": ["Field is required."],
        "f.items[n3].price": ["Value is not a number."],
    }
    lines = summary(forms.fields(found.filled, found.errors))
    assert [(line.id, line.label) for line in lines] == [
        ("f-items-0-name", "Name"),
        ("f-items-n3-name", "Name"),
        ("f-items-n3-price", "Price"),
    ]


@pytest.mark.parametrize("rows", [["0", "7"], ["x"], ["n99999"], [f"n{number}" for number in range(201)]])
def test_rows_that_cannot_be_are_refused(rows: list[str]) -> None:
    assert send(form(LIST), {"f.items": rows}, ITEMS).refused == ["f.items"]


def test_a_list_without_add_and_remove_keeps_its_rows() -> None:
    fixed = form({**LIST, "allowAddRemove": False})
    assert send(fixed, {"f.items": ["0"]}, ITEMS).refused == ["f.items"]
    assert send(fixed, {"f.items": ["0", "1"]}, ITEMS).valid


def test_an_empty_list_begins_with_its_default_rows() -> None:
    (shown, *_) = show(form({**LIST, "defaultRepetitions": 2}), {})
    assert [item.token for item in shown.items] == ["n0", "n1"]


def test_an_expression_is_computed_here_whatever_was_sent() -> None:
    schema = form(field("number", "net"), field("expression", "gross", expression="=net * 1.2", computeOn="presubmit"))
    assert send(schema, {"f.net": "10.10"}).data == {"net": Decimal("10.10"), "gross": Decimal("12.120")}
    assert send(schema, {"f.net": "10", "f.gross": "1"}).refused == ["f.gross"]


# What is shown


def test_texts_are_templates_or_feel() -> None:
    (shown,) = show(
        form(field("number", label="Total for {{name}}", description='="At least " + string(least)')),
        {"name": "<b>Ada</b>", "least": 5},
    )
    assert (shown.label, shown.help) == ("Total for <b>Ada</b>", "At least 5")


def test_default_and_known_values_are_filled_in() -> None:
    schema = form(
        field("textfield", "a", defaultValue="d"), field("number", "b", decimalDigits=2), field("number", "c")
    )
    assert [one.value for one in show(schema, {"b": Decimal("5.5"), "c": Decimal("1E+3")})] == ["d", "5.50", "1000"]


def test_options_come_from_a_variable_or_from_feel() -> None:
    variables = {"centres": ["a", {"value": 2, "label": "Two"}, {"value": {"k": 1}}]}
    by_key, by_feel = show(
        form(field("select", "a", valuesKey="centres"), field("radio", "b", valuesExpression="=[centres[1]]")),
        variables,
    )
    assert [(choice.token, choice.label) for choice in by_key.choices] == [("a", "a"), ("=2", "Two")]
    assert [choice.label for choice in by_feel.choices] == ["a"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Hello** {{name}}", "<p><strong>Hello</strong> &lt;img src=x onerror=alert(1)&gt;</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("![x](https://e.example/p.png)", "<p></p>"),
        ("{{stars}}", "<p>**not bold**</p>"),
        ('="**" + word + "**"', "<p><strong>word</strong></p>"),
        ("[x](https://e.example)", '<p><a href="https://e.example" rel="noopener noreferrer nofollow">x</a></p>'),
    ],
)
def test_markdown_is_safe_and_data_in_it_is_text(text: str, html: str) -> None:
    variables = {"name": "<img src=x onerror=alert(1)>", "stars": "**not bold**", "word": "word"}
    (shown,) = show(form({"type": "text", "text": text}), variables)
    assert shown.html.strip() == html


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("<p onclick='x'>a</p><script>b</script>", "<p>a</p>"),
        ("<style>p{}</style><p style='color:red'>a</p>", "<p>a</p>"),
        ("<iframe src='//e'></iframe><img src='//e'>", ""),
        ("<p>{{name}}</p>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
        ("<a href='data:text/html,x'>a</a>", '<a rel="noopener noreferrer nofollow">a</a>'),
        ('="<p>" + name + "</p>"', "<p></p>"),
    ],
)
def test_html_is_cleaned_on_the_server(content: str, html: str) -> None:
    (shown,) = show(form({"type": "html", "content": content}), {"name": "<img src=x onerror=alert(1)>"})
    assert shown.html == html


@pytest.mark.parametrize(
    ("source", "template"),
    [
        ("/static/logo.svg", "image"),
        ("data:image/png;base64,iVBORw0KGgo=", "image"),
        ("data:image/svg+xml;base64,PHN2Zz4=", "value"),
        ("https://elsewhere.example/a.png", "link"),
        ("//elsewhere.example/a.png", "value"),
        ("javascript:alert(1)", "value"),
        ("/\\elsewhere.example", "value"),
    ],
)
def test_pictures_come_from_here_or_are_a_link(source: str, template: str) -> None:
    (shown,) = show(form({"type": "image", "source": source, "alt": "A"}))
    assert shown.template == f"inbox/form/{template}.html"


def test_a_table_shows_rows_and_numbers_to_the_right() -> None:
    component = {
        "type": "table",
        "dataSource": "=items",
        "columns": [{"key": "name", "label": "Item"}, {"key": "price", "label": "Price"}],
    }
    (shown,) = show(form(component), {"items": [{"name": "Laptop", "price": Decimal("1849.00")}, {"name": {"k": 1}}]})
    assert [cell.text for cell in shown.table.columns] == ["Item", "Price"]
    assert [[cell.text for cell in row] for row in shown.table.rows] == [["Laptop", "1,849.00"], ['{"k":1}', ""]]
    assert [cell.number for cell in shown.table.columns] == [False, True]


def test_rows_share_sixteen_columns() -> None:
    schema = form(
        field("textfield", "a", layout={"row": "r", "columns": 10}),
        field("textfield", "b", layout={"row": "r", "columns": None}),
        field("textfield", "c"),
    )
    spans = [one.span for one in show(schema)]
    assert spans == ["sm:col-span-10 sm:col-start-1", "sm:col-span-6", ""]


def test_what_has_no_key_has_a_row_and_an_id_of_its_own() -> None:
    texts = [{"type": "text", "text": "a", "id": name} for name in ("one", "two")]
    group = {"type": "group", "path": "g", "id": "three", "components": [{"type": "text", "text": "b", "id": "four"}]}
    shown = show(form(*texts, group))
    assert [one.id for one in shown] == ["f-one", "f-two", "f-g", "f-g-four"]
    assert {one.span for one in shown} == {""}


def test_only_what_depends_on_answers_is_asked_again() -> None:
    assert not form(field("textfield")).live
    assert form(field("textfield", conditional={"hide": "=a"})).live
    assert form(field("textfield", label="{{a}}")).live


@pytest.mark.parametrize(
    ("component", "value", "text"),
    [
        (field("datetime", subtype="date"), "2026-12-04", "4 December 2026"),
        (field("datetime", subtype="datetime"), "2026-12-04T08:30Z", "4 December 2026, 09:30"),
        (field("datetime", subtype="time"), "08:30Z", "09:30"),
        (field("datetime", subtype="date"), "soon", ""),
        (field("checkbox"), True, "Yes"),
        (field("number"), "abc", ""),
        (field("checklist", values=CENTRES), ["4711", 7, "x"], "Engineering, Seven"),
    ],
)
def test_a_locked_value_is_shown_for_people(component: dict[str, Any], value: Any, text: str) -> None:
    (shown,) = show(form({**component, "readonly": True}), {"x": value})
    assert shown.value == text


def test_every_field_type_can_be_sent() -> None:
    assert set(values._FROM_REQUEST) == set(forms.schema.FIELDS)


def test_what_is_hidden_harms_nothing_that_is_beside_it_or_around_it() -> None:
    hide = {"hide": "=closed"}
    inner = [field("textfield", "street"), {"type": "text", "text": "a", "conditional": hide}]
    schema = form(
        {"type": "text", "text": "b", "conditional": hide},
        {"type": "separator"},
        {"type": "group", "path": "to", "components": inner},
        {**LIST, "conditional": hide},
    )
    sent = {"f.to.street": "A"}
    assert send(schema, sent, {"closed": True, "to": {"street": "B"}, **ITEMS}).data == {"to": {"street": "A"}}
    assert [one.name for one in show(schema, {"closed": True}) if one.name] == ["f.to.street"]
