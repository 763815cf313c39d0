"""Task listeners: the process has a say before a person's operation takes effect, through jobs and rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator.connectors import BusinessError, ConnectorError, JobRequest
from orchestrator.engine.commands import Cancel
from orchestrator.models import ElementInstance, Incident, Job, ProcessInstance
from orchestrator.runtime import execution, incidents, jobs
from tasks_inbox import governing, listening, operations
from tasks_inbox.errors import InTransition, NotPermitted
from tasks_inbox.models import HumanTask, InboxEntry
from tasks_inbox.permissions import permitted_operations
from tasks_inbox.views import history
from tests.bpmn import draw
from tests.inbox.cases import definition, kinds
from tests.runtime import diagrams
from tests.runtime.workers import answers, worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def say() -> Iterator[Any]:
    """say("test-x", answer, ...): the function for jobs of this type; gives the requests that it got."""
    with ExitStack() as stack:
        yield lambda type, *given: stack.enter_context(worker(type, answers(*given)))


def task_with(*listeners: tuple[str, str], assignment: str = 'candidateGroups="Finance"', more: str = "") -> HumanTask:
    heard = "".join(f'<zeebe:taskListener eventType="{event}" type="{type}"/>' for event, type in listeners)
    extensions = (
        f"<zeebe:userTask/><zeebe:assignmentDefinition {assignment}/>{more}"
        f"<zeebe:taskListeners>{heard}</zeebe:taskListeners>"
    )
    xml = draw.chain(draw.element("userTask", "n1", extensions, attributes='name="Approve invoice"'))
    case = execution.start(definition(xml), {})
    jobs.sweep()
    return HumanTask.objects.get(process_instance=case, parent=None)


def offered_to(group: Group) -> bool:
    return InboxEntry.objects.filter(principal=2 * group.pk + 1, offered=True).exists()


def test_a_completion_waits_for_the_process_and_then_counts_for_the_person(
    alice: User, finance: Group, say: Any
) -> None:
    asked: list[JobRequest] = say("test-check", {})
    task = task_with(("completing", "test-check"))
    operations.complete(task=task, user=alice, data={"amount": 7}, comment="fine")
    task.refresh_from_db()
    assert (task.state, task.transition, offered_to(finance)) == ("ready", "completing", False)
    assert permitted_operations(task, alice) == {"add_comment"}
    jobs.sweep()
    task.refresh_from_db()
    assert (task.state, task.completed_by, task.comment, task.output) == ("completed", alice, "fine", {"amount": 7})
    assert kinds(task) == ["create", "asked", "claim", "start", "complete"]
    assert (asked[0].variables, asked[0].headers["user"]) == ({"amount": 7}, "alice")
    assert task.process_instance.__class__.objects.get(pk=task.process_instance_id).state == "completed"
    assert ElementInstance.objects.get(process_instance=task.process_instance_id, scope=None).variables == {"amount": 7}


def test_a_denied_completion_gives_the_task_back_and_says_why(alice: User, bob: User, finance: Group, say: Any) -> None:
    say("test-check", {"denied": True, "deniedReason": "The receipt is missing."}, {})
    task = task_with(("completing", "test-check"))
    operations.complete(task=task, user=alice, data={"amount": 7})
    jobs.sweep()
    task.refresh_from_db()
    assert (task.state, task.transition, offered_to(finance)) == ("ready", "", True)
    assert task.events.get(kind="denied").data == {"operation": "complete", "text": "The receipt is missing."}
    operations.complete(task=task, user=bob, data={"amount": 8})
    jobs.sweep()
    task.refresh_from_db()
    assert (task.completed_by, task.output) == (bob, {"amount": 8})


def test_while_the_process_checks_others_are_told_who_asked(alice: User, bob: User, charlie: User, say: Any) -> None:
    task = task_with(("completing", "test-check"))
    operations.complete(task=task, user=alice, data={})
    with pytest.raises(InTransition, match="is being completed by Alice Adams; the process checks it first"):
        operations.claim(task=task, user=bob)
    with pytest.raises(NotPermitted):
        operations.complete(task=task, user=charlie, data={})
    operations.add_comment(task=task, user=bob, text="Hurry.")


def test_a_stranger_cannot_ask(alice: User, charlie: User) -> None:
    task = task_with(("completing", "test-check"), ("assigning", "test-check"))
    for operation in (operations.claim, lambda **who: operations.complete(data={}, **who)):
        with pytest.raises(NotPermitted):
            operation(task=task, user=charlie)
    task.refresh_from_db()
    assert (task.transition, kinds(task), Job.objects.count()) == ("", ["create"], 0)


def test_a_claim_takes_effect_when_the_listener_agrees(alice: User, say: Any) -> None:
    asked: list[JobRequest] = say("test-assign", {})
    task = task_with(("assigning", "test-assign"))
    operations.claim(task=task, user=alice)
    task.refresh_from_db()
    assert (task.state, task.transition) == ("ready", "assigning")
    jobs.sweep()
    task.refresh_from_db()
    assert (task.state, task.actual_owner, task.transition) == ("reserved", alice, "")
    assert {name: asked[0].headers[name] for name in ("listenerEvent", "operation", "assignee")} == {
        "listenerEvent": "assigning",
        "operation": "claim",
        "assignee": "alice",
    }


def test_a_listener_may_choose_another_assignee_and_other_times(alice: User, bob: User, say: Any) -> None:
    corrections = {"assignee": "bob", "priority": 90, "dueDate": "2027-03-01T12:00:00Z", "candidateGroups": []}
    say("test-assign", {"corrections": corrections})
    task = task_with(("assigning", "test-assign"))
    operations.delegate(task=task, user=alice, to=alice)
    jobs.sweep()
    task.refresh_from_db()
    assert (task.actual_owner, task.priority, task.due_at and task.due_at.year) == (bob, 90, 2027)
    assert "corrected" in kinds(task)
    assert InboxEntry.objects.get(task=task, mine=True).principal == 2 * bob.pk


def test_a_denied_claim_leaves_the_task_offered(alice: User, finance: Group, say: Any) -> None:
    say("test-assign", {"denied": True, "deniedReason": "Not you."})
    task = task_with(("assigning", "test-assign"))
    operations.claim(task=task, user=alice)
    jobs.sweep()
    task.refresh_from_db()
    assert (task.state, task.actual_owner, offered_to(finance)) == ("ready", None, True)


def test_a_name_that_nobody_has_changes_nothing_and_is_told(alice: User, say: Any) -> None:
    say("test-assign", {"corrections": {"assignee": "zoe", "candidateUsers": ["zed"]}})
    task = task_with(("assigning", "test-assign"))
    operations.claim(task=task, user=alice)
    jobs.sweep()
    task.refresh_from_db()
    told = list(task.events.filter(kind="unresolved").order_by("pk").values_list("data__text", flat=True))
    assert (task.actual_owner, told) == (alice, ["There is no user “zoe”.", "There is no user “zed”."])


def test_a_change_of_priority_is_an_update(root: User, say: Any) -> None:
    asked: list[JobRequest] = say("test-update", {"corrections": {"priority": 60}})
    task = task_with(("updating", "test-update"))
    operations.set_priority(task=task, user=root, priority=80)
    jobs.sweep()
    task.refresh_from_db()
    assert (asked[0].headers["priority"], task.priority, task.transition) == ("80", 60, "")


@pytest.mark.parametrize("late", [False, True])
def test_a_change_of_the_due_date_is_an_update_too(root: User, say: Any, late: bool) -> None:
    say("test-update", {})
    task = task_with(("updating", "test-update"))
    if late:
        governing.set_task_completion_duration_expression(task=task, user=root, duration=timedelta(days=-1))
    else:
        governing.set_task_completion_deadline_expression(
            task=task, user=root, deadline=datetime(2027, 3, 1, 12, tzinfo=UTC)
        )
    jobs.sweep()
    task.refresh_from_db()
    assert (task.transition, task.due_at and task.due_at.year) == ("", None if late else 2027)
    assert ("denied" in kinds(task)) == late  # what was asked made no sense, and is told so


def test_a_task_is_offered_when_its_creation_is_settled(finance: Group, say: Any) -> None:
    say("test-create", {"corrections": {"candidateGroups": ["Finance"], "priority": 77}})
    task = task_with(("creating", "test-create"), assignment='candidateGroups="Nobody"')
    assert (task.priority, task.listens, offered_to(finance)) == (77, "", True)


def test_a_first_assignment_that_is_denied_is_told_in_the_history(alice: User, say: Any) -> None:
    say("test-assign", {"denied": True, "deniedReason": "She is away."})
    task = task_with(("assigning", "test-assign"), assignment='assignee="alice" candidateGroups="Finance"')
    assert (task.state, task.actual_owner) == ("ready", None)
    assert task.events.get(kind="denied").data["text"] == "She is away."


def test_a_listener_that_fails_is_an_incident_and_goes_on_when_it_is_retried(alice: User, say: Any) -> None:
    say("test-check", ConnectorError("the office is closed", permanent=True), {})
    task = task_with(("completing", "test-check"))
    operations.complete(task=task, user=alice, data={"amount": 7})
    jobs.sweep()
    incident = Incident.objects.get()
    assert (incident.element, incident.kind) == ("n1", "JOB_NO_RETRIES")
    incidents.retry(incident, by=None)
    jobs.sweep()
    task.refresh_from_db()
    assert (task.state, task.completed_by) == ("completed", alice)


def test_the_process_may_end_while_a_task_is_being_completed(alice: User) -> None:
    task = task_with(("completing", "test-check"))
    operations.complete(task=task, user=alice, data={})
    execution.execute(task.process_instance_id, Cancel())
    task.refresh_from_db()
    assert task.state == "exited"
    assert not Job.objects.filter(state="due").exists()


def case_of(task: HumanTask) -> ProcessInstance:
    return ProcessInstance.objects.get(pk=task.process_instance_id)


def test_a_process_is_cancelled_once_the_listeners_on_the_withdrawal_have_answered(say: Any) -> None:
    asked: list[JobRequest] = say("test-cancel", {})
    task = task_with(("canceling", "test-cancel"))
    execution.execute(task.process_instance_id, Cancel())
    task.refresh_from_db()
    assert (task.state, case_of(task).state) == ("exited", "active")
    jobs.sweep()
    assert [request.headers["listenerEvent"] for request in asked] == ["canceling"]
    assert (Job.objects.get().state, case_of(task).state) == ("done", "terminated")
    row = ElementInstance.objects.get(process_instance=task.process_instance_id, element="n1")
    assert row.state == "terminated"


def test_a_listener_on_the_withdrawal_that_fails_holds_it_until_somebody_helps(say: Any) -> None:
    say("test-cancel", BusinessError("X", "no"))
    task = task_with(("canceling", "test-cancel"))
    execution.execute(task.process_instance_id, Cancel())
    jobs.sweep()
    incident = Incident.objects.get()
    assert (incident.kind, incident.element, case_of(task).open_incidents) == ("UNHANDLED_ERROR_EVENT", "n1", 1)
    execution.execute(task.process_instance_id, Cancel())
    assert case_of(task).state == "terminated"
    assert not Incident.objects.filter(resolved_at=None).exists()
    assert not Job.objects.filter(state="due").exists()


def test_what_interrupts_a_task_waits_for_its_listeners_over_rows(say: Any) -> None:
    say("test-cancel", {})
    extensions = '<zeebe:userTask/><zeebe:taskListeners><zeebe:taskListener eventType="canceling" type="test-cancel"/>'
    host = draw.element("userTask", "a", extensions + "</zeebe:taskListeners>")
    drawn = diagrams.process(
        diagrams.start(), host, diagrams.boundary("late", "a", diagrams.timer("PT1H")), diagrams.user("b"),
        diagrams.end(), diagrams.end("f"), flows="s-a a-e late-b b-f",
    )  # fmt: skip
    case = execution.start(definition(drawn), {"v": 1})
    Job.objects.filter(kind="timer").update(due_at=Now())
    assert jobs.sweep(calls=False) == 1
    assert [(job.type, job.state) for job in Job.objects.filter(kind="task")] == [("test-cancel", "due")]
    assert not HumanTask.objects.filter(process_instance=case, completed_at=None).exists()
    jobs.sweep()
    assert HumanTask.objects.get(process_instance=case, completed_at=None).element == "b"


def test_the_page_says_that_the_task_is_being_completed(alice: User, client: Client, say: Any) -> None:
    say("test-check", {"denied": True, "deniedReason": "The receipt is missing."})
    task = task_with(("completing", "test-check"))
    client.force_login(alice)
    operations.complete(task=task, user=alice, data={})
    found = client.get(task.get_absolute_url())
    page = found.content.decode()
    assert found.status_code == 200, found.headers
    assert "Being completed" in page
    assert "the process checks it first" in page
    late = client.post(f"/tasks/{task.pk}/claim/")
    assert (late.status_code, "The process checks this task" in late.content.decode()) == (409, True)
    jobs.sweep()
    told = client.get(task.get_absolute_url()).content.decode()
    assert "asked to complete “Approve invoice”: the process checks it first" in told
    assert "the process did not let “Approve invoice” be completed" in told
    assert "The receipt is missing." in told


def test_everything_that_listeners_have_a_say_in_can_be_told() -> None:
    assert listening.SETTLE.keys() == history._ASKED.keys()


def test_a_task_without_listeners_costs_nothing_more(alice: User) -> None:
    task = task_with()
    with CaptureQueriesContext(
        connection,
    ) as claimed:
        operations.claim(task=task, user=alice)
    assert not any("listens" in query["sql"] for query in claimed)


TOGETHER = (
    '<zeebe:properties><zeebe:property name="approvers" value="alice, bob, charlie"/>'
    '<zeebe:property name="quorum" value="2"/><zeebe:property name="outcomeVariable" value="decision"/>'
    '<zeebe:property name="outcomes" value="approve=Approve; reject=Reject!"/></zeebe:properties>'
)


def vote(task: HumanTask, who: User) -> None:
    part = task.parts.get(actual_owner=who, completed_at=None)
    operations.complete(task=part, user=who, data={"seen": who.username}, outcome="approve")


def test_what_approvers_decide_together_waits_for_the_process_too(
    alice: User, bob: User, charlie: User, say: Any
) -> None:
    asked: list[JobRequest] = say("test-check", {"corrections": {"priority": 90}})
    task = task_with(("completing", "test-check"), assignment="", more=TOGETHER)
    vote(task, alice)
    vote(task, bob)
    task.refresh_from_db()
    assert (task.state, task.transition) == ("in_progress", "completing")
    with pytest.raises(InTransition):
        vote(task, charlie)
    jobs.sweep()
    task.refresh_from_db()
    assert (task.state, task.outcome, task.priority, task.completed_by) == ("completed", "approve", 90, bob)
    assert not task.parts.filter(completed_at=None).exists()
    assert (asked[0].variables["decision"], asked[0].headers["outcome"]) == ("approve", "approve")
    root = ElementInstance.objects.get(process_instance=task.process_instance_id, scope=None)
    assert (root.state, root.variables["decision"], root.variables["decisionBy"]) == (
        "completed",
        "approve",
        ["alice", "bob"],
    )


def test_a_denial_of_what_approvers_decided_asks_the_last_of_them_again(
    alice: User, bob: User, charlie: User, say: Any
) -> None:
    say("test-check", {"denied": True, "deniedReason": "The receipt is missing."}, {})
    task = task_with(("completing", "test-check"), assignment="", more=TOGETHER)
    vote(task, alice)
    vote(task, bob)
    jobs.sweep()
    task.refresh_from_db()
    assert (task.state, task.transition, task.events.get(kind="denied").data["text"]) == (
        "in_progress",
        "",
        "The receipt is missing.",
    )
    open_parts = task.parts.filter(completed_at=None).order_by("actual_owner__username")
    assert [part.actual_owner for part in open_parts] == [bob, charlie]
    with pytest.raises(HumanTask.DoesNotExist):
        vote(task, alice)  # hers still counts
    vote(task, bob)
    jobs.sweep()
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("completed", "approve")
