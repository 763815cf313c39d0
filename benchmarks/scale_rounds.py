"""What `benchmarks.scale` builds and measures. Needs Django to be configured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator.models import ElementInstance, ProcessDefinition, ProcessInstance
from orchestrator.runtime import definitions
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.execution import start
from tasks_inbox import operations
from tasks_inbox.models import HumanTask

ROUNDS = 40
DEPLOYMENT = 10.0  # seconds
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="https://baton.example/benchmarks">'
)
EACH = """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>
<zeebe:loopCharacteristics inputCollection="= items" inputElement="item" outputCollection="results"
 outputElement="= {item: item, answer: answer, note: note}"/></bpmn:extensionElements>
</bpmn:multiInstanceLoopCharacteristics>"""


def process(id: str, nodes: list[tuple[str, str]], inner: str = "") -> bytes:
    """A chain of (tag and attributes, content); the first user task gets `inner`."""
    ids = [f"e{number}" for number in range(len(nodes))]
    drawn = "".join(
        f'<bpmn:{tag} id="{node}">{content}</bpmn:{tag.split()[0]}>'
        for node, (tag, content) in zip(ids, nodes, strict=True)
    )
    flows = "".join(f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairwise(ids))
    return (
        f'{HEAD}<bpmn:process id="{id}" isExecutable="true">{drawn}{flows}</bpmn:process></bpmn:definitions>'.encode()
    )


USER = (
    "<bpmn:extensionElements><zeebe:userTask/>"
    '<zeebe:assignmentDefinition candidateGroups="Clerks"/></bpmn:extensionElements>'
)
SCRIPT = '<bpmn:extensionElements><zeebe:script expression="= 1" resultVariable="x"/></bpmn:extensionElements>'


@dataclass(frozen=True)
class Cost:
    """Of one completion."""

    milliseconds: float
    statements: float
    wal: float  # bytes


def measured(tasks: Iterator[HumanTask], person: User) -> Callable[[], Cost]:
    def one() -> Cost:
        task = next(tasks)
        before_wal, begun = _wal(), time.perf_counter()
        operations.complete(task=task, user=person, data={"answer": "yes", "note": "seen"})
        spent = time.perf_counter() - begun
        return Cost(spent * 1000, 0, _wal() - before_wal)

    return one


def _wal() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])


def statements(tasks: Iterator[HumanTask], person: User) -> int:
    task = next(tasks)
    with CaptureQueriesContext(connection) as queries:
        operations.complete(task=task, user=person, data={"answer": "yes", "note": "seen"})
    return len([query for query in queries if not query["sql"].startswith(("BEGIN", "COMMIT"))])


def compare(what: str, small: Iterator[HumanTask], large: Iterator[HumanTask], person: User, bound: float) -> bool:
    """In turns, so that both meet the same weather."""
    counted = statements(small, person), statements(large, person)
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    ones = measured(small, person), measured(large, person)
    for _ in range(ROUNDS):
        for cost, one in zip(costs, ones, strict=True):
            cost.append(one())
    medians = [statistics.median(cost.milliseconds for cost in side) for side in costs]
    wal = [statistics.median(cost.wal for cost in side) for side in costs]
    ratio = medians[1] / medians[0]
    print(
        f"{what}: {medians[0]:.2f} ms -> {medians[1]:.2f} ms, {ratio:.2f} times (at most {bound}); "
        f"statements {counted[0]} -> {counted[1]}; WAL {wal[0] / 1024:.1f} kB -> {wal[1] / 1024:.1f} kB"
    )
    return ratio <= bound and counted[1] <= counted[0] * bound


def _tasks(instance: ProcessInstance) -> list[HumanTask]:
    return list(HumanTask.objects.filter(process_instance=instance, completed_at=None).order_by("number"))


def siblings(person: User, many: int) -> bool:
    deploy(
        {"siblings.bpmn": process("siblings", [("startEvent", ""), ("userTask", USER + EACH), ("endEvent", "")])},
        by=None,
    )
    definition = ProcessDefinition.objects.get(key="siblings")

    def ten(beside: list[int]) -> Iterator[HumanTask]:
        while True:
            yield from _tasks(start(definition, {"items": list(range(10)), "beside": beside}))[:9]

    begun, items = time.perf_counter(), list(range(many))
    large = iter(_tasks(start(definition, {"items": items})))
    print(f"{many:,} siblings started in {time.perf_counter() - begun:.1f} s")
    what = f"Completing one of {many:,} instead of 10"
    # The list itself is a variable of the case, which a step reads: apart from it, the siblings cost nothing.
    held = compare(what, ten([]), large, person, 2.0)
    return compare(f"{what}, the same list in both cases", ten(items), large, person, 1.3) and held


def in_turn(person: User, many: int) -> bool:
    each = EACH.replace("Characteristics>", 'Characteristics isSequential="true">', 1)
    body = [("startEvent", ""), ("userTask", USER + each), ("endEvent", "")]
    deploy({"turns.bpmn": process("turns", body)}, by=None)
    definition = ProcessDefinition.objects.get(key="turns")

    def of(size: int) -> Iterator[HumanTask]:
        """Never the last one: that puts the results together."""
        while True:
            instance = start(definition, {"items": [f"item {number}" for number in range(size)]})
            for _ in range(size - 1):
                yield _tasks(instance)[0]

    begun = time.perf_counter()
    large = of(many)
    next(large)
    print(f"{many:,} in sequence started in {time.perf_counter() - begun:.1f} s")
    large = of(many)
    return compare(f"One step of a sequential multi-instance of {many:,} instead of 10", of(10), large, person, 2.0)


def watched(person: User, many: int) -> bool:
    """In each of them a task on whose border a condition is."""
    each = (
        EACH[: EACH.index(" outputCollection")] + "/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    asks = "<bpmn:conditionalEventDefinition><bpmn:condition>= alarm</bpmn:condition></bpmn:conditionalEventDefinition>"
    inside = (
        f'<bpmn:startEvent id="in"/><bpmn:userTask id="ask">{USER}</bpmn:userTask><bpmn:endEvent id="out"/>'
        f'<bpmn:boundaryEvent id="when" attachedToRef="ask">{asks}</bpmn:boundaryEvent><bpmn:endEvent id="alarmed"/>'
        '<bpmn:sequenceFlow id="f1" sourceRef="in" targetRef="ask"/>'
        '<bpmn:sequenceFlow id="f2" sourceRef="ask" targetRef="out"/>'
        '<bpmn:sequenceFlow id="f3" sourceRef="when" targetRef="alarmed"/>'
    )
    deploy(
        {"watched.bpmn": process("watched", [("startEvent", ""), ("subProcess", each + inside), ("endEvent", "")])},
        by=None,
    )
    definition = ProcessDefinition.objects.get(key="watched")

    def of(size: int) -> Iterator[HumanTask]:
        while True:
            yield from _tasks(start(definition, {"items": list(range(size)), "alarm": False}))[:-1]

    what = f"Completing one of {many:,} with a conditional event each instead of 10"
    return compare(what, of(10), of(many), person, 2.0)


def undoable(person: User, many: int) -> bool:
    """In each of them a task that can be compensated; before that is measured, half of the large one is completed."""
    each = (
        EACH[: EACH.index(" outputCollection")] + "/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    inside = (
        f'<bpmn:startEvent id="in"/><bpmn:userTask id="ask">{USER}</bpmn:userTask><bpmn:endEvent id="out"/>'
        '<bpmn:boundaryEvent id="undo" attachedToRef="ask"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>'
        '<bpmn:scriptTask id="undone" isForCompensation="true">' + SCRIPT + "</bpmn:scriptTask>"
        '<bpmn:association id="a1" sourceRef="undo" targetRef="undone"/>'
        '<bpmn:sequenceFlow id="f1" sourceRef="in" targetRef="ask"/>'
        '<bpmn:sequenceFlow id="f2" sourceRef="ask" targetRef="out"/>'
    )
    deploy(
        {"undoable.bpmn": process("undoable", [("startEvent", ""), ("subProcess", each + inside), ("endEvent", "")])},
        by=None,
    )
    definition = ProcessDefinition.objects.get(key="undoable")

    def of(size: int) -> Iterator[HumanTask]:
        while True:
            yield from _tasks(start(definition, {"items": list(range(size))}))[:-1]

    large = of(many)
    for task in islice(large, many // 2):
        operations.complete(task=task, user=person, data={})
    what = f"Completing one of {many:,} that can be undone instead of 10"
    return compare(what, of(10), large, person, 2.0)


def history(person: User, finished: int) -> bool:
    """A loop of a hundred user tasks, whose instance has that many finished element instances already."""
    body = [("startEvent", ""), ("userTask", USER + LOOP), ("endEvent", "")]
    deploy({"long.bpmn": process("long", body)}, by=None)
    definition = ProcessDefinition.objects.get(key="long")
    old, new = start(definition, {}), start(definition, {})
    with connection.cursor() as cursor:
        cursor.execute(_FINISHED, {"instance": old.pk, "count": finished})
        cursor.execute("ANALYZE orchestrator_elementinstance")

    def of(instance: ProcessInstance) -> Iterator[HumanTask]:
        while True:
            yield _tasks(instance)[0]

    return compare(f"A step after {finished:,} finished elements instead of none", of(new), of(old), person, 1.5)


LOOP = '<bpmn:standardLoopCharacteristics loopMaximum="1000"/>'
_FINISHED = """
INSERT INTO orchestrator_elementinstance (process_instance_id, number, left_number, element, element_type, scope, state,
  phase, variables, children, tokens, entered_by, iteration, data, incident, entered_at, left_at)
