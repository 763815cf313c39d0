"""The public holidays of a country or a part of it, by year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache

import holidays

from orchestrator.working_time.errors import WorkingTimeError


@cache
def countries() -> Mapping[str, tuple[str, ...]]:
    """ISO 3166 code of every country whose holidays are known -> the codes of its parts."""
    return {code: tuple(parts) for code, parts in holidays.list_supported_countries().items()}


def check(country: str, subdivision: str) -> None:
    """Raises WorkingTimeError when the holidays of this place are not known."""
    if not country:
        if subdivision:
            raise WorkingTimeError(f"The part {subdivision} needs its country")
        return
    parts = countries().get(country)
    if parts is None:
        raise WorkingTimeError(f"The holidays of “{country}” are not known: write an ISO 3166 code such as DE or US")
    if subdivision and subdivision not in parts:
        known = ", ".join(parts) if parts else "none"
        raise WorkingTimeError(f"“{subdivision}” is no part of {country} with holidays of its own: known are {known}")


@lru_cache(maxsize=512)
def of_year(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """The days and their names, in the language of the country; those that are observed on another day, there."""
    if not country:
        return {}
    check(country, subdivision)
    own = holidays.country_holidays(country).default_language  # else it follows the locale of the server
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=own)
    return {day: name for day, name in found.items() if day.year == year}
