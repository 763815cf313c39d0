"""A filled form as fields for the templates: every text is made here, so that templates only print.

The templates stand in templates/inbox/form/, one per way of showing a field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.feel.numbers import number_text
from orchestrator.runtime import feelers, forms
from tasks_inbox.forms import prose, values
from tasks_inbox.forms.fill import Filled, Spot
from tasks_inbox.forms.options import options, token
from tasks_inbox.forms.schema import FIELDS
from tasks_inbox.forms.shown import Choice, Field, Item
from tasks_inbox.forms.tables import table

#: Classes of a field's width, whole so that the build of the style sheet finds them.
COLUMNS = {
    1: "sm:col-span-1",
    2: "sm:col-span-2",
    3: "sm:col-span-3",
    4: "sm:col-span-4",
    5: "sm:col-span-5",
    6: "sm:col-span-6",
    7: "sm:col-span-7",
    8: "sm:col-span-8",
    9: "sm:col-span-9",
    10: "sm:col-span-10",
    11: "sm:col-span-11",
    12: "sm:col-span-12",
    13: "sm:col-span-13",
    14: "sm:col-span-14",
    15: "sm:col-span-15",
}

_IMAGE_DATA = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
_OWN_PATH = re.compile(r"/(?![/\\])[^\\\s]*")
_LINK = re.compile(r"https?://\S+")
_UNSAFE_IN_ID = re.compile(r"[^A-Za-z0-9_]+")


def fields(
    filled: Filled, errors: Mapping[str, Sequence[str]] | None = None, *, locked: bool = False
) -> tuple[Field, ...]:
    """The fields that are to be seen, in their rows, each with its errors; `locked`: nothing of it can be written."""
    return tuple(_fields(filled.spots, _Page(filled, errors or {}, locked)))


# Rows of sixteen columns


@dataclass(frozen=True, slots=True)
class _Page:
    filled: Filled
    errors: Mapping[str, Sequence[str]]
    locked: bool = False


def _fields(spots: Sequence[Spot], page: _Page) -> Iterator[Field]:
    visible = [spot for spot in spots if not spot.hidden and spot.component.type in _SHOW]
    for row in _rows(visible):
        wide = _widths(row)
        for position, (spot, columns) in enumerate(zip(row, wide, strict=True)):
            shown = _SHOW[spot.component.type](spot, page)
            start = "" if position else " sm:col-start-1"
            yield replace(shown, span=f"{COLUMNS[columns]}{start}" if columns < 16 else "")


def _rows(spots: Iterable[Spot]) -> Iterator[list[Spot]]:
    """Neighbours that name the same row share it; a field without one has a row of its own."""
    rows: dict[Any, list[Spot]] = {}
    for place, spot in enumerate(spots):
        row = spot.component.get("layout.row")
        rows.setdefault(row if isinstance(row, str) and row else place, []).append(spot)
    return iter(rows.values())


def _widths(row: Sequence[Spot]) -> list[int]:
    """Columns of each field: as the model says, and what is left in equal parts for those of which it says nothing."""
    fixed = [spot.component.get("layout.columns") for spot in row]
    said = [width for width in fixed if isinstance(width, int)]
    open_ones = len(fixed) - len(said)
    share = max((16 - sum(said)) // open_ones, 2) if open_ones else 0
    return [min(width, 16) if isinstance(width, int) else share for width in fixed]


# Ways of showing


def _text(spot: Spot, page: _Page, name: str) -> str:
    text = spot.component.get(name)
    return feelers.render(text, spot.scope, page.filled.environment) if isinstance(text, str) else ""


def html_id(spot: Spot) -> str:
    """Unique on the page; what has no value of its own is told apart by the id of its component."""
    component = spot.component
    name = spot.name if component.get("key") or component.get("path") else f"{spot.name}-{component.id}"
    return _UNSAFE_IN_ID.sub("-", name).strip("-")


def _field(spot: Spot, page: _Page, template: str, **more: Any) -> Field:
    label = _label(spot, page)
    if (spot.fixed or page.locked) and spot.component.type in FIELDS:
        return Field(
            template="inbox/form/value.html",
            id=html_id(spot),
            label=label,
            help=_text(spot, page, "description"),
            value=_shown(spot, page),
            prefix=_text(spot, page, "appearance.prefixAdorner"),
            suffix=_text(spot, page, "appearance.suffixAdorner"),
        )
    return Field(
        template=f"inbox/form/{template}.html",
        id=html_id(spot),
        name=spot.name,
        label=label,
        help=_text(spot, page, "description"),
        required=spot.component.get("validate.required") is True,
        errors=tuple(page.errors.get(spot.name, ())),
        **more,
    )


def _label(spot: Spot, page: _Page) -> str:
    names = ("dateLabel", "timeLabel") if spot.component.type == "datetime" else ()
    texts = (_text(spot, page, name) for name in ("label", *names))
    key = ".".join(spot.component.path)
    return next((text for text in texts if text), "" if spot.component.type not in FIELDS else key)


def _shown(spot: Spot, page: _Page) -> str:
    component = spot.component
    if component.type not in ("select", "radio", "checklist", "taglist"):
        return values.shown_text(component, spot.value, page.filled.clock)
    offered = options(component, spot.scope, page.filled.environment)
    chosen = spot.value if isinstance(spot.value, list) else [spot.value]
    labels = [offered[token(one)].label for one in chosen if token(one) in offered]
    return ", ".join(labels)


def _sent_text(spot: Spot, page: _Page) -> str:
    """What was typed, as it was typed; else the value."""
    sent = page.filled.sent.get(spot.name)
    return sent[-1] if sent else values.input_text(spot.component, spot.value, page.filled.clock)


def _input(spot: Spot, page: _Page) -> Field:
    return _field(
        spot,
        page,
        "input",
        value=_sent_text(spot, page),
        attributes=tuple(_attributes(spot, page)),
        prefix=_text(spot, page, "appearance.prefixAdorner"),
        suffix=_text(spot, page, "appearance.suffixAdorner"),
    )


_INPUT_TYPES = {"date": "date", "time": "time", "datetime": "datetime-local", "email": "email", "phone": "tel"}


def _attributes(spot: Spot, page: _Page) -> Iterator[tuple[str, str]]:
    component = spot.component
    kind = component.get("validate.validationType")
    if component.type == "datetime":
        yield "type", _INPUT_TYPES[component.get("subtype") or "date"]
        if component.get("disallowPassedDates") and component.get("subtype") != "time":
            today = page.filled.clock.now.astimezone(page.filled.clock.zone).date().isoformat()
            yield "min", today if component.get("subtype") != "datetime" else f"{today}T00:00"
    elif component.type == "number":
        yield "type", "text"
        yield "inputmode", "decimal"
        yield "autocomplete", "off"
    else:
        yield "type", _INPUT_TYPES.get(kind, "text")
    yield from _length(spot)


def _length(spot: Spot) -> Iterator[tuple[str, str]]:
    longest = forms.number(spot.component.get("validate.maxLength"))
    if longest is not None and longest > 0 and spot.component.type in ("textfield", "textarea"):
        yield "data-longest", number_text(longest)


def _textarea(spot: Spot, page: _Page) -> Field:
    return _field(spot, page, "textarea", value=_sent_text(spot, page))


def _choices(spot: Spot, page: _Page) -> tuple[Choice, ...]:
    offered = options(spot.component, spot.scope, page.filled.environment)
    chosen = {token(one) for one in (spot.value if isinstance(spot.value, list) else [spot.value])}
    here = html_id(spot)
    return tuple(
        Choice(f"{here}-{number}", option.token, option.label, option.token in chosen)
        for number, option in enumerate(offered.values(), 1)
    )


def _select(spot: Spot, page: _Page) -> Field:
    return _field(spot, page, "select", choices=_choices(spot, page))


def _radio(spot: Spot, page: _Page) -> Field:
    return _field(spot, page, "choices", choices=_choices(spot, page))


def _checklist(spot: Spot, page: _Page) -> Field:
    return _field(spot, page, "choices", choices=_choices(spot, page), several=True)


def _checkbox(spot: Spot, page: _Page) -> Field:
    return _field(spot, page, "checkbox", checked=spot.value is True)


def _prose(spot: Spot, page: _Page) -> Field:
    text = spot.component.get("text") or ""
    written = feelers.render(text, spot.scope, page.filled.environment, prose.as_markdown_text)
    return Field("inbox/form/prose.html", html_id(spot), html=prose.from_markdown(written))


def _html(spot: Spot, page: _Page) -> Field:
    text = spot.component.get("content") or ""
    written = feelers.render(text, spot.scope, page.filled.environment, prose.as_html_text)
    return Field("inbox/form/prose.html", html_id(spot), html=prose.from_html(written))


def _image(spot: Spot, page: _Page) -> Field:
    """A picture of this server or within the page; one from elsewhere is a link, so that nobody learns who reads it."""
    source, alt = _text(spot, page, "source"), _text(spot, page, "alt")
    local = _OWN_PATH.fullmatch(source) or _IMAGE_DATA.fullmatch(source)
    template = "image" if local else "link" if _LINK.fullmatch(source) else "value"
    return Field(f"inbox/form/{template}.html", html_id(spot), value=source if template != "value" else "", label=alt)


def _table(spot: Spot, page: _Page) -> Field:
    shown = table(spot.component, spot.scope, page.filled.environment)
    return Field("inbox/form/table.html", html_id(spot), label=_text(spot, page, "label"), table=shown)


def _group(spot: Spot, page: _Page) -> Field:
    outline = bool(spot.component.get("showOutline") or spot.component.get("label"))
    inner = tuple(_fields(spot.rows[0].spots, page))
    return Field(
        "inbox/form/group.html", html_id(spot), label=_text(spot, page, "label"), outline=outline, fields=inner
    )


def _list(spot: Spot, page: _Page) -> Field:
    items = tuple(Item(row.token, number, tuple(_fields(row.spots, page))) for number, row in enumerate(spot.rows, 1))
    return Field(
        "inbox/form/list.html",
        html_id(spot),
        name=spot.name,
        label=_text(spot, page, "label") or ".".join(spot.component.path),
        errors=tuple(page.errors.get(spot.name, ())),
        items=items,
        can_change_rows=spot.component.get("allowAddRemove") is not False and not page.locked,
    )


def _plain(template: str) -> Any:
    return lambda spot, page: Field(f"inbox/form/{template}.html", html_id(spot))


_SHOW = {
    "textfield": _input,
    "number": _input,
    "datetime": _input,
    "textarea": _textarea,
    "select": _select,
    "radio": _radio,
    "checklist": _checklist,
    "taglist": _checklist,
    "checkbox": _checkbox,
    "text": _prose,
    "html": _html,
    "image": _image,
    "table": _table,
    "group": _group,
    "dynamiclist": _list,
    "separator": _plain("separator"),
    "spacer": _plain("spacer"),
}
