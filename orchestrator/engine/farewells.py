"""User tasks whose listeners have a say before they are withdrawn: what interrupts them waits for the answers.

Such a task stays in its scope, in the phase `terminating`, and so do the scopes around it that are terminated with it.
It waits for nothing else any more. What is to follow is kept in the data: under `after` what follows once the element
instance is gone (a boundary event, the end of the process, ...), under `cleared` what follows once nothing is left
inside a scope that goes on (an event sub-process). Whoever is interrupted again from further out follows that instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from orchestrator.bpmn.model import UserTask
from orchestrator.engine import task_listeners
from orchestrator.engine.effects import EndProcess, Withdraw
from orchestrator.engine.errors import UNHANDLED_ERROR_EVENT, CommandRejected, Incident
from orchestrator.engine.state import LISTENING, TERMINATED, TERMINATING, ElementInstance, Variables

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

AFTER, CLEARED = "after", "cleared"
Following = dict[str, Any]  # how: a key of FOLLOWS, and what that needs


def stay(run: Run, instance: ElementInstance, then: Following | None) -> None:
    """It is interrupted, but not gone yet: it waits for nothing but its listeners, or for those inside."""
    run.resolve(instance)
    instance.phase = TERMINATING
    instance.data = {**{k: v for k, v in instance.data.items() if k not in (LISTENING, CLEARED)}, AFTER: then}
    run.emit(Withdraw(instance.id, reason=TERMINATED))


def ask(run: Run, node: UserTask, instance: ElementInstance) -> None:
    """Ask the first listener. What is wrong with it is an incident of the task: the interruption itself stands."""
    try:
        task_listeners.begin(run, node, instance, task_listeners.CANCELING)
    except Incident as wrong:
        run.fail(instance, wrong.kind, wrong.message)


def answered(run: Run, instance: ElementInstance, variables: Variables) -> None:
    """The listener under way has answered."""
    if not task_listeners.awaited(instance):
        raise CommandRejected(f"{instance.element} is being withdrawn")
    if task_listeners.answered(run, run.node(instance), instance, variables) is not None:
        leave(run, instance)


def retry(run: Run, instance: ElementInstance) -> None:
    if task_listeners.awaited(instance):
        task_listeners.call(run, run.node(instance), instance)
    else:
        ask(run, run.node(instance), instance)


def refuse_error(run: Run, instance: ElementInstance, code: str, message: str) -> None:
    """What is interrupted already catches nothing, and has nobody to throw to."""
    text = f"A listener of {instance.element} throws the error {code!r} while it is withdrawn"
    raise Incident(UNHANDLED_ERROR_EVENT, text + (f": {message}" if message else ""))


def leave(run: Run, instance: ElementInstance) -> None:
    """It is gone; with the last one inside, so is the scope that was interrupted with it. Then comes what follows."""
    run.leave(instance, TERMINATED)
    follow(run, instance, instance.data.get(AFTER))
    if instance.scope is None or instance.scope not in run.draft.instances:
        return
    scope = run.draft.change(instance.scope)
    if not scope.children and scope.phase == TERMINATING:
        return leave(run, scope)
    if not scope.children and CLEARED in scope.data:
        then = scope.data[CLEARED]
        scope.data = {name: value for name, value in scope.data.items() if name != CLEARED}
        follow(run, scope, then)
    return run.later(type(run).settle, scope.id)


# -- what follows


def follow(run: Run, instance: ElementInstance, then: Following | None) -> None:
    if then is not None:
        FOLLOWS[then["how"]](run, instance, then)


def _boundary_event(run: Run, host: ElementInstance, then: Following) -> None:
    assert host.scope is not None, "a boundary event is attached to an activity"
    run.arrive(run.process.nodes[then["event"]], host.scope, data=then["data"])


def _event_sub_process(run: Run, scope: ElementInstance, then: Following) -> None:
    start = run.process.nodes[then["event"]]
    data = {"event": start.id, "trigger": then["variables"]}
    run.arrive(run.process.nodes[start.scope], scope.id, data=data)


def _end_of_process(run: Run, root: ElementInstance, then: Following) -> None:
    run.emit(EndProcess(then["outcome"], then["variables"], then["code"], then["message"], run.generation))


def _empty_scope(run: Run, instance: ElementInstance, then: Following) -> None:
    """A scope that loses its last element instance to an operator goes with it."""
    assert instance.scope is not None
    scope = run.draft.change(instance.scope)
    empty = not scope.children and not scope.tokens
    if empty and not run.behaviour(scope).stays_empty(run, run.node(scope), scope):
        take_away(run, scope)


FOLLOWS: dict[str, Callable[[Run, ElementInstance, Following], None]] = {
    "boundary event": _boundary_event,
    "event sub-process": _event_sub_process,
    "end of process": _end_of_process,
    "empty scope": _empty_scope,
}


def take_away(run: Run, instance: ElementInstance) -> None:
    """Terminate what an operator takes away, with the scope that is empty without it."""
    if instance.scope is None:
        return run.end(TERMINATED, instance.variables)
    scope = run.draft.change(instance.scope)
    if scope.loop is not None and instance.iteration is not None:
        scope.loop = replace(scope.loop, terminated=scope.loop.terminated + 1)
    return run.terminate(instance, {"how": "empty scope"})
