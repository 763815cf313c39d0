"""A state in the words of another version: whatever is under way goes on there and ends, and nothing is left behind."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.bpmn import model as m
from orchestrator.engine import commands, effects, migration
from tests.engine.build import boundary, event_sub, message, process, service, start, sub, timer
from tests.engine.play import Play
from tests.engine.random_diagrams import Block, blocks
from tests.engine.test_properties import ACTIONS, Player, check_the_end

SUBSCRIBED = (effects.ScheduleTimer, effects.SubscribeMessage, effects.SubscribeSignal)


def renamed(process: m.Process) -> m.Process:
    """The same drawing, every element and sequence flow under another name."""

    def new(id: str) -> str:
        return id if id == process.id else f"{id}_"

    def flow(old: m.SequenceFlow) -> m.SequenceFlow:
        return replace(old, id=new(old.id), source=new(old.source), target=new(old.target))

    def node(old: Any) -> Any:
        has = {field.name for field in fields(old)}
        changed: dict[str, Any] = {"id": new(old.id), "scope": new(old.scope)}
        changed |= {name: tuple(map(flow, getattr(old, name))) for name in ("incoming", "outgoing")}
        changed |= {name: new(getattr(old, name)) for name in ("attached_to", "default") if getattr(old, name, None)}
        definition = getattr(old, "definition", None) if "definition" in has else None
        if isinstance(definition, m.CompensationDefinition) and definition.activity:
            changed["definition"] = replace(definition, activity=new(definition.activity))
        return replace(old, **changed)

    handlers = {new(activity): new(handler) for activity, handler in process.compensation_handlers.items()}
    return replace(
        process, nodes={new(id): node(old) for id, old in process.nodes.items()}, compensation_handlers=handlers
    )


def migrate(play: Any, target: m.Process, mapped: dict[str, str]) -> None:
    """What the shell does: rename what waits, close what is gone, and take the step that opens the rest."""
    instance, source = play.instance, play.instance.process
    assert migration.unfit(source, target, mapped) == []
    assert migration.misfits(source, target, mapped, instance.stored) == []
    done = migration.translate(source, target, mapped, instance.stored)
    instance.process, instance.stored, instance.results = target, done.state, done.state.results
    names = {(number, event): other for number, event, other in done.renamed}
    world = play.world
    world.waits = [w for w in world.waits if w.instance is not instance or (w.owner, w.event) not in done.gone]
    for wait in world.waits:
        if wait.instance is instance:
            wait.event = names.get((wait.owner, wait.event), mapped.get(wait.event, wait.event))
    world.execute(instance, commands.Migrate())


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(blocks(), st.data())
def test_whatever_is_under_way_goes_on_under_other_names(block: Block, data: st.DataObject) -> None:
    player = Player(block, data)
    source = player.instance.process
    target = renamed(source)
    there = {id: f"{id}_" for id in source.nodes}
    back = {new: old for old, new in there.items()}
    for action in data.draw(st.lists(st.sampled_from((*ACTIONS, "migrate", "migrate")), max_size=14)):
        if player.instance.ended:
            break
        if action != "migrate":
            player.act(action)
        elif player.instance.process is source:
            migrate(player, target, there)
        else:
            migrate(player, source, back)
    player.finish()
    check_the_end(player)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(blocks(), st.data())
def test_every_open_wait_is_known_and_the_same_version_changes_nothing(block: Block, data: st.DataObject) -> None:
    player = Player(block, data)
    process = player.instance.process
    same = {id: id for id in process.nodes}
    assert migration.propose(process, process) == same
    for action in data.draw(st.lists(st.sampled_from(ACTIONS), max_size=10)):
        if player.instance.ended:
            return
        stored = player.instance.stored
        done = migration.translate(process, process, same, stored)
        assert (done.renamed, done.gone, done.forgotten) == ([], [], [])
        assert done.state.instances == stored.instances
        closed = migration.translate(process, renamed(process), {id: f"{id}_" for id in process.nodes}, stored)
        known = {(number, event) for number, event, _ in closed.renamed}
        mine = [wait for wait in player.world.waits if wait.instance is player.instance]
        assert {(w.owner, w.event) for w in mine if isinstance(w.effect, SUBSCRIBED)} <= known
        player.act(action)


def test_an_event_sub_process_that_the_target_adds_listens_and_one_that_it_lacks_is_deaf() -> None:
    def listening(name: str) -> m.Process:
        handler = event_sub("h" + name, start("e" + name, message(name)), flows=f"e{name} > tidy{name} > end{name}")
        return process(handler, flows="start > a > end")

    play = Play(listening("x"), key=1)
    source, target = play.instance.process, listening("y")
    migrate(play, target, migration.propose(source, target))
    assert play.awaited == ["a", "ey"]
    assert play.publish("x").tasks == ["a"]
    assert play.publish("y").tasks == ["tidyy"]


def test_a_border_that_is_added_inside_a_sub_process_is_watched() -> None:
    inside = sub("s", flows="start > a > end")
    watched = sub("s", boundary("late", "a", timer("duration", "PT1H")), flows="start > a > end\nlate > end2")
    play = Play(process(inside, flows="start > s > end"))
    source, target = play.instance.process, process(watched, flows="start > s > end")
    migrate(play, target, migration.propose(source, target))
    assert play.awaited == ["a", "late"]
    assert play.after("PT2H").state == "completed"


def test_an_element_that_changed_its_scope_or_kind_is_not_proposed() -> None:
    outside = process(sub("s", flows="start > b > end"), flows="start > a > s > end")
    inside = process(sub("s", flows="start > a > end"), service("b"), flows="start > s > b > end")
    assert "a" not in migration.propose(outside, inside)
    assert "b" not in migration.propose(outside, inside)
    assert migration.propose(outside, inside)["s"] == "s"


def test_a_listener_that_is_under_way_must_be_there_in_the_target_too() -> None:
    told = service("a", listeners=(("start", "hello"),))
    silent = service("a")
    play = Play(process(told, flows="start > a > end"))
    source, target = play.instance.process, process(silent, flows="start > a > end")
    (misfit,) = migration.misfits(source, target, {"a": "a", "start": "start", "end": "end"}, play.instance.stored)
    assert "waits for a listener" in misfit.message
    play.complete("a")  # the listener has answered: the work itself goes on there
    assert migration.misfits(source, target, {"a": "a", "start": "start", "end": "end"}, play.instance.stored) == []
