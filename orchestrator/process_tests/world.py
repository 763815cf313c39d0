"""A shell in memory around the pure engine: a virtual clock, jobs, timers, messages, signals and called processes.

It does what `runtime` does with rows, in one thread and at once: deliveries between process instances follow the step
that asked for them, timers fire in the order in which they fall due while time passes.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
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
    is_interrupted,
    new_state,
    timers,
)
from orchestrator.engine.calendars import calendar_name, zone_of
from orchestrator.engine.environment import Decide, Evaluated
from orchestrator.process_tests import correlation, deliveries
from orchestrator.process_tests.instances import Endless, Instance, Lasting, Message, Wait
from orchestrator.working_time import Calendar, parse_hours

BEGINNING = datetime(2026, 1, 1, 12, tzinfo=UTC)
MAX_DELIVERIES = 10_000  # that follow from one command
MAX_FIRED = 10_000  # timers while time passes once


def usual_hours(name: str) -> Calendar:
    """A test knows no calendars that somebody keeps: all are open from Monday to Friday, nine to five, UTC."""
    return Calendar(name, UTC, (*[parse_hours("09:00-17:00")] * 5, (), ()))


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
        self.watch: Callable[[Instance, Evaluated], None] | None = None
        self.goes_on: Callable[[], bool] = lambda: True  # asked before every delivery
        self.calendar: Callable[[str], Calendar] = usual_hours

    # -- definitions

    def deploy(self, process: bpmn.Process) -> None:
        self.processes[process.id] = process
        for start in process.start_events.get(process.id, ()):
            definition = start.definition
            if isinstance(definition, bpmn.TimerDefinition):
                text, here = definition.text, self.here(process)
                if not isinstance(text, str):
                    text = str(text.evaluate({}, environment=feel.Environment(here)).value)
                first = timers.first(definition.kind, text, here, self.counted(process, start))
                self._will_start(process.id, start.id, first, text if definition.kind == "cycle" else "")

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
            self._check_time()
            self.deliveries.popleft()()
        self.deliveries.clear()
        raise Endless(f"More than {MAX_DELIVERIES} messages, signals and calls follow from each other without a wait")

    def _check_time(self) -> None:
        if not self.goes_on():
            self.deliveries.clear()
            raise Endless("This takes longer than there is time for")

    def step(self, instance: Instance, command: commands.Command) -> Step:
        if instance.ended:
            raise CommandRejected("The process instance has ended")
        step = self.advanced(instance, command)
        instance.store(step)
        for effect in sorted(step.effects, key=lambda effect: deliveries.LATE.get(type(effect), 0)):
            deliveries.HANDLERS[type(effect)](self, instance, effect)
        return step

    def advanced(self, instance: Instance, command: commands.Command) -> Step:
        state = replace(instance.stored, complete_scopes=set(instance.stored.instances))
        return advance(instance.process, state, command, self.environment(instance))

    def environment(self, instance: Instance) -> Environment:
        return Environment(
            self.here(instance.process),
            self.decide or _undecided,
            lambda code: self.catches_above(instance, code),
            lambda code: self.interrupts_above(instance, code),
            watch=self.watch and partial(self.watch, instance),
            calendar=self.calendar,
            link=self.linked,
            has_form=self.has_form,
        )

    def has_form(self, reference: bpmn.FormReference) -> bool:
        """Here any is there: a test is about the process."""
        return True

    def linked(self, id: str, binding: bpmn.Binding) -> str:
        """The key of a file that a task links: here any is there, under its id."""
        return id

    def quietly(self, instance: Instance, command: commands.Command) -> None:
        """Deliver a command that may come too late."""
        try:
            self.step(instance, command)
        except CommandRejected:
            return
        if self.messages:
            correlation.correlate(self)

    def trigger(self, wait: Wait, variables: Variables, generation: int = 0) -> None:
        self.quietly(wait.instance, commands.Trigger(wait.owner, wait.event, dict(variables), generation))

    def catches_above(self, instance: Instance, code: str) -> bool:
        """Does a calling process instance catch this error?"""
        return any(catches_error(caller.process, caller.stored, number, code) for caller, number in _callers(instance))

    def interrupts_above(self, instance: Instance, code: str) -> bool:
        """Does an escalation of this instance interrupt a calling one?"""
        heard = (is_interrupted(caller.process, caller.stored, number, code) for caller, number in _callers(instance))
        return next((interrupted for interrupted in heard if interrupted is not None), False)

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

    def publish(self, name: str, key: str, variables: Variables, lives: Lasting, generation: int = 0) -> None:
        message = Message(next(self.numbers), name, key, dict(variables), self.now + lives, generation=generation)
        self.messages.append(message)
        correlation.correlate(self, message)
        self.settle()

    def broadcast(self, name: str, variables: Variables) -> None:
        correlation.broadcast(self, name, variables)
        self.settle()

    # -- time

    def here(self, process: bpmn.Process) -> datetime:
        """The present, as the clocks of the process show it."""
        return self.now.astimezone(zone_of(process) or self.now.tzinfo)

    def counted(self, process: bpmn.Process, node: bpmn.FlowNode) -> Calendar | None:
        """The calendar that the model names for this node."""
        name = calendar_name(process, node)
        return self.calendar(str(name)) if name is not None else None

    def advance(self, by: Lasting) -> None:
        self.advance_until(self.now + by)

    def advance_until(self, end: datetime) -> None:
        """Let time pass. Everything that falls due happens at its moment, in order. Raises Endless."""
        for _ in range(MAX_FIRED):
            moment = self._next_due()
            if moment is None or moment > end:
                self.now = end
                return
            self.now = max(self.now, moment)
            self._check_time()
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
        model = self.processes[process]
        here = self.here(model)
        calendar = self.counted(model, model.nodes[start])
        then = (
            timers.following(cycle, first.due.astimezone(here.tzinfo), first.repeat, here, calendar) if cycle else None
        )
        if then is not None:
            self._will_start(process, start, then, cycle)
        self.start(process, {}, start)

    def _will_start(self, process: str, start: str, at: timers.Occurrence, cycle: str) -> None:
        self.start_timers.append((process, start, replace(at, due=at.due.astimezone(UTC)), cycle))

    def _fire_timer(self, wait: Wait, moment: datetime) -> None:
        effect = wait.effect
        again = None
        if effect.cycle:
            here = self.here(wait.instance.process)
            calendar = self.calendar(effect.calendar) if effect.calendar else None
            again = timers.following(effect.cycle, moment.astimezone(here.tzinfo), wait.repeat, here, calendar)
        if again is None:
            self.waits.remove(wait)
        else:
            wait.due, wait.repeat = again.due.astimezone(UTC), again.repeat
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
        due = (
            due.astimezone(UTC) if due is not None else None
        )  # moments of one zone do not compare across a clock change
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

    def call(self, instance: Instance, effect: effects.CallProcess) -> None:
        deliveries.call(self, instance, effect)

    def no_process(self, id: str) -> str:
        return f"There is no process {id} to call"

    # -- looking

    def state_of(self, instance: Instance) -> str:
        """active | completed | terminated | incident"""
        return "incident" if instance.incidents and not instance.ended else instance.state

    def variables_of(self, instance: Instance) -> Variables:
        return instance.variables if instance.ended else instance.stored.root.variables


def _callers(instance: Instance) -> Iterator[tuple[Instance, int]]:
    """With the call activity, the nearest first."""
    while instance.parent is not None:
        yield instance.parent
        instance = instance.parent[0]


def _undecided(*_: Any) -> Any:
    raise CommandRejected("This world makes no decisions")
