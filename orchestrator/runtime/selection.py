"""Which running process instances an operation is for: a filter as a table of criteria, each a word and its query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from orchestrator.feel.jsonnumbers import loads
from orchestrator.models import ElementInstance, Incident, ProcessDefinition, ProcessInstance
from orchestrator.runtime import restricted

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Instances = QuerySet[ProcessInstance]
STATES = {
    "running": Q(suspended_at=None),
    "suspended": Q(suspended_at__isnull=False),
    "incident": Q(open_incidents__gt=0),
}


class InvalidFilter(ValueError):
    """The filter cannot be used; str() says which criterion and why."""


def chosen(filter: Mapping[str, Any], *, reader: User | None = None) -> Instances:
    """The running instances of `process` for which every criterion holds; an empty one counts for nothing. Nobody finds
    any by a variable that is kept from them.

    Raises InvalidFilter.
    """
    process = str(filter.get("process") or "")
    if not ProcessDefinition.objects.filter(key=process).exists():
        raise InvalidFilter(f"There is no process {process}" if process else "Choose a process")
    if unknown := sorted(set(filter) - {*CRITERIA, "process", "value"}):
        raise InvalidFilter(f"There is no criterion {', '.join(unknown)}; there are {', '.join(CRITERIA)}")
    found = ProcessInstance.objects.filter(definition__key=process, state=ProcessInstance.State.ACTIVE)
    if variable := filter.get("variable"):
        versions = ProcessDefinition.objects.filter(key=process).exclude(restricted={})
        closed = [one.pk for one in versions if str(variable) in restricted.kept(reader, one.restricted)]
        found = found.exclude(definition__in=closed) if closed else found
    for name, criterion in CRITERIA.items():
        if (value := filter.get(name)) not in (None, ""):
            found = found.filter(criterion(value, filter))
    return found


def cleaned(filter: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a filter: the criteria that say something."""
    return {name: value for name, value in filter.items() if value not in (None, "")}


def _version(value: Any, _: Mapping[str, Any]) -> Q:
    if not str(value).isdigit() or len(str(value)) > 9:
        raise InvalidFilter(f"A version is a whole number, and not {value}")
    return Q(definition__version=int(value))


def _state(value: Any, _: Mapping[str, Any]) -> Q:
    if value not in STATES:
        raise InvalidFilter(f"There is no state {value}; there are {', '.join(STATES)}")
    return STATES[value]


def _element(value: Any, _: Mapping[str, Any]) -> Q:
    rows = ElementInstance.objects.filter(process_instance=OuterRef("pk"), element=str(value), state="active")
    return Q(Exists(rows))


def _incident(value: Any, _: Mapping[str, Any]) -> Q:
    told = Q(kind=str(value)) | Q(message__icontains=str(value))
    return Q(Exists(Incident.objects.filter(told, process_instance=OuterRef("pk"), resolved_at=None)))


def _moment(value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else parse_datetime(str(value).strip())
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidFilter(f"{value} is no time; write one like 2026-12-24 18:00")
    return moment if moment.tzinfo else timezone.make_aware(moment)


def _variable(value: Any, filter: Mapping[str, Any]) -> Q:
    """A variable of the process that has exactly this value: JSON, or a text."""
    text = filter.get("value", "")
    try:
        wanted = loads(text) if isinstance(text, str) else text
    except ValueError:
        wanted = text
    root = ElementInstance.objects.filter(process_instance=OuterRef("pk"), scope=None)
    return Q(Exists(root.filter(variables__contains={str(value): wanted})))


Criterion = Callable[[Any, Mapping[str, Any]], Q]
CRITERIA: dict[str, Criterion] = {
    "version": _version,
    "state": _state,
    "element": _element,
    "incident": _incident,
    "business_key": lambda value, _: Q(business_key=str(value)),
    "started_after": lambda value, _: Q(started_at__gte=_moment(value)),
    "started_before": lambda value, _: Q(started_at__lt=_moment(value)),
    "variable": _variable,
}
