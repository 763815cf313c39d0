"""Listeners of the dialect: jobs that run when something happens to an element, read into values."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.bpmn import dialect
from orchestrator.bpmn.model import Listener
from orchestrator.bpmn.source import Element, Source, local, zeebe

EXECUTION_EVENTS = ("start", "end")
TASK_EVENTS = ("creating", "assigning", "updating", "completing", "canceling")

#: Where the dialect knows one alone: what has begun before anybody could be asked, and what a token only passes.
UNHEARD = {
    "startEvent": ("start", "a start event"),
    "boundaryEvent": ("start", "a boundary event"),
    "exclusiveGateway": ("end", "a gateway"),
    "inclusiveGateway": ("end", "a gateway"),
    "parallelGateway": ("end", "a gateway"),
    "complexGateway": ("end", "a gateway"),
    "eventBasedGateway": ("end", "a gateway"),
}
# The same of elements that are never left on the regular way.
_NEVER_ENDS = {
    "errorEventDefinition": "an error end event",
    "cancelEventDefinition": "a cancel end event",
}


def execution(source: Source, element: Element) -> tuple[Listener, ...]:
    """`zeebe:executionListeners` of a flow node or a process."""
    found = tuple(_listeners(source, element, "execution", EXECUTION_EVENTS))
    unheard, what = _unheard(source, element)
    if any(listener.event == unheard for listener in found):
        use = next(event for event in EXECUTION_EVENTS if event != unheard)
        source.problem(element, f"A listener on the {unheard} of {what} is not executed: use {use}")
    return found


def task(source: Source, element: Element) -> tuple[Listener, ...]:
    """`zeebe:taskListeners` of a user task."""
    return tuple(_listeners(source, element, "task", TASK_EVENTS))


def _listeners(source: Source, element: Element, kind: str, events: tuple[str, ...]) -> Iterator[Listener]:
    holder = source.extension(element, f"{kind}Listeners")
    for entry in () if holder is None else holder.iterchildren(zeebe(f"{kind}Listener")):
        event, type = entry.get("eventType", ""), source.text(element, entry.get("type"), "The listener type")
        what = "An execution listener" if kind == "execution" else "A task listener"
        if event not in events:
            choice = f"{', '.join(events[:-1])} or {events[-1]}"
            source.problem(element, f"{what} on {event!r} is not executed: use {choice}")
        elif type is None:
            if not entry.get("type"):
                source.problem(element, f"{what} has no type")
        else:
            headers = {header.get("key", ""): header.get("value", "") for header in entry.iter(zeebe("header"))}
            yield Listener(event, dialect.job_of(source, element, type, entry.get("retries"), headers))


def _unheard(source: Source, element: Element) -> tuple[str, str]:
    """The event of which nobody is told here, and what to call the element."""
    if local(element) == "endEvent":
        ends = (what for tag, what in _NEVER_ENDS.items() if source.child(element, tag) is not None)
        what = next(ends, "")
        return ("end", what) if what else ("", "")
    return UNHEARD.get(local(element), ("", ""))
