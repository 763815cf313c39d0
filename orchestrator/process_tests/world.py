"""A shell in memory around the pure engine: a virtual clock, jobs, timers, messages, signals and called processes.

It does what `runtime` does with rows, in one thread and at once: deliveries between process instances follow the step
that asked for them, timers fire in the order in which they fall due while time passes.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine import (
    CommandRejected,
    Environment,
    Step,
    Variables,
    advance,
    catches_error,
    commands,
    effects,
    new_state,
    timers,
)
from orchestrator.engine.environment import Decide
from orchestrator.process_tests import correlation
from orchestrator.process_tests.instances import Endless, Instance, Lasting, Message, Wait

BEGINNING = datetime(2026, 1, 1, 12, tzinfo=UTC)
MAX_DELIVERIES = 10_000  # that follow from one command
MAX_FIRED = 10_000  # timers while time passes once
MAX_DEPTH = 50  # process instances that call each other


class World:
    """Every process instance, and what they wait for."""

    def __init__(self, decide: Decide | None = None, now: datetime = BEGINNING) -> None:
        self.now = now
        self.decide = decide
        self.processes: dict[str, bpmn.Process] = {}
        self.instances: list[Instance] = []
        self.waits: list[Wait] = []
        self.messages: list[Message] = []
        self.decisions: list[tuple[Instance, effects.RecordDecision]] = []
        self.start_timers: list[tuple[str, str, timers.Occurrence, str]] = []
        self.later: list[tuple[datetime, Callable[[], None]]] = []  # what else happens when time passes
        self.deliveries: deque[Callable[[], object]] = deque()
        self.numbers = itertools.count(1)

    # -- definitions

    def deploy(self, process: bpmn.Process) -> None:
        self.processes[process.id] = process
        for start in process.start_events.get(process.id, ()):
            definition = start.definition
            if isinstance(definition, bpmn.TimerDefinition) and isinstance(definition.text, str):
                first = timers.first(definition.kind, definition.text, self.now)
                cycle = definition.text if definition.kind == "cycle" else ""
                self.start_timers.append((process.id, start.id, first, cycle))

    # -- commands

    def add(self, process: bpmn.Process, parent: tuple[Instance, int] | None = None, key: str = "") -> Instance:
        instance = Instance(next(self.numbers), process, parent, key, stored=new_state(parent is not None))
        self.instances.append(instance)
        return instance

    def start(self, process: str, variables: Variables | None = None, start_event: str | None = None) -> Instance:
        instance = self.add(self.processes[process])
        self.execute(instance, commands.Start(dict(variables or {}), start_event))
        return instance

    def execute(self, instance: Instance, command: commands.Command) -> Step:
        """One step of one instance, then everything that follows from it. Raises CommandRejected and Endless."""
        step = self.step(instance, command)
        self.settle()
        return step

    def settle(self) -> None:
        for _ in range(MAX_DELIVERIES):
            if not self.deliveries:
                return
            self.deliveries.popleft()()
        self.deliveries.clear()
        raise Endless(f"More than {MAX_DELIVERIES} messages, signals and calls follow from each other without a wait")

    def step(self, instance: Instance, command: commands.Command) -> Step:
        if instance.ended:
            raise CommandRejected("The process instance has ended")
        environment = Environment(self.now, self.decide or _undecided, lambda code: self.catches_above(instance, code))
        state = replace(instance.stored, complete_scopes=set(instance.stored.instances))
        step = advance(instance.process, state, command, environment)
        instance.store(step)
        for effect in step.effects:
            HANDLERS[type(effect)](self, instance, effect)
        return step

    def quietly(self, instance: Instance, command: commands.Command) -> None:
        """Deliver a command that may come too late."""
        try:
            self.step(instance, command)
        except CommandRejected:
            return
        if self.messages:
            correlation.correlate(self)

    def trigger(self, wait: Wait, variables: Variables) -> None:
        self.quietly(wait.instance, commands.Trigger(wait.owner, wait.event, dict(variables)))

    def catches_above(self, instance: Instance, code: str) -> bool:
        """Does a calling process instance catch this error?"""
        while instance.parent is not None:
            instance, number = instance.parent
            if catches_error(instance.process, instance.stored, number, code):
                return True
        return False

    # -- what people and workers do

    def open(self, kind: type, element: str | None = None) -> list[Wait]:
        """What waits, oldest first."""
        return [w for w in self.waits if isinstance(w.effect, kind) and element in (None, w.event)]

    def jobs(self, type: str) -> list[Wait]:
        return [wait for wait in self.open(effects.CreateJob) if wait.effect.type == type]

    def finish(self, wait: Wait, command: commands.Command) -> None:
        """What waited is done; what follows from it comes with the next `settle`."""
        self.waits.remove(wait)
        self.step(wait.instance, command)

    def complete(self, wait: Wait, variables: Variables | None = None) -> None:
        self.finish(wait, commands.Complete(wait.owner, dict(variables or {})))
        self.settle()

    def throw(self, wait: Wait, code: str, variables: Variables | None = None, message: str = "") -> None:
        self.finish(wait, commands.ThrowError(wait.owner, code, message, dict(variables or {})))
        self.settle()

    def fail(self, wait: Wait, message: str) -> None:
        """No attempts are left."""
        self.finish(wait, commands.Fail(wait.owner, "JOB_NO_RETRIES", message))
        self.settle()

    def cancel(self, instance: Instance) -> None:
        self.execute(instance, commands.Cancel())

    def publish(self, name: str, key: str, variables: Variables, lives: Lasting) -> None:
        message = Message(next(self.numbers), name, key, dict(variables), self.now + lives)
        self.messages.append(message)
        correlation.correlate(self, message)
        self.settle()

    def broadcast(self, name: str, variables: Variables) -> None:
        correlation.broadcast(self, name, variables)
        self.settle()

    # -- time

    def advance(self, by: Lasting) -> None:
        """Let time pass. Everything that falls due happens at its moment, in order. Raises Endless."""
        end = self.now + by
        for _ in range(MAX_FIRED):
            moment = self._next_due()
            if moment is None or moment > end:
                self.now = end
                return
            self.now = max(self.now, moment)
            self._fire(moment)
            self.settle()
        raise Endless(f"More than {MAX_FIRED} timers fall due before {end.isoformat()}")

    def _next_due(self) -> datetime | None:
        dues = [wait.due for wait in self.waits if wait.due is not None]
        dues += [first.due for _, _, first, _ in self.start_timers] + [due for due, _ in self.later]
        return min(dues, default=None)

    def _fire(self, moment: datetime) -> None:
        """One of the things that are due at this moment."""
        for entry in [entry for entry in self.start_timers if entry[2].due == moment]:
            return self._start_by_timer(entry)
        for wait in self.waits:
            if wait.due == moment:
                return self._fire_timer(wait, moment)
        alarm = next(alarm for alarm in self.later if alarm[0] == moment)
        self.later.remove(alarm)
        alarm[1]()

    def _start_by_timer(self, entry: tuple[str, str, timers.Occurrence, str]) -> None:
        process, start, first, cycle = entry
        self.start_timers.remove(entry)
        if cycle and (then := timers.following(cycle, first.due, first.repeat, self.now)):
            self.start_timers.append((process, start, then, cycle))
        self.start(process, {}, start)

    def _fire_timer(self, wait: Wait, moment: datetime) -> None:
        effect = wait.effect
        again = timers.following(effect.cycle, moment, wait.repeat, self.now) if effect.cycle else None
        if again is None:
            self.waits.remove(wait)
        else:
            wait.due, wait.repeat = again.due, again.repeat
        self.trigger(wait, {})

    # -- effects

    def wait_for(self, instance: Instance, effect: Any) -> Wait | None:
        """None when it is a user task that is only offered again."""
        event = getattr(effect, "event", None) or effect.element
        if isinstance(effect, effects.CreateUserTask) and any(
            wait.owner == effect.instance and wait.instance is instance and wait.event == event for wait in self.waits
        ):
            return None
        due, repeat = getattr(effect, "due", None), getattr(effect, "repeat", 1)
        wait = Wait(next(self.numbers), instance, effect.instance, event, effect, due, repeat)
        self.waits.append(wait)
        if isinstance(effect, effects.SubscribeMessage) and self.messages:
            self.deliveries.append(lambda: correlation.correlate(self))
        return wait

    def withdraw(self, instance: Instance, effect: effects.Withdraw) -> None:
        self.waits = [
            wait
            for wait in self.waits
            if wait.instance is not instance or wait.owner != effect.instance or effect.event not in (None, wait.event)
        ]

    def publish_later(self, instance: Instance, effect: effects.PublishMessage) -> None:
        lives = timedelta(seconds=effect.time_to_live)
        self.deliveries.append(lambda: self.publish(effect.name, effect.correlation_key, effect.variables, lives))

    def call(self, instance: Instance, effect: effects.CallProcess) -> None:
        def begin() -> None:
            if instance.ended or effect.instance not in instance.stored.instances:
                return
            if effect.process not in self.processes:
                return self.refuse_call(instance, effect, self.no_process(effect.process))
            if _depth(instance) >= MAX_DEPTH:
                return self.refuse_call(instance, effect, f"More than {MAX_DEPTH} process instances call each other")
            called = self.add(self.processes[effect.process], (instance, effect.instance))
            try:
                self.step(called, commands.Start(feel.to_json(effect.variables)))
            except CommandRejected as error:
                self.instances.remove(called)
                self.refuse_call(instance, effect, f"The process {effect.process} cannot be called: {error}")

        self.deliveries.append(begin)

    def no_process(self, id: str) -> str:
        return f"There is no process {id} to call"

    def refuse_call(self, instance: Instance, effect: effects.CallProcess, message: str) -> None:
        self.quietly(instance, commands.Fail(effect.instance, "CALLED_ELEMENT_ERROR", message))

    def cancel_called(self, instance: Instance, effect: effects.CancelCalled) -> None:
        for child in self.instances:
            if child.parent == (instance, effect.instance) and not child.ended:
                self.deliveries.append(lambda child=child: self.quietly(child, commands.Cancel()))  # type: ignore[misc]

    def escalate(self, instance: Instance, effect: effects.EscalateToParent) -> None:
        if instance.parent is not None:
            parent, number = instance.parent
            command = commands.Escalate(number, effect.code, effect.variables)
            self.deliveries.append(lambda: self.quietly(parent, command))

    def end(self, instance: Instance, effect: effects.EndProcess) -> None:
        instance.state = "completed" if effect.outcome == "completed" else "terminated"
        instance.variables = feel.to_json(effect.variables)
        if self.messages:
            self.deliveries.append(lambda: correlation.correlate(self))
        if instance.parent is None:
            return
        parent, number = instance.parent
        command = _told_to_parent(number, effect)
        self.deliveries.append(lambda: self.quietly(parent, command))

    # -- looking

    def state_of(self, instance: Instance) -> str:
        """active | completed | terminated | incident"""
        return "incident" if instance.incidents and not instance.ended else instance.state

    def variables_of(self, instance: Instance) -> Variables:
        return instance.variables if instance.ended else instance.stored.root.variables


def _undecided(*_: Any) -> Any:
    raise CommandRejected("This world makes no decisions")


def _depth(instance: Instance) -> int:
    depth = 1
    while instance.parent is not None:
        instance, depth = instance.parent[0], depth + 1
    return depth


def _told_to_parent(number: int, effect: effects.EndProcess) -> commands.Command:
    if effect.outcome == "completed":
        return commands.Complete(number, feel.to_json(effect.variables))
    if effect.outcome == "error":
        return commands.ThrowError(number, effect.error_code, effect.error_message, feel.to_json(effect.variables))
    return commands.Fail(number, "CALLED_ELEMENT_ERROR", "The called process was terminated")


def _raise(world: World, instance: Instance, effect: effects.RaiseIncident) -> None:
    instance.incidents[effect.instance] = effect


def _resolve(world: World, instance: Instance, effect: effects.ResolveIncident) -> None:
    del instance.incidents[effect.instance]


HANDLERS: dict[type, Callable[[World, Instance, Any], object]] = {
    effects.CreateUserTask: lambda world, instance, effect: world.wait_for(instance, effect),
    effects.CreateJob: lambda world, instance, effect: world.wait_for(instance, effect),
    effects.ScheduleTimer: lambda world, instance, effect: world.wait_for(instance, effect),
    effects.SubscribeMessage: lambda world, instance, effect: world.wait_for(instance, effect),
    effects.SubscribeSignal: lambda world, instance, effect: world.wait_for(instance, effect),
    effects.PublishMessage: World.publish_later,
    effects.BroadcastSignal: lambda world, _, effect: correlation.broadcast(world, effect.name, effect.variables),
    effects.CallProcess: lambda world, instance, effect: world.call(instance, effect),
    effects.CancelCalled: World.cancel_called,
    effects.Withdraw: World.withdraw,
    effects.RecordDecision: lambda world, instance, effect: world.decisions.append((instance, effect)),
    effects.RaiseIncident: _raise,
    effects.ResolveIncident: _resolve,
    effects.WarnOfExpression: lambda world, instance, effect: instance.warnings.append(effect),
    effects.EscalateToParent: World.escalate,
    effects.EndProcess: World.end,
}
