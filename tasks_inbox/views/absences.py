"""What is to come, and being away: plan it for oneself or for somebody in one's team, name substitutes, come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from orchestrator.bpmn.model import UserTask
from orchestrator.models import ProcessDefinition
from orchestrator.runtime import definitions
from tasks_inbox import absence, upcoming
from tasks_inbox.absence import Substitute
from tasks_inbox.errors import InvalidForm
from tasks_inbox.models import Absence
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, answer, name

TEMPLATE = "inbox/absence.html"
ROWS = 3  # substitutes that one form takes
MOST_KINDS = 300
MOST_COLLEAGUES = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """An absence as the page lists it."""

    pk: int
    who: str
    from_: datetime
    until: datetime | None
    note: str
    now: bool
    substitutes: list[str]


@page("GET", "POST")
def absences(request: Request) -> HttpResponse:
    if request.method == "POST":
        try:
            _plan(request)
        except InvalidForm as refusal:
            return _show(request, refusal.errors, status=422)
        messages.success(request, _("Planned. It takes effect at its time by itself."))
        return redirect("absences")
    return _show(request, {})


@page("GET")
def coming_up(request: Request) -> HttpResponse:
    """What will probably reach this person next."""
    return answer(request, "inbox/upcoming.html", "", {"rows": upcoming.upcoming(request.user)})


@page("POST")
def end(request: Request, pk: int) -> HttpResponse:
    found = Absence.objects.select_related("user").filter(pk=pk).first()
    if found is None or not absence.may_plan(request.user, found.user):
        raise Http404("There is no such absence.")
    absence.end(by=request.user, absence=found)
    messages.success(request, _("Ended."))
    return redirect("absences")


def _show(request: Request, errors: dict[str, list[str]], status: int = 200) -> HttpResponse:
    mine = _listed(Absence.objects.filter(user=request.user), request)
    team = absence.team(request.user)
    context = {
        "mine": mine,
        "team": team,
        "of_team": _listed(Absence.objects.filter(user__in=team), request),
        "acts_for": [name(one) for one in absence.represented_by(request.user.pk)],
        "manager": absence.manager_of(request.user),
        "kinds": _kinds(),
        "colleagues": _colleagues(request.user),
        "rows": [_Row(request, number) for number in range(1, ROWS + 1)],
        "sent": request.POST,
        "errors": [(field, sentence) for field, sentences in errors.items() for sentence in sentences],
        "today": request.clock.now.astimezone(request.clock.zone).date().isoformat(),
    }
    return answer(request, TEMPLATE, "", context, status=status)


class _Row:
    """One line of the form: a substitute, and in which tasks."""

    def __init__(self, request: Request, number: int) -> None:
        self.number = number
        self.who = request.POST.get(f"substitute-{number}", "")
        self.kind = request.POST.get(f"kind-{number}", "")


def _listed(found: object, request: Request) -> list[Shown]:
    """Those that last, and those to come."""
    kept = (
        Absence.objects.filter(pk__in=found.values("pk"))  # type: ignore[attr-defined]
        .filter(Q(ends_at=None) | Q(ends_at__gt=request.clock.now))
        .select_related("user")
        .prefetch_related("substitutions__substitute")
    )
    names = dict(_kinds())
    return [
        Shown(
            one.pk,
            name(one.user),
            one.starts_at,
            one.ends_at,
            one.note,
            one.starts_at <= request.clock.now,
            [
                name(other.substitute)
                + (
                    f" ({names.get(_kind(other.process_key, other.element), other.process_key)})"
                    if other.process_key
                    else ""
                )
                for other in one.substitutions.all()
            ],
        )
        for one in kept[:100]
    ]


def _plan(request: Request) -> None:
    absent = _absent(request)
    zone = request.clock.zone
    absence.plan(
        by=request.user,
        absent=absent,
        starts_at=_day(request.POST.get("from", ""), "from", zone),
        ends_at=_day(request.POST.get("until", ""), "until", zone, after=True),
        note=request.POST.get("note", "").strip(),
        substitutes=[one for number in range(1, ROWS + 1) if (one := _substitute(request, number)) is not None],
    )


def _absent(request: Request) -> User:
    chosen = request.POST.get("who", "")
    if not chosen or chosen == str(request.user.pk):
        return request.user
    found = next((one for one in absence.team(request.user) if str(one.pk) == chosen), None)
    if found is None:
        raise InvalidForm({"who": [_("Choose one of the people in the list.")]})
    return found


def _substitute(request: Request, number: int) -> Substitute | None:
    typed = request.POST.get(f"substitute-{number}", "").strip()
    if not typed:
        return None
    username = typed.rsplit("(", 1)[-1].rstrip(")") if typed.endswith(")") else typed
    found = User.objects.filter(username=username.replace("\x00", ""), is_active=True).first()
    if found is None:
        raise InvalidForm({f"substitute-{number}": [_("Nobody here is called “%(name)s”.") % {"name": typed[:100]}]})
    process, _sep, element = request.POST.get(f"kind-{number}", "").partition(" ")
    if process and _kind(process, element) not in dict(_kinds()):
        raise InvalidForm({f"kind-{number}": [_("Choose one of the tasks in the list.")]})
    return Substitute(found, process, element)


def _day(text: str, field: str, zone: tzinfo, *, after: bool = False) -> datetime | None:
    """The beginning of a day in the person's time zone; `after`: that of the day behind it, so that it counts whole."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
    except (ValueError, OverflowError):
        raise InvalidForm({field: [_("Enter a date such as 2026-12-24.")]}) from None
    return datetime.combine(day, time(), zone)


def _kinds() -> list[tuple[str, str]]:
    """The processes and their user tasks, to choose from: “key element” and what people read."""
    found: list[tuple[str, str]] = []
    latest = ProcessDefinition.objects.filter(is_latest=True).order_by("name", "key")
    for definition in latest[:MOST_KINDS]:
        title = definition.name or definition.key
        found.append((_kind(definition.key), _("all of “%(process)s”") % {"process": title}))
        nodes = definitions.process_of(definition.pk).nodes.values()
        found += [
            (_kind(definition.key, node.id), f"{title}: {node.name or node.id}")
            for node in nodes
            if isinstance(node, UserTask)
        ]
    return found[:MOST_KINDS]


def _kind(process: str, element: str = "") -> str:
    return f"{process} {element}".strip()


def _colleagues(user: User) -> list[str]:
    """Suggestions while typing: those with whom one shares a group or who have worked at the same cases."""
    near = User.objects.filter(is_active=True, groups__in=user.groups.all()).exclude(pk=user.pk).distinct()
    return [f"{name(one)} ({one.get_username()})" for one in near.order_by("first_name", "pk")[:MOST_COLLEAGUES]]
