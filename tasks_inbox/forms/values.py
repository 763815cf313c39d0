"""From what a browser sends to values, and back to what a field shows: one function per type and direction.

Numbers are decimals, never floats. Dates and times are ISO 8601 text; local times belong to the person's time zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from orchestrator.feel.numbers import number_text
from orchestrator.runtime import documents, feelers, form_schema
from tasks_inbox import spoken
from tasks_inbox.forms.schema import Component

LONGEST = {"textfield": 10_000, "textarea": 100_000}  # characters
MOST_DIGITS = 34

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(\.\d{1,6})?")
_LINE_BREAKS = re.compile(r"[\r\n\t]+")
_OFFSET = re.compile(r"(Z|[+-]\d\d:\d\d)$")


class Unreadable(ValueError):
    """What was typed is no value of this type; the message is for the person."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of the request, and the person's time zone."""

    now: datetime
    zone: tzinfo


# From the request. None: nothing was entered.


def coerced(component: Component, sent: Sequence[str], clock: Clock) -> Any:
    """The value of a field; choices come as tokens and become values with `options`. Raises Unreadable."""
    if any("\x00" in text for text in sent):
        raise Unreadable(_("Field must not contain the character NUL."))
    return _FROM_REQUEST[component.type](component, sent, clock)


def _textfield(component: Component, sent: Sequence[str], clock: Clock) -> str:
    return _limited(component.type, _LINE_BREAKS.sub(" ", sent[-1]))


def _textarea(component: Component, sent: Sequence[str], clock: Clock) -> str:
    return _limited(component.type, sent[-1].replace("\r\n", "\n").replace("\r", "\n"))


def _limited(kind: str, text: str) -> str:
    if len(text) > LONGEST[kind]:
        raise Unreadable(_("Field must have maximum length of %(most)s.") % {"most": LONGEST[kind]})
    return text


def _number(component: Component, sent: Sequence[str], clock: Clock) -> Decimal | str | None:
    text = sent[-1].strip().replace("−", "-")
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        hint = _("Write it with a point and without separators, such as 1250.00.") if re.search(r"\d", text) else ""
        raise Unreadable(f"{_('Value is not a number.')} {hint}".strip())
    value = Decimal(text)
    if len(value.as_tuple().digits) > MOST_DIGITS:
        raise Unreadable(_("Value has more than %(most)s digits.") % {"most": MOST_DIGITS})
    return number_text(value) if component.get("serializeToString") else value


def _checkbox(component: Component, sent: Sequence[str], clock: Clock) -> bool:
    return sent[-1] in ("on", "true")


def _one(component: Component, sent: Sequence[str], clock: Clock) -> str | None:
    return sent[-1] or None


def _several(component: Component, sent: Sequence[str], clock: Clock) -> list[str]:
    return list(dict.fromkeys(text for text in sent if text))


def _datetime(component: Component, sent: Sequence[str], clock: Clock) -> str | None:
    text = sent[-1].strip()
    return _TEMPORAL[component.get("subtype") or "date"](text, component, clock) if text else None


def _date(text: str, component: Component, clock: Clock) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unreadable(_("Enter a date such as 2026-12-04.")) from None
    _not_passed(component, day < clock.now.astimezone(clock.zone).date())
    return day.isoformat()


def _time(text: str, component: Component, clock: Clock) -> str:
    if not _CLOCK.fullmatch(text):
        raise Unreadable(_("Enter a time such as 09:30."))
    _check_interval(component, time.fromisoformat(text))
    today = clock.now.astimezone(clock.zone).date()
    return _with_zone(datetime.combine(today, time.fromisoformat(text), clock.zone), component).split("T")[1]


def _date_and_time(text: str, component: Component, clock: Clock) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(_("Enter a date and a time such as 2026-12-04T09:30.")) from None
    _check_interval(component, moment.time())
    moment = moment.replace(tzinfo=clock.zone)
    _not_passed(component, moment.date() < clock.now.astimezone(clock.zone).date())
    return _with_zone(moment, component)


def _with_zone(moment: datetime, component: Component) -> str:
    """form-js: as local time with its offset, as UTC, or without any."""
    form = component.get("timeSerializingFormat") or "utc_offset"
    precision = "seconds" if moment.second else "minutes"
    if form == "utc_normalized":
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"
    return (moment.replace(tzinfo=None) if form == "no_timezone" else moment).isoformat(timespec=precision)


def _check_interval(component: Component, at: time) -> None:
    step = component.get("timeInterval")
    if isinstance(step, int) and step > 1 and (at.hour * 60 + at.minute) % step:
        raise Unreadable(
            _("The time goes in steps of %(step)s minutes: %(before)s, %(after)s, …")
            % {"step": step, "before": _on_the_clock(at, step, 0), "after": _on_the_clock(at, step, 1)}
        )


