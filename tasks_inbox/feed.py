"""A person's due dates as iCalendar (RFC 5545), for their calendar to fetch from an address that only they know."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from icalendar import Calendar, Event

from tasks_inbox.models import CalendarFeed, HumanTask

MOST = 500  # tasks in a feed
LASTS = timedelta(minutes=15)  # a due date is a moment; calendars show nothing shorter
EVERY = timedelta(minutes=30)  # how often a calendar is asked to look again


@dataclass(frozen=True, slots=True)
class Feed:
    """`version` changes whenever the content does."""

    content: bytes
    version: str


def renew(user: User) -> str:
    """A new address; the one before is dead from now on. The secret part is shown once and never stored."""
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(user=user, defaults={"digest": _digest(secret)})
    return secret


def revoke(user: User) -> None:
    CalendarFeed.objects.filter(user=user).delete()


def owner(secret: str) -> User | None:
    """Whose feed it is; nobody's when the person may no longer sign in."""
    found = CalendarFeed.objects.select_related("user").filter(digest=_digest(secret), user__is_active=True).first()
    return found.user if found else None


def feed(user: User) -> Feed:
    """The open tasks of theirs that have a due date, the next ones first. One statement."""
    tasks = HumanTask.objects.filter(actual_owner=user, completed_at=None, due_at__isnull=False)
    rows = list(tasks.only(*_READ).order_by("due_at", "pk")[:MOST])
    content = _calendar(rows).to_ical()
    return Feed(content, hashlib.sha256(content).hexdigest())


_READ = ("name", "subject", "process_name", "business_key", "due_at", "activated_at", "version", "created_at")


def _calendar(tasks: Iterable[HumanTask]) -> Calendar:
    found = Calendar()
    found.add("prodid", "-//Baton//Tasks//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", "Baton")
    found.refresh_interval = EVERY
    for task in tasks:
        found.add_component(_event(task))
    return found


def _event(task: HumanTask) -> Event:
    event = Event()
    host = urlsplit(settings.BASE_URL).hostname or "baton"
    event.add("uid", f"task-{task.pk}@{host}")
    event.add("dtstamp", task.created_at)
    event.add("sequence", task.version)
    event.add("dtstart", task.due_at)
    event.add("dtend", (task.due_at or task.created_at) + LASTS)
    event.add("summary", task.title)
    event.add("description", f"{task.process_name} {task.business_key}".strip())
    event.add("url", f"{settings.BASE_URL}{task.get_absolute_url()}")
    event.add("transp", "TRANSPARENT")
    return event


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
