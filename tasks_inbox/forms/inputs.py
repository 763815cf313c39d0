"""Fields that are written into, as their inputs. Each way of showing has its template in templates/inbox/form/."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.conf import settings
from django.utils.translation import gettext as _

from orchestrator.feel.numbers import number_text
from orchestrator.runtime import form_schema
from tasks_inbox.forms import files, values
from tasks_inbox.forms.fill import Spot
from tasks_inbox.forms.options import by_label, options, token
from tasks_inbox.forms.sheet import Page, field, html_id, text
from tasks_inbox.forms.shown import Choice, Field

MANY = 8  # tags; more are searched

_INPUT_TYPES = {"date": "date", "time": "time", "datetime": "date", "email": "email", "phone": "tel"}


def _sent_text(spot: Spot, page: Page) -> str:
    """What was typed, as it was typed; else the value."""
    sent = page.filled.sent.get(spot.name)
    return sent[-1] if sent else values.input_text(spot.component, spot.value, page.filled.clock)


def _datetime(spot: Spot, page: Page) -> Field:
    """A day and its time are two inputs, each with its label."""
    if spot.component.get("subtype") != "datetime":
        return _input(spot, page)
    sent = page.filled.sent
    day, _between, at = _sent_text(spot, page).partition("T")
    if times := sent.get(f"{spot.name}:time"):
        at = times[-1]
    return field(
        spot,
        page,
        "datetime",
        date=day,
        time=at,
        date_label=text(spot, page, "dateLabel") or _("Date"),
        time_label=text(spot, page, "timeLabel") or _("Time"),
        step=_step(spot),
        attributes=tuple(_attributes(spot, page)),
    )


def _step(spot: Spot) -> str:
    interval = spot.component.get("timeInterval")
    return str(interval * 60) if isinstance(interval, int) else ""


def _input(spot: Spot, page: Page) -> Field:
    return field(
        spot,
        page,
        "input",
        value=_sent_text(spot, page),
        attributes=tuple(_attributes(spot, page)),
        prefix=text(spot, page, "appearance.prefixAdorner"),
        suffix=text(spot, page, "appearance.suffixAdorner"),
    )


def _attributes(spot: Spot, page: Page) -> Iterator[tuple[str, str]]:
    component = spot.component
    kind = component.get("validate.validationType")
    if component.type == "datetime":
        yield "type", _INPUT_TYPES[component.get("subtype") or "date"]
        if component.get("disallowPassedDates") and component.get("subtype") != "time":
            yield "min", page.filled.clock.now.astimezone(page.filled.clock.zone).date().isoformat()
        if component.get("subtype") == "time" and (step := _step(spot)):
            yield "step", step
    elif component.type == "number":
        yield "type", "text"
        yield "inputmode", "decimal"
        yield "autocomplete", "off"
    else:
        yield "type", _INPUT_TYPES.get(kind, "text")
    yield from _length(spot)


def _length(spot: Spot) -> Iterator[tuple[str, str]]:
    longest = form_schema.number(spot.component.get("validate.maxLength"))
    if longest is not None and longest > 0 and spot.component.type in ("textfield", "textarea"):
        yield "data-longest", number_text(longest)


def _textarea(spot: Spot, page: Page) -> Field:
    return field(spot, page, "textarea", value=_sent_text(spot, page))


def _choices(spot: Spot, page: Page) -> tuple[Choice, ...]:
    offered = options(spot.component, spot.scope, page.filled.environment)
    chosen = {token(one) for one in (spot.value if isinstance(spot.value, list) else [spot.value])}
    here = html_id(spot)
    return tuple(
        Choice(f"{here}-{number}", option.token, option.label, option.token in chosen)
        for number, option in enumerate(offered.values(), 1)
    )


def _select(spot: Spot, page: Page) -> Field:
    """With `searchable` the browser's own list of suggestions, where each label means one option."""
    choices = _choices(spot, page)
    if not spot.component.get("searchable") or not by_label(
        options(spot.component, spot.scope, page.filled.environment)
    ):
        return field(spot, page, "select", choices=choices)
    chosen = next((choice.label for choice in choices if choice.chosen), "")
    sent = page.filled.sent.get(spot.name)
    typed = chosen or (sent[-1] if sent else "")
    here = f"{html_id(spot)}-list"
    attributes = (("type", "text"), ("list", here), ("autocomplete", "off"))
    return field(spot, page, "search", value=typed, attributes=attributes, choices=choices, listed=here)


def _radio(spot: Spot, page: Page) -> Field:
    return field(spot, page, "choices", choices=_choices(spot, page))


def _checklist(spot: Spot, page: Page) -> Field:
    choices = _choices(spot, page)
    many = spot.component.type == "taglist" and len(choices) > MANY
    return field(spot, page, "choices", choices=choices, several=True, filter=many)


def _checkbox(spot: Spot, page: Page) -> Field:
    return field(spot, page, "checkbox", checked=spot.value is True)


def _files(spot: Spot, page: Page) -> Field:
    environment = page.filled.environment
    chosen = files.shown_all(spot.value)
    return replace(
        field(
            spot,
            page,
            "files",
            accept=files.accept(spot, environment),
            several=files.several(spot, environment),
            most_bytes=settings.DOCUMENT_MOST_BYTES,
        ),
        files=chosen,
        value=", ".join(one.name for one in chosen),
    )


INPUTS = {
    "textfield": _input,
    "number": _input,
    "datetime": _datetime,
    "textarea": _textarea,
    "select": _select,
    "radio": _radio,
    "checklist": _checklist,
    "taglist": _checklist,
    "checkbox": _checkbox,
    "filepicker": _files,
}