def _on_the_clock(at: time, step: int, steps: int) -> str:
    minutes = ((at.hour * 60 + at.minute) // step + steps) * step % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _not_passed(component: Component, passed: bool) -> None:
    if passed and component.get("disallowPassedDates"):
        raise Unreadable(_("The date must not be in the past."))


_TEMPORAL: dict[str, Callable[[str, Component, Clock], str]] = {
    "date": _date,
    "time": _time,
    "datetime": _date_and_time,
}
_FROM_REQUEST: dict[str, Callable[[Component, Sequence[str], Clock], Any]] = {
    "textfield": _textfield,
    "textarea": _textarea,
    "number": _number,
    "checkbox": _checkbox,
    "datetime": _datetime,
    "select": _one,
    "radio": _one,
    "checklist": _several,
    "taglist": _several,
    "filepicker": _several,  # as tokens, which become references in `fill`
}


# A value that the process holds, as form-js takes it in: whatever does not fit the type is nothing.


def sanitised(component: Component, value: Any) -> Any:
    return _SANITISED[component.type](value)


def _as_text(value: Any) -> str:
    return "" if isinstance(value, dict | list) else feelers.readable(value)


_SANITISED: dict[str, Callable[[Any], Any]] = {
    "textfield": lambda value: _LINE_BREAKS.sub(" ", _as_text(value)),
    "textarea": _as_text,
    "number": lambda value: value if form_schema.number(value) is not None else None,
    "checkbox": lambda value: value is True or value == "true",
    "datetime": lambda value: value if isinstance(value, str) and value else None,
    "select": lambda value: value,
    "radio": lambda value: value,
    "checklist": lambda value: value if isinstance(value, list) else [],
    "taglist": lambda value: value if isinstance(value, list) else [],
    "filepicker": lambda value: list(documents.references(value)) or None,
}


def is_empty(value: Any) -> bool:
    """Does “required” refuse it? An unticked checkbox is asked for by its type."""
    return value is None or value == "" or value == []


# To the page


def input_text(component: Component, value: Any, clock: Clock) -> str:
    """What stands in the input of a text, number or date field."""
    if component.type == "number":
        return _digits(component, value)
    if component.type == "datetime":
        return _local(component, value, clock)
    return _as_text(value)


def shown_text(component: Component, value: Any, clock: Clock) -> str:
    """What a field shows that cannot be written: “7,996.00”, “4 December 2026”, “Yes”."""
    if component.type == "number":
        number = form_schema.number(value)
        text = _digits(component, value)
        return spoken.number(f"{Decimal(text):,f}") if number is not None and abs(number) < 10**MOST_DIGITS else text
    if component.type == "datetime":
        return _read_aloud(component, _local(component, value, clock))
    if component.type == "checkbox":
        return _("Yes") if value is True else _("No")
    return feelers.readable(value)


def _digits(component: Component, value: Any) -> str:
    number = form_schema.number(value)
    if number is None:
        return ""
    text = number_text(number)
    digits = component.get("decimalDigits") or 0
    fraction = len(text.partition(".")[2])
    return text if fraction >= digits else f"{text}{'' if fraction else '.'}{'0' * (digits - fraction)}"


def _local(component: Component, value: Any, clock: Clock) -> str:
    """The value as the browser's date and time inputs want it, in the person's time zone; '' if it is none."""
    if not isinstance(value, str):
        return ""
    subtype = component.get("subtype") or "date"
    text = value.partition("@")[0].partition("[")[0]
    try:
        if subtype == "date":
            return datetime.fromisoformat(text).date().isoformat()
        if subtype == "time":
            return _local_clock(text, clock)
        moment = datetime.fromisoformat(text)
        local = moment.astimezone(clock.zone).replace(tzinfo=None) if moment.tzinfo else moment
        return local.isoformat(timespec="seconds" if local.second else "minutes")
    except (ValueError, OverflowError):
        return ""


def _local_clock(text: str, clock: Clock) -> str:
    at = time.fromisoformat(text)
    if at.tzinfo:
        today = datetime.combine(clock.now.astimezone(clock.zone).date(), at)
        at = (today.astimezone(clock.zone)).time()
    return at.replace(tzinfo=None).isoformat(timespec="seconds" if at.second else "minutes")


def _read_aloud(component: Component, local: str) -> str:
    if not local or component.get("subtype") == "time":
        return local
    moment = datetime.fromisoformat(local)
    return spoken.moment(moment) if component.get("subtype") == "datetime" else spoken.day(moment)
