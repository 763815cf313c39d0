"""What the world in memory keeps: process instances, what they wait for, messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import isodate

from orchestrator.bpmn import model as bpmn
from orchestrator.engine import State, Step, Variables, effects, listeners, new_state, task_listeners
from orchestrator.engine.roles import is_body, is_round

Lasting = timedelta | isodate.Duration


class Endless(Exception):
    """Something goes on and on: str() says what, for a modeller."""


@dataclass(eq=False)
class Wait:
    """Something an element instance waits for: a task, a job, a timer, a message or a signal."""

    number: int
    instance: Instance
    owner: int  # the element instance
    event: str
    effect: Any
    due: datetime | None = None
    repeat: int | None = 1
    attempts: int = 0  # failed attempts of a job
    not_before: datetime | None = None  # of a job's next attempt

    @property
    def names(self) -> tuple[str, ...]:
        """What a test may call this job: its element and its type; by its type alone the job of a listener at an
        element that has work of its own.
        """
        node = self.instance.process.nodes.get(self.event, self.instance.process)
        holder = self.instance.stored.instances.get(self.owner)
        listens = holder is not None and (listeners.awaited(node, holder) or task_listeners.awaited(holder))
        return (self.effect.type,) if listens and getattr(node, "job", None) else (self.event, self.effect.type)


@dataclass(eq=False)
class Message:
    number: int
    name: str
    key: str
    variables: Variables
    expires: datetime
    processes: set[str] = field(default_factory=set)  # to which it was correlated
    generation: int = 0


@dataclass(eq=False)
class Instance:
    """A process instance. `history` holds (number, element, activated | completed | terminated), `flows` the numbers
    and ids of sequence flows taken, `reached` every element that was entered.
    """

    id: int
    process: bpmn.Process
    parent: tuple[Instance, int] | None = None
    correlation_key: str = ""
    state: str = "active"
    stored: State = field(default_factory=new_state)
    variables: Variables = field(default_factory=dict)
    history: list[tuple[int, str, str]] = field(default_factory=list)
    flows: list[tuple[int, str]] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    incidents: dict[int, effects.RaiseIncident] = field(default_factory=dict)
    warnings: list[effects.WarnOfExpression] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return self.state != "active"

    def store(self, step: Step) -> None:
        """Keep the difference that a step made."""
        before = self.stored
        instances = dict(before.instances)
        for left in step.left:
            instances.pop(left.instance.id, None)
        instances.update({i.id: i for i in (*step.entered, *step.changed)})
        joins = {key: tokens for key, tokens in before.joins.items() if key not in step.joins}
        joins.update({key: tokens for key, tokens in step.joins.items() if tokens})
        kept = step.state
        self.stored = State(
            instances, joins, step.last_id, called=before.called, results=kept.results, items=kept.items
        )
        self._record(set(before.instances), step)

    def _record(self, known: set[int], step: Step) -> None:
        """Elements and flows; the bodies around iterations and the rounds of ad-hoc sub-processes are no events."""
        everybody = {**self.stored.instances, **{left.instance.id: left.instance for left in step.left}}
        left = [(left.at, left.instance, left.how) for left in step.left]
        new = [i for i in (*step.entered, *(left.instance for left in step.left)) if i.id not in known]
        for number, i, what in [*((i.id, i, "activated") for i in new), *left]:
            node = self.process.nodes.get(i.element, self.process)
            hidden = is_body(node, i) or (i.scope in everybody and is_round(node, everybody, i))
            if not hidden:
                self.history.append((number, i.element, what))
        self.reached |= {i.element for i in new}
        self.flows += [(i.id, flow) for i in new for flow in i.entered_by]
        self.history.sort(key=lambda entry: entry[0])

    @property
    def path(self) -> list[str]:
        """Sequence flows as they were taken and elements as they were completed, in order."""
        taken = [(number - 0.5, flow) for number, flow in self.flows]
        done = [(float(number), element) for number, element, what in self.history if what == "completed"]
        return [id for _, id in sorted([*taken, *done], key=lambda entry: entry[0]) if id != self.process.id]

    @property
    def gathered(self) -> list[str]:
        """Joining gateways at which tokens wait for others, with the sequence flows on which these came."""
        waiting = {gateway: sorted(flows) for (_, gateway), flows in self.stored.joins.items() if flows}
        return [f"{gateway}, by {' and '.join(flows)}" for gateway, flows in sorted(waiting.items())]

    @property
    def standing(self) -> list[str]:
        """The elements at which tokens stand: active, and nothing inside them is. One entry per element instance."""
        around = {i.scope for i in self.stored.instances.values()}
        leaves = [i for i in self.stored.instances.values() if i.id not in around and i.scope is not None]
        return sorted(i.element for i in leaves)
