"""What administrators do with running instances, and that none of it exists for a stranger."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from orchestrator.engine import commands
from orchestrator.models import Batch, HistoryEvent, Incident, Job, ProcessDefinition, ProcessInstance
from orchestrator.runtime import batches, execution, operations
from orchestrator.runtime.deployment import deploy
from tests.bpmn.draw import chain, element

TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
LATE = "<bpmn:boundaryEvent id='late' attachedToRef='n1' cancelActivity='false'>" + TIMER + "</bpmn:boundaryEvent>"
THEN = "<bpmn:userTask id='chase' name='Chase'/><bpmn:sequenceFlow id='x' sourceRef='late' targetRef='chase'/>"
AFTER = chain(element("userTask", attributes='name="Review"'), element("userTask", "n2", attributes='name="Archive"'))


def next_version(content: bytes, alice: User) -> ProcessDefinition:
    """`definition` has Review alone; this is what comes after it."""
    return deploy({"review.bpmn": content}, by=alice).new[0]  # type: ignore[return-value]


def url(page: str, *args: int) -> str:
    return reverse(f"admin:orchestrator_{page}", args=args)


def number(instance: ProcessInstance, element: str = "n1") -> int:
    return int(instance.element_instances.filter(element=element, state="active").values_list("number", flat=True)[0])


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_page_says_why_it_waits(as_: Any, bob: User, instance: ProcessInstance) -> None:
    page = text(as_(bob).get(url("processinstance_change", instance.pk)))
    assert "Why it waits" in page
    assert "“Review” waits for somebody to take it" in page


def test_an_administrator_pauses_an_instance_and_lets_it_go_on(as_: Any, bob: User, instance: ProcessInstance) -> None:
    client = as_(bob)
    page = text(client.post(url("processinstance_suspend", instance.pk), {"reason": "Audit"}, follow=True))
    assert "It is paused since" in page
    assert "Let it go on" in page
    page = text(client.post(url("processinstance_suspend", instance.pk), follow=True))
    assert "paused already" in page
    assert str(instance) in text(client.get("/admin/orchestrator/processinstance/?paused=yes"))
    client.post(url("processinstance_resume", instance.pk))
    instance.refresh_from_db()
    assert instance.suspended_at is None
    told = HistoryEvent.objects.filter(actor=bob).order_by("id").values_list("kind", "data__reason")
    assert list(told) == [("suspended", "Audit"), ("resumed", "")]


def test_a_timer_gets_another_time(as_: Any, bob: User, alice: User, definition: ProcessDefinition) -> None:
    content = AFTER.replace(b"</bpmn:process>", (LATE + THEN).encode() + b"</bpmn:process>")
    instance = execution.start(next_version(content, alice), {}, by=alice)
    timer, client = Job.objects.get(kind="timer"), as_(bob)
    change = url("processinstance_timer", instance.pk, timer.pk)
    assert "is moved" not in text(client.post(change, {"due_at": "next week"}, follow=True))
    assert "Write the time like" in text(client.post(change, {"due_at": "next week"}, follow=True))
    client.post(change, {"due_at": "2099-12-24T18:00", "reason": "Holidays"})
    timer.refresh_from_db()
    assert timer.due_at.isoformat() == "2099-12-24T18:00:00+00:00"
    assert HistoryEvent.objects.get(kind="due date changed").data["reason"] == "Holidays"
    assert "moved “late” to 24 Dec 2099 18:00" in text(client.get(url("processinstance_change", instance.pk)))
    assert client.post(url("processinstance_timer", instance.pk, 0), {"due_at": "2099-12-24"}).status_code == 404


def test_variables_are_corrected(as_: Any, bob: User, instance: ProcessInstance) -> None:
    client = as_(bob)
    for wrong in ("", "[1]", "amount = 3"):
        page = text(client.post(url("processinstance_variables", instance.pk), {"variables": wrong}, follow=True))
        assert "JSON object" in page
    client.post(url("processinstance_variables", instance.pk), {"variables": '{"amount": 99.90}', "reason": "Typo"})
    assert str(instance.element_instances.get(scope=None).variables["amount"]) == "99.90"


def test_tokens_are_moved_after_a_look_at_what_would_happen(
    as_: Any, bob: User, alice: User, definition: ProcessDefinition
) -> None:
    instance = execution.start(next_version(AFTER, alice), {}, by=alice)
    client, page = as_(bob), url("processinstance_modify", instance.pk)
    assert "Archive (n2)" in text(client.get(page))
    move = {f"move_{number(instance)}": "n2", "reason": "Reviewed by letter"}
    seen = text(client.post(page, {**move, "do": "preview"}))
    assert "It leaves Review." in seen
    assert "“Archive” waits for" in seen
    assert number(instance) == int(next(iter(move)).removeprefix("move_"))  # nothing has happened
    client.post(page, {**move, "do": "apply"})
    assert instance.element_instances.filter(state="active", element="n2").exists()
    assert not instance.element_instances.filter(state="active", element="n1").exists()
    assert HistoryEvent.objects.get(kind="modified").data["reason"] == "Reviewed by letter"


def test_an_activity_of_an_ad_hoc_sub_process_is_started_from_the_page(as_: Any, bob: User, alice: User) -> None:
    choices = element(
        "adHocSubProcess", inner=element("userTask", "ask", attributes='name="Ask"'), attributes='name="Clarify"'
    )
    instance = execution.start(next_version(chain(choices), alice), {}, by=alice)
    client, page = as_(bob), url("processinstance_modify", instance.pk)
    seen = text(client.get(url("processinstance_change", instance.pk)))
    assert f'“Clarify” waits for somebody to start one of its activities · <a href="{page}">start one</a>' in seen
    chosen = {"activate": "ask", "inside": "", "variables": '{"question": "Why?"}'}
    assert "It begins Ask." in text(client.post(page, {**chosen, "do": "preview"}))
    client.post(page, {**chosen, "do": "apply"})
    execution.execute(instance.pk, commands.Complete(number(instance, "ask"), {}))
    instance.refresh_from_db()
    assert instance.state == "completed"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "Nothing was chosen"),
        ({"activate": "nowhere", "inside": "", "variables": ""}, "no element nowhere"),
        ({"activate": "n1", "inside": "999", "variables": ""}, "not an active scope"),
        ({"activate": "n1", "inside": "", "variables": "{"}, "JSON object"),
        ({"terminate": "999"}, "no longer active"),
        ({"move_999": "n1"}, "no longer active"),
        ({"move_999": "n1", "terminate": "999"}, "either moved or ended"),
    ],
)
@pytest.mark.parametrize("do", ["preview", "apply"])
def test_a_choice_that_cannot_be_is_told_in_a_sentence(
    as_: Any, bob: User, instance: ProcessInstance, do: str, sent: dict[str, str], told: str
) -> None:
    response = as_(bob).post(url("processinstance_modify", instance.pk), {**sent, "do": do})
    assert response.status_code == 422
    assert told in text(response)
    assert [row.element for row in instance.element_instances.filter(state="active", scope__isnull=False)] == ["n1"]


def test_ending_the_last_token_is_foreseen_as_the_end(as_: Any, bob: User, instance: ProcessInstance) -> None:
    page = as_(bob).post(url("processinstance_modify", instance.pk), {"terminate": number(instance), "do": "preview"})
    assert "The instance ends." in text(page)
    instance.refresh_from_db()
    assert instance.state == ProcessInstance.State.ACTIVE


def test_one_instance_is_migrated_after_a_dry_run(as_: Any, bob: User, alice: User, instance: ProcessInstance) -> None:
    target = next_version(AFTER, alice)
    client = as_(bob)
    page = url("processinstance_migrate", instance.definition_id, target.pk) + f"?instance={instance.pk}"
    assert "What becomes what" in text(client.get(page))
    assert "1 of 1 can go on" in text(client.post(page, {"do": "dry"}))
    nothing = client.post(page, {"do": "dry", "map_n1": ""})
    assert "0 of 1 can go on" in text(nothing)
    assert "n1 is active and has no counterpart" in text(nothing)
    wrong = client.post(page, {"do": "apply", "map_n1": "e"})
    assert (wrong.status_code, "n1 is a user task, but in the target e is a none end event" in text(wrong)) == (
        422,
        True,
    )
    client.post(page, {"do": "apply", "map_n1": "n2", "reason": "It is reviewed"})
    instance.refresh_from_db()
    assert instance.definition == target
    assert number(instance, "n2")


def test_all_instances_of_a_version_are_migrated_as_a_batch(
    as_: Any, bob: User, alice: User, definition: ProcessDefinition
) -> None:
    running = [execution.start(definition, {}, by=alice) for _ in range(3)]
    target = next_version(AFTER, alice)
    client = as_(bob)
    version = text(client.get(url("processdefinition_change", definition.pk)))
    page = url("processinstance_migrate", definition.pk, target.pk)
    assert page in version
    assert "3 of 3 can go on" in text(client.post(page, {"do": "dry"}))
    response = client.post(page, {"do": "apply"})
    batch = Batch.objects.get()
    assert response["Location"] == url("batch_change", batch.pk)
    assert "Running: 0 of 3" in text(client.get(response["Location"]))
    assert client.get(url("batch_progress", batch.pk)).status_code == 200
    batches.run()
    for instance in running:
        instance.refresh_from_db()
        assert instance.definition == target
    assert "Done: 3 of 3" in text(client.get(response["Location"]))
    assert client.get(url("batch_progress", batch.pk)).status_code == 286  # htmx stops asking


def test_a_batch_is_begun_with_a_filter_and_what_failed_is_tried_again(
    as_: Any, bob: User, alice: User, definition: ProcessDefinition
) -> None:
    running = [execution.start(definition, {"n": n}, by=alice) for n in range(2)]
    client, new = as_(bob), reverse("admin:orchestrator_batch_add")
    chosen = {"process": definition.key, "kind": "cancel", "variable": "n", "value": "1", "reason": "Twice"}
    assert "1 running instance fits" in text(client.post(new, {**chosen, "count": "1"}))
    for wrong, told in (
        ({"version": "0"}, "greater than or equal to 1"),
        ({"started_after": "soon"}, "soon is no time"),
        ({"value": "7"}, "Nothing fits the filter"),
        ({"kind": "timer"}, "Name the element of the timer"),
        ({"kind": "modify"}, "Name the element to move from"),
        ({"kind": "retry", "variables": "x"}, "JSON object"),
        ({"business_key": "a\x00b"}, "Null characters"),
    ):
        response = client.post(new, {**chosen, **wrong, "begin": "1"})
        assert (response.status_code, told in text(response)) == (422, True), told
    client.post(new, {**chosen, "begin": "1"})
    batch = Batch.objects.get()
    operations.cancel(running[1], by=None)
    batches.run()
    page = text(client.get(url("batch_change", batch.pk) + "?state=failed"))
    assert "has ended" in page
    assert "Try again what was not done" in page
    client.post(url("batch_again", batch.pk))
    batch.refresh_from_db()
    assert batch.state == Batch.State.RUNNING
    client.post(url("batch_stop", batch.pk))
    batch.refresh_from_db()
    assert batch.state == Batch.State.STOPPED
    assert "has ended already" in text(client.post(url("batch_stop", batch.pk), follow=True))
    assert str(batch) in text(client.get("/admin/orchestrator/batch/"))


def test_an_incident_is_retried_with_other_variables(as_: Any, alice: User, failed: ProcessInstance) -> None:
    incident, client = Incident.objects.get(), as_(alice)
    retry = url("incident_retry", incident.pk)
    assert "JSON object" in text(client.post(retry, {"variables": "amount: 20"}, follow=True))
    client.post(retry, {"variables": '{"amount": 20}', "attempts": "2", "reason": "A typo"})
    failed.refresh_from_db()
    assert failed.state == ProcessInstance.State.COMPLETED
    assert HistoryEvent.objects.get(kind="retried").data["reason"] == "A typo"


def test_a_version_is_taken_back_by_one_click_and_what_runs_stays(
    as_: Any, alice: User, bob: User, definition: ProcessDefinition
) -> None:
    second = next_version(AFTER, alice)
    running = execution.start(second, {}, by=alice)
    client = as_(alice)
    assert "Deploy version 1 again" in text(client.get(url("processdefinition_change", definition.pk)))
    assert "again as the newest" not in text(client.get(url("processdefinition_change", second.pk)))
    client.post(url("deployment_again", definition.resource_id), {"note": "The new one was wrong"})
    newest = ProcessDefinition.objects.get(key=definition.key, is_latest=True)
    assert (newest.version, newest.resource.sha256) == (3, definition.resource.sha256)
    assert newest.resource.deployment.note == "The new one was wrong"
    running.refresh_from_db()
    assert running.definition == second
    assert as_(bob).post(url("deployment_again", definition.resource_id)).status_code == 404
    assert ProcessDefinition.objects.filter(key=definition.key).count() == 3


ACTS = ("suspend", "resume", "cancel", "variables", "modify")


def test_to_a_stranger_none_of_it_exists(
    as_: Any, alice: User, bob: User, charlie: User, instance: ProcessInstance
) -> None:
    target = next_version(AFTER, alice)
    batch = batches.begin("suspend", {"process": instance.definition.key}, by=bob)
    client = as_(charlie)
    for act in ACTS:
        assert (
            client.post(url(f"processinstance_{act}", instance.pk), {"terminate": number(instance)}).status_code == 404
        )
    assert client.post(url("processinstance_timer", instance.pk, 1)).status_code == 404
    assert client.get(url("processinstance_migrate", instance.definition_id, target.pk)).status_code == 404
    assert client.post(url("processinstance_migrate", instance.definition_id, target.pk)).status_code == 404
    assert client.get(url("batch_progress", batch.pk)).status_code == 404
    for act in ("stop", "again"):
        assert client.post(url(f"batch_{act}", batch.pk)).status_code == 404
    assert client.get(url("batch_change", batch.pk)).status_code == 404
    assert client.get(reverse("admin:orchestrator_batch_add")).status_code == 404
    assert client.get("/admin/orchestrator/batch/").status_code == 403
    assert client.post(url("deployment_again", instance.definition.resource_id)).status_code == 404
    instance.refresh_from_db()
    assert (instance.state, instance.suspended_at) == (ProcessInstance.State.ACTIVE, None)
    batch.refresh_from_db()
    assert batch.state == Batch.State.RUNNING


def test_whoever_only_sees_an_instance_is_shown_no_way_to_act(
    as_: Any, charlie: User, instance: ProcessInstance
) -> None:
    ProcessInstance.objects.filter(pk=instance.pk).update(started_by=charlie)
    client = as_(charlie)
    page = text(client.get(url("processinstance_change", instance.pk)))
    assert "Why it waits" in page
    assert "Pause it" not in page
    for act in ACTS:
        assert client.post(url(f"processinstance_{act}", instance.pk)).status_code == 404


@pytest.mark.parametrize("act", [*ACTS[:4], "timer"])
def test_looking_never_acts(as_: Any, bob: User, instance: ProcessInstance, act: str) -> None:
    args = (instance.pk, 1) if act == "timer" else (instance.pk,)
    assert as_(bob).get(url(f"processinstance_{act}", *args)).status_code == 405
