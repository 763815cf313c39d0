"""Random block-structured diagrams: every block is entered at its first node and left at its last."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from orchestrator.bpmn import model as m
from tests.engine import build as b

Block = Any  # the name of a leaf, or (kind, blocks inside)
LEAVES = (
    "user",
    "job",
    "script",
    "receive",
    "wait",
    "race",
    "undoable",
    "guarded job",
    "listened",
    "farewell",
    "called",
    "called up",
    "condition",
)
WRAPPERS = (
    "sub",
    "timed",
    "reminded",
    "each",
    "in turn",
    "loop",
    "interrupted",
    "beside",
    "undoing",
    "rescued",
    "transaction",
    "bookings",
    "terminated",
    "escalated",
    "shouted",
    "chosen",
    "error",
)
SPLITS = ("and", "xor", "or", "some")


def blocks() -> st.SearchStrategy[Block]:
    return st.recursive(
        st.sampled_from(LEAVES),
        lambda inner: st.one_of(
            st.tuples(st.just("seq"), st.lists(inner, min_size=1, max_size=3)),
            st.tuples(st.sampled_from(SPLITS), st.lists(inner, min_size=2, max_size=3)),
            st.tuples(st.sampled_from(WRAPPERS), st.lists(inner, min_size=1, max_size=1)),
        ),
        max_leaves=8,
    )


class Scope:
    """What is drawn so far in one scope."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing, self.nodes, self.flows = drawing, list[b.Draw](), list[str]()

    def add(self, draw: Callable[..., b.Draw], kind: str, *args: Any, **attributes: Any) -> str:
        id = f"{kind}{next(self.drawing.numbers)}"
        self.nodes.append(draw(id, *args, **attributes))
        return id

    def flow(self, *path: str, condition: str = "") -> None:
        self.flows.append(" > ".join(path) + (f" if {condition}" if condition else ""))

    def inside(self, block: Block, *more: b.Draw, ends: Any = None) -> tuple[tuple[b.Draw, ...], str]:
        """The nodes and flows of a scope inside this one that holds `block` between its start and end."""
        scope = Scope(self.drawing)
        scope.nodes += more
        first, last = scope.draw(block)
        scope.flow("start", first)
        scope.flow(last, scope.add(b.end, "end", ends))
        return tuple(scope.nodes), "\n".join(scope.flows)

    def draw(self, block: Block) -> tuple[str, str]:
        if isinstance(block, str):
            return BLOCKS[block](self)
        kind, parts = block
        return BLOCKS[kind](self, parts)


class Drawing:
    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self.undo: dict[str, str] = {}

    def process(self, block: Block, choices: st.DataObject) -> m.Process:
        self.choices = choices
        nodes, flows = Scope(self).inside(block)
        return b.process(*nodes, flows=flows, undo=self.undo)

    def coin(self) -> bool:
        return bool(self.choices.draw(st.booleans()))


# -- leaves


def _one(draw: Callable[..., b.Draw], kind: str, *args: Any, **attributes: Any) -> Callable[[Scope], tuple[str, str]]:
    def leaf(scope: Scope) -> tuple[str, str]:
        id = scope.add(draw, kind, *args, **attributes)
        return id, id

    return leaf


def _race(scope: Scope) -> tuple[str, str]:
    gate, meet = scope.add(b.event_based, "race"), scope.add(b.xor, "meet")
    for event in (b.message("message"), b.timer("duration", "PT2H"), b.signal("s")):
        scope.flow(gate, scope.add(b.catch, "catch", event), meet)
    return gate, meet


def _undoable(scope: Scope) -> tuple[str, str]:
    task, undo = scope.add(b.service, "done"), scope.add(b.service, "undo", for_compensation=True)
    scope.drawing.undo[task] = undo
    if not scope.drawing.coin():
        return task, task
    back = scope.add(b.throw, "back", b.compensation())
    scope.flow(task, back)
    return task, back


def _guarded_job(scope: Scope) -> tuple[str, str]:
    task, meet = scope.add(b.service, "job"), scope.add(b.xor, "meet")
    caught = scope.add(b.boundary, "caught", task, b.error())
    scope.flow(task, meet)
    scope.flow(caught, meet)
    return task, meet


def _called_up(scope: Scope) -> tuple[str, str]:
    """A called process that escalates, and who hears it."""
    call, meet = scope.add(b.call, "call", "caller"), scope.add(b.xor, "meet")
    interrupting = scope.drawing.coin()
    up = scope.add(b.boundary, "up", call, b.escalation("UP"), interrupting=interrupting)
    scope.flow(call, meet)
    scope.flow(up, meet if interrupting else scope.add(b.end, "end"))
    return call, meet


