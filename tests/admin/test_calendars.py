"""Business calendars in the admin: kept, looked at as a year, refused with sentences, closed to strangers."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from orchestrator.models import BusinessCalendar
from orchestrator.runtime import calendars
from orchestrator.runtime.deployment import deploy
from tests.runtime import diagrams as d

pytestmark = pytest.mark.django_db
ADD = reverse("admin:orchestrator_businesscalendar_add")
LIST = reverse("admin:orchestrator_businesscalendar_changelist")


def page(name: str, row: BusinessCalendar) -> str:
    return reverse(f"admin:orchestrator_businesscalendar_{name}", args=[row.pk])


def sent(**fields: str) -> dict[str, str]:
    """The form of a calendar in Berlin, with a day on which it closes early."""
    usual = dict.fromkeys(["monday", "tuesday", "wednesday", "thursday", "friday"], "09:00-12:00, 13:00-17:00")
    special = {
        "special_days-TOTAL_FORMS": "1",
        "special_days-INITIAL_FORMS": "0",
        "special_days-0-first": "2026-12-24",
        "special_days-0-hours": "09:00-12:00",
        "special_days-0-name": "Christmas Eve",
        "special_days-0-yearly": "on",
    }
    place = {"name": "Office", "time_zone": "Europe/Berlin", "country": "de", "subdivision": "BE"}
    return {**usual, **special, **place, **fields}


def test_a_calendar_is_kept_and_its_year_is_shown(as_: Any, alice: User) -> None:
    client = as_(alice)
    assert client.post(ADD, sent()).status_code == 302
    row = BusinessCalendar.objects.get()
    assert (row.country, row.version) == ("DE", 2)

    shown = client.get(page("change", row), {"year": "2026"}).content.decode()

    assert "2026" in shown
    assert '<td class="day-usual-open" title="Mon 23 November: 09:00-12:00, 13:00-17:00">23</td>' in shown
    assert '<td class="day-holiday" title="Sun 8 March: closed, Frauentag">8</td>' in shown
    assert '<td class="day-special-open" title="Thu 24 December: 09:00-12:00, Christmas Eve">24</td>' in shown
    assert "Thu 24 December: 09:00-12:00, Christmas Eve" in shown  # in words, too
    assert "2 working days" in shown
    assert "?year=2027#year" in shown
    for odd in ("99999", "-1", "soon", "²"):
        assert client.get(page("change", row), {"year": odd}).status_code == 200
    assert client.get(LIST).status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("monday", "9 to 5", "write 09:00-12:30"),
        ("time_zone", "Berlin", "is not a time zone"),
        ("country", "XX", "ISO 3166"),
        ("subdivision", "XX", "no part of DE"),
        ("special_days-0-hours", "12:00-09:00", "ends before it begins"),
        ("special_days-0-last", "2026-12-01", "end before they begin"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_stored(
    as_: Any, alice: User, field: str, value: str, sentence: str
) -> None:
    answer = as_(alice).post(ADD, sent(**{field: value}))

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not BusinessCalendar.objects.exists()


def test_a_change_is_seen_by_who_counts_in_it(as_: Any, alice: User) -> None:
    client = as_(alice)
    client.post(ADD, sent())
    row = BusinessCalendar.objects.get()
    before = calendars.calendar("Office")

    changed = sent(monday="", name="Renamed") | {"special_days-0-first": "", "special_days-0-hours": ""}
    changed |= {"special_days-0-name": "", "special_days-0-yearly": "", "special_days-TOTAL_FORMS": "0"}
    assert client.post(page("change", row), changed).status_code == 302

    after = calendars.calendar("Office")  # a name that models use stays
    assert before.week[0]
    assert not after.week[0]


def test_one_that_is_used_is_not_deleted_and_says_by_whom(as_: Any, alice: User) -> None:
    client = as_(alice)
    row = BusinessCalendar.objects.create(name="Office")
    extensions = '<zeebe:properties><zeebe:property name="calendar" value="Office"/></zeebe:properties>'
    process = d.process(d.start(), d.user("task"), d.end(), flows="s-task task-e", extensions=extensions)
    deploy({"p.bpmn": process}, by=None)

    assert "Process Test p" in client.get(page("change", row)).content.decode()
    assert client.post(page("delete", row), {"post": "yes"}).status_code == 403
    assert BusinessCalendar.objects.exists()
    BusinessCalendar.objects.filter(pk=row.pk).update(name="Other")
    assert client.post(page("delete", row), {"post": "yes"}).status_code == 302


def test_a_stranger_sees_no_calendars(as_: Any, charlie: User) -> None:
    row = BusinessCalendar.objects.create(name="Office")
    client = as_(charlie)
    for address in (LIST, ADD, page("change", row), page("delete", row)):
        assert client.get(address).status_code == 403
    assert client.post(ADD, sent(name="Mine")).status_code == 403
    assert BusinessCalendar.objects.count() == 1
