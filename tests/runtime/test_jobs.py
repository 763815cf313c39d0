"""Automated tasks: tried, tried again, given up, taken up again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models.functions import Now

from orchestrator.connectors import BusinessError, ConnectorError, NotTried, Outcome, OutgoingMail
from orchestrator.models import HistoryEvent, Job, Mail
from orchestrator.runtime import incidents, jobs, operations
from orchestrator.runtime.claims import claim, claim_again, claim_these
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, later, play
from tests.runtime.workers import answers, worker

pytestmark = pytest.mark.django_db

GUARDED = d.process(
    d.start(),
    d.service("work", "test-work", headers={"errorCodeOnFailure": "DOWN", "retryBackoff": "PT5S,PT15S"}),
    d.boundary("failed", "work", d.error("DOWN")),
    d.user("after"),
    d.user("review"),
    d.end(),
    flows="s-work work-after after-e failed-review review-e",
    roots=d.ERROR.format("DOWN"),
)


def only_job(case: Case) -> Job:
    (job,) = case.jobs
    return job


def test_a_job_is_done_once_and_its_variables_go_on() -> None:
    case = play(d.ONE_JOB, x=1)
    with worker("test-work", answers({"y": 2})) as asked:
        assert jobs.sweep() == 1
        assert jobs.sweep() == 0
    assert case.active == ["after"]
    assert case.variables == {"x": 1, "y": 2}
    assert (only_job(case).state, only_job(case).attempts) == ("done", 1)
    (request,) = asked
    assert (request.variables, request.attempt, request.element) == ({"x": 1}, 1, "work")


def test_a_transient_failure_is_tried_again_later_and_the_engine_never_hears_of_it() -> None:
    case = play(GUARDED)
    with worker("test-work", answers(ConnectorError("no answer"), {})) as asked:
        jobs.sweep()
        job = only_job(case)
        assert (job.state, job.attempts, job.last_error, job.locked_until) == ("due", 1, "no answer", None)
        assert jobs.sweep() == 0, "it is not due yet"
        assert later(seconds=4) == 0
        assert later(seconds=2) == 1
    assert case.active == ["after"]
    assert [request.attempt for request in asked] == [1, 2]
    assert len({request.key for request in asked}) == 1


def test_the_last_back_off_repeats() -> None:
    case = play(GUARDED)
    with worker("test-work", answers(ConnectorError("no answer"))):
        jobs.sweep()
        later(seconds=6)
        assert (only_job(case).attempts, later(seconds=14)) == (2, 0)
        later(seconds=2)
    assert case.active == ["review"]


def test_after_the_last_attempt_the_declared_error_is_caught() -> None:
    """“Try twice more, then the manual review.”"""
    case = play(GUARDED)
    with worker("test-work", answers(ConnectorError("no answer"))) as asked:
        jobs.sweep()
        later(minutes=1)
        later(minutes=1)
    assert len(asked) == 3
    assert case.active == ["review"]
    assert case.incidents == []
    assert only_job(case).state == "done"
    assert [event.data["attempt"] for event in HistoryEvent.objects.filter(kind="job failed")] == [1, 2, 3]


def test_an_error_that_nothing_catches_is_an_incident_of_the_job() -> None:
    nobody = GUARDED.replace(b'errorCode="DOWN"', b'errorCode="OTHER"')
    case = play(nobody)
    with worker("test-work", answers(ConnectorError("refused", permanent=True))):
        jobs.sweep()
    (incident,) = case.incidents
    assert (incident.kind, incident.message, incident.job) == ("JOB_NO_RETRIES", "refused", only_job(case))


def test_a_permanent_failure_is_not_tried_again() -> None:
    case = play(d.ONE_JOB)
    with worker("test-work", answers(ConnectorError("no such customer", permanent=True))) as asked:
        jobs.sweep()
        later(hours=1)
    assert len(asked) == 1
    (incident,) = case.incidents
    assert (incident.element, incident.kind, incident.message) == ("work", "JOB_NO_RETRIES", "no such customer")
    assert (only_job(case).state, case.instance.open_incidents) == ("failed", 1)


def test_a_retry_gives_the_job_new_attempts_under_the_same_key(alice: User) -> None:
    case = play(d.ONE_JOB, number="wrong")
    with worker("test-work", answers(ConnectorError("no such customer", permanent=True), {"found": True})) as asked:
        jobs.sweep()
        incidents.retry(case.incidents[0], by=alice, variables={"number": "right"})
        assert (only_job(case).state, only_job(case).attempts) == ("due", 0)
        jobs.sweep()
    assert case.active == ["after"]
    assert case.incidents == []
    assert len({request.key for request in asked}) == 1
    assert asked[1].variables["number"] == "right"
    assert HistoryEvent.objects.get(kind="retried").actor == alice


def test_an_operator_may_grant_attempts(alice: User) -> None:
    case = play(d.ONE_JOB)
    with worker("test-work", answers(ConnectorError("broken"))) as asked:
        for _ in range(3):
            later(hours=1)
        incidents.retry(case.incidents[0], by=alice, attempts=1)
        later(hours=1)
        assert len(asked) == 4
        assert len(case.incidents) == 1


def test_a_business_error_is_caught_by_its_code_at_once() -> None:
    case = play(GUARDED)
    with worker("test-work", answers(BusinessError("DOWN", "closed for good", {"why": "sold"}))) as asked:
        jobs.sweep()
    assert len(asked) == 1
    assert case.active == ["review"]


def test_a_business_error_that_nothing_catches_is_an_incident() -> None:
    case = play(d.ONE_JOB)
    with worker("test-work", answers(BusinessError("STRANGE", "never seen"))):
        jobs.sweep()
    assert [incident.kind for incident in case.incidents] == ["UNHANDLED_ERROR_EVENT"]


def test_what_was_never_tried_costs_no_attempt() -> None:
    case = play(d.ONE_JOB)
    with worker("test-work", answers(NotTried("left alone", retry_after=60), {})):
        jobs.sweep()
        assert only_job(case).attempts == 0
        assert later(seconds=30) == 0
        assert later(seconds=31) == 1
    assert case.active == ["after"]


def test_the_other_side_may_ask_to_wait_longer() -> None:
    play(GUARDED)
    with worker("test-work", answers(ConnectorError("slowly", retry_after=600))):
        jobs.sweep()
    assert Job.objects.filter(due_at__gt=Now() + timedelta(seconds=590)).exists()


def test_a_function_that_raises_anything_is_tried_again_and_told_by_name() -> None:
    case = play(d.ONE_JOB)
    with worker("test-work", answers(ZeroDivisionError("division by zero"))):
        jobs.sweep()
    assert only_job(case).last_error == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize("answer", [{"x": object()}, {"x": float("nan")}, {"x": "a" * (6 * 1024 * 1024)}])
def test_an_answer_that_cannot_be_stored_is_an_incident(answer: dict[str, Any]) -> None:
    case = play(d.ONE_JOB)
    with worker("test-work", answers(answer)):
        jobs.sweep()
    assert "variable" in case.incidents[0].message


def test_a_job_that_nobody_can_do_is_an_incident_that_names_its_type() -> None:
    case = play(d.ONE_JOB)
    jobs.sweep()
    assert "'test-work'" in case.incidents[0].message


def test_a_worker_that_overslept_its_lease_does_not_count() -> None:
    case = play(d.ONE_JOB)
    (zombie,) = claim(1, ["task"])
    Job.objects.update(locked_until=Now() - timedelta(seconds=1))
    (other,) = claim_again(["task"])
    assert other.fence == zombie.fence + 1
    with worker("test-work", answers({"by": "zombie"}, {"by": "other"})):
        jobs.run(zombie)
        assert (case.active, case.variables) == (["work"], {})
        jobs.run(other)
    assert case.active == ["after"]
    assert case.variables == {"by": "other"}


def test_a_zombie_that_failed_does_not_count_either() -> None:
    case = play(d.ONE_JOB)
    (zombie,) = claim(1, ["task"])
    Job.objects.update(locked_until=Now() - timedelta(seconds=1))
    claim_again(["task"])
    with worker("test-work", answers(ConnectorError("gone", permanent=True))):
        jobs.run(zombie)
    assert case.incidents == []
    assert only_job(case).last_error == ""


def test_a_job_under_lease_is_nobody_elses() -> None:
    play(d.ONE_JOB)
    (claimed,) = claim(1, ["task"])
    assert claim(1, ["task"]) == claim_again(["task"]) == claim_these([claimed.id]) == []


def test_a_time_limit_of_the_model_lengthens_the_lease() -> None:
    play(
        d.process(
            d.start(), d.service("work", "test-work", headers={"jobTimeout": "PT10M"}), d.end(), flows="s-work work-e"
        )
    )
    claim(1, ["task"])
    assert Job.objects.filter(locked_until__gt=Now() + timedelta(minutes=10)).exists()


def test_a_job_that_was_withdrawn_while_it_ran_changes_nothing(alice: User) -> None:
    case = play(d.ONE_JOB)

    def cancelled_meanwhile(request: Any) -> dict[str, Any]:
        operations.cancel(case.instance, by=alice)
        return {"late": True}

    with worker("test-work", cancelled_meanwhile):
        jobs.sweep()
    assert case.state == "terminated"
    assert only_job(case).state == "withdrawn"
    assert "late" not in case.variables


def test_a_step_that_kills_its_worker_ends_as_an_incident() -> None:
    """Each claim counts, whatever became of the worker; after the last one nothing is tried any more."""
    case = play(d.ONE_JOB)
    for _ in range(3):
        assert claim(1, ["task"]) or claim_again(["task"])
        Job.objects.update(locked_until=Now() - timedelta(seconds=1))
    with worker("test-work", answers({})) as asked:
        jobs.sweep()
    assert asked == []
    (incident,) = case.incidents
    assert incident.message == "The worker stopped during each of 3 attempts"


def test_a_mail_is_queued_in_the_step_that_completes_the_job() -> None:
    case = play(d.ONE_JOB)
    mail = OutgoingMail(to=("a@example.com",), subject="Hello", text="World")
    with worker("test-work", answers(Outcome({}, (mail,)))):
        jobs.sweep()
    queued = Mail.objects.get()
    assert (queued.to, queued.subject, queued.state) == (["a@example.com"], "Hello", "due")
    assert (queued.process_instance_id, queued.number) == (case.pk, case.number("work"))


def test_no_mail_is_queued_by_a_worker_that_came_too_late() -> None:
    play(d.ONE_JOB)
    (zombie,) = claim(1, ["task"])
    Job.objects.update(fence=zombie.fence + 1)
    with worker("test-work", answers(Outcome({}, (OutgoingMail(to=("a@example.com",), subject="Hello"),)))):
        jobs.run(zombie)
    assert not Mail.objects.exists()


def test_a_sweep_without_calls_leaves_automated_tasks_alone() -> None:
    case = play(d.ONE_JOB)
    with worker("test-work", answers({})) as asked:
        assert jobs.sweep(calls=False) == 0
        assert asked == []
        assert jobs.run_forgotten() == 0
        Job.objects.update(due_at=Now() - timedelta(minutes=1))
        assert jobs.run_forgotten() == 1
    assert case.active == ["after"]
