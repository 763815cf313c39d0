"""What no process instance can hold is refused with a sentence, and nothing is stored."""

from __future__ import annotations

from itertools import pairwise

import pytest

from orchestrator.engine import commands
from orchestrator.engine.behaviours import publishing
from orchestrator.models import Incident, ProcessInstance
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
    assert "have started each other in a row" in incident.message
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
