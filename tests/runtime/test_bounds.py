"""What no process instance can hold is refused with a sentence, and nothing is stored."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db.models.functions import Now

from orchestrator.engine import commands
from orchestrator.engine.behaviours import publishing
from orchestrator.models import Incident, Message, ProcessInstance
from orchestrator.runtime import incidents, jobs, messages, variables
from orchestrator.runtime.execution import execute
from orchestrator.runtime.variables import InvalidVariables
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, play

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_small_variables_that_are_too_many_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variables, "MAX_HELD", 1_000)
    case = play(d.process(d.start(), d.user("a"), d.user("b"), d.end(), flows="s-a a-b b-e"), kept="x" * 500)
    with pytest.raises(InvalidVariables, match="p would hold variables of"):
        execute(case.pk, commands.Complete(case.number("a"), {f"v{n}": "y" * 90 for n in range(9)}))
    assert (case.active, case.variables) == (["a"], {"kept": "x" * 500})


def echo(definition: str, roots: str, *between: str) -> bytes:
    """A process that is started by what it throws at its end."""
    again = d.element("endEvent", "again", "<zeebe:publishMessage/>" if "message" in definition else "", definition)
    ids = ["s", *(f"n{n}" for n in range(len(between))), "again"]
    flows = " ".join(f"{a}-{b}" for a, b in pairwise(ids))
    return d.process(d.start(definition), *between, again, flows=flows, roots=roots)


@pytest.mark.parametrize(
    ("definition", "roots"),
    [(d.message("ping"), d.START_MESSAGE.format("ping")), (d.signal("ping"), d.SIGNAL.format("ping"))],
)
def test_processes_that_start_each_other_for_ever_end_as_an_incident(
    monkeypatch: pytest.MonkeyPatch, definition: str, roots: str
) -> None:
    monkeypatch.setattr(publishing, "GENERATIONS", 4)
    deployed(echo(definition, roots))
    messages.publish("ping")
    messages.broadcast_signal("ping")
    jobs.sweep()
    assert ProcessInstance.objects.count() == 5
    incident = Incident.objects.get()
    assert (incident.element, incident.kind) == ("again", "RUNAWAY")
    assert "have led to each other in a row" in incident.message
    incidents.retry(incident, by=None)
    jobs.sweep()
    assert ProcessInstance.objects.count() == 9  # it begins to count anew


def test_processes_that_wait_before_they_start_the_next_may_go_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "GENERATIONS", 2)
    deployed(echo(d.message("ping"), d.START_MESSAGE.format("ping"), d.user("n0")))
    messages.publish("ping")
    for _ in range(4):
        case = Case(ProcessInstance.objects.get(state="active").pk)
        case.complete("n0")
        jobs.sweep()
    assert not Incident.objects.exists()
    assert ProcessInstance.objects.filter(state="completed").count() == 4


GO = d.MESSAGE.format("go")
SAY = d.message("go").replace(
    "/>",
    '><bpmn:extensionElements><zeebe:publishMessage correlationKey="=key" timeToLive="PT1H"/></bpmn:extensionElements>'
    "</bpmn:messageEventDefinition>",
)


def round_and_round(*nodes: str, roots: str, id: str = "p", start: str = "") -> bytes:
    """A loop without an end through these elements, n0, n1, ..."""
    ids = ["merge", *(f"n{number}" for number in range(len(nodes))), "merge"]
    flows = " ".join(["s-merge", *(f"{a}-{b}" for a, b in pairwise(ids))])
    return d.process(d.start(start), d.element("exclusiveGateway", "merge"), *nodes, flows=flows, roots=roots, id=id)


def say(id: str, definition: str) -> str:
    return d.element("intermediateThrowEvent", id, inner=definition)


def hear(id: str, definition: str) -> str:
    return d.element("intermediateCatchEvent", id, inner=definition)


def test_a_process_that_talks_to_itself_ends_as_an_incident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "GENERATIONS", 4)
    case = play(round_and_round(say("n0", SAY), hear("n1", d.message("go")), roots=GO), key="k")
    jobs.sweep()
    (incident,) = case.incidents
    assert (incident.element, incident.kind) == ("n0", "RUNAWAY")
    assert (case.count()["n0"], case.count()["n1"]) == (4, 4)
    incidents.retry(incident, by=None)
    jobs.sweep()
    assert (len(case.incidents), case.count()["n0"]) == (1, 8)  # the retry begins a new row


def test_a_call_in_between_does_not_hide_that_a_process_talks_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "GENERATIONS", 4)
    drawn = round_and_round(say("n0", SAY), hear("n1", d.message("go")), d.call("n2", "short"), roots=GO)
    deployed(drawn, short=d.process(d.start(), d.end(), flows="s-e", id="short"))
    case = play(drawn, key="k")
    jobs.sweep()
    assert [incident.element for incident in case.incidents] == ["n0"]


def test_processes_that_signal_each_other_for_ever_end_as_an_incident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "GENERATIONS", 4)
    roots = d.SIGNAL.format("a") + d.SIGNAL.format("b")
    first = play(round_and_round(hear("n0", d.signal("a")), say("n1", d.signal("b")), roots=roots))
    play(round_and_round(hear("n0", d.signal("b")), say("n1", d.signal("a")), roots=roots))
    messages.broadcast_signal("a")
    jobs.sweep()
    assert [incident.kind for incident in Incident.objects.all()] == ["RUNAWAY"]
    assert first.count()["n1"] == 2


def test_a_message_that_waits_for_the_end_of_its_sender_starts_no_endless_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one key one instance runs at a time; the next one is started when it has ended."""
    monkeypatch.setattr(publishing, "GENERATIONS", 4)
    drawn = d.process(
        d.start(d.message("go")), say("n0", SAY.replace("=key", "k")), d.end(), flows="s-n0 n0-e", roots=GO
    )
    deployed(drawn)
    messages.publish("go", "k")
    jobs.sweep()
    assert ProcessInstance.objects.count() == 5
    assert Incident.objects.get().element == "n0"


