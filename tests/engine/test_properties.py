"""Whatever is drawn and whatever happens in which order: a process instance ends, once, and leaves nothing behind.

The shell in memory checks after every step that the counters are right, that the state before was not changed and that
nothing outlives its scope.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from orchestrator.bpmn import model as m
from orchestrator.engine import commands, effects, topology
from orchestrator.engine.state import COMPLETED
from tests.engine import build as b
from tests.engine.memory import World
from tests.engine.random_diagrams import CALLED, CHILD, Block, Drawing, blocks
from tests.engine.stored import Instance, Wait

ACTIONS = ("complete", "complete", "complete", "fail", "throw", "time", "message", "note", "signal", "go", "retry")


class Player:
    def __init__(self, block: Block, data: st.DataObject) -> None:
        self.data, self.world = data, World()
        for called in (CHILD, *CALLED):
            self.world.deploy(called)
        self.world.deploy(Drawing().process(block, data))
        self.instance = self.world.start("process", {"key": 1})

    def tasks(self) -> list[Wait]:
        return [w for w in self.world.waits if isinstance(w.effect, effects.CreateUserTask | effects.CreateJob)]

    def act(self, action: str) -> None:
        tasks = self.tasks()
        if action in ("complete", "fail", "throw") and tasks:
            task = self.data.draw(st.sampled_from(tasks))
            if action == "complete":
                self.world.complete(task, {"done": 1})
            elif isinstance(task.effect, effects.CreateJob):
                self.world.fail(task) if action == "fail" else self.world.throw(task, "X")
        elif action == "time":
            self.world.advance(timedelta(hours=1))
        elif action in ("message", "note"):
            self.world.publish(action, "1", {"from": 1}, timedelta())
        elif action == "signal":
            self.world.broadcast("s", {})
        elif action == "go" and not self.instance.ended:
            root = self.instance.stored.root.id
            self.world.execute(self.instance, commands.SetVariables(root, {"go": self.data.draw(st.booleans())}))
        elif action == "retry":
            self.retry()

    def retry(self) -> None:
        for instance in self.world.instances:
            for number in list(instance.incidents):
                if number in instance.incidents:
                    self.world.execute(instance, commands.Retry(number))

    def finish(self) -> None:
        """Do everything that is still to be done."""
        for _ in range(400):
            if self.instance.ended:
                return
            self.retry()
            for task in self.tasks()[:1]:
                self.world.complete(task)
            if not self.tasks():
                for action in ("message", "signal", "time"):
                    self.act(action)
                if not self.instance.ended:
                    root = self.instance.stored.root.id
                    self.world.execute(self.instance, commands.SetVariables(root, {"go": True}))
        active = sorted(i.element for i in self.instance.stored.instances.values())
        raise AssertionError(f"it does not end: {active} are active")


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(blocks(), st.data())
def test_every_process_instance_ends_and_leaves_nothing_behind(block: Block, data: st.DataObject) -> None:
    player = Player(block, data)
    for action in data.draw(st.lists(st.sampled_from(ACTIONS), max_size=25)):
        if player.instance.ended:
            break
        player.act(action)
    player.finish()
    check_the_end(player)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(blocks(), st.data())
def test_a_cancelled_process_instance_leaves_nothing_behind(block: Block, data: st.DataObject) -> None:
    player = Player(block, data)
    for action in data.draw(st.lists(st.sampled_from(ACTIONS), max_size=8)):
        if not player.instance.ended:
            player.act(action)
    if not player.instance.ended:
        player.world.cancel(player.instance)
    while not player.instance.ended:  # listeners have a say first
        player.retry()
        player.world.complete(player.tasks()[0])
    check_the_end(player)


@st.composite
def tangles(draw: st.DrawFn) -> m.Process:
    """Nodes connected at random: loops, forks that are never joined, joins that starve."""
    kinds = (b.user, b.user, b.service, b.xor, b.parallel, b.inclusive, b.some, b.throw)
    ids = [f"n{number}" for number in range(draw(st.integers(2, 7)))]
    nodes, flows = [], [f"start > {ids[0]}"]
    for id in ids:
        kind = draw(st.sampled_from(kinds))
        targets = draw(st.lists(st.sampled_from([*ids, "end"]), min_size=1, max_size=3, unique=True))
        chooses = kind in (b.xor, b.inclusive)
        nodes.append(kind(id, default=targets[-1]) if chooses else kind(id))
        for target in targets:
            asked = f" if {draw(st.sampled_from(('true', 'false')))}" if chooses and target != targets[-1] else ""
            flows.append(f"{id} > {target}{asked}")
    if draw(st.booleans()):
        nodes.append(b.boundary("late", draw(st.sampled_from(ids)), b.timer("duration", "PT1H"), interrupting=False))
        flows.append(f"late > {draw(st.sampled_from(ids))}")
    return b.process(*nodes, flows="\n".join(flows))


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tangles(), st.data())
def test_no_tangle_stalls_in_silence(process: m.Process, data: st.DataObject) -> None:
    """P7: an active process instance waits for something, or has an incident."""
    world = World()
    world.bounds["activations"] = 100
    world.deploy(process)
    instance = world.start("process")
    for action in data.draw(st.lists(st.sampled_from(("complete", "time", "retry")), max_size=8)):
        assert instance.ended or world.waits or instance.incidents, "it stands still and says nothing"
        tasks = world.open(effects.CreateUserTask) + world.open(effects.CreateJob)
        if action == "complete" and tasks:
            world.complete(data.draw(st.sampled_from(tasks)))
        elif action == "time" and len(world.waits) < 20:  # every timer may start a crowd
            world.advance(timedelta(hours=1))
        elif action == "retry" and instance.incidents:
            world.execute(instance, commands.Retry(next(iter(instance.incidents))))
        check_tokens(instance)
    if not instance.ended:
        world.cancel(instance)
    assert world.waits == []


@st.composite
def crowds(draw: st.DrawFn) -> m.Process:
    """Several tokens come to a join over each of its flows, not as many over one as over the other."""
    ways = draw(st.lists(st.sampled_from(("left", "right")), min_size=2, max_size=6))
    join = draw(st.sampled_from((b.parallel, b.inclusive)))
    flows = ["start > fork", "left > join", "right > join", "join > after > end"]
    flows += [f"fork > t{number} > {way}" for number, way in enumerate(ways)]
    return b.process(b.parallel("fork"), b.throw("left"), b.throw("right"), join("join"), flows="\n".join(flows))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(crowds(), st.data())
def test_a_join_keeps_the_tokens_of_further_rounds(process: m.Process, data: st.DataObject) -> None:
    world = World()
    world.deploy(process)
    instance = world.start("process")
    while not instance.ended and (tasks := world.open(effects.CreateUserTask)):
        world.complete(data.draw(st.sampled_from(tasks)))
        check_tokens(instance)
    assert instance.ended or instance.incidents


def check_tokens(instance: Instance) -> None:
    """What came to a join was passed on or still waits there: no token is lost, none is doubled."""
    if instance.ended:
        return
    left = [gone for step in instance.steps for gone in step.left]
    seen = [*instance.stored.instances.values(), *(gone.instance for gone in left)]
    done = Counter(gone.instance.element for gone in left if gone.how == COMPLETED)
    used = Counter((each.element, flow) for each in seen for flow in each.entered_by)
    root = instance.stored.root.id
    for id in topology.joins(instance.process):
        gateway = instance.process.nodes[id]
        for flow in () if isinstance(gateway, m.ComplexGateway) else gateway.incoming:
            source = instance.process.nodes[flow.source]
            if not isinstance(source, m.ExclusiveGateway | m.InclusiveGateway | m.ComplexGateway):
                waits = instance.stored.joins.get((root, id), {}).get(flow.id, 0)
                assert done[source.id] == used[id, flow.id] + waits, f"tokens of {flow.id}"


def check_the_end(player: Player) -> None:
    instance = player.instance
    event(instance.state)
    assert player.world.waits == []
    assert all(other.ended for other in player.world.instances)
    ends = [e for step in instance.steps for e in step.effects if isinstance(e, effects.EndProcess)]
    assert len(ends) == 1
    entered = [i.id for step in instance.steps for i in step.entered]
    left = [gone.instance.id for step in instance.steps for gone in step.left]
    assert len(left) == len(set(left))
    assert set(entered) <= set(left)
    numbers = sorted([*left, *(gone.at for step in instance.steps for gone in step.left)])
    assert numbers == list(range(1, instance.stored.last_id + 1)), "every number is used once"
