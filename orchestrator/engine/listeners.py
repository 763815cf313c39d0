"""Execution listeners: jobs that run before an element does its work (start) or before it is left (end), one by one.

Which one is under way is kept in the element instance's data, under `listener start` or `listener end`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.bpmn.model import FlowNode, Process
from orchestrator.engine.jobs import create_job
from orchestrator.engine.state import COMPLETING, ENTERING, ElementInstance, Variables

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

EVENTS = {ENTERING: "start", COMPLETING: "end"}


def has_begun(instance: ElementInstance) -> bool:
    return "listener start" in instance.data


def call(run: Run, node: FlowNode | Process, instance: ElementInstance, event: str) -> bool:
    """Create the job of the next listener of this kind; False when none is left."""
    calls = [listener for listener in node.listeners if listener.event == event]
    done = instance.data.get(f"listener {event}", 0)
    if done >= len(calls):
        return False
    create_job(run, calls[done].job, instance)
    instance.data = {**instance.data, f"listener {event}": done}
    return True


def awaited(node: FlowNode | Process, instance: ElementInstance) -> bool:
    """Does the element instance wait for a listener's job?"""
    event = EVENTS.get(instance.phase)
    done = instance.data.get(f"listener {event}")
    return done is not None and done < sum(listener.event == event for listener in node.listeners)


def completed(run: Run, node: FlowNode | Process, instance: ElementInstance, variables: Variables) -> None:
    """The job of the listener under way is done; its variables are local before the work, a result after it."""
    event = EVENTS[instance.phase]
    instance.data = {**instance.data, f"listener {event}": instance.data[f"listener {event}"] + 1}
    if instance.phase == ENTERING:
        run.set_local(instance, variables)
        run.attempt(instance, type(run).begin)
    else:
        run.propagate(instance, variables)
        run.attempt(instance, type(run).complete)