# -- wrappers


def _sub(scope: Scope, parts: list[Block], **attributes: Any) -> tuple[str, str]:
    nodes, flows = scope.inside(parts[0])
    id = scope.add(lambda id: b.sub(id, *nodes, flows=flows, **attributes), "sub")
    return id, id


def _with_boundary(definition: Any, **attributes: Any) -> Callable[[Scope, list[Block]], tuple[str, str]]:
    def wrapper(scope: Scope, parts: list[Block]) -> tuple[str, str]:
        id, _ = _sub(scope, parts)
        event = scope.add(b.boundary, "event", id, definition, **attributes)
        if not attributes.get("interrupting", True):
            scope.flow(event, scope.add(b.user, "extra"), scope.add(b.end, "end"))
            return id, id
        meet = scope.add(b.xor, "meet")
        scope.flow(id, meet)
        scope.flow(event, meet)
        return id, meet

    return wrapper


def _repeated(**marker: Any) -> Callable[[Scope, list[Block]], tuple[str, str]]:
    return lambda scope, parts: _sub(scope, parts, **marker)


def _event_sub(definition: Any, interrupting: bool) -> Callable[[Scope, list[Block]], tuple[str, str]]:
    def wrapper(scope: Scope, parts: list[Block]) -> tuple[str, str]:
        number = next(scope.drawing.numbers)
        start = b.start(f"begin{number}", definition, interrupting=interrupting)
        handler = b.event_sub(f"handler{number}", start, flows=f"begin{number} > tidy{number} > end")
        nodes, flows = scope.inside(parts[0], handler)
        id = scope.add(lambda id: b.sub(id, *nodes, flows=flows), "sub")
        return id, id

    return wrapper


def _undoing(scope: Scope, parts: list[Block]) -> tuple[str, str]:
    """An event sub-process that undoes what was done."""
    number = next(scope.drawing.numbers)
    start, back = b.start(f"begin{number}", b.message("note")), b.throw(f"back{number}", b.compensation())
    handler = b.event_sub(f"handler{number}", start, back, flows=f"begin{number} > back{number} > tidy{number} > end")
    nodes, flows = scope.inside(parts[0], handler)
    id = scope.add(lambda id: b.sub(id, *nodes, flows=flows), "sub")
    return id, id


def _rescued(scope: Scope, parts: list[Block]) -> tuple[str, str]:
    """An error that ends the scope, and an event sub-process that catches it."""
    number = next(scope.drawing.numbers)
    start = b.start(f"begin{number}", b.error("X"))
    handler = b.event_sub(f"handler{number}", start, flows=f"begin{number} > tidy{number} > end")
    nodes, flows = scope.inside(parts[0], handler, ends=b.error("X"))
    id = scope.add(lambda id: b.sub(id, *nodes, flows=flows), "sub")
    return id, id


def _terminated(scope: Scope, parts: list[Block]) -> tuple[str, str]:
    """Work beside a task that ends all of it."""
    inner = Scope(scope.drawing)
    first, last = inner.draw(parts[0])
    fork, task = inner.add(b.parallel, "fork"), inner.add(b.user, "user")
    inner.flow("start", fork, first)
    inner.flow(last, inner.add(b.end, "end"))
    inner.flow(fork, task, inner.add(b.end, "stop", b.terminate))
    id = scope.add(lambda id: b.sub(id, *inner.nodes, flows="\n".join(inner.flows)), "sub")
    return id, id


def _heard(definition: Any) -> Callable[[Scope, list[Block]], tuple[str, str]]:
    """What the end of a scope throws, and its border hears."""

    def wrapper(scope: Scope, parts: list[Block]) -> tuple[str, str]:
        nodes, flows = scope.inside(parts[0], ends=definition)
        id, meet = scope.add(lambda id: b.sub(id, *nodes, flows=flows), "sub"), scope.add(b.xor, "meet")
        interrupting = scope.drawing.coin()
        event = scope.add(b.boundary, "heard", id, definition, interrupting=interrupting)
        scope.flow(id, meet)
        scope.flow(event, meet if interrupting else scope.add(b.end, "end"))
        return id, meet

    return wrapper


def _bookings(scope: Scope, parts: list[Block]) -> tuple[str, str]:
    return _transaction(scope, parts, multi_instance=b.each("[1, 2]", "i"))


