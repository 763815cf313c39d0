"""How a mail to a person is made: in their language and time zone, with the way to have no more of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import css_inline
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import dateformat, translation

from orchestrator.models import Mail, ProcessInstance
from orchestrator.runtime import mails
from tasks_inbox import languages
from tasks_inbox.models import HumanTask
from tasks_inbox.notices import links
from tasks_inbox.notices.links import PERSON, PURPOSE, TASKS
from tasks_inbox.zones import zone

MOST_SUBJECT = 200  # characters


@contextmanager
def read_by(user: User) -> Iterator[None]:
    """What is written inside is in their language."""
    with translation.override(languages.of([user.pk])[user.pk]):
        yield


def write(
    template: str,
    subject: str,
    user: User,
    context: Mapping[str, Any],
    *,
    kind: str,
    purpose: str = "",
    task: HumanTask | None = None,
    instance: ProcessInstance | None = None,
    tasks: Iterable[int] = (),
) -> Mail:
    """Queue the mail of that template; to be called inside `read_by`. `kind` is what the person may switch off, ''
    what they may not. `tasks` are all that it names: it goes out only while the person may see them.
    """
    stop = links.stop_url(user, kind) if kind else ""
    given = {
        "reader": user,
        "preferences_url": links.absolute(reverse("notices")) if kind else "",
        "stop_url": stop,
        **context,
    }
    return mails.queue(
        to=[user.email],
        subject=_one_line(subject),
        text=render_to_string(f"mail/{template}.txt", given),
        html=css_inline.inline(render_to_string(f"mail/{template}.html", given)),
        headers=_headers(purpose or kind, user, stop, tasks),
        process_instance=instance or (task.process_instance if task else None),
        number=task.number if task else None,
        human_task_id=task.pk if task else None,
    )


def local(at: datetime, user: User) -> str:
    """“2 March 2026, 10:30 (CET)”."""
    profile = getattr(user, "profile", None)
    there = at.astimezone(zone(profile.time_zone if profile else None))
    return f"{dateformat.format(there, 'j F Y, H:i')} ({there:%Z})"


def name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else ""


def _headers(purpose: str, user: User, stop: str, tasks: Iterable[int]) -> dict[str, str]:
    """RFC 3834: no answer of a machine, please. RFC 8058: one press in the mail program ends them."""
    headers = {
        PURPOSE: purpose,
        PERSON: str(user.pk),
        TASKS: " ".join(map(str, tasks)),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if stop:
        headers |= {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


def _one_line(subject: str) -> str:
    """A subject is one header: nothing in a title may begin another."""
    return " ".join(subject.split())[:MOST_SUBJECT]
