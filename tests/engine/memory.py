"""The world of process tests, suspicious: it loads as little as the real shell does, and checks every step.

What is loaded is what a command names, the scopes around it, and the rest when a step asks. After every step nothing
may have been mutated behind its back, and the counters must tell the truth.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from orchestrator.bpmn import model as bpmn
from orchestrator.engine import (
    Environment,
    InstancesNotLoaded,
    ItemNotLoaded,
    ResultsNotLoaded,
    ScopeNotLoaded,
    State,
    Step,
    advance,
    commands,
    new_state,
)
from orchestrator.process_tests import world
from tests.engine.stored import Instance, Variables, Wait


class World(world.World):
    """Every process instance, and what they wait for."""

    def __init__(self, decide: Any = None) -> None:
        super().__init__(decide)
        self.bounds: dict[str, Any] = {}  # of the environment, where a test wants others
        self.loads = 0  # how often a step asked for what was not there

    # -- commands

    def add(self, process: bpmn.Process, parent: Any = None, key: str = "") -> Instance:
        instance = Instance(next(self.numbers), process, parent, key, stored=new_state(parent is not None))
        self.instances.append(instance)
        return instance

    def start(
        self,
        process: str | bpmn.Process,
        variables: Variables | None = None,
        start_event: str | None = None,
        start_before: tuple[str, ...] = (),
    ) -> Instance:
        instance = self.add(self.processes[process] if isinstance(process, str) else process)
        self.execute(instance, commands.Start(dict(variables or {}), start_event, start_before))
        return instance

    def fail(self, wait: Wait, message: str = "it broke") -> None:
        super().fail(wait, message)

    # -- one step

    def environment(self, instance: Any) -> Environment:
        return replace(super().environment(instance), **self.bounds)

    def advanced(self, instance: Any, command: commands.Command) -> Step:
        state = self._load(instance, command)
        while True:
            before = copy.deepcopy(state)
            try:
                step = advance(instance.process, state, command, self.environment(instance))
            except ScopeNotLoaded as missing:
                self._load_children(instance, state, missing.scope)
            except InstancesNotLoaded as missing:
                self._load_inside(instance, state, missing)
            except ItemNotLoaded as missing:
                self._load_item(instance, state, missing)
            except ResultsNotLoaded as missing:
                self._load_results(instance, state, missing.body)
            else:
                break
        assert state == before, "the state was changed"
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

    def _load_inside(self, instance: Instance, state: State, missing: InstancesNotLoaded) -> None:
        self.loads += 1
        found: dict[int, Any] = {}
        todo = list(missing.scopes)
        while todo:
            here = instance.stored.instances[todo.pop()]
            if here.element in missing.ways:
                inside = [i for i in instance.stored.instances.values() if i.scope == here.id]
                found.update({i.id: i for i in inside if i.element in missing.elements})
                todo += [i.id for i in inside if i.element in missing.elements]
        state.instances.update({id: i for id, i in found.items() if id not in state.instances})
        state.joins.update({k: tokens for k, tokens in instance.stored.joins.items() if k[0] in found})
        for scope in missing.scopes:
            known = state.inside.get(scope, frozenset())
            assert not missing.elements <= known, "they were loaded"
            state.inside[scope] = known | missing.elements

    def _load_item(self, instance: Instance, state: State, missing: ItemNotLoaded) -> None:
        known = state.items.setdefault(missing.body, {})
        assert missing.iteration not in known, "the item was loaded"
        self.loads += 1
        kept, following = instance.items[missing.body], range(missing.iteration, missing.iteration + 1 + len(known))
        known.update((number, kept[number]) for number in following if number in kept)  # twice as many each time

    def _load_results(self, instance: Instance, state: State, body: int) -> None:
        assert body not in state.results, "the results were loaded"
        self.loads += 1
        state.results[body] = dict(instance.results.get(body, {}))
