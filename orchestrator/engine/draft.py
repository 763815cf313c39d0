"""The working copy of a state during one step: what is touched is copied, everything else is shared.

An element instance got from `change` or `add` may be written to until the step ends. Its dictionaries may not: they are
replaced, because the state before the step still holds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.engine.state import (
    COMPLETED,
    DONE,
    RESULT,
    ElementInstance,
    ItemNotLoaded,
    Left,
    ResultsNotLoaded,
    Round,
    ScopeNotLoaded,
    State,
)

JoinKey = tuple[int, str]  # scope, gateway


def scopes(instances: Mapping[int, ElementInstance], instance: ElementInstance) -> Iterator[ElementInstance]:
    """The instance itself, then every scope around it, innermost first."""
    here: ElementInstance | None = instance
    while here is not None:
        yield here
        here = instances[here.scope] if here.scope is not None else None


def left_behind(left: Left) -> Round | None:
    """What an iteration keeps for its body; None: nothing."""
    data = left.instance.data
    if left.how != COMPLETED or (RESULT not in data and DONE not in data):
        return None
    done = data.get(DONE, [])
    return Round(left.at, data.get(RESULT), done, left.instance.variables if done else {})


class Draft:
    __slots__ = (
        "_base",
        "_by_scope",
        "_complete",
        "_items",
        "_mine",
        "instances",
        "joins",
        "joins_changed",
        "last_id",
        "left",
    )

    def __init__(self, state: State) -> None:
        self._base = state
        self.instances = dict(state.instances)
        self.joins = dict(state.joins)
        self.last_id = state.last_id
        self.left: list[Left] = []
        self.joins_changed: set[JoinKey] = set()
        self._mine: dict[int, None] = {}  # copied or added in this step
        self._complete: set[int] = set()  # scopes added in this step: all their children are known
        self._items: dict[int, dict[int, Any]] = {}  # of bodies that began in this step
        self._by_scope: dict[int, dict[int, None]] | None = None  # built when somebody asks for children

    # -- reading

    @property
    def root(self) -> ElementInstance:
        return next(instance for instance in self.instances.values() if instance.scope is None)

    def is_stored(self, id: int) -> bool:
        """Was it there before this step?"""
        return id <= self._base.last_id

    def scopes(self, instance: ElementInstance) -> Iterator[ElementInstance]:
        """The instance itself, then every scope around it, innermost first."""
        return scopes(self.instances, instance)

    def children(self, scope: ElementInstance) -> list[ElementInstance]:
        """All active element instances directly inside. Raises ScopeNotLoaded when some are not known."""
        if not scope.children:
            return []
        if self._by_scope is None:
            self._by_scope = {}
            for instance in self.instances.values():
                if instance.scope is not None:
                    self._by_scope.setdefault(instance.scope, {})[instance.id] = None
        found = [self.instances[id] for id in self._by_scope.get(scope.id, ())]
        if len(found) != scope.children:
            self._require(scope)
        return found

    def knows_children(self, scope: ElementInstance) -> bool:
        try:
            self.children(scope)
        except ScopeNotLoaded:
            return False
        return True

    def knows_inside(self, scope: ElementInstance, elements: frozenset[str]) -> bool:
        """All instances of these elements inside, as far as they were there before this step?"""
        return elements <= self._base.inside.get(scope.id, frozenset())

    def waiting_joins(self, scope: ElementInstance) -> list[JoinKey]:
        """The gateways directly inside at which tokens wait. Raises ScopeNotLoaded when they are not known."""
        if not scope.tokens:
            return []
        found = [key for key in self.joins if key[0] == scope.id]
        if sum(sum(self.joins[key].values()) for key in found) != scope.tokens:
            self._require(scope)
        return found

    def results(self, body: ElementInstance) -> dict[int, Any]:
        """Iteration -> result of the completed iterations of a multi-instance. Raises ResultsNotLoaded."""
        return {iteration: round.result for iteration, round in self.rounds(body.id).items()}

    def rounds(self, body: int) -> dict[int, Round]:
        """What the completed iterations of a body left that may have ended itself. Raises ResultsNotLoaded."""
        known = self._base.results.get(body)
        if known is None and self.is_stored(body):
            raise ResultsNotLoaded(body)
        return {**(known or {}), **self._new_rounds(body)}

    def item(self, body: ElementInstance, iteration: int) -> Any:
        """Of a multi-instance. Raises ItemNotLoaded."""
        known = self._items.get(body.id) or self._base.items.get(body.id, {})
        if iteration not in known:
            raise ItemNotLoaded(body.id, iteration)
        return known[iteration]

    def _new_rounds(self, body: int) -> dict[int, Round]:
        return {
            left.instance.iteration: round
            for left in self.left
            if left.instance.scope == body and left.instance.iteration is not None and (round := left_behind(left))
        }

    def _require(self, scope: ElementInstance) -> None:
        if scope.id not in self._complete and scope.id not in self._base.complete_scopes:
            raise ScopeNotLoaded(scope.id)

    # -- writing

    def change(self, id: int) -> ElementInstance:
        """The instance, to be written to."""
        instance = self.instances[id]
        if id in self._mine:
            return instance
        copy = ElementInstance(
            instance.id,
            instance.element,
            instance.scope,
            instance.variables,
            instance.phase,
            instance.children,
            instance.tokens,
            instance.entered_by,
            instance.iteration,
            instance.loop,
            instance.incident,
            instance.data,
        )
        self.instances[id] = copy
        self._mine[id] = None
        return copy

    def add(self, element: str, scope: int | None, **fields: Any) -> ElementInstance:
        self.last_id += 1
        instance = ElementInstance(self.last_id, element, scope, **fields)
        self.instances[instance.id] = instance
        self._mine[instance.id] = None
        self._complete.add(instance.id)
        if scope is not None:
            self.change(scope).children += 1
            if self._by_scope is not None:
                self._by_scope.setdefault(scope, {})[instance.id] = None
        return instance

    def remove(self, instance: ElementInstance, how: str) -> None:
        self.last_id += 1
        del self.instances[instance.id]
        self.left.append(Left(instance, self.last_id, how))
        if instance.scope is not None:
            self.change(instance.scope).children -= 1
            if self._by_scope is not None:
                del self._by_scope[instance.scope][instance.id]

    def keep_items(self, body: ElementInstance, items: list[Any]) -> None:
        self._items[body.id] = dict(enumerate(items, 1))

    def set_tokens(self, scope: int, gateway: str, tokens: dict[str, int]) -> None:
        """Replace the tokens that wait at a join; `tokens` must not be kept by the caller."""
        key = (scope, gateway)
        before = sum(self.joins.get(key, {}).values())
        self.change(scope).tokens += sum(tokens.values()) - before
        self.joins_changed.add(key)
        if tokens:
            self.joins[key] = tokens
        else:
            self.joins.pop(key, None)

    # -- the end

    def state(self) -> State:
        return State(
            instances=self.instances,
            joins=self.joins,
            last_id=self.last_id,
            complete_scopes=(self._base.complete_scopes | self._complete) & self.instances.keys(),
            called=self._base.called,
            results={body: self._results_after(body) for body in self._bodies()},
            items={body: items for body, items in (self._base.items | self._items).items() if self._goes_on(body)},
        )

    def _goes_on(self, body: int) -> bool:
        """Are there iterations that have not begun?"""
        instance = self.instances.get(body)
        return instance is not None and instance.loop is not None and instance.loop.started < instance.loop.size

    def items(self) -> dict[int, dict[int, Any]]:
        """What is left of the items that came in this step, by body and iteration."""
        return {
            body: {iteration: item for iteration, item in items.items() if iteration > self._started(body)}
            for body, items in self._items.items()
            if self._goes_on(body)
        }

    def _started(self, body: int) -> int:
        loop = self.instances[body].loop
        return 0 if loop is None else loop.started

    def _bodies(self) -> set[int]:
        """Bodies of which all is known after this step that their iterations left. Those that have ended may still be
        compensated.
        """
        undoable = {
            left.instance.scope or 0
            for left in self.left
            if left.instance.iteration is not None and DONE in left.instance.data
        }
        began = {id for id in self._mine if id in self.instances and self.instances[id].loop is not None}
        kept = {
            body
            for body, rounds in self._base.results.items()
            if body in self.instances or body in undoable or any(round.done for round in rounds.values())
        }
        return kept | {body for body in began | undoable if not self._had_begun(body)}

    def _had_begun(self, body: int) -> bool:
        before = self._base.instances.get(body)
        return before is not None and before.loop is not None

    def _results_after(self, body: int) -> dict[int, Round]:
        return {**self._base.results.get(body, {}), **self._new_rounds(body)}

    def entered(self) -> tuple[ElementInstance, ...]:
        last = self._base.last_id
        return tuple(self.instances[id] for id in self._mine if id > last and id in self.instances)

    def changed(self) -> tuple[ElementInstance, ...]:
        last = self._base.last_id
        return tuple(self.instances[id] for id in self._mine if id <= last and id in self.instances)
