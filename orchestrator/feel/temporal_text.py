"""Reading dates, times and durations from their lexical forms (DMN 1.5, 10.3.2.3 and 10.3.4.1).

Every function raises ValueError with a sentence that says what is wrong.
"""

from __future__ import annotations

import re
from typing import Any

from orchestrator.feel.temporal import DAY, NANO, Date, DateTime, DaysTimeDuration, Duration, Time, YearsMonthsDuration
from orchestrator.feel.zones import parse_zone

_DATE = re.compile(r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(.*)", re.ASCII)
_YEARS = re.compile(r"(-)?P(?:(\d{1,18})Y)?(?:(\d{1,18})M)?", re.ASCII)
_DAYS = re.compile(
    r"(-)?P(?:(\d{1,18})D)?(?:T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d{1,30}))?S)?)?", re.ASCII
)


def parse_date(text: str) -> Date:
    """'2024-02-29', years of four to nine digits, a minus before."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not a date such as 2024-02-29")
    return Date(*(int(part) for part in match.groups()))


def parse_time(text: str, *, short: bool = False) -> Time:
    """'11:45:30.5', with 'Z', '+02:00' or '@Europe/Paris'; `short` allows '11:45'."""
    match = _TIME.fullmatch(text)
    if match is None or (match[3] is None and not short):
        raise ValueError(f"{shown(text)} is not a time such as 11:45:30")
    hour, minute, second, fraction, zone = match.groups()
    if hour == "24" and minute == (second or "00") == "00" and not (fraction or "").strip("0"):
        hour = "00"
    nano = int((fraction or "0")[:9].ljust(9, "0"))
    return Time(int(hour), int(minute), int(second or 0), nano, parse_zone(zone))


def parse_date_time(text: str, *, short: bool = False) -> DateTime:
    """'2024-02-29T11:45:30'; a date alone means its midnight."""
    day, separator, clock = text.partition("T")
    if not separator:
        return DateTime(parse_date(text), Time(0, 0, 0))
    time = parse_time(clock, short=short)
    date = parse_date(day)
    if clock.startswith("24"):
        return DateTime(Date.from_day_number(date.day_number + 1), time)
    return DateTime(date, time)


def parse_duration(text: str) -> Duration:
    """'P1Y2M' or 'P1DT2H3M4.5S', a minus before; years or months never mix with days or a time."""
    if len(text) > 1 and (match := _YEARS.fullmatch(text)) and (match[2] or match[3]):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return YearsMonthsDuration(-months if match[1] else months)
    match = _DAYS.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        raise ValueError(f"{shown(text)} is not a duration such as P1Y2M or P1DT2H30M")
    sign, days, hours, minutes, seconds, fraction = match.groups()
    total = int(days or 0) * DAY + (int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)) * NANO
    total += int((fraction or "0")[:9].ljust(9, "0"))
    return DaysTimeDuration(-total if sign else total)


def parse_temporal(text: str, *, short: bool = False) -> Any:
    """The value of an at-literal: a date, a time, a date and time or a duration."""
    if text.lstrip("-").startswith("P"):
        return parse_duration(text)
    if "T" in text.partition("@")[0]:
        return parse_date_time(text, short=short)
    return parse_time(text, short=short) if text[2:3] == ":" else parse_date(text)


def shown(text: str) -> str:
    """A text for a message, cut to a readable length."""
    return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}..."'
