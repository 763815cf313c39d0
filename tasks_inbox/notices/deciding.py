"""Decide a task from the mail about it, without signing in. Why it is so: docs/decisions/0013.

The address in the mail opens a page and does nothing else. It is signed, for one person and one task as it stood; it is
good for three days, and until somebody moves the task. Whoever decides chooses an outcome and types the number that
stands in the mail beside the address: a machine that follows addresses and presses buttons changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from orchestrator.runtime import definitions
from tasks_inbox import case_data, forms, undo
from tasks_inbox.deadlines import database_time
from tasks_inbox.errors import InvalidForm
from tasks_inbox.forms.schema import EMPTY
from tasks_inbox.forms.values import Clock
from tasks_inbox.models import HeldDecision, HumanTask, TaskEvent
from tasks_inbox.notices import letters, links, preferences
from tasks_inbox.permissions import permitted_operations

LINK, PAGE, NUMBER = (f"tasks_inbox.notices.deciding.{part}" for part in ("link", "page", "number"))
LASTS = timedelta(hours=72)
PAGE_LASTS = timedelta(hours=1)
SOONEST = timedelta(seconds=1)  # nobody has read a page earlier

#: The events after which an address leads nowhere: whose the task is, or what has become of it, is different.
_MOVES = [
    *("activate", "nominate", "claim", "start", "stop", "release", "suspend", "suspendUntil", "resume", "delegate"),
    *("forward", "allocate", "substituted", "decided", "undone", "sentBack", "redone", "corrected"),
]
_DECISIONS = ["complete", "decided", "asked"]


class DeadLink(Exception):
    """This address leads nowhere, or no longer; the message is for the person who followed it."""


class NeedsSignIn(Exception):
    """What this task shows is not for everybody who has the address."""

    def __init__(self, task: int) -> None:
        self.task = task
        super().__init__(task)


@dataclass(frozen=True, slots=True)
class Link:
    user: User
    task: HumanTask


def offer(task: HumanTask, user: User) -> dict[str, str]:
    """What a mail says about deciding from it: the address and the number; {} when that is not possible."""
    if not _is_possible(task, user):
        return {}
    token = signing.dumps([user.pk, task.pk, _stamp(task, user)], salt=LINK)
    return {"decide_url": links.absolute(reverse("decide_from_mail", args=[token])), "number": number(token)}


def follow(token: str) -> Link:
    """Whose address this is and which task it leads to. Raises DeadLink, NeedsSignIn."""
    try:
        person, pk, stamp = signing.loads(token, salt=LINK, max_age=LASTS)
    except signing.SignatureExpired:
        raise DeadLink(_("Such an address is good for three days, and they are over.")) from None
    except (signing.BadSignature, ValueError, TypeError):
        raise DeadLink(_("This address is not complete. Copy it from the mail once more.")) from None
    user = User.objects.filter(pk=person, is_active=True).select_related("profile").first()
    related = ("process_instance__definition", "form", "actual_owner", "initiator")
    task = HumanTask.objects.select_related(*related).filter(pk=pk).first()
    if user is None or task is None:
        raise DeadLink(_("What it led to is no longer there."))
    if not task.is_open:
        raise DeadLink(_("This task has ended already."))
    if not constant_time_compare(stamp, _stamp(task, user)) or not _may(task, user):
        raise DeadLink(_("The task has moved since the mail was written."))
    if is_guarded(task):
        raise NeedsSignIn(task.pk)
    return Link(user, task)


def number(token: str, key: str | None = None) -> str:
    """Three digits that stand in the mail and nowhere in the address."""
    digest = salted_hmac(NUMBER, token, secret=key, algorithm="sha256").digest()
    return str(int.from_bytes(digest[:8], "big") % 900 + 100)


def page_key(link: Link, cookie: str) -> str:
    """Sent with the form: when the page was made, for which version of the task, and for which browser."""
    made = database_time().timestamp()
    return signing.dumps([link.task.pk, link.task.version, made, _browser(cookie)], salt=PAGE)


def decide(
    link: Link, *, token: str, page: str, cookie: str, typed: str, outcome: str, comment: str
) -> HeldDecision | None:
    """In the person's name; a decision that can be taken back is given back. Raises what `operations.complete` raises,
    and InvalidForm with what has to be looked at again.
    """
    _check_page(link, page, cookie)
    errors: dict[str, list[str]] = {}
    if not any(constant_time_compare(typed, number(token, key)) for key in _keys()):
        errors["number"] = [_("Type the number that stands in the mail, under the button.")]
    if outcome not in {one["value"] for one in link.task.outcomes}:
        errors["outcome"] = [_("Choose one of these.")]
    if errors:
        raise InvalidForm(errors)
    data = _as_it_stands(link.task, link.user)
    if data is None:
        raise InvalidForm({"form": [_("Its form has to be filled in first. Open the task in Baton.")]})
    with transaction.atomic():
        held = undo.decide(task=link.task, user=link.user, data=data, outcome=outcome, comment=comment)
        _mark(link)
    return held


def _mark(link: Link) -> None:
    """The event that was just written tells how it came about."""
    events = TaskEvent.objects.filter(task=link.task, actor=link.user, kind__in=_DECISIONS)
    if (last := events.order_by("pk").last()) is not None:
        TaskEvent.objects.filter(pk=last.pk).update(data={**last.data, "via": "mail"})


def receipt(link: Link, outcome: str) -> None:
    """Tell the person what was decided in their name: if it was somebody else, they hear of it."""
    label = next((one["label"] for one in link.task.outcomes if one["value"] == outcome), outcome)
    with letters.read_by(link.user):
        context = {
            "task": link.task,
            "outcome": label,
            "at": letters.local(database_time(), link.user),
            "url": links.absolute(link.task.get_absolute_url()),
        }
        subject = _("You decided: %(task)s") % {"task": link.task.title}
        letters.write("decided", subject, link.user, context, kind="", purpose="decided", tasks=[link.task.pk])


def variables(task: HumanTask) -> dict[str, Any]:
    return case_data.variables(task.process_instance_id, task.number)


def form_of(task: HumanTask) -> forms.Form:
    return forms.read(definitions.form_schema(task.form)) if task.form else EMPTY


def is_guarded(task: HumanTask) -> bool:
    """The model says that it is for signed-in eyes, or that not everybody may read all of the case."""
    said = str(task.properties.get("confidential", "")).strip().lower()
    return said == "true" or bool(task.process_instance.definition.restricted)


def _is_possible(task: HumanTask, user: User) -> bool:
    if not settings.DECIDE_BY_MAIL or not task.outcomes or is_guarded(task) or not _may(task, user):
        return False
    return preferences.of(user).decide_by_mail and _as_it_stands(task, user) is not None


def _may(task: HumanTask, user: User) -> bool:
    return "complete" in permitted_operations(task, user)


def _as_it_stands(task: HumanTask, user: User) -> dict[str, Any] | None:
    """What the form gives when nobody types anything; None: it asks for something."""
    clock = Clock(database_time(), preferences.zone_of(user))
    answers = forms.submission(form_of(task), variables(task), clock, {})
    return answers.data if answers.valid else None


def _check_page(link: Link, page: str, cookie: str) -> None:
    """Raises InvalidForm for a form that was not shown, or not in this browser, was sent before anybody can have read
    it, or shows an older task.
    """
    try:
        pk, version, made, browser = signing.loads(page, salt=PAGE, max_age=PAGE_LASTS)
    except (signing.BadSignature, ValueError, TypeError):
        raise InvalidForm({"page": [_("Look at the task once more, and decide.")]}) from None
    if not cookie or not constant_time_compare(browser, _browser(cookie)):
        raise InvalidForm({"page": [_("Your browser has to keep the cookie of this page. Allow it, and decide.")]})
    if database_time().timestamp() - made < SOONEST.total_seconds():
        raise InvalidForm({"page": [_("That was quick. Look at the task, and decide once more.")]})
    if (pk, version) != (link.task.pk, link.task.version):
        raise InvalidForm({"page": [_("The task has changed while you looked at it. This is how it stands now.")]})


def _browser(cookie: str) -> str:
    return salted_hmac(PAGE, cookie, secret="", algorithm="sha256").hexdigest()[:16]


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _stamp(task: HumanTask, user: User) -> str:
    """How the task stands, and by which password the person comes in: a new one ends what was sent before."""
    last = TaskEvent.objects.filter(task=task, kind__in=_MOVES).order_by("-pk").values_list("pk", flat=True).first()
    known = f"{task.state} {task.actual_owner_id} {last} {user.password}"
    return salted_hmac(LINK, known, secret="", algorithm="sha256").hexdigest()[:16]
