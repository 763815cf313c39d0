"""What an operation on a process instance would lead to: done in a transaction that is rolled back, and looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from orchestrator.models import ElementInstance, ProcessInstance
from orchestrator.runtime import definitions
from orchestrator.runtime.overlay import themselves
from orchestrator.runtime.timeline import element_name
from orchestrator.runtime.waiting import Reason, reasons


@dataclass(frozen=True, slots=True)
class Foreseen:
    """`left` and `begun` name the elements that would no longer be active, or newly are; `waits` what it would wait
    for afterwards; `ends` that it would end.
    """

    left: tuple[str, ...]
    begun: tuple[str, ...]
    waits: tuple[Reason, ...]
    ends: bool


class _Undone(Exception):
    """The rehearsal is over."""


def foresee(instance: ProcessInstance, act: Callable[[], Any]) -> Foreseen:
    """Nothing of `act` stays. Raises what it raises: then it would be refused."""
    before = _active(instance)
    seen: list[Foreseen] = []
    try:
        with transaction.atomic():
            act()
            now = ProcessInstance.objects.get(pk=instance.pk)
            after = _active(now)
            names = definitions.process_of(now.definition_id)
            seen.append(
                Foreseen(
                    tuple(element_name(names, element) for element in (before - after).elements()),
                    tuple(element_name(names, element) for element in (after - before).elements()),
                    tuple(reasons(now)),
                    now.state != ProcessInstance.State.ACTIVE,
                )
            )
            raise _Undone
    except _Undone:
        return seen[0]


def _active(instance: ProcessInstance) -> Counter[str]:
    own = themselves(definitions.process_of(instance.definition_id))
    rows = ElementInstance.objects.filter(own, process_instance=instance, state="active", scope__isnull=False)
    return Counter(rows.order_by("number").values_list("element", flat=True))
