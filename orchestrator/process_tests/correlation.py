"""How messages and signals find who waits for them: messages by name and key, one per process, as long as they live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from orchestrator.bpmn import model as bpmn
from orchestrator.engine import Variables, commands, effects
from orchestrator.process_tests.instances import Instance, Message, Wait

if TYPE_CHECKING:
    from orchestrator.process_tests.world import World


def starts(world: World, kind: type, name: str) -> Iterator[tuple[bpmn.Process, str]]:
    """The processes that a message or signal of this name starts, with the element."""
    for process in world.processes.values():
        for node in process.children.get(process.id, ()):
            definition = _starting(node)
            if isinstance(definition, kind) and getattr(definition, "name", None) == name:
                yield process, node.id


def _starting(node: bpmn.FlowNode) -> bpmn.EventDefinition | None:
    """The event that starts a process instance at this node."""
    if isinstance(node, bpmn.ReceiveTask):
        return node.message if node.instantiate else None
    return node.definition if isinstance(node, bpmn.StartEvent) else None


def correlate(world: World, new: Message | None = None) -> None:
    """Every message that lives meets the subscriptions that wait, at most one per process; those of running instances
    come first.
    """
    world.messages = [message for message in world.messages if message.expires > world.now or message is new]
    for message in list(world.messages):
        for wait in list(world.open(effects.SubscribeMessage)):
            if wait in world.waits and _matches(message, wait):
                message.processes.add(wait.instance.process.id)
                if wait.effect.interrupting:
                    world.waits.remove(wait)
                world.trigger(wait, message.variables, message.generation)
        for process, start in list(starts(world, bpmn.MessageDefinition, message.name)):
            if process.id not in message.processes and not _runs(world, process.id, message.key):
                message.processes.add(process.id)
                _start(world, process, start, message.variables, message.generation, message.key)


def _matches(message: Message, wait: Wait) -> bool:
    named = (wait.effect.name, wait.effect.correlation_key) == (message.name, message.key)
    return named and wait.instance.process.id not in message.processes


def _runs(world: World, process: str, key: str) -> bool:
    return bool(key) and any(
        i.process.id == process and i.correlation_key == key and not i.ended for i in world.instances
    )


def _start(
    world: World, process: bpmn.Process, start: str, variables: Variables, generation: int, key: str = ""
) -> None:
    instance = world.add(process, None, key)
    command = commands.Start(dict(variables), start, generation=generation)
    world.deliveries.append(lambda: world.quietly(instance, command))


def broadcast(world: World, name: str, variables: Variables) -> None:
    _tell(world, world.open(effects.SubscribeSignal), name, variables, 0)


def thrown(world: World, instance: Instance, effect: effects.BroadcastSignal) -> None:
    """What the instance subscribed to later, in the same step, was not there to hear it."""
    waiting = [
        wait
        for wait in world.open(effects.SubscribeSignal)
        if wait.instance is not instance
        or (wait.owner <= effect.until and (wait.owner, wait.event) not in effect.heard)
    ]
    _tell(world, waiting, effect.name, effect.variables, effect.generation)


def _tell(world: World, waiting: Iterable[Wait], name: str, variables: Variables, generation: int) -> None:
    told = [wait for wait in waiting if wait.effect.name == name]
    for process, start in list(starts(world, bpmn.SignalDefinition, name)):
        _start(world, process, start, variables, generation)
    for wait in told:
        if wait.effect.interrupting:
            world.waits.remove(wait)
        world.deliveries.append(lambda wait=wait: world.trigger(wait, variables, generation))  # type: ignore[misc]
