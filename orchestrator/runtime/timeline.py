"""The story of a process instance, in sentences for the people of the case: newest last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orchestrator.bpmn.model import BoundaryEvent, CompensationDefinition, FlowNode, Process
from orchestrator.models import HistoryEvent, Incident, ProcessInstance
from orchestrator.runtime import definitions, feelers, restricted, wire
from orchestrator.runtime.made import each
from orchestrator.runtime.zone import local

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SYSTEM = "Baton"
MAX_DETAIL = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `icon` is a name for the page to draw; `kind`: start | end | person | system | wait | incident."""

    at: datetime
    icon: str
    who: str
    text: str
    detail: str = ""
    kind: str = "system"

    @property
    def iso(self) -> str:
        """For machines, in the reader's time zone."""
        return timezone.localtime(self.at).isoformat(timespec="seconds")

    @property
    def exact(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M %Z}"

    @property
    def when(self) -> str:
        """“4 Dec 09:30”, in the reader's language and time zone."""
        # Without its zone: two readers' times of the same moment are equal, and would share what is kept.
        minute = timezone.localtime(self.at).replace(second=0, microsecond=0, tzinfo=None)
        return _when(minute, get_language() or "")


@lru_cache(maxsize=10_000)
def _when(minute: datetime, language: str) -> str:
    """A page has many lines, and many of the same minute."""
    return date_format(minute, _("j M H:i"))


#: Who else knows of a case: the inbox adds what people did.
tellers: list[Callable[[ProcessInstance], Iterable[Entry]]] = []


def entries(
    instance: ProcessInstance,
    human_events: Iterable[Entry] | None = None,
    *,
    reader: User | None = None,
    latest: int | None = None,
) -> list[Entry]:
    """What happened, with people's work woven in by time: the given entries, or what the `tellers` know. What decisions
    came to is left out where something is kept from the reader: it may have been decided from that. `latest`: at least
    so many of the last entries are told, if there are; of a long story no more is read than that takes.
    """
    if human_events is None:
        human_events = [entry for tell in tellers for entry in tell(instance)]
    process = definitions.process_of(instance.definition_id)
    hidden = restricted.hidden(reader, instance.definition_id)
    told = [
        _started(instance, process),
        *_elements(instance, process, latest),
        *_history(instance, process, hidden, latest),
        *_incidents(instance, process, latest),
        *human_events,
        *_ended(instance),
    ]
    return sorted(told, key=lambda entry: entry.at)


def _started(instance: ProcessInstance, process: Process) -> Entry:
    who = _name(instance.started_by) if instance.started_by is not None else SYSTEM
    detail = _("Called by %(caller)s") % {"caller": instance.parent} if instance.parent is not None else ""
    return Entry(
        instance.started_at,
        "play",
        who,
        _("started %(process)s") % {"process": process.name or process.id},
        detail,
        "start",
    )


def _ended(instance: ProcessInstance) -> Iterator[Entry]:
    if instance.ended_at is not None:
        text = (
            _("The process ended")
            if instance.state == ProcessInstance.State.COMPLETED
            else _("The process was cancelled")
        )
        yield Entry(instance.ended_at, "flag", "", text, "", "end")


# Element type -> icon and sentences for reaching it, completing it, being interrupted. Other types only route.
TOLD: dict[str, tuple[str, str | Promise, str | Promise, str | Promise]] = {
    "serviceTask": ("settings", "", _lazy("did “{}”"), _lazy("“{}” was stopped")),
    "sendTask": ("send", "", _lazy("sent “{}”"), _lazy("“{}” was stopped")),
    "scriptTask": ("settings", "", _lazy("did “{}”"), _lazy("“{}” was stopped")),
    "businessRuleTask": ("table-2", "", "", _lazy("“{}” was stopped")),
    "receiveTask": ("inbox", _lazy("waits for “{}”"), _lazy("received “{}”"), _lazy("no longer waits for “{}”")),
    "intermediateCatchEvent": (
        "clock",
        _lazy("waits for “{}”"),
        _lazy("“{}” happened"),
        _lazy("no longer waits for “{}”"),
    ),
    "intermediateThrowEvent": ("send", "", _lazy("reached “{}”"), ""),
    "boundaryEvent": ("bell", "", _lazy("“{}” happened"), ""),
    "callActivity": ("link", _lazy("called “{}”"), _lazy("“{}” came back"), _lazy("“{}” was stopped")),
    "userTask": ("user", "", "", _lazy("“{}” was withdrawn")),
}


