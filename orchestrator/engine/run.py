"""One step: take a command, move tokens until every one of them waits.

An element instance is entered (inputs, start listeners, waits, then its behaviour), and later completed (outputs, end
listeners, the way out) or terminated. The agenda holds what is still to be done, first in, first out, so that a token
that runs far does not run deep.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine import conditions, farewells, joins, listeners, sizes, topology
from orchestrator.engine.behaviour import Behaviour
from orchestrator.engine.behaviours import behaviour_of, compensation, plain
from orchestrator.engine.draft import Draft
from orchestrator.engine.effects import (
    Effect,
    EndProcess,
    RaiseIncident,
    ResolveIncident,
    WarnOfExpression,
    Withdraw,
)
from orchestrator.engine.environment import Environment
from orchestrator.engine.errors import RUNAWAY, UNKNOWN, Incident
from orchestrator.engine.mappings import apply_inputs, apply_outputs
from orchestrator.engine.roles import is_scope
from orchestrator.engine.state import (
    ACTIVE,
    COMPLETED,
    COMPLETING,
    ENTERING,
    STUCK,
    TERMINATED,
    TERMINATING,
    ElementInstance,
    State,
    Variables,
)
from orchestrator.engine.waits import WAITS, watch

Action = Callable[..., None]  # (run, instance, *arguments)


class Run:
    """The working copy of one process instance during one step."""

    def __init__(self, process: bpmn.Process, state: State, environment: Environment) -> None:
        self.process = process
        self.draft = Draft(state)
        self.called = state.called
        self.environment = environment
        self.feel = feel.Environment(now=environment.now)
        self.effects: list[Effect] = []
        self.agenda: deque[tuple[Action, int, tuple[Any, ...]]] = deque()
        self.waiting: set[int] = set()  # new element instances with something to withdraw
        self.touched: set[int] = set()  # scopes in which a token moved
        self.written: list[tuple[int, str, str]] = []  # scope, variable, create | update
        self.unasked: list[tuple[int, bpmn.Event]] = []  # conditional events that began to wait
        self._read, self._joins = conditions.watched(process).readers, topology.joins(process)
        self._plain = plain(process)
        self.generation = 0  # of the command
        self.patient = True  # does what is interrupted wait for the listeners on that?
        self._began, self._asked = state.last_id, False
        self._spent = 0  # activations that did not end in a wait
        self._kept = 0  # effects that stand whatever happens

    # -- what behaviours see

    def node(self, instance: ElementInstance) -> Any:
        """The flow node, or the process itself for the root."""
        return self.process.nodes.get(instance.element, self.process)

    def behaviour(self, instance: ElementInstance) -> Behaviour:
        return self._plain.get(instance.element) or behaviour_of(self.process, self.draft.instances, instance)

    def emit(self, effect: Effect) -> None:
        self.effects.append(effect)

    def wait(self, effect: Effect, instance: ElementInstance) -> None:
        """Emit what has to be withdrawn when the element instance is left."""
        self.effects.append(effect)
        self.waiting.add(instance.id)

    def later(self, action: Action, instance: int, *arguments: Any) -> None:
        """Do it after what is already on the agenda, if the element instance is still there."""
        self.agenda.append((action, instance, arguments))

    def stop_waiting(self, instance: ElementInstance, event: bpmn.Event) -> None:
        """The element instance no longer waits for this event."""
        if type(event.definition) in WAITS and not isinstance(event.definition, bpmn.ConditionalDefinition):
            self.emit(Withdraw(instance.id, event.id, "triggered"))

    # -- variables

    def set_local(self, instance: ElementInstance, variables: Variables) -> None:
        if not variables:
            return
        for name, value in variables.items() if self._read else ():
            if name in self._read and (how := conditions.written(instance.variables, name, value)):
                self.written.append((instance.id, name, how))
        merged = {**instance.variables, **variables}
        if any(map(sizes.is_large, variables.values())) and sizes.exceeds(merged, self.environment.characters):
            most = self.environment.characters // 1024 // 1024
            raise Incident(
                RUNAWAY,
                f"{instance.element} would hold variables of more than {most} MB with {', '.join(variables)}:"
                " keep large data outside, and its address here",
            )
        instance.variables = merged

    def propagate(self, start: ElementInstance, variables: Variables) -> None:
        """Each variable goes to the nearest scope that has it, from `start` outwards, a new one to the process."""
        if not variables:
            return
        scopes = list(self.draft.scopes(start))
        by_owner: dict[int, Variables] = {}
        for name, value in variables.items():
            owner = next((scope for scope in scopes if name in scope.variables), scopes[-1])
            by_owner.setdefault(owner.id, {})[name] = value
        for owner_id, own in by_owner.items():
            self.set_local(self.draft.change(owner_id), own)

    def finish(self, instance: ElementInstance, variables: Variables) -> None:
        """The element is done with this result."""
        if variables:
            if self.node(instance).outputs:
                self.set_local(instance, variables)
            else:
                self.propagate(instance, variables)
        self.complete(instance)

    # -- the life of an element instance

    def arrive(self, node: bpmn.FlowNode, scope: int, **fields: Any) -> ElementInstance:
        """A token reaches `node`: a new element instance, entered soon."""
        instance = self.draft.add(node.id, scope, **fields)
        self.touched.add(scope)
        self.agenda.append((Run.enter, instance.id, ()))
        return instance

    def enter(self, instance: ElementInstance) -> None:
        if self.is_spent():
            return self.run_away(instance)
        if self._goes_on_for_ever():
            return self.stop_growing(instance)
        self._spent += 1
        self.attempt(instance, Run.begin)
        if instance.id in self.draft.instances:
            self._spent -= 1
        return None

    def begin(self, instance: ElementInstance) -> None:
        """Inputs, start listeners, waits, work; goes on behind the listeners that are done already."""
        node, behaviour = self.node(instance), self.behaviour(instance)
        if behaviour.maps_variables and node.inputs and not listeners.has_begun(instance):
            apply_inputs(self, node, instance)
        if behaviour.listens and node.listeners and listeners.call(self, node, instance, "start"):
            return
        if instance.iteration is None and (events := self.process.boundary_events.get(instance.element)):
            watch(self, instance, events)
        starts = self.process.event_subprocess_starts.get(instance.element)
        if starts and is_scope(self.process, self.draft.instances, instance):
            watch(self, instance, starts)
        behaviour.enter(self, node, instance)
        if instance.phase == ENTERING:
            instance.phase = ACTIVE

    def complete(self, instance: ElementInstance) -> None:
        """Leave on the regular way, or stay with an incident and be completed again by a retry."""
        instance.phase = COMPLETING
        self._kept = len(self.effects)
        node, behaviour = self.node(instance), self.behaviour(instance)
        if behaviour.maps_variables and node.outputs and "mapped" not in instance.data:
            apply_outputs(self, node, instance)
            instance.data = {**instance.data, "mapped": True}
        if behaviour.listens and node.listeners and listeners.call(self, node, instance, "end"):
            return
        self._depart(instance, node, behaviour)

    def _depart(self, instance: ElementInstance, node: Any, behaviour: Behaviour) -> None:
        if instance.scope is None:
            self.leave(instance, COMPLETED)
            self.emit(EndProcess("completed", instance.variables, generation=self.generation))
            return
        scope = self.draft.change(instance.scope)
        if instance.iteration is not None:
            body, body_node = self.behaviour(scope), self.node(scope)
            weighed = body.leaving(self, body_node, scope, instance)
            self.leave(instance, COMPLETED)
            body.left(self, body_node, scope, instance, weighed)
        else:
            flows = behaviour.outgoing(self, node, instance)
            self.leave(instance, COMPLETED)
            for flow in flows:
                self.take(flow, scope.id)
        if self.process.compensation_handlers and isinstance(node, bpmn.Activity):
            compensation.remember(self, scope, instance)
        if not scope.children and not scope.tokens:
            self.later(Run.settle, scope.id)

    def settle(self, scope: ElementInstance) -> None:
        """A scope in which nothing is left to do is complete."""
        if scope.children or scope.tokens or scope.phase == TERMINATING:
            return
        if STUCK in scope.data:
            self.resolve(scope)
        if not scope.incident:
            self.attempt(scope, Run._settle)

    def look_again(self, scope: ElementInstance) -> None:
        """Nothing has to be repeated in a scope, but its joins may be released, or it may be done."""
        self.touched.add(scope.id)
        self.later(Run.settle, scope.id)

    def _settle(self, scope: ElementInstance) -> None:
        self.behaviour(scope).emptied(self, self.node(scope), scope)

    def terminate(self, instance: ElementInstance, then: farewells.Following | None = None) -> None:
        """Take away an element instance with everything inside; `then` follows once it is gone."""
        self.clear(instance)
        instance = self.draft.change(instance.id)
        node, behaviour = self.node(instance), self.behaviour(instance)
        if instance.phase == TERMINATING and self.patient:
            instance.data = {**instance.data, farewells.AFTER: then}
            return
        behaviour.terminated(self, node, instance)
        asks = self.patient and behaviour.says_farewell(node, instance)
        if asks or instance.children:
            farewells.stay(self, instance, then)
            if asks:
                farewells.ask(self, node, instance)
            return
        self.leave(instance, TERMINATED)
        farewells.follow(self, instance, then)

    def clear(self, scope: ElementInstance, *, but: int | None = None, then: farewells.Following | None = None) -> None:
        """Terminate everything inside a scope, except one element instance; `then` follows once nothing is left."""
        for child in self.draft.children(scope):
            if child.id != but:
                self.terminate(child)
        for _, gateway in self.draft.waiting_joins(scope):
            self.draft.set_tokens(scope.id, gateway, {})
        if then is not None:
            scope = self.draft.change(scope.id)
            if scope.children:
                scope.data = {**scope.data, farewells.CLEARED: then}
            else:
                farewells.follow(self, scope, then)

    def leave(self, instance: ElementInstance, how: str, reason: str = "") -> None:
        self.draft.remove(instance, how)
        if self.draft.is_stored(instance.id) or instance.id in self.waiting:
            self.emit(Withdraw(instance.id, reason=reason or how))
        if instance.incident:
            self.emit(ResolveIncident(instance.id))
        if instance.scope is not None:
            self.touched.add(instance.scope)

    # -- the way of a token

    def take(self, flow: bpmn.SequenceFlow, scope: int) -> None:
        if flow.target in self._joins:
            joins.arrive(self, flow, scope)
        else:
            self.arrive(self.process.nodes[flow.target], scope, entered_by=(flow.id,))

    # -- trouble

    def attempt(self, instance: ElementInstance, action: Action, *arguments: Any) -> None:
        """Do it, or let the element instance stand with an incident and take back what the attempt announced."""
        self._kept = len(self.effects)
        variables, data = instance.variables, instance.data
        try:
            action(self, instance, *arguments)
        except Incident as incident:
            if instance.phase == ENTERING:
                instance.variables, instance.data = variables, data
            announced = self.effects[self._kept :]
            self.effects[self._kept :] = [e for e in announced if isinstance(e, WarnOfExpression)]
            self.fail(instance, incident.kind, incident.message)

    def is_spent(self) -> bool:
        """Did this step pass as many elements without a wait as it may?"""
        return self._spent >= self.environment.activations

    def has_done_enough(self) -> bool:
        """Is it time to leave further iterations to another step? The rest is for those that are under way."""
        return self._spent >= self.environment.activations // 2

    def run_away(self, instance: ElementInstance) -> None:
        """Stop here: a loop that never waits must not hold the world. A retry goes on from this element."""
        count = f"{self.environment.activations:,}"
        self.fail(
            instance, RUNAWAY, f"More than {count} elements were passed without a wait; stopped at {instance.element}"
        )

    def _goes_on_for_ever(self) -> bool:
        """Did this step just reach the next multiple of what may happen in a process instance without a question?"""
        most = self.environment.happenings
        return not self._asked and self.draft.last_id // most > self._began // most

    def stop_growing(self, instance: ElementInstance) -> None:
        """A loop that waits a moment each time must not grow for ever. A retry goes on, up to the next multiple."""
        self._asked = True
        count = f"{self.draft.last_id:,}"
        self.fail(
            instance,
            RUNAWAY,
            f"{count} things have happened in this process instance; stopped at {instance.element}: resolve the"
            " incident if it should go on, or cancel it",
        )

    def fail(self, instance: ElementInstance, kind: str, message: str) -> None:
        instance.incident = True
        self.emit(RaiseIncident(instance.id, instance.element, kind, message))

    def resolve(self, instance: ElementInstance) -> None:
        """Its incident, if there is one, is over."""
        if instance.incident:
            instance.incident = False
            instance.data = {name: value for name, value in instance.data.items() if name != STUCK}
            self.emit(ResolveIncident(instance.id))

    def end(self, outcome: str, variables: Variables, code: str = "", message: str = "") -> None:
        """End the whole process instance before its time."""
        then = {"how": "end of process", "outcome": outcome, "variables": variables, "code": code, "message": message}
        self.terminate(self.draft.root, then)

    # -- the step

    def drain(self) -> None:
        while self.agenda or self._wake():
            action, id, arguments = self.agenda.popleft()
            if id in self.draft.instances:
                action(self, self.draft.change(id), *arguments)
        for scope in self._stuck():
            gateways = ", ".join(sorted(gateway for _, gateway in self.draft.waiting_joins(scope)))
            scope.data = {**scope.data, STUCK: True}
            told = f"The tokens at {gateways} wait for others that can no longer come: activate the gateway by hand"
            self.fail(scope, UNKNOWN, f"{told} to go on with those that are there, or what leads to it")

    def _wake(self) -> bool:
        """Nothing moves any more: what was waiting for exactly that?"""
        if self.written or self.unasked:
            conditions.ask(self)
        while not self.agenda and self._joins and joins.release(self, self.touched):
            pass
        return bool(self.agenda)

    def _stuck(self) -> Iterable[ElementInstance]:
        for id in self.touched:
            scope = self.draft.instances.get(id)
            if scope is not None and scope.tokens and not scope.children and not scope.incident:
                yield self.draft.change(id)
