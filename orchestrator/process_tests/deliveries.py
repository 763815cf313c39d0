"""What becomes of the effects of a step: waits, and deliveries to other process instances, which follow the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orchestrator.engine import CommandRejected, commands, effects
from orchestrator.process_tests import correlation
from orchestrator.process_tests.instances import Instance

if TYPE_CHECKING:
    from orchestrator.process_tests.world import World

MAX_DEPTH = 50  # process instances that call each other


def _wait(world: World, instance: Instance, effect: Any) -> None:
    world.wait_for(instance, effect)


def _publish(world: World, instance: Instance, effect: effects.PublishMessage) -> None:
    lives = timedelta(seconds=effect.time_to_live)
    message = effect.name, effect.correlation_key, effect.variables, lives, effect.generation
    world.deliveries.append(lambda: world.publish(*message))


def call(world: World, instance: Instance, effect: effects.CallProcess) -> None:
    def begin() -> None:
        if instance.ended or effect.instance not in instance.stored.instances:
            return
        if effect.process not in world.processes:
            return refuse(world.no_process(effect.process))
        if _depth(instance) >= MAX_DEPTH:
            return refuse(f"More than {MAX_DEPTH} process instances call each other")
        called = world.add(world.processes[effect.process], (instance, effect.instance))
        try:
            world.step(called, commands.Start(effect.variables, generation=effect.generation))
        except CommandRejected as error:
            world.instances.remove(called)
            refuse(f"The process {effect.process} cannot be called: {error}")

    def refuse(message: str) -> None:
        world.quietly(instance, commands.Fail(effect.instance, "CALLED_ELEMENT_ERROR", message))

    world.deliveries.append(begin)


def _depth(instance: Instance) -> int:
    depth = 1
    while instance.parent is not None:
        instance, depth = instance.parent[0], depth + 1
    return depth


def _cancel_called(world: World, instance: Instance, effect: effects.CancelCalled) -> None:
    for child in world.instances:
        if child.parent == (instance, effect.instance) and not child.ended:
            world.deliveries.append(lambda child=child: world.quietly(child, commands.Cancel()))  # type: ignore[misc]


def _escalate(world: World, instance: Instance, effect: effects.EscalateToParent) -> None:
    if instance.parent is not None:
        parent, number = instance.parent
        command = commands.Escalate(number, effect.code, effect.variables, generation=effect.generation)
        world.deliveries.append(lambda: world.quietly(parent, command))


def _go_on(world: World, instance: Instance, effect: effects.GoOn) -> None:
    command = commands.GoOn(effect.instance, effect.generation)
    world.deliveries.append(lambda: world.quietly(instance, command))


def _end(world: World, instance: Instance, effect: effects.EndProcess) -> None:
    instance.state = "completed" if effect.outcome == "completed" else "terminated"
    instance.variables = effect.variables
    if world.messages:
        world.deliveries.append(lambda: correlation.correlate(world))
    if instance.parent is None:
        return
    parent, number = instance.parent
    command = _told_to_parent(number, effect)
    world.deliveries.append(lambda: world.quietly(parent, command))


def _told_to_parent(number: int, effect: effects.EndProcess) -> commands.Command:
    if effect.outcome == "completed":
        return commands.Complete(number, effect.variables, effect.generation)
    if effect.outcome == "error":
        return commands.ThrowError(number, effect.error_code, effect.error_message, effect.variables, effect.generation)
    if effect.outcome == "escalation":
        return commands.Escalate(number, effect.error_code, effect.variables, True, effect.generation)
    return commands.Fail(number, "CALLED_ELEMENT_ERROR", "The called process was terminated")


def _raise(world: World, instance: Instance, effect: effects.RaiseIncident) -> None:
    instance.incidents[effect.instance] = effect


def _resolve(world: World, instance: Instance, effect: effects.ResolveIncident) -> None:
    del instance.incidents[effect.instance]


def _warn(world: World, instance: Instance, effect: effects.WarnOfExpression) -> None:
    instance.warnings.append(effect)


def _withdraw(world: World, instance: Instance, effect: effects.Withdraw) -> None:
    world.withdraw(instance, effect)


LATE: Mapping[type, int] = {effects.BroadcastSignal: 1, effects.EndProcess: 2}  # after the others of a step
HANDLERS: Mapping[type, Callable[[World, Instance, Any], None]] = {
    effects.CreateUserTask: _wait,
    effects.CreateJob: _wait,
    effects.SettleTask: lambda world, instance, effect: None,  # there is no inbox to tell
    effects.ScheduleTimer: _wait,
    effects.SubscribeMessage: _wait,
    effects.SubscribeSignal: _wait,
    effects.PublishMessage: _publish,
    effects.BroadcastSignal: correlation.thrown,
    effects.CallProcess: lambda world, instance, effect: world.call(instance, effect),
    effects.CancelCalled: _cancel_called,
    effects.Withdraw: _withdraw,
    effects.RecordDecision: lambda world, instance, effect: world.decisions.append((instance, effect)),
    effects.RaiseIncident: _raise,
    effects.ResolveIncident: _resolve,
    effects.WarnOfExpression: _warn,
    effects.GoOn: _go_on,
    effects.EscalateToParent: _escalate,
    effects.EndProcess: _end,
}