# Not the variables: they may be large.
_LATEST_ELEMENTS = """
    SELECT element, element_type, state, entered_at, left_at FROM orchestrator_elementinstance
    WHERE process_instance_id = %s AND element_type = ANY(%s::text[])
    ORDER BY coalesce(left_number, number) DESC LIMIT %s
"""


def _elements(instance: ProcessInstance, process: Process, latest: int | None) -> Iterator[Entry]:
    with wire.cursor() as cursor:
        cursor.execute(_LATEST_ELEMENTS, [instance.pk, list(TOLD), latest])
        rows = cursor.fetchall()
    said = {kind: tuple(map(str, texts)) for kind, texts in TOLD.items()}  # translated once, not per line
    for element, element_type, state, entered_at, left_at in reversed(rows):
        if _is_told_by_its_handler(process.nodes.get(element)):
            continue
        icon, reached, completed, stopped = said[element_type]
        name = element_name(process, element)
        if reached:
            yield Entry(entered_at, icon, SYSTEM, reached.format(name), "", "wait")
        text = {"completed": completed, "terminated": stopped}.get(state, "")
        if text and left_at is not None:
            yield Entry(left_at, icon, _doer(text), text.format(name))


def _is_told_by_its_handler(node: FlowNode | None) -> bool:
    """A compensation event without a name says nothing."""
    return isinstance(node, BoundaryEvent) and isinstance(node.definition, CompensationDefinition) and not node.name


def _skipped(data: dict[str, Any]) -> str:
    """“1 time that was missed is skipped”; rows of older versions do not say how many."""
    times = data.get("times")
    if times is None:
        return _("the occurrences missed since are skipped")
    counted = _("more than %(times)s") % {"times": times} if data.get("more") else str(times)
    told = ngettext(
        "%(counted)s time missed since is skipped", "%(counted)s times missed since are skipped", 1 if times == 1 else 2
    )
    return told % {"counted": counted}


def _why(data: dict[str, Any], names: str) -> str:
    """The reason that was given, and what it was about."""
    return ": ".join(filter(None, [str(data.get("reason", "")), ", ".join(data.get(names) or ())]))


def _from_to(left: list[str] | None, begun: list[str] | None) -> str:
    """Where tokens were taken away, and where they began."""
    return f"{', '.join(left or ()) or '–'} → {', '.join(begun or ()) or '–'}"


def _span(data: dict[str, Any]) -> str:
    first, last = _moment(data.get("from")), _moment(data.get("until"))
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}


Teller = Callable[[str, dict[str, Any]], tuple[str, str, str]]

