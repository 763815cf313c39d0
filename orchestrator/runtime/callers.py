"""Looking up, from a called process instance to those that called it. Read without a lock: while an instance runs, the
call activity that waits for it and the scopes around that stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.bpmn.model import ErrorDefinition, Event, Process
from orchestrator.engine.state import State
from orchestrator.models import ProcessInstance
from orchestrator.runtime import definitions, storage


def catch(instance: ProcessInstance, code: str) -> bool:
    """Does an instance that called this one, near or far, catch the error?"""
    while instance.parent_id is not None and instance.parent_number is not None:
        parent = instance.parent
        assert parent is not None
        if caught(parent, instance.parent_number, code):
            return True
        instance = parent
    return False


def caught(instance: ProcessInstance, number: int, code: str) -> bool:
    """Does this process instance catch an error thrown at that element instance?"""
    process = definitions.process_of(instance.definition_id)
    state = State()
    storage.load_around(instance.pk, [number], state)
    return any(
        isinstance(event.definition, ErrorDefinition) and event.definition.code in (None, code)
        for event in _catchers(process, state, number)
    )


def _catchers(process: Process, state: State, number: int) -> Iterator[Event]:
    """The boundary events of the element and of the scopes around it, and the event sub-processes of those scopes."""
    if number not in state.instances:
        return
    for around in state.scopes(state.instances[number]):
        yield from process.boundary_events.get(around.element, ())
        if around.id != number:
            yield from process.event_subprocess_starts.get(around.element, ())
