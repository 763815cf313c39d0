"""The door of the room: a command applied to a state, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orchestrator.bpmn import model as bpmn
from orchestrator.engine import commands, farewells, listeners, migration, modification, roles, task_listeners
from orchestrator.engine.behaviours import ad_hoc, publishing
from orchestrator.engine.draft import JoinKey
from orchestrator.engine.effects import Effect
from orchestrator.engine.environment import Environment
from orchestrator.engine.errors import CALLED_ELEMENT_ERROR, CommandRejected, Incident
from orchestrator.engine.run import Run
from orchestrator.engine.state import ACTIVE, COMPLETING, ENTERING, TERMINATING, ElementInstance, Left, State
from orchestrator.engine.throwing import INTERRUPTED, escalate, is_awaited, throw_error, trigger


@dataclass(frozen=True, slots=True)
class Step:
    """The state after the step, and what differs from the state before it.

    `entered` are new and still active, `changed` were stored before and are still active, `left` includes those that
    were entered and left in this step. `joins` holds only the joins that changed; {} means that no token waits there.
    `items` are those of multi-instances that began in this step and cannot go on in it, by iteration.
    """

    state: State
    entered: tuple[ElementInstance, ...]
    changed: tuple[ElementInstance, ...]
    left: tuple[Left, ...]
    joins: dict[JoinKey, dict[str, int]]
    last_id: int
    effects: tuple[Effect, ...]
    items: dict[int, dict[int, Any]]


def new_state(called: bool = False) -> State:
    """The state of a process instance that has not started; `called` by a call activity of another one."""
    return State(called=called)


def advance(process: bpmn.Process, state: State, command: commands.Command, environment: Environment) -> Step:
    """Apply the command and move tokens until every one of them waits; `state` stays as it is.

    Raises CommandRejected when the process instance is not where the command believes it to be, and ScopeNotLoaded when
    the children of a scope are needed: load them with the tokens that wait directly inside, and repeat.
    """
    run = Run(process, state, environment)
    run.generation = getattr(command, "generation", 0)
    try:
        COMMANDS[type(command)](run, command)
    except Incident as refused:  # what an operator wants is refused, and no token's trouble
        raise CommandRejected(refused.message) from refused
    run.drain()
    if run.generation:
        publishing.spread(run)
    draft = run.draft
    return Step(
        state=draft.state(),
        entered=draft.entered(),
        changed=draft.changed(),
        left=tuple(draft.left),
        joins={key: draft.joins.get(key, {}) for key in draft.joins_changed},
        last_id=draft.last_id,
        effects=tuple(run.effects),
        items=draft.items(),
    )


def _active(run: Run, id: int) -> ElementInstance:
    if id not in run.draft.instances:
        raise CommandRejected(f"The element instance {id} is no longer active")
    return run.draft.change(id)


def _begun(run: Run, id: int) -> ElementInstance:
    """An active element instance that is past its entrance."""
    instance = _active(run, id)
    if instance.phase == ENTERING:
        raise CommandRejected(f"{instance.element} has not been entered yet: resolve its incident first")
    return instance


def _start(run: Run, command: commands.Start) -> None:
    if run.draft.instances or run.draft.last_id:
        raise CommandRejected("The process instance has started already")
    process = run.process
    begin: dict[str, dict[str, Any]] = {element: {} for element in command.start_before}
    variables = command.variables
    if not begin:
        start = process.none_start if command.start_event is None else process.nodes.get(command.start_event)
        if start is None or start.scope != process.id or not _starts(start):
            what = f"no start event {command.start_event}" if command.start_event else "no none start event"
            raise CommandRejected(f"The process {process.id} has {what}")
        begin[start.id] = {}
        if isinstance(start, bpmn.ReceiveTask) or (start.outputs and getattr(start, "definition", None) is not None):
            begin[start.id] = {"trigger": variables}  # its outputs choose what becomes a process variable
            variables = {}
    elif unknown := [e for e in begin if e not in process.nodes or process.nodes[e].scope != process.id]:
        raise CommandRejected(f"The process {process.id} cannot start before {', '.join(unknown)}")
    root = run.draft.add(process.id, None, variables=variables, data={"begin": begin})
    run.attempt(root, Run.begin)


def _starts(node: bpmn.FlowNode) -> bool:
    return isinstance(node, bpmn.StartEvent) or (isinstance(node, bpmn.ReceiveTask) and node.instantiate)


def _complete(run: Run, command: commands.Complete) -> None:
    instance = _active(run, command.instance)
    node = run.node(instance)
    if instance.phase == TERMINATING:
        run.resolve(instance)
        return run.attempt(instance, farewells.answered, command.variables)
    if run.behaviour(instance).listens and listeners.awaited(node, instance):
        run.resolve(instance)
        return listeners.completed(run, node, instance, command.variables)
    if instance.phase != ACTIVE:
        raise CommandRejected(f"{instance.element} is not waiting to be completed: resolve its incident first")
    behaviour = run.behaviour(instance)
    run.resolve(instance)
    return run.attempt(instance, lambda run, i: behaviour.completed(run, node, i, command.variables))


def _ask_listeners(run: Run, command: commands.AskListeners) -> None:
    instance = _active(run, command.instance)
    node = run.node(instance)
    if not isinstance(node, bpmn.UserTask) or instance.phase != ACTIVE or roles.is_body(node, instance):
        raise CommandRejected(f"{instance.element} is no user task that waits for a person")
    task_listeners.reject_if_awaited(instance)
    if not task_listeners.of(node, command.event):
        raise CommandRejected(f"{instance.element} has no listener on {command.event}")
    run.attempt(instance, _begin_listening, node, command)


def _begin_listening(run: Run, instance: ElementInstance, node: bpmn.UserTask, command: commands.AskListeners) -> None:
    task_listeners.begin(run, node, instance, command.event, request=command.request, variables=command.variables)


def _trigger(run: Run, command: commands.Trigger) -> None:
    instance = _begun(run, command.instance)
    event = run.process.nodes.get(command.event)
    if event is None:
        raise CommandRejected(f"The process {run.process.id} has no event {command.event}")
    if not is_awaited(run.process, run.draft.instances, instance, event):
        raise CommandRejected(f"{instance.element} is not waiting for {event.id}")
    if not isinstance(event, bpmn.BoundaryEvent | bpmn.StartEvent):
        run.resolve(instance)
    run.attempt(instance, lambda run, i: trigger(run, i, event, command.variables))


def _throw_error(run: Run, command: commands.ThrowError) -> None:
    instance = _active(run, command.instance)
    run.resolve(instance)
    if instance.phase == TERMINATING:
        return run.attempt(instance, farewells.refuse_error, command.code, command.message)
    return run.attempt(instance, lambda run, i: throw_error(run, i, command.code, command.message, command.variables))


def _escalate(run: Run, command: commands.Escalate) -> None:
    instance = _begun(run, command.instance)
    escalate(run, instance, command.code, command.variables)
    if command.ended and instance.id in run.draft.instances and not instance.incident:
        text = f"The called process has ended with the escalation {command.code!r}, which interrupts nothing here"
        run.fail(run.draft.change(instance.id), CALLED_ELEMENT_ERROR, text)


def _fail(run: Run, command: commands.Fail) -> None:
    instance = _active(run, command.instance)
    if instance.incident:
        raise CommandRejected(f"{instance.element} has an incident already")
    run.fail(instance, command.kind, command.message)


def _retry(run: Run, command: commands.Retry) -> None:
    instance = _active(run, command.instance)
    if not instance.incident:
        raise CommandRejected(f"{instance.element} has no incident")
    run.resolve(instance)
    RETRIES[instance.phase](run, instance)


def _retry_active(run: Run, instance: ElementInstance) -> None:
    behaviour, node = run.behaviour(instance), run.node(instance)
    run.attempt(instance, lambda run, i: behaviour.retry(run, node, i))


RETRIES: dict[str, Callable[[Run, ElementInstance], None]] = {
    ENTERING: Run.enter,
    ACTIVE: _retry_active,
    COMPLETING: lambda run, instance: run.attempt(instance, Run.complete),
    TERMINATING: lambda run, instance: run.attempt(instance, farewells.retry),
}


def _go_on(run: Run, command: commands.GoOn) -> None:
    body = _active(run, command.instance)
    if body.phase != ACTIVE or body.loop is None or body.incident:
        raise CommandRejected(f"{body.element} has nothing to go on with")
    _retry_active(run, body)


def _set_variables(run: Run, command: commands.SetVariables) -> None:
    instance = _active(run, command.instance)
    if command.local:
        run.set_local(instance, command.variables)
    else:
        run.propagate(instance, command.variables)


def _activate_ad_hoc(run: Run, command: commands.ActivateAdHoc) -> None:
    instance = _begun(run, command.instance)
    node = run.node(instance)
    if not isinstance(run.behaviour(instance), ad_hoc.AdHocSubProcess) or instance.phase != ACTIVE:
        raise CommandRejected(f"{instance.element} is not an active ad-hoc sub-process")
    if instance.data.get(INTERRUPTED):
        raise CommandRejected(f"{instance.element} was interrupted: nothing can be activated any more")
    if wrong := ad_hoc.unknown(run, node, list(command.elements)):
        raise CommandRejected(f"{node.id} cannot activate {', '.join(wrong)}: there is no such activity inside")
    ad_hoc.activate(run, node, instance, [(element, {}) for element in command.elements])


def _cancel(run: Run, command: commands.Cancel) -> None:
    if not run.draft.instances:
        raise CommandRejected("The process instance has ended")
    root = run.draft.root
    run.patient = root.phase != TERMINATING  # who cancels again does not wait any more
    run.end("terminated", root.variables)


COMMANDS: dict[type, Callable[[Run, Any], None]] = {
    commands.Start: _start,
    commands.Complete: _complete,
    commands.AskListeners: _ask_listeners,
    commands.Trigger: _trigger,
    commands.ThrowError: _throw_error,
    commands.Escalate: _escalate,
    commands.Fail: _fail,
    commands.Retry: _retry,
    commands.GoOn: _go_on,
    commands.SetVariables: _set_variables,
    commands.ActivateAdHoc: _activate_ad_hoc,
    commands.Modify: modification.modify,
    commands.Migrate: migration.migrate,
    commands.Cancel: _cancel,
}