# Kind of a history event -> icon, sentence and detail.
EVENTS: dict[str, Teller] = {
    "job failed": lambda name, data: (
        "triangle-alert",
        _("“%(name)s” did not work, attempt %(attempt)s of %(most)s")
        % {"name": name, "attempt": data.get("attempt"), "most": data.get("of")},
        str(data.get("message", "")),
    ),
    "decision made": lambda name, data: (
        "table-2",
        _("decided “%(name)s”") % {"name": name},
        _result(data.get("result")),
    ),
    "timer skipped": lambda name, data: (
        "clock",
        _("“%(name)s” was late: %(what)s") % {"name": name, "what": _skipped(data)},
        _span(data),
    ),
    "suspended": lambda name, data: ("pause", _("paused the process"), str(data.get("reason", ""))),
    "resumed": lambda name, data: ("play", _("let the process go on"), str(data.get("reason", ""))),
    "due date changed": lambda name, data: (
        "clock",
        _("moved “%(name)s” to %(to)s") % {"name": name, "to": _moment(data.get("to"))},
        str(data.get("reason", "")),
    ),
    "migrated": lambda name, data: (
        "git-branch",
        _("moved the process from version %(old)s to version %(new)s")
        % {"old": data.get("from"), "new": data.get("to")},
        str(data.get("reason", "")),
    ),
    "retried": lambda name, data: ("refresh-cw", _("tried “%(name)s” again") % {"name": name}, _why(data, "variables")),
    "cancelled": lambda name, data: ("ban", _("cancelled the process"), str(data.get("reason", ""))),
    "variables set": lambda name, data: ("square-pen", _("changed data"), _why(data, "variables")),
    "modified": lambda name, data: (
        "square-pen",
        _("moved the process by hand"),
        ": ".join(filter(None, [str(data.get("reason", "")), _from_to(data.get("left"), data.get("activated"))])),
    ),
    "mail sent": lambda name, data: (
        "send",
        _("sent a mail to %(to)s") % {"to": ", ".join(data.get("to", []))},
        str(data.get("subject")),
    ),
    "ad-hoc activities started": lambda name, data: (
        "play",
        _("started activities"),
        _why(data, "activated"),
    ),
}


_LATEST_EVENTS = "WHERE x.process_instance_id = %s AND x.kind = ANY(%s::text[]) ORDER BY x.id DESC LIMIT %s"
_LATEST = "WHERE x.process_instance_id = %s ORDER BY x.id DESC LIMIT %s"


def _history(
    instance: ProcessInstance, process: Process, hidden: Collection[str], latest: int | None
) -> Iterator[Entry]:
    for event in reversed(each(HistoryEvent, "actor", _LATEST_EVENTS, [instance.pk, list(EVENTS), latest])):
        data = _seen(event.kind, event.data, hidden) if hidden else event.data
        icon, text, detail = EVENTS[event.kind](element_name(process, event.element), data)
        who, kind = (_name(event.actor), "person") if event.actor is not None else (_doer(text), "system")
        yield Entry(event.at, icon, who, text, detail[:MAX_DETAIL], kind)


def _seen(kind: str, data: dict[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    if kind == "decision made":
        return data | {"result": ""}
    if kind == "variables set":
        return data | {"variables": restricted.without(data.get("variables", {}), hidden)}
    return data


def _incidents(instance: ProcessInstance, process: Process, latest: int | None) -> Iterator[Entry]:
    for incident in reversed(each(Incident, "resolved_by", _LATEST, [instance.pk, latest])):
        name = element_name(process, incident.element)
        message = incident.message[:MAX_DETAIL]
        yield Entry(
            incident.raised_at, "triangle-alert", "", _("“%(name)s” needs help") % {"name": name}, message, "incident"
        )
        if incident.resolved_at is not None:
            who = _name(incident.resolved_by) if incident.resolved_by is not None else SYSTEM
            yield Entry(
                incident.resolved_at, "check", who, _("ended the trouble at “%(name)s”") % {"name": name}, "", "person"
            )


def _doer(text: str) -> str:
    """A sentence with a subject of its own needs no other."""
    return "" if text[:1] in "“„«" else SYSTEM


def element_name(process: Process, id: str) -> str:
    node: FlowNode | None = process.nodes.get(id)
    if node is None:
        return process.name or process.id
    return node.name or id


def _moment(text: Any) -> str:
    moment = local(datetime.fromisoformat(str(text)))
    return date_format(moment, _("j M Y H:i"))


def _name(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())


def _result(result: Any) -> str:
    """What a decision came to, without how: “level: double, approver: grace.hopper”."""
    value = result.get("value") if isinstance(result, dict) else result
    if isinstance(value, dict):
        return ", ".join(f"{key}: {feelers.readable(item)}" for key, item in value.items())
    return feelers.readable(value)