SELECT %(instance)s, -2 * i, 1 - 2 * i, 'e1', 'userTask', 1, 'completed', 'completing', '{"answer": "yes"}', 0, 0, '{}',
  1, '{}', false, now(), now() FROM generate_series(1, %(count)s) i"""


def large_model(person: User, elements: int) -> bool:
    """One long chain behind the first user task: deploying it is one thing, starting it another."""
    chain = [("startEvent", ""), ("userTask", USER), *[("scriptTask", SCRIPT)] * (elements - 3), ("endEvent", "")]
    begun = time.perf_counter()
    deploy({"large.bpmn": process("large", chain)}, by=None)
    deployed = time.perf_counter() - begun
    deploy({"small.bpmn": process("small", [("startEvent", ""), ("userTask", USER), ("endEvent", "")])}, by=None)
    definition = {name: ProcessDefinition.objects.get(key=name) for name in ("small", "large")}
    definitions.forget()
    begun = time.perf_counter()
    start(definition["large"], {})
    first = time.perf_counter() - begun
    started: dict[str, list[float]] = {"small": [], "large": []}
    for _ in range(ROUNDS):
        for name, row in definition.items():
            begun = time.perf_counter()
            start(row, {})
            started[name].append((time.perf_counter() - begun) * 1000)
    small, large = (statistics.median(started[name]) for name in ("small", "large"))
    print(
        f"A model of {elements:,} elements: deployed in {deployed:.2f} s (at most {DEPLOYMENT:.0f}), first start "
        f"{first:.2f} s, a start {small:.2f} ms -> {large:.2f} ms, {large / small:.2f} times (at most 1.5)"
    )
    return deployed <= DEPLOYMENT and large / small <= 1.5


def run(many: int, watching: int, finished: int, elements: int) -> int:
    person = User.objects.create_user("clerk")
    person.groups.add(Group.objects.create(name="Clerks"))
    held = [
        siblings(person, many),
        in_turn(person, many),
        watched(person, watching),
        undoable(person, watching),
        history(person, finished),
        large_model(person, elements),
    ]
    print(f"{ElementInstance.objects.count():,} element instances in all; {'held' if all(held) else 'MISSED'}")
    return 0 if all(held) else 1
