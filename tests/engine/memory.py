"""A shell in memory around the pure engine: a virtual clock, jobs, timers, messages, signals and calls.

It loads as little as the real one does: what a command names, the scopes around it, and the rest when a step asks.
After every step it checks that nothing was mutated behind its back and that the counters tell the truth.
"""

from __future__ import annotations

import copy
import itertools
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import isodate

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine import (
    CommandRejected,
    Environment,
    ResultsNotLoaded,
    ScopeNotLoaded,
    State,
    Step,
    advance,
    catches_error,
    commands,
    effects,
    new_state,
    timers,
)
from orchestrator.engine.roles import is_body, is_round
from tests.engine.correlation import Correlation
from tests.engine.stored import Instance, Message, Variables, Wait


class World(Correlation):
    """Every process instance, and what they wait for."""

    def __init__(self, decide: Any = None) -> None:
        self.now = datetime(2026, 1, 1, 12, tzinfo=UTC)
        self.decide = decide
        self.activations = 1_000
        self.happenings = 200_000
        self.processes: dict[str, bpmn.Process] = {}
        self.instances: list[Instance] = []
        self.waits: list[Wait] = []
        self.messages: list[Message] = []
        self.start_timers: list[tuple[str, str, timers.Occurrence, str]] = []
        self.deliveries: deque[Callable[[], None]] = deque()
        self.numbers = itertools.count(1)
        self.loads = 0  # how often a step asked for the children of a scope

    # -- definitions

    def deploy(self, process: bpmn.Process) -> None:
        self.processes[process.id] = process
        for start in process.start_events.get(process.id, ()):
            definition = start.definition
            if isinstance(definition, bpmn.TimerDefinition):
                text = definition.text
                if not isinstance(text, str):
                    text = str(text.evaluate({}, environment=feel.Environment(self.now)).value)
                first = timers.first(definition.kind, text, self.now)
                cycle = text if definition.kind == "cycle" else ""
                self.start_timers.append((process.id, start.id, first, cycle))

    # -- commands

    def start(
        self,
        process: str | bpmn.Process,
        variables: Variables | None = None,
        start_event: str | None = None,
        parent: tuple[Instance, int] | None = None,
        key: str = "",
        start_before: tuple[str, ...] = (),
    ) -> Instance:
        found = self.processes[process] if isinstance(process, str) else process
        instance = Instance(next(self.numbers), found, parent, key, stored=new_state(parent is not None))
        self.instances.append(instance)
        self.execute(instance, commands.Start(dict(variables or {}), start_event, start_before))
        return instance

    def execute(self, instance: Instance, command: commands.Command) -> Step:
        """One step of one instance, then everything that follows from it."""
        step = self._step(instance, command)
        self.settle()
        return step

    def settle(self) -> None:
        while self.deliveries:
            self.deliveries.popleft()()

    def _step(self, instance: Instance, command: commands.Command) -> Step:
        if instance.ended:
            raise CommandRejected("The process instance has ended")
        environment = Environment(
            self.now,
            self.decide,
            lambda code: self._catches(instance, code),
            self.activations,
            happenings=self.happenings,
        )
        state = self._load(instance, command)
        while True:
            before = copy.deepcopy(state)
            try:
                step = advance(instance.process, state, command, environment)
            except ScopeNotLoaded as missing:
                self._load_children(instance, state, missing.scope)
            except ResultsNotLoaded as missing:
                self._load_results(instance, state, missing.body)
            else:
                break
        assert state == before, "the state was changed"
        self._store(instance, step)
        for effect in step.effects:
            HANDLERS[type(effect)](self, instance, effect)
        return step

    def _load(self, instance: Instance, command: commands.Command) -> State:
        stored = instance.stored
        state = State(last_id=stored.last_id, called=stored.called)
        numbers = [command.instance] if hasattr(command, "instance") else list(stored.instances)
        for number in numbers:
            here = stored.instances.get(number)
            while here is not None:
                state.instances[here.id] = here
                here = stored.instances[here.scope] if here.scope is not None else None
        state.joins = {key: tokens for key, tokens in stored.joins.items() if key[0] in state.instances}
        if not hasattr(command, "instance"):
            state.complete_scopes = set(state.instances)
        return state

    def _load_children(self, instance: Instance, state: State, scope: int) -> None:
        assert scope not in state.complete_scopes, "the children were loaded"
        self.loads += 1
        found = {i.id: i for i in instance.stored.instances.values() if i.scope == scope}
        state.instances.update(found)
        state.joins.update({k: tokens for k, tokens in instance.stored.joins.items() if k[0] in found})
        state.complete_scopes.add(scope)

    def _load_results(self, instance: Instance, state: State, body: int) -> None:
        assert body not in state.results, "the results were loaded"
        self.loads += 1
        state.results[body] = dict(instance.results.get(body, {}))

    def _store(self, instance: Instance, step: Step) -> None:
        stored = instance.stored
        known = set(stored.instances)
        assert all(i.id in known for i in step.changed)
        assert not any(i.id in known for i in step.entered)
        merged = State(dict(stored.instances), dict(stored.joins), step.last_id, called=stored.called)
        for left in step.left:
            merged.instances.pop(left.instance.id, None)
            done = left.instance
            if "result" in done.data and done.scope is not None and done.iteration is not None:
                instance.results.setdefault(done.scope, {})[done.iteration] = done.data["result"]
        merged.instances.update({i.id: i for i in (*step.entered, *step.changed)})
        for key, tokens in step.joins.items():
            merged.joins.pop(key, None)
            if tokens:
                merged.joins[key] = tokens
        instance.stored = merged
        instance.steps.append(step)
        self._check(merged, step)
        self._record(instance, known, step)

    @staticmethod
    def _check(state: State, step: Step) -> None:
        children = Counter(i.scope for i in state.instances.values() if i.scope is not None)
        tokens: Counter[int] = Counter()
        for (scope, _), waiting in state.joins.items():
            tokens[scope] += sum(waiting.values())
        for i in state.instances.values():
            assert (i.children, i.tokens) == (children[i.id], tokens[i.id]), f"the counters of {i} are wrong"
            assert i.scope is None or i.scope in state.instances, f"{i} is an orphan"
        assert all(key[0] in state.instances for key in state.joins), "tokens outlive their scope"
        for id, i in step.state.instances.items():
            assert state.instances[id] == i, "the step and its difference disagree"

    def _record(self, instance: Instance, known: set[int], step: Step) -> None:
        """History: elements and flows; the bodies around iterations and the rounds of ad-hoc sub-processes left out."""
        everybody = {**instance.stored.instances, **{left.instance.id: left.instance for left in step.left}}
        left = [(left.at, left.instance, left.how) for left in step.left]
        new = [i for i in (*step.entered, *(left.instance for left in step.left)) if i.id not in known]
        for number, i, what in [*((i.id, i, "activated") for i in new), *left]:
            node = instance.process.nodes.get(i.element, instance.process)
            hidden = is_body(node, i) or (i.scope in everybody and is_round(node, everybody, i))
            if not hidden:
                instance.history.append((number, i.element, what))
        instance.flows += [(i.id, flow) for i in new for flow in i.entered_by]
        instance.flows += [(step.last_id, flow) for waiting in step.joins.values() for flow in waiting]
        instance.history.sort(key=lambda entry: entry[0])

    def _catches(self, instance: Instance, code: str) -> bool:
        while instance.parent is not None:
            instance, number = instance.parent
            if catches_error(instance.process, instance.stored, number, code):
                return True
        return False

    # -- what people and workers do

    def open(self, kind: type, element: str | None = None) -> list[Wait]:
        return [w for w in self.waits if isinstance(w.effect, kind) and element in (None, w.event)]

    def jobs(self, type: str) -> list[Wait]:
        return [w for w in self.open(effects.CreateJob) if w.effect.type == type]

    def complete(self, wait: Wait, variables: Variables | None = None) -> None:
        self.waits.remove(wait)
        self.execute(wait.instance, commands.Complete(wait.owner, dict(variables or {})))

    def throw(self, wait: Wait, code: str, variables: Variables | None = None) -> None:
        self.waits.remove(wait)
        self.execute(wait.instance, commands.ThrowError(wait.owner, code, variables=dict(variables or {})))

    def fail(self, wait: Wait, message: str = "it broke") -> None:
        self.waits.remove(wait)
        self.execute(wait.instance, commands.Fail(wait.owner, "JOB_NO_RETRIES", message))

    def cancel(self, instance: Instance) -> None:
        self.execute(instance, commands.Cancel())

    # -- time

    def advance(self, by: timedelta | isodate.Duration) -> None:
        end = self.now + by
        while (moment := self._next_due()) is not None and moment <= end:
            self.now = max(self.now, moment)
            self._fire(moment)
        self.now = end

    def _next_due(self) -> datetime | None:
        dues = [w.due for w in self.waits if w.due is not None] + [first.due for _, _, first, _ in self.start_timers]
        return min(dues, default=None)

    def _fire(self, moment: datetime) -> None:
        for entry in [entry for entry in self.start_timers if entry[2].due == moment]:
            self.start_timers.remove(entry)
            process, start, first, cycle = entry
            if cycle and (then := timers.following(cycle, first.due, first.repeat, self.now)):
                self.start_timers.append((process, start, then, cycle))
            self.start(process, {}, start)
        wait = next((w for w in self.waits if w.due == moment), None)
        if wait is None:
            return
        effect = wait.effect
        again = timers.following(effect.cycle, moment, wait.repeat, self.now) if effect.cycle else None
        if again is None:
            self.waits.remove(wait)
        else:
            wait.due, wait.repeat = again.due, again.repeat
        self._trigger(wait, {})
        self.settle()

    # -- effects

    def _wait(self, instance: Instance, effect: Any) -> None:
        event = getattr(effect, "event", None) or effect.element
        if isinstance(effect, effects.CreateUserTask) and any(
            wait.owner == effect.instance and wait.instance is instance and wait.event == event for wait in self.waits
        ):
            return  # offered again while it is open
        due, repeat = getattr(effect, "due", None), getattr(effect, "repeat", 1)
        self.waits.append(Wait(next(self.numbers), instance, effect.instance, event, effect, due, repeat))
        if isinstance(effect, effects.SubscribeMessage) and self.messages:
            self.deliveries.append(self._correlate)

    def _withdraw(self, instance: Instance, effect: effects.Withdraw) -> None:
        self.waits = [
            w
            for w in self.waits
            if w.instance is not instance or w.owner != effect.instance or effect.event not in (None, w.event)
        ]

    def _raise(self, instance: Instance, effect: effects.RaiseIncident) -> None:
        assert effect.instance not in instance.incidents, "an incident on top of an incident"
        instance.incidents[effect.instance] = effect

    def _resolve(self, instance: Instance, effect: effects.ResolveIncident) -> None:
        del instance.incidents[effect.instance]

    def _publish(self, instance: Instance, effect: effects.PublishMessage) -> None:
        lives = timedelta(seconds=effect.time_to_live)
        message = effect.name, effect.correlation_key, effect.variables, lives
        self.deliveries.append(lambda: self.publish(*message))

    def _call(self, instance: Instance, effect: effects.CallProcess) -> None:
        def begin() -> None:
            if effect.process not in self.processes:
                message = f"There is no process {effect.process}"
                self._quietly(instance, commands.Fail(effect.instance, "CALLED_ELEMENT_ERROR", message))
            elif not instance.ended and effect.instance in instance.stored.instances:
                self.start(effect.process, effect.variables, parent=(instance, effect.instance))

        self.deliveries.append(begin)

    def _cancel_called(self, instance: Instance, effect: effects.CancelCalled) -> None:
        for child in self.instances:
            if child.parent == (instance, effect.instance) and not child.ended:
                self.deliveries.append(lambda child=child: self._quietly(child, commands.Cancel()))

    def _escalate(self, instance: Instance, effect: effects.EscalateToParent) -> None:
        if instance.parent is not None:
            parent, number = instance.parent
            command = commands.Escalate(number, effect.code, effect.variables)
            self.deliveries.append(lambda: self._quietly(parent, command))

    def _end(self, instance: Instance, effect: effects.EndProcess) -> None:
        instance.state = "completed" if effect.outcome == "completed" else "terminated"
        instance.variables = effect.variables
        assert not instance.stored.instances, "element instances are left behind"
        assert not instance.stored.joins, "tokens are left behind"
        assert not instance.incidents, "an incident is left behind"
        if self.messages:
            self.deliveries.append(self._correlate)
        if instance.parent is None:
            return
        parent, number = instance.parent
        command: commands.Command
        if effect.outcome == "completed":
            command = commands.Complete(number, effect.variables)
        elif effect.outcome == "error":
            command = commands.ThrowError(number, effect.error_code, effect.error_message, effect.variables)
        else:
            command = commands.Fail(number, "CALLED_ELEMENT_ERROR", "The called process was terminated")
        self.deliveries.append(lambda: self._quietly(parent, command))

    # -- looking

    def state_of(self, instance: Instance) -> str:
        return "incident" if instance.incidents and not instance.ended else instance.state

    def variables_of(self, instance: Instance) -> Variables:
        return instance.variables if instance.ended else instance.stored.root.variables


HANDLERS: dict[type, Callable[[World, Instance, Any], None]] = {
    effects.CreateUserTask: World._wait,
    effects.CreateJob: World._wait,
    effects.TellListener: lambda world, instance, effect: None,
    effects.SettleTask: lambda world, instance, effect: None,
    effects.ScheduleTimer: World._wait,
    effects.SubscribeMessage: World._wait,
    effects.SubscribeSignal: World._wait,
    effects.PublishMessage: World._publish,
    effects.BroadcastSignal: lambda world, instance, effect: world._broadcast(effect.name, effect.variables),
    effects.CallProcess: World._call,
    effects.CancelCalled: World._cancel_called,
    effects.Withdraw: World._withdraw,
    effects.RecordDecision: lambda world, instance, effect: None,
    effects.RaiseIncident: World._raise,
    effects.ResolveIncident: World._resolve,
    effects.WarnOfExpression: lambda world, instance, effect: instance.warnings.append(effect),
    effects.EscalateToParent: World._escalate,
    effects.EndProcess: World._end,
}
