"""Until when a task has to be begun and done, how urgent it is, and who is what to it: for its stakeholders and for
those who administer its process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks_inbox import lifecycle, operations
from tasks_inbox.errors import InvalidForm, NotPermitted
from tasks_inbox.models import HumanTask, TaskRole
from tasks_inbox.people import names
from tasks_inbox.permissions import get_task_or_404, permitted_operations
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, answer
from tasks_inbox.views.listing import Lens

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TEMPLATE = "inbox/manage.html"
LONGEST = 2_000  # characters of a list of names
MOST = 100  # names


@dataclass(frozen=True, slots=True)
class Role:
    """One of the roles, as a field: names of users and groups, with commas."""

    name: str
    label: StrOrPromise
    value: str


#: Role -> what people call it, and in which order they are shown.
LABELS: dict[str, StrOrPromise] = {
    lifecycle.POTENTIAL_OWNER: gettext_lazy("May do it"),
    lifecycle.EXCLUDED_OWNER: gettext_lazy("May not do it"),
    lifecycle.BUSINESS_ADMINISTRATOR: gettext_lazy("Administers it"),
    lifecycle.STAKEHOLDER: gettext_lazy("Is answerable for it"),
    lifecycle.RECIPIENT: gettext_lazy("Is only told of it"),
    lifecycle.TASK_INITIATOR: gettext_lazy("Has asked for it"),
}


@page("GET", "POST")
def manage(request: Request, pk: int) -> HttpResponse:
    found = get_task_or_404(request.user, pk)
    may = permitted_operations(found, request.user) & {operation for operation, _act in ACTS.values()}
    if not may:
        raise NotPermitted("manage")
    if request.method == "GET":
        return _show(request, found, may)
    if (what := request.POST.get("what", "")) not in ACTS:
        raise Http404("There is no such operation.")
    try:
        ACTS[what][1](request, found)
    except InvalidForm as refusal:
        return _show(request, found, may, [one for every in refusal.errors.values() for one in every])
    messages.success(request, _("Changed."))
    try:
        get_task_or_404(request.user, pk)  # whoever gave their own role away has no such page any more
    except Http404:
        return redirect(reverse("inbox") + Lens.of(request).query())
    return redirect(reverse("task_manage", args=[pk]) + Lens.of(request).query())


def _show(request: Request, found: HumanTask, may: set[str], errors: list[str] | None = None) -> HttpResponse:
    zone, query = request.clock.zone, Lens.of(request).query()
    context = {
        "task": found,
        "may": may,
        "due": _field(found.due_at, request),
        "start_by": _field(found.start_by, request),
        "roles": _roles(found),
        "zone": zone,
        "errors": errors or [],
        "url": reverse("task_manage", args=[found.pk]) + query,
        "task_url": reverse("task", args=[found.pk]) + query,
    }
    return answer(request, TEMPLATE, "", context, status=422 if errors else 200)


def _roles(found: HumanTask) -> list[Role]:
    held: dict[str, list[str]] = {role: [] for role in LABELS}
    for one in TaskRole.objects.filter(task=found).select_related("user", "group").order_by("pk"):
        held[one.role].append(one.user.get_username() if one.user else str(one.group))
    return [Role(role, LABELS[role], ", ".join(holders)) for role, holders in held.items()]


def _field(at: datetime | None, request: Request) -> str:
    """As the browser's field wants it."""
    return f"{at.astimezone(request.clock.zone):%Y-%m-%dT%H:%M}" if at else ""


def _moment(request: Request) -> datetime | None:
    text = request.POST.get("at", "").strip()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=request.clock.zone) if text else None
    except ValueError:
        raise InvalidForm({"at": [_("Enter a day and a time, or nothing.")]}) from None


def _holders(request: Request) -> tuple[list[User], list[Group]]:
    """The users and groups that are named; a user before a group of the same name. Raises InvalidForm."""
    text = request.POST.get("names", "").replace("\x00", "")
    wanted = list(dict.fromkeys(names(text)))
    if len(text) > LONGEST or len(wanted) > MOST:
        raise InvalidForm({"names": [_("At most %(most)s names.") % {"most": MOST}]})
    users = {user.get_username(): user for user in User.objects.filter(username__in=wanted, is_active=True)}
    groups = {group.name: group for group in Group.objects.filter(name__in=wanted)}
    if unknown := [name for name in wanted if name not in users and name not in groups]:
        told = ", ".join(name[:60] for name in unknown[:5])
        raise InvalidForm({"names": [_("There is no user or group called %(names)s.") % {"names": told}]})
    return (
        [users[name] for name in wanted if name in users],
        [groups[name] for name in wanted if name not in users],
    )


def _due(request: Request, task: HumanTask) -> None:
    operations.set_task_completion_deadline_expression(task=task, user=request.user, deadline=_moment(request))


def _start_by(request: Request, task: HumanTask) -> None:
    operations.set_task_start_deadline_expression(task=task, user=request.user, deadline=_moment(request))


def _priority(request: Request, task: HumanTask) -> None:
    text = request.POST.get("priority", "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise InvalidForm({"priority": [_("A priority is a whole number from 0 to 100.")]})
    operations.set_priority(task=task, user=request.user, priority=int(text))


def _role(request: Request, task: HumanTask) -> None:
    users, groups = _holders(request)
    role = request.POST.get("role", "")
    operations.set_generic_human_role(task=task, user=request.user, role=role, users=users, groups=groups)


#: What is sent -> the operation, and how it is done.
ACTS: dict[str, tuple[str, Callable[[Request, HumanTask], None]]] = {
    "due": ("set_task_completion_deadline_expression", _due),
    "start_by": ("set_task_start_deadline_expression", _start_by),
    "priority": ("set_priority", _priority),
    "role": ("set_generic_human_role", _role),
}
