"""Days, times and numbers as the reader's language writes them. “4 December 2026”, “4. Dezember 2026”; no database."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import formats
from django.utils.dateformat import format as written
from django.utils.translation import gettext as _


def day(at: date) -> str:
    """“4 December 2026”."""
    return written(at, _("j F Y"))


def moment(at: datetime) -> str:
    """“4 December 2026, 09:30”."""
    return written(at, _("j F Y, H:i"))


def short_day(at: date) -> str:
    """“4 Dec”: of this year."""
    return written(at, _("j M"))


def short_day_of_a_year(at: date) -> str:
    """“4 Dec 2026”."""
    return written(at, _("j M Y"))


def short_moment(at: datetime) -> str:
    """“4 Dec 09:30”."""
    return written(at, _("j M H:i"))


def exact(at: datetime) -> str:
    """“Fri 4 Dec 2026, 09:30 CET”: with its zone."""
    return written(at, _("D j M Y, H:i T"))


def number(text: str) -> str:
    """“7,996.00” as the language writes it: “7.996,00”. `text` has English commas and one point at most."""
    point, comma = formats.get_format("DECIMAL_SEPARATOR"), formats.get_format("THOUSAND_SEPARATOR")
    return text.translate(str.maketrans({",": comma, ".": point}))