def _transaction(scope: Scope, parts: list[Block], **attributes: Any) -> tuple[str, str]:
    nodes, flows = scope.inside(parts[0], ends=b.cancel if scope.drawing.coin() else None)
    id = scope.add(lambda id: b.transaction(id, *nodes, flows=flows, **attributes), "transaction")
    event, meet = scope.add(b.boundary, "cancelled", id, b.cancel), scope.add(b.xor, "meet")
    scope.flow(id, meet)
    scope.flow(event, meet)
    return id, meet


def _error(scope: Scope, parts: list[Block]) -> tuple[str, str]:
    nodes, flows = scope.inside(parts[0], ends=b.error("X"))
    id = scope.add(lambda id: b.sub(id, *nodes, flows=flows), "sub")
    event = scope.add(b.boundary, "caught", id, b.error("X"))
    return id, event


def _chosen(scope: Scope, parts: list[Block]) -> tuple[str, str]:
    inner = Scope(scope.drawing)
    first, _ = inner.draw(parts[0])
    known = f'= ["{first}"]'
    flows = "\n".join(inner.flows)
    id = scope.add(lambda id: b.ad_hoc(id, *inner.nodes, flows=flows, active_elements=known), "adhoc")
    return id, id


# -- splits


def _split(fork: Callable[..., b.Draw], join: Callable[..., b.Draw]) -> Callable[[Scope, list[Block]], tuple[str, str]]:
    def split(scope: Scope, parts: list[Block]) -> tuple[str, str]:
        ends = [scope.draw(part) for part in parts]
        conditional = fork is not b.parallel
        default = {"default": ends[-1][0]} if conditional else {}
        gate, meet = scope.add(fork, "fork", **default), scope.add(join, "meet")
        for first, last in ends:
            chosen = conditional and first != ends[-1][0]
            scope.flow(gate, first, condition=str(scope.drawing.coin()).lower() if chosen else "")
            scope.flow(last, meet)
        return gate, meet

    return split


def _seq(scope: Scope, parts: list[Block]) -> tuple[str, str]:
    ends = [scope.draw(part) for part in parts]
    for (_, last), (first, _) in itertools.pairwise(ends):
        scope.flow(last, first)
    return ends[0][0], ends[-1][1]


CALLED = (
    b.process(b.throw("tell", b.escalation("UP")), flows="start > tell > told > end", id="escalates"),
    b.process(b.call("inner", "escalates"), flows="start > inner > end", id="caller"),
)
CHILD = b.process(b.service("child_job"), flows="start > child_job > end", id="child")
BLOCKS: dict[str, Callable[..., tuple[str, str]]] = {
    "user": _one(b.user, "user"),
    "job": _one(b.service, "job"),
    "script": _one(b.script, "script", "= 1", "x"),
    "receive": _one(b.receive, "receive", "message"),
    "wait": _one(b.catch, "wait", b.timer("duration", "PT1H")),
    "race": _race,
    "undoable": _undoable,
    "guarded job": _guarded_job,
    "listened": _one(b.user, "listened", listeners=(("start", "before"), ("end", "after"))),
    "farewell": _one(b.user, "farewell", task_listeners=(m.Listener("canceling", m.Job("farewell")),)),
    "called": _one(b.call, "call", "child"),
    "called up": _called_up,
    "condition": _one(b.catch, "condition", b.condition("go = true")),
    "seq": _seq,
    "and": _split(b.parallel, b.parallel),
    "xor": _split(b.xor, b.xor),
    "or": _split(b.inclusive, b.inclusive),
    "some": _split(b.parallel, b.some),
    "sub": _sub,
    "timed": _with_boundary(b.timer("duration", "PT3H")),
    "reminded": _with_boundary(b.timer("cycle", "R2/PT1H"), interrupting=False),
    "each": _repeated(multi_instance=b.each("[1, 2]", "i", output_collection="all", output_element="= i")),
    "in turn": _repeated(multi_instance=b.each("[1, 2]", "i", sequential=True)),
    "loop": _repeated(standard_loop=b.loop("loopCounter < 2")),
    "interrupted": _event_sub(b.timer("duration", "PT3H"), interrupting=True),
    "beside": _event_sub(b.message("note"), interrupting=False),
    "undoing": _undoing,
    "rescued": _rescued,
    "transaction": _transaction,
    "bookings": _bookings,
    "terminated": _terminated,
    "escalated": _heard(b.escalation("E")),
    "shouted": _heard(b.signal("shout")),
    "chosen": _chosen,
    "error": _error,
}
