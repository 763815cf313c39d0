"""Looking up, from a called process instance to those that called it. Read without a lock: while an instance runs, the
call activity that waits for it and the scopes around that stay where they are.
"""

from __future__ import annotations

from orchestrator.engine import State, catches_error
from orchestrator.models import ProcessInstance
from orchestrator.runtime import definitions, storage, wire


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
    state = State()
    with wire.cursor() as cursor:
        storage.load_around(cursor, instance.pk, [number], state)
    return catches_error(definitions.process_of(instance.definition_id), state, number, code)
