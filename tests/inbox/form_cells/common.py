"""Properties that many types have."""

from __future__ import annotations

from tests.inbox.form_cells.base import (
    LABELLED,
    SCAN,
    SENT,
    SHOWN,
    VALUES,
    WRITTEN,
    cell,
    component,
    seen,
    send,
)


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