def test_a_message_that_rested_begins_a_new_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "GENERATIONS", 2)
    case = play(round_and_round(say("n0", SAY), d.user("n1"), hear("n2", d.message("go")), roots=GO), key="k")
    for _ in range(4):
        Message.objects.update(published_at=Now() - timedelta(minutes=1))
        case.complete("n1")
        jobs.sweep()
    assert not case.incidents
    assert case.count()["n0"] == 5


def test_a_row_that_branches_ends_before_it_has_outgrown_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each instance starts two more by messages: after twenty in a row there would be a million."""
    monkeypatch.setattr(publishing, "GENERATIONS", 20)
    again = [
        d.element("intermediateThrowEvent", id, "<zeebe:publishMessage/>", d.message("ping")) for id in ("n0", "n1")
    ]
    roots = d.START_MESSAGE.format("ping")
    deployed(d.process(d.start(d.message("ping")), *again, d.end(), flows="s-n0 n0-n1 n1-e", roots=roots))
    messages.publish("ping")
    while jobs.sweep():
        pass
    assert ProcessInstance.objects.count() == 31
    assert ProcessInstance.objects.filter(state="active").count() == Incident.objects.count() == 16


def test_two_processes_that_each_wake_both_by_a_signal_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "GENERATIONS", 20)
    roots = d.SIGNAL.format("ping")
    drawn = d.process(d.start(d.signal("ping")), d.end("again", d.signal("ping")), flows="s-again", roots=roots)
    deployed(drawn, q=d.named("q", drawn))
    messages.broadcast_signal("ping")
    while jobs.sweep():
        pass
    assert (ProcessInstance.objects.count(), Incident.objects.count()) == (62, 32)
