"""What the shell in memory keeps of a process instance, and what it checks after every step."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from orchestrator.engine import Step, effects
from orchestrator.engine.draft import left_behind
from orchestrator.engine.state import Round
from orchestrator.process_tests import instances
from orchestrator.process_tests.instances import Wait

Variables = dict[str, Any]


@dataclass(eq=False)
class Instance(instances.Instance):
    """A process instance with all its steps; `results` and `items` of multi-instance bodies, by iteration."""

    steps: list[Step] = field(default_factory=list)
    results: dict[int, dict[int, Round]] = field(default_factory=dict)
    items: dict[int, dict[int, Any]] = field(default_factory=dict)

    def store(self, step: Step) -> None:
        known = set(self.stored.instances)
        assert all(i.id in known for i in step.changed)
        assert not any(i.id in known for i in step.entered)
        for left in step.left:
            done = left.instance
            if done.scope is not None and done.iteration is not None and (round := left_behind(left)):
                self.results.setdefault(done.scope, {})[done.iteration] = round
        assert not self.items.keys() & step.items.keys(), "the items were kept already"
        self.items.update(step.items)
        super().store(step)
        self.flows += [(step.last_id, flow) for waiting in step.joins.values() for flow in waiting]
        self.steps.append(step)
        self._check(step)

    def _check(self, step: Step) -> None:
        state = self.stored
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
        self._check_incidents(step)
        if any(isinstance(effect, effects.EndProcess) for effect in step.effects):
            assert not state.instances, "element instances are left behind"
            assert not state.joins, "tokens are left behind"

    def _check_incidents(self, step: Step) -> None:
        open_now = set(self.incidents)
        for effect in step.effects:
            if isinstance(effect, effects.RaiseIncident):
                assert effect.instance not in open_now, "an incident on top of an incident"
                open_now.add(effect.instance)
            if isinstance(effect, effects.ResolveIncident):
                open_now.remove(effect.instance)
        assert open_now <= set(self.stored.instances), "an incident is left behind"


__all__ = ["Instance", "Variables", "Wait"]
