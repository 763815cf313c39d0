"""Looking up, from a called process instance to those that called it. Read without a lock: while an instance runs, the
call activity that waits for it and the scopes around that stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.engine import State, catches_error, is_interrupted
from orchestrator.models import ProcessInstance
from orchestrator.runtime import definitions, storage, wire


def catch(instance: ProcessInstance, code: str) -> bool:
    """Does an instance that called this one, near or far, catch the error?"""
    return any(caught(parent, number, code) for parent, number in _callers(instance))


def caught(instance: ProcessInstance, number: int, code: str) -> bool:
    """Does this process instance catch an error thrown at that element instance?"""
    return catches_error(definitions.process_of(instance.definition_id), _around(instance, number), number, code)


def interrupts(instance: ProcessInstance, code: str) -> bool:
    """Does an escalation of this instance interrupt one that called it, near or far?"""
    for parent, number in _callers(instance):
        process = definitions.process_of(parent.definition_id)
        interrupted = is_interrupted(process, _around(parent, number), number, code)
        if interrupted is not None:
            return interrupted
    return False


def _callers(instance: ProcessInstance) -> Iterator[tuple[ProcessInstance, int]]:
    """With the call activity, the nearest first."""
    while instance.parent_id is not None and instance.parent_number is not None:
        parent = instance.parent
        assert parent is not None
        yield parent, instance.parent_number
        instance = parent


def _around(instance: ProcessInstance, number: int) -> State:
    state = State()
    with wire.cursor() as cursor:
        storage.load_around(cursor, instance.pk, [number], state)
    return state
