"""Where one process instance stands: its active element instances and the tokens that wait at joins.

A state may be partial. It always holds an element instance together with every scope around it; the children of a scope
are only known where `complete_scopes` says so. A step that needs the children of another scope raises `ScopeNotLoaded`,
one that needs others further inside `InstancesNotLoaded`, one that needs the results of a multi-instance
`ResultsNotLoaded`, and one that needs its next item `ItemNotLoaded`; the shell loads them and repeats the step. So a
step on one of 10,000 siblings costs what a step on one of 10 costs, whether they come at once or in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Variables = dict[str, Any]

ENTERING, ACTIVE, COMPLETING = "entering", "active", "completing"  # phases of an active element instance
TERMINATING = "terminating"  # the same: its task listeners have a say before it is gone (`farewells`)
STUCK = "stuck"  # in a scope's data: its incident says that only tokens at joins are left
LISTENING = "task listener"  # in a user task's data: what its task listeners are asked about
COMPLETED, TERMINATED = "completed", "terminated"  # how it was left


class ScopeNotLoaded(Exception):
    """The step needs the children of this scope."""

    def __init__(self, scope: int) -> None:
        super().__init__(f"the children of element instance {scope} are not loaded")
        self.scope = scope


class InstancesNotLoaded(Exception):
    """The step needs the active element instances of `elements` that are inside these scopes, as far as one comes
    through instances of `ways`.
    """

    def __init__(self, scopes: tuple[int, ...], elements: frozenset[str], ways: frozenset[str]) -> None:
        named = ", ".join(sorted(elements))
        super().__init__(f"the instances of {named} inside {', '.join(map(str, scopes))} are not loaded")
        self.scopes, self.elements, self.ways = scopes, elements, ways


class ResultsNotLoaded(Exception):
    """The step needs what the completed iterations of this body left in their data: a `Round` each."""

    def __init__(self, body: int) -> None:
        super().__init__(f"the results of element instance {body} are not loaded")
        self.body = body


class ItemNotLoaded(Exception):
    """The step needs the item of this iteration of a multi-instance body, and perhaps those that follow."""

    def __init__(self, body: int, iteration: int) -> None:
        super().__init__(f"item {iteration} of element instance {body} is not loaded")
        self.body, self.iteration = body, iteration


# In the data of a completed iteration: its part of the output collection, and what can be compensated in it.
RESULT, DONE = "result", "completed"


@dataclass(frozen=True, slots=True)
class Round:
    """What a completed iteration of a body left. `at` counts like an id, `done` is what can be compensated, in the
    order of its completion, and `variables` are those that its handlers see.
    """

    at: int
    result: Any = None
    done: list[dict[str, Any]] = field(default_factory=list)
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True)
class Loop:
    """The progress of a multi-instance body, a standard loop or an ad-hoc sub-process; `size` is the number of items.

    The items are kept apart, and the results of a multi-instance stay with its iterations: large collections are
    neither read nor stored again with every step. `results` are those of an ad-hoc sub-process. All are counted as
    started once no further iteration is to begin.
    """

    started: int = 0
    completed: int = 0
    terminated: int = 0
    results: list[Any] = field(default_factory=list)
    size: int = 0


@dataclass(slots=True)
class ElementInstance:
    """One activation of an element. `id` counts what happened in the process instance, so it also orders.

    `children` counts active element instances directly inside, and `tokens` those waiting at joins directly inside;
    a scope
    with none of either is done. `entered_by` are the sequence flows whose tokens it consumed. `iteration` is
    1-based, None
    outside a multi-instance. `phase` tells a retry where to go on.
    """

    id: int
    element: str
    scope: int | None
    variables: Variables = field(default_factory=dict)
    phase: str = ENTERING
    children: int = 0
    tokens: int = 0
    entered_by: tuple[str, ...] = ()
    iteration: int | None = None
    loop: Loop | None = None
    incident: bool = False
    data: dict[str, Any] = field(default_factory=dict)  # what a behaviour remembers: compensation, listeners, ...


@dataclass(slots=True)
class State:
    """`last_id` is the number of the last thing that happened; `joins` maps (scope, gateway) to waiting tokens per
    flow. `results` maps a body to what its completed iterations left, where that is known, `items`
    to what is known of its items, by iteration. `inside` tells of scopes for which elements all instances inside are
    known.
    """

    instances: dict[int, ElementInstance] = field(default_factory=dict)
    joins: dict[tuple[int, str], dict[str, int]] = field(default_factory=dict)
    last_id: int = 0
    complete_scopes: set[int] = field(default_factory=set)
    called: bool = False  # by a call activity of another process instance
    results: dict[int, dict[int, Round]] = field(default_factory=dict)
    items: dict[int, dict[int, Any]] = field(default_factory=dict)
    inside: dict[int, frozenset[str]] = field(default_factory=dict)

    @property
    def root(self) -> ElementInstance:
        return next(instance for instance in self.instances.values() if instance.scope is None)

    def scopes(self, instance: ElementInstance) -> Iterator[ElementInstance]:
        """The instance itself, then every scope around it, innermost first."""
        here: ElementInstance | None = instance
        while here is not None:
            yield here
            here = self.instances.get(here.scope) if here.scope is not None else None

    def visible(self, instance: ElementInstance) -> Variables:
        """The variables an expression at this instance sees; inner scopes hide outer ones."""
        merged: Variables = {}
        for scope in reversed(list(self.scopes(instance))):
            merged.update(scope.variables)
        if instance.data and (asked := instance.data.get(LISTENING)):
            merged.update(asked["variables"])  # with which the task is about to be completed
        return merged


@dataclass(frozen=True, slots=True)
class Left:
    """An element instance that this step left: `at` counts like its id, `how` is completed or terminated."""

    instance: ElementInstance
    at: int
    how: str
