"""Event definitions of BPMN 2.0, 10.5: each tag read into a value, each position checked against the support table."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator import feel
from orchestrator.bpmn import dialect, support
from orchestrator.bpmn.model import (
    CancelDefinition,
    CompensationDefinition,
    ConditionalDefinition,
    ErrorDefinition,
    EscalationDefinition,
    EventDefinition,
    LinkDefinition,
    MessageDefinition,
    SignalDefinition,
    TerminateDefinition,
    Text,
    TimerDefinition,
)
from orchestrator.bpmn.source import Element, Source, local

TIMER_TAGS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
VARIABLE_EVENTS = ("create", "update")


def triggers(source: Source, event: Element) -> list[Element]:
    """The event definitions of an event."""
    found = [child for child in event if local(child).endswith("EventDefinition")]
    references = (source.by_id.get(reference.text or "") for reference in source.children(event, "eventDefinitionRef"))
    return found + [definition for definition in references if definition is not None]


def definition(source: Source, event: Element, position: str) -> EventDefinition | None:
    """The one event definition of an event, or None for a none event."""
    found = triggers(source, event)
    if not found:
        return None
    if len(found) > 1:
        source.problem(event, "An event with several triggers is not executed: draw one event per trigger")
        return None
    tag = local(found[0])
    if position not in support.EVENT_POSITIONS.get(tag, ()):
        what = tag.removesuffix("EventDefinition")
        source.problem(event, f"As {support.POSITIONS[position]}, a trigger of the kind “{what}” is not executed")
        return None
    dialect.check_extensions(source, found[0])
    dialect.check_attributes(source, found[0])
    return DEFINITIONS[tag](source, event, found[0], position)


def _timer(source: Source, event: Element, element: Element, position: str) -> EventDefinition | None:
    for child in element:
        if kind := TIMER_TAGS.get(local(child)):
            if kind not in support.TIMER_KINDS[position]:
                allowed = " or ".join(sorted(support.TIMER_KINDS[position]))
                source.problem(
                    event, f"As {support.POSITIONS[position]}, a timer with a {kind} has no meaning: use a {allowed}"
                )
                return None
            text = source.text(event, child.text, "The timer")
            if text is not None:
                return TimerDefinition(kind, text.strip() if isinstance(text, str) else text)
            if (child.text or "").strip():
                return None  # its syntax error is told already
    source.problem(event, "The timer does not say when: give it a date, a duration or a cycle")
    return None


def message(
    source: Source, element: Element, holder: Element, *, needs_key: bool, throws: bool = False
) -> MessageDefinition | None:
    """The message that `holder` (an event definition, a receive or send task) refers to."""
    reference = source.reference(holder, "messageRef", "message", "message")
    if reference is None:
        if holder.get("messageRef") is None:
            source.problem(element, "The message is missing: choose or create one")
        return None
    name = source.text(element, reference.get("name"), "The message name")
    if name is None:
        if not reference.get("name"):
            source.problem(element, "The message has no name")
        return None
    subscription = source.extension(reference, "subscription")
    written = None if subscription is None else subscription.get("correlationKey")
    key = source.expression(element, written, "The correlation key")
    if needs_key and not written:
        source.problem(
            element, f"The message {reference.get('name')} needs a correlation key: it says which instance it is for"
        )
    if not needs_key and not throws:
        name = _constant(name)
    return MessageDefinition(name, key, dialect.publish(source, holder, holder_of=element) if throws else None)


def _message(source: Source, event: Element, element: Element, position: str) -> EventDefinition | None:
    throws = position in ("throw", "end")
    if throws and source.extension(event, "taskDefinition") is not None and element.get("messageRef") is None:
        return MessageDefinition("")  # a job sends it
    return message(source, event, element, needs_key=not throws and position != "start", throws=throws)


def _signal(source: Source, event: Element, element: Element, position: str) -> EventDefinition | None:
    reference = source.reference(element, "signalRef", "signal", "signal")
    if reference is None:
        if element.get("signalRef") is None:
            source.problem(event, "The signal is missing: choose or create one")
        return None
    name = source.text(event, reference.get("name"), "The signal name")
    if name is None:
        source.problem(event, "The signal has no name")
        return None
    return SignalDefinition(_constant(name) if position == "start" else name)


def _constant(name: Text) -> Text:
    """What starts a process waits while there are no variables: an expression may only write the name otherwise."""
    if isinstance(name, str):
        return name
    try:
        value = name.evaluate({}).value
    except feel.LimitExceeded:
        return name
    return value if isinstance(value, str) and value else name


def _error(source: Source, event: Element, element: Element, position: str) -> EventDefinition | None:
    reference = source.reference(element, "errorRef", "error", "error")
    if reference is None:
        if position == "end" and element.get("errorRef") is None:
            source.problem(event, "An error end event needs an error with a code")
        return ErrorDefinition(None)
    return ErrorDefinition(_code(source, event, reference, "error", throws=position == "end"))


def _escalation(source: Source, event: Element, element: Element, position: str) -> EventDefinition | None:
    throws = position in ("throw", "end")
    reference = source.reference(element, "escalationRef", "escalation", "escalation")
    if reference is None:
        if throws and element.get("escalationRef") is None:
            source.problem(event, "An escalation that is thrown needs an escalation with a code")
        return EscalationDefinition(None)
    return EscalationDefinition(_code(source, event, reference, "escalation", throws=throws))


def _code(source: Source, event: Element, reference: Element, what: str, *, throws: bool) -> Text | None:
    """The code of an error or escalation. Who catches one without a code catches all."""
    written = reference.get(f"{what}Code")
    code = source.text(event, written, f"The {what} code")
    if throws and not (written or "").strip():
        source.problem(event, f"The {what} {reference.get('name') or reference.get('id')} has no code")
    elif not throws and isinstance(code, feel.Expression):
        source.problem(event, f"An {what} is caught by a static code, not by an expression")
    return code


def _conditional(source: Source, event: Element, element: Element, position: str) -> EventDefinition | None:
    condition = source.child(element, "condition")
    expression = source.expression(event, condition.text if condition is not None else None, "The condition")
    if expression is None:
        if condition is None or not (condition.text or "").strip():
            source.problem(event, "The conditional event has no condition")
        return None
    filter = source.extension(element, "conditionalFilter")
    events = [part.strip() for part in (filter.get("variableEvents", "") if filter is not None else "").split(",")]
    if unknown := [part for part in events if part and part not in VARIABLE_EVENTS]:
        source.problem(event, f"The variable event {unknown[0]!r} is not known: use create, update or both")
    found = frozenset(part for part in events if part in VARIABLE_EVENTS)
    if position == "start" and found == {"update"}:
        source.problem(event, "The condition of a start event is asked about new variables: update never happens")
    names = (filter.get("variableNames", "") if filter is not None else "").split(",")
    return ConditionalDefinition(expression, found, frozenset(name.strip() for name in names if name.strip()))


def _link(source: Source, event: Element, element: Element, position: str) -> EventDefinition | None:
    if name := element.get("name"):
        return LinkDefinition(name)
    source.problem(event, "The link has no name")
    return None


def _compensation(source: Source, event: Element, element: Element, position: str) -> EventDefinition | None:
    activity = element.get("activityRef")
    if activity and activity not in source.by_id:
        source.problem(event, f"activityRef names {activity}, but the file has no activity of that id")
    return CompensationDefinition(activity)


DEFINITIONS: dict[str, Callable[[Source, Element, Element, str], EventDefinition | None]] = {
    "timerEventDefinition": _timer,
    "messageEventDefinition": _message,
    "signalEventDefinition": _signal,
    "errorEventDefinition": _error,
    "escalationEventDefinition": _escalation,
    "conditionalEventDefinition": _conditional,
    "linkEventDefinition": _link,
    "compensateEventDefinition": _compensation,
    "cancelEventDefinition": lambda *_: CancelDefinition(),
    "terminateEventDefinition": lambda *_: TerminateDefinition(),
}
