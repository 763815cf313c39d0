"""Whoever keeps something about variables elsewhere hears when a step changed them under work that was open before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.bpmn.model import Process, UserTask
from orchestrator.engine import Step
from orchestrator.engine.state import State
from orchestrator.models import ProcessInstance

#: Called inside the step's transaction with the process instance and the variables that changed.
watchers: list[Callable[[ProcessInstance, Mapping[str, Any]], None]] = []


def tell(instance: ProcessInstance, changed: Mapping[str, Any]) -> None:
    for watch in watchers:
        watch(instance, changed)


def changed(process: Process, before: State, step: Step) -> dict[str, Any]:
    """The variables to tell of. After a step that leaves nobody's older work open there are none: it costs nothing in a
    sequence of tasks.
    """
    changed: dict[str, Any] = {}
    if not watchers or not _others_are_open(process, before, step):
        return changed
    for now in step.changed:
        was = before.instances[now.id].variables
        if now.variables is not was:
            changed.update((name, value) for name, value in now.variables.items() if was.get(name) != value)
    return changed


def _others_are_open(process: Process, before: State, step: Step) -> bool:
    """Can a user task be open that was there before? One that was loaded and stays, or one that was not loaded."""
    known = before.instances
    left = {gone.instance.id for gone in step.left}
    if any(isinstance(process.nodes.get(one.element), UserTask) and one.id not in left for one in known.values()):
        return True
    return sum(one.children for one in known.values()) >= len(known)
