"""Execution listeners through jobs and rows, those of the process itself included."""

from __future__ import annotations

import pytest

from orchestrator.connectors import ConnectorError, JobRequest
from orchestrator.engine import commands
from orchestrator.models import Job
from orchestrator.runtime import incidents, jobs
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from orchestrator.runtime.execution import execute
from tests.runtime import diagrams as d
from tests.runtime.cases import play
from tests.runtime.workers import answers, worker

pytestmark = pytest.mark.django_db


def listeners(*calls: tuple[str, str], inner: str = "") -> str:
    drawn = "".join(
        f'<zeebe:executionListener eventType="{event}" type="{type}">{inner}</zeebe:executionListener>'
        for event, type in calls
    )
    return f"<zeebe:executionListeners>{drawn}</zeebe:executionListeners>"


def listened(*calls: tuple[str, str], inner: str = "") -> bytes:
    extensions = listeners(*calls, inner=inner)
    return d.process(d.start(), d.user("a"), d.end(), flows="s-a a-e", extensions=extensions)


def test_a_process_waits_for_its_listeners_at_both_ends() -> None:
    with worker("test-open", answers({"opened": True})), worker("test-close", answers({"closed": True})) as closing:
        case = play(listened(("start", "test-open"), ("end", "test-close")))
        assert case.active == []
        jobs.sweep()
        assert case.active == ["a"]
        case.complete("a", amount=3)
        assert case.state == "active"
        jobs.sweep()
    assert (case.state, case.variables) == ("completed", {"opened": True, "amount": 3, "closed": True})
    assert closing[0].variables == {"opened": True, "amount": 3}


def test_a_cancelled_process_withdraws_its_listener() -> None:
    case = play(listened(("start", "test-open")))
    execute(case.pk, commands.Cancel())
    assert [(job.type, job.state) for job in case.jobs] == [("test-open", "withdrawn")]


def test_a_listener_of_a_process_that_fails_is_an_incident_of_the_process() -> None:
    with worker("test-open", answers(ConnectorError("closed", permanent=True), {})):
        case = play(listened(("start", "test-open")))
        jobs.sweep()
        (incident,) = case.incidents
        assert (incident.element, incident.kind) == ("p", "JOB_NO_RETRIES")
        incidents.retry(incident, by=None)
        jobs.sweep()
    assert case.active == ["a"]


def test_the_headers_of_a_listener_are_those_of_its_job() -> None:
    headers = '<zeebe:header key="retryBackoff" value="PT7S"/><zeebe:header key="to" value="x"/>'
    inner = f"<zeebe:taskHeaders>{headers}</zeebe:taskHeaders>"
    asked: list[JobRequest]
    with worker("test-open", answers({})) as asked:
        case = play(listened(("start", "test-open"), inner=inner))
        assert Job.objects.get(process_instance=case.pk).payload["backoff"] == [7]
        jobs.sweep()
    assert asked[0].headers["to"] == "x"


def test_a_connector_that_listens_is_checked_like_any_other() -> None:
    task = d.element("userTask", "a", d.USER + listeners(("start", "slack")))
    with pytest.raises(DeploymentRefused, match=r"a: The connector .* needs the input webhook"):
        deploy({"p.bpmn": d.process(d.start(), task, d.end(), flows="s-a a-e")}, by=None)
