"""How messages and signals find who waits for them: messages by name and key, one per process, as long as they live."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import isodate

from orchestrator.bpmn import model as bpmn
from orchestrator.engine import CommandRejected, Step, commands, effects
from tests.engine.stored import Instance, Message, Variables, Wait


class Correlation:
    now: datetime
    processes: dict[str, bpmn.Process]
    instances: list[Instance]
    waits: list[Wait]
    messages: list[Message]
    deliveries: deque[Callable[[], None]]
    numbers: itertools.count[int]
    start: Callable[..., Instance]
    settle: Callable[[], None]
    _step: Callable[[Instance, commands.Command], Step]
    open: Callable[..., list[Wait]]

    def starts(self, kind: type, name: str) -> Iterable[tuple[bpmn.Process, str]]:
        """The processes that a message or signal of this name starts, with the element."""
        for process in self.processes.values():
            for start in process.start_events.get(process.id, ()):
                if isinstance(start.definition, kind) and start.definition.name == name:
                    yield process, start.id
            for node in process.children.get(process.id, ()):
                if (
                    isinstance(node, bpmn.ReceiveTask)
                    and node.instantiate
                    and kind is bpmn.MessageDefinition
                    and node.message.name == name
                ):
                    yield process, node.id

    def publish(self, name: str, key: str, variables: Variables, lives: timedelta | isodate.Duration) -> None:
        message = Message(next(self.numbers), name, key, dict(variables), self.now + lives)
        self.messages.append(message)
        self._correlate(message)
        self.settle()

    def _correlate(self, new: Message | None = None) -> None:
        """Every message that lives meets the subscriptions that wait, at most one per process."""
        self.messages = [m for m in self.messages if m.expires > self.now or m is new]
        for message in list(self.messages):
            for process, start in list(self.starts(bpmn.MessageDefinition, message.name)):
                if process.id not in message.processes and not self._runs(process.id, message.key):
                    message.processes.add(process.id)
                    self._start_by_message(process, start, message)
            for wait in list(self.open(effects.SubscribeMessage)):
                if wait in self.waits and self._matches(message, wait):
                    message.processes.add(wait.instance.process.id)
                    if wait.effect.interrupting:
                        self.waits.remove(wait)
                    self._trigger(wait, message.variables)

    @staticmethod
    def _matches(message: Message, wait: Wait) -> bool:
        named = (wait.effect.name, wait.effect.correlation_key) == (message.name, message.key)
        return named and wait.instance.process.id not in message.processes

    def _runs(self, process: str, key: str) -> bool:
        return bool(key) and any(
            i.process.id == process and i.correlation_key == key and not i.ended for i in self.instances
        )

    def _start_by_message(self, process: bpmn.Process, start: str, message: Message) -> None:
        instance = Instance(next(self.numbers), process, None, message.key)
        self.instances.append(instance)
        command = commands.Start(message.variables, start)
        self.deliveries.append(lambda: self._quietly(instance, command))

    def broadcast(self, name: str, variables: Variables) -> None:
        self._broadcast(name, variables)
        self.settle()

    def _broadcast(self, name: str, variables: Variables) -> None:
        waiting = [w for w in self.open(effects.SubscribeSignal) if w.effect.name == name]
        for process, start in list(self.starts(bpmn.SignalDefinition, name)):
            self.deliveries.append(lambda process=process, start=start: self._start(process, variables, start))
        for wait in waiting:
            if wait.effect.interrupting:
                self.waits.remove(wait)
            self.deliveries.append(lambda wait=wait: self._trigger(wait, variables))

    def _start(self, process: bpmn.Process, variables: Variables, start: str) -> None:
        self.start(process, variables, start)

    def _trigger(self, wait: Wait, variables: Variables) -> None:
        self._quietly(wait.instance, commands.Trigger(wait.owner, wait.event, variables))

    def _quietly(self, instance: Instance, command: commands.Command) -> None:
        """Deliver a command that may come too late."""
        try:
            self._step(instance, command)
        except CommandRejected:
            return
        if self.messages:
            self._correlate()
