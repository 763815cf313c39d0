"""What will happen to a task, and when: the levels of its escalation policy as its page shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks_inbox import escalation, lifecycle, recipients, rows, spoken
from tasks_inbox.handbook.words import duration
from tasks_inbox.models import Escalation, EscalationLevel, HumanTask
from tasks_inbox.models.escalations import MOST_REPEATS
from tasks_inbox.views.http import Request, name

NAMED = 3  # people who are named; of the others it says how many
Action, Deadline, State = EscalationLevel.Action, EscalationLevel.Deadline, Escalation.State


@dataclass(frozen=True, slots=True)
class Level:
    """One level. `when` is short, `exact` in full, in the viewer's zone; both '' while its clock stands still."""

    state: str  # waiting | done | met | skipped
    icon: str
    what: str
    when: str
    exact: str
    at: datetime
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """`clock` says what the deadlines do while the task is put aside."""

    levels: tuple[Level, ...] = ()
    policy: str = ""
    clock: str = ""
    suspended: bool = False

    @property
    def waiting(self) -> int:
        return sum(level.state == "waiting" for level in self.levels)


def outlook(task: HumanTask, request: Request) -> Outlook:
    """For whoever may see the task; of one that has ended, or that names no policy, nothing."""
    if not task.is_open or not task.properties.get("escalation"):
        return Outlook(clock=_("Its due date stays as it is.") if task.is_open and task.due_at else "")
    found = Escalation.objects.filter(task=task).exclude(state=State.WITHDRAWN).order_by("due_at", "level__position")
    escalations = list(found.select_related("level__policy", "level__target_user", "level__target_group"))
    if not escalations:
        return Outlook()
    policy = escalations[0].level.policy
    suspended = task.state == lifecycle.SUSPENDED
    still = suspended and not policy.clock_runs_while_suspended
    return Outlook(
        levels=tuple(_level(one, task, request, still=still) for one in escalations),
        policy=policy.name,
        clock=CLOCK[policy.clock_runs_while_suspended, suspended](),
        suspended=suspended,
    )


#: Does it run while a task is put aside; is this one -> what the page says.
CLOCK: dict[tuple[bool, bool], Callable[[], str]] = {
    (True, False): lambda: _("The clock runs on while the task is put aside."),
    (True, True): lambda: _("Put aside: the clock runs on, and what falls due happens when the task goes on."),
    (False, False): lambda: _("The clock stands still while the task is put aside."),
    (False, True): lambda: _("Put aside: the clock stands still, and everything moves by that time."),
}


def _level(one: Escalation, task: HumanTask, request: Request, *, still: bool) -> Level:
    state = _state(one, task)
    stopped = still and state == "waiting"
    at = one.due_at if state == "waiting" else one.done_at or one.due_at
    return Level(
        state=state,
        icon=ICONS[state],
        what=WHAT[Action(one.level.action)](task, one.level) if state == "waiting" else _what_it_was(one.level),
        when=_("when it goes on") if stopped else _when(at, request.clock.now),
        exact="" if stopped else _exact(at, request),
        at=at,
        notes=tuple(_notes(one, state)),
    )


ICONS = {"waiting": "clock", "done": "circle-check", "met": "check", "skipped": "ban"}


def _state(one: Escalation, task: HumanTask) -> str:
    if one.state == State.DUE:
        return "met" if escalation.met(one.level, task) else "waiting"
    return {State.DONE: "done", State.MET: "met"}.get(State(one.state), "skipped")


#: What a level will do, and who will hear of it as things are now.
WHAT: dict[EscalationLevel.Action, Callable[[HumanTask, EscalationLevel], str]] = {
    Action.REMIND: lambda task, level: _("Reminder to %(people)s") % {"people": _people(recipients.of_reminder(task))},
    Action.MAIL_MANAGER: lambda task, level: (
        _("Mail to the manager: %(people)s") % {"people": _people(recipients.of_manager_mail(task))}
    ),
    Action.NOTIFY: lambda task, level: (
        _("Mail to %(target)s") % {"target": level.target_group or _people(recipients.of_target(level))}
    ),
    Action.REASSIGN: lambda task, level: _("Goes to %(target)s instead") % {"target": level.target},
    Action.RAISE_PRIORITY: lambda task, level: _("Priority rises to %(priority)s") % {"priority": level.priority},
}


def _what_it_was(level: EscalationLevel) -> str:
    return {
        Action.REMIND: _("Reminder"),
        Action.MAIL_MANAGER: _("Mail to the manager"),
        Action.NOTIFY: _("Mail to %(target)s") % {"target": level.target},
        Action.REASSIGN: _("Given to %(target)s") % {"target": level.target},
        Action.RAISE_PRIORITY: _("Priority raised to %(priority)s") % {"priority": level.priority},
    }[Action(level.action)]


def _notes(one: Escalation, state: str) -> list[str]:
    level = one.level
    unless = {Deadline.START: _("unless somebody has started it"), Deadline.CLAIM: _("unless somebody has taken it")}
    found = []
    if state == "waiting":
        found.append(unless.get(Deadline(level.deadline), ""))
        found.append(_("if %(condition)s") % {"condition": level.condition.strip()} if level.condition else "")
        found.append(_repeats(one))
        found.append(_("working time of %(calendar)s") % {"calendar": one.calendar} if level.working_time else "")
    elif state == "met":
        found.append(_("was in time"))
    elif state == "skipped":
        found.append(_("its condition did not hold"))
    return [note for note in found if note]


def _repeats(one: Escalation) -> str:
    level = one.level
    if not level.repeat_every:
        return ""
    left = (level.repeat_times or MOST_REPEATS) - one.times - 1
    told = ngettext("then every %(every)s, once more", "then every %(every)s, %(left)s more times", max(left, 1))
    return told % {"every": duration(level.repeat_every), "left": left} if left > 0 else ""


def _people(users: Sequence[User]) -> str:
    if not users:
        return _("nobody: no one has an address")
    named = ", ".join(name(user) for user in users[:NAMED])
    more = len(users) - NAMED
    return named if more <= 0 else _("%(named)s and %(more)s more") % {"named": named, "more": more}


def _when(at: datetime, now: datetime) -> str:
    if at >= now:
        return _("in %(span)s") % {"span": rows.span(at - now)}
    return _("%(span)s ago") % {"span": rows.span(now - at)}


def _exact(at: datetime, request: Request) -> str:
    """“Mon 30 Nov 2026, 16:00 CET”"""
    return spoken.exact(at.astimezone(request.clock.zone))
