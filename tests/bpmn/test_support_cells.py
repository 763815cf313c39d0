"""Every cell of the support tables: drawn as small as can be, it runs to its end, or is refused with its sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from orchestrator import bpmn
from orchestrator.bpmn import support
from orchestrator.engine import Decided, commands, effects
from tests.bpmn import cells
from tests.bpmn.draw import element, file
from tests.engine.memory import World
from tests.engine.stored import Instance

CALLED = cells.process(cells.START, cells.END, flows="s-e").replace(b'id="p"', b'id="called"')
EVENT_CELLS = [
    (tag, position)
    for tag in support.EVENT_POSITIONS
    for position in support.POSITIONS
    if (tag, position) != ("compensateEventDefinition", "non-interrupting boundary")  # it interrupts nothing either way
]
TIMER_CELLS = [(position, kind) for position in support.TIMER_KINDS for kind in cells.TIMES]
ACTIVITY_TAGS = [tag for tag in support.FLOW_NODES if not tag.endswith(("Event", "Gateway"))]
GATEWAY_TAGS = [tag for tag in support.FLOW_NODES if tag.endswith("Gateway")]
EXTENSION_CELLS = [(tag, place) for tag in support.EXTENSIONS for place in sorted(support.FLOW_NODES)]


def refusals(xml: bytes) -> list[str]:
    try:
        return [problem.message for problem in bpmn.problems(bpmn.parse(xml))]
    except bpmn.BpmnError as error:
        return [problem.message for problem in error.problems]


def played(xml: bytes, start_event: str | None = None) -> Instance:
    """The instance after everything that can happen to it has happened, once each."""
    assert refusals(xml) == []
    world = World(lambda key, binding, variables: Decided(1, {}))
    for content in (xml, CALLED):
        for process in bpmn.parse(content).processes.values():
            world.deploy(process)
    instance = world.start("p", {"key": "k", "go": False}, start_event)
    for _ in range(20):
        if instance.ended:
            break
        for move in MOVES:
            move(world, instance)
    assert world.state_of(instance) == "completed", (world.waits, instance.incidents)
    return instance


def _triggers(world: World, instance: Instance) -> None:
    """Messages, signals, conditions and timers come before people do their work, so that events win."""
    world.publish("msg", "k", {}, timedelta(0))
    world.broadcast("sig", {})
    if not instance.ended and not instance.stored.root.variables["go"]:
        world.execute(instance, commands.SetVariables(instance.stored.root.id, {"go": True}))
    if not instance.ended:
        world.advance(timedelta(hours=2))


def _work(world: World, instance: Instance) -> None:
    tasks = [*world.open(effects.CreateUserTask), *world.open(effects.CreateJob)]
    if tasks:
        world.complete(tasks[0])


MOVES: tuple[Callable[[World, Instance], None], ...] = (_triggers, _work)


def happened(instance: Instance, element: str) -> int:
    return sum(1 for _, id, what in instance.history if id == element and what == "completed")


@pytest.mark.parametrize(("tag", "position"), EVENT_CELLS)
def test_an_event_executes_at_its_positions_and_nowhere_else(tag: str, position: str) -> None:
    xml = cells.POSITIONS[position](cells.trigger(tag, position), tag)
    if position not in support.EVENT_POSITIONS[tag]:
        what = f"As {support.POSITIONS[position]}, a trigger of the kind “{tag.removesuffix('EventDefinition')}”"
        assert any(what in message for message in refusals(xml)), refusals(xml)
        return
    instance = played(xml, "x" if position == "start" else None)
    ended_by_itself = tag == "errorEventDefinition" and position == "end"  # its scope is terminated with it
    undone = tag == "compensateEventDefinition" and position == "boundary"  # stands for its handler
    assert happened(instance, "b" if ended_by_itself else "undo" if undone else "x") == 1


@pytest.mark.parametrize(("position", "kind"), TIMER_CELLS)
def test_a_timer_says_when_in_the_ways_of_its_position(position: str, kind: str) -> None:
    xml = cells.POSITIONS[position](cells.timer(kind), "timerEventDefinition")
    if kind in support.TIMER_KINDS[position]:
        assert happened(played(xml, "x" if position == "start" else None), "x") == 1
    else:
        assert any(f"a timer with a {kind} has no meaning" in message for message in refusals(xml)), refusals(xml)


@pytest.mark.parametrize("tag", ACTIVITY_TAGS)
@pytest.mark.parametrize("loop", cells.LOOPS)
def test_an_activity_executes_alone_and_repeated(tag: str, loop: str) -> None:
    assert happened(played(cells.activity(tag, loop)), "x") == (1 if loop == "plain" else 2)


@pytest.mark.parametrize("tag", GATEWAY_TAGS)
def test_a_gateway_forks_and_joins(tag: str) -> None:
    assert happened(played(cells.gateway(tag)), "x") == 1


@pytest.mark.parametrize(("tag", "place"), EXTENSION_CELLS)
def test_an_extension_has_a_meaning_at_its_places_and_is_refused_elsewhere(tag: str, place: str) -> None:
    """A part of the dialect may need others beside it; only the sentence about its place is looked for."""
    found = refusals(cells.process(element(place, "x", f"<zeebe:{tag}/>"), flows=""))
    what = support.FLOW_NODES[place]
    sentence = f"zeebe:{tag} has no meaning on {'an' if what[0] in 'aeiou' else 'a'} {what}: remove it"
    assert (sentence in found) == (place not in support.EXTENSIONS[tag])


@pytest.mark.parametrize("tag", support.REFUSED_EXTENSIONS)
def test_an_extension_that_is_known_and_not_executed_is_refused_with_a_hint(tag: str) -> None:
    found = refusals(cells.process(element("serviceTask", "x", f"<zeebe:{tag}/>"), flows=""))
    assert f"zeebe:{tag}: {support.REFUSED_EXTENSIONS[tag]}" in found


@pytest.mark.parametrize("attribute", support.FIXED_ATTRIBUTES)
def test_an_attribute_that_is_understood_with_one_value_is_refused_with_another(attribute: str) -> None:
    found = refusals(cells.process(element("task", "x", attributes=f'{attribute}="other"'), flows=""))
    assert f"{attribute} is other: {support.FIXED_ATTRIBUTES[attribute][1]}" in found


@pytest.mark.parametrize(
    "tag", ["choreographyTask", "subChoreography", "callChoreography", "globalUserTask", "implicitThrowEvent"]
)
def test_a_flow_node_that_is_in_no_table_is_refused(tag: str) -> None:
    assert f"{tag} is not executed" in refusals(cells.process(element(tag, "x"), flows=""))


@pytest.mark.parametrize("extension", support.EXTENSION_ATTRIBUTES)
def test_an_attribute_of_an_extension_that_nobody_reads_is_refused(extension: str) -> None:
    holder = next((tag for tag, parts in support.EXTENSION_PARTS.items() if extension in parts), "")
    inner = f'<zeebe:{extension} colour="red"/>'
    if holder == "headers" or extension == "header":
        holder = "taskHeaders"
    drawn = f"<zeebe:{holder}>{inner}</zeebe:{holder}>" if holder else inner
    place = sorted(support.EXTENSIONS.get(holder or extension, {"serviceTask"}) & support.FLOW_NODES.keys())
    xml = cells.process(element(place[0], "x", drawn), flows="") if place else _OUTSIDE[extension](drawn)
    assert any(re.search(f"attribute colour of zeebe:{extension} is not", message) for message in refusals(xml))


def _holding(drawn: str) -> str:
    return f"<bpmn:extensionElements>{drawn}</bpmn:extensionElements>"


def _on_message(drawn: str) -> bytes:
    return file(cells.START, f'<bpmn:message id="m" name="m">{_holding(drawn)}</bpmn:message>')


def _on_process(drawn: str) -> bytes:
    return cells.process(cells.START, flows="", extensions=drawn)


def _on_part(tag: str, part: str) -> Callable[[str], bytes]:
    def drawn_on_it(drawn: str) -> bytes:
        return cells.process(element(tag, "x", inner=f"<bpmn:{part}>{_holding(drawn)}</bpmn:{part}>"), flows="")

    return drawn_on_it


_OUTSIDE: dict[str, Callable[[str], bytes]] = {
    "subscription": _on_message,
    "versionTag": _on_process,
    "loopCharacteristics": _on_part("task", "multiInstanceLoopCharacteristics"),
    "conditionalFilter": _on_part("intermediateCatchEvent", "conditionalEventDefinition"),
}
