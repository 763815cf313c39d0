"""What an operator sees of running instances, and what a stranger does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.html import escape

from orchestrator.models import Incident, ProcessDefinition, ProcessInstance
from orchestrator.runtime import execution, operations
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.doubts import doubts
from tasks_inbox import operations as operations_on_tasks
from tasks_inbox.models import HumanTask
from tests.bpmn.draw import chain, element

LIST = "/admin/orchestrator/processinstance/"
PAGES = ("change", "overlay", "diagram")


def url(instance: ProcessInstance, page: str) -> str:
    return reverse(f"admin:orchestrator_processinstance_{page}", args=[instance.pk])


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_the_entitled_see_where_an_instance_stands(
    as_: Any, request: pytest.FixtureRequest, instance: ProcessInstance, who: str
) -> None:
    client = as_(request.getfixturevalue(who))
    page = client.get(url(instance, "change")).content.decode()
    assert "Running" in page
    assert "amount" in page
    assert "<b>bold</b>" not in page  # a variable is text, never markup
    assert client.get(url(instance, "overlay")).json()["active"] == ["n1"]
    assert client.get(url(instance, "diagram")).content == bytes(instance.definition.resource.content)
    assert str(instance) in client.get(LIST).content.decode()


def test_to_a_stranger_an_instance_does_not_exist(as_: Any, charlie: User, instance: ProcessInstance) -> None:
    client = as_(charlie)
    for page in PAGES:
        assert client.get(url(instance, page)).status_code == 404
    assert client.post(url(instance, "cancel")).status_code == 404
    assert str(instance) not in client.get(LIST).content.decode()
    instance.refresh_from_db()
    assert instance.state == ProcessInstance.State.ACTIVE


def test_an_administrator_cancels_an_instance(as_: Any, bob: User, instance: ProcessInstance) -> None:
    as_(bob).post(url(instance, "cancel"), {"reason": "Entered twice"})
    instance.refresh_from_db()
    assert instance.state == ProcessInstance.State.TERMINATED
    assert instance.history.filter(actor=bob).exists()


def test_cancelling_twice_is_told_not_failed(as_: Any, bob: User, instance: ProcessInstance) -> None:
    client = as_(bob)
    client.post(url(instance, "cancel"), {"reason": "x"})
    response = client.post(url(instance, "cancel"), {"reason": "x"}, follow=True)
    assert response.status_code == 200


def test_the_story_tells_what_people_did(as_: Any, alice: User, instance: ProcessInstance) -> None:
    task = HumanTask.objects.get(process_instance=instance)
    operations_on_tasks.add_comment(task=task, user=alice, text="Who knows this customer?")
    page = as_(alice).get(url(instance, "change")).content.decode()
    assert "asked for “Review”" in page
    assert "Who knows this customer?" in page


def test_dates_are_written_alike_everywhere(as_: Any, alice: User, failed: ProcessInstance) -> None:
    ProcessInstance.objects.update(started_at=datetime(2026, 11, 25, 4, 49, tzinfo=UTC))
    Incident.objects.update(raised_at=datetime(2026, 11, 25, 4, 49, tzinfo=UTC))
    pages = [LIST, url(failed, "change"), "/admin/orchestrator/incident/"]
    for page in pages:
        content = as_(alice).get(page).content.decode()
        assert "25 Nov 2026 04:49" in content, page
        assert "Nov. 25" not in content, page


def test_what_came_to_nothing_is_shown_with_its_expression(as_: Any, bob: User, alice: User) -> None:
    mapped = "<zeebe:userTask/><zeebe:ioMapping><zeebe:input source='=order.total' target='x'/></zeebe:ioMapping>"
    definition, *_ = deploy({"review.bpmn": chain(element("userTask", extensions=mapped))}, by=alice).new
    instance = execution.start(definition, {}, by=alice)  # type: ignore[arg-type]
    page = as_(bob).get(url(instance, "change")).content.decode()
    (doubt,) = doubts(instance)
    assert "<code>= order.total</code>" in page
    assert escape(doubt.message) in page


def test_get_never_cancels(as_: Any, bob: User, instance: ProcessInstance) -> None:
    assert as_(bob).get(url(instance, "cancel")).status_code == 405


def test_a_list_of_instances_takes_few_statements(
    as_: Any, alice: User, definition: ProcessDefinition, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        execution.start(definition, {}, by=alice)
    client = as_(alice)
    client.get(LIST)
    with django_assert_max_num_queries(12):
        client.get(LIST)


def test_an_incident_is_seen_and_retried(as_: Any, alice: User, failed: ProcessInstance) -> None:
    incident = Incident.objects.get(process_instance=failed)
    client = as_(alice)
    assert incident.message[:20] in client.get(url(failed, "change")).content.decode()
    retry = reverse("admin:orchestrator_incident_retry", args=[incident.pk])
    client.post(retry)  # nothing has changed: it fails again
    assert Incident.objects.filter(process_instance=failed, resolved_at=None).count() == 1
    operations.set_variables(failed, {"amount": 20}, by=alice)
    client.post(reverse("admin:orchestrator_incident_retry", args=[Incident.objects.get(resolved_at=None).pk]))
    failed.refresh_from_db()
    assert failed.state == ProcessInstance.State.COMPLETED
    assert not Incident.objects.filter(resolved_at=None).exists()


def test_a_stranger_cannot_retry(as_: Any, charlie: User, failed: ProcessInstance) -> None:
    incident = Incident.objects.get(process_instance=failed)
    client = as_(charlie)
    assert client.post(reverse("admin:orchestrator_incident_retry", args=[incident.pk])).status_code == 404
    assert incident.message not in client.get("/admin/orchestrator/incident/").content.decode()


@pytest.mark.parametrize("model", ["deployment", "processdefinition", "decisiondefinition", "formdefinition",
    "resourcedefinition", "processinstance", "incident", "job", "mail", "message", "subscription"])  # fmt: skip
def test_every_list_opens(as_: Any, alice: User, failed: ProcessInstance, model: str) -> None:
    assert as_(alice).get(f"/admin/orchestrator/{model}/").status_code == 200


def test_a_definition_shows_its_picture_and_versions(as_: Any, alice: User, definition: ProcessDefinition) -> None:
    client = as_(alice)
    page = client.get(reverse("admin:orchestrator_processdefinition_change", args=[definition.pk])).content.decode()
    assert "data-diagram-xml-url" in page
    source = client.get(reverse("admin:orchestrator_processdefinition_source", args=[definition.pk]))
    assert source.content == bytes(definition.resource.content)


def test_permissions_on_a_process_are_granted_in_the_admin(
    as_: Any, alice: User, charlie: User, definition: ProcessDefinition
) -> None:
    page = reverse("admin:orchestrator_processdefinition_permissions", args=[definition.pk])
    assert as_(alice).get(page).status_code == 200
    assert as_(charlie).get(page).status_code in (302, 403, 404)


def test_nobody_edits_what_runs(as_: Any, alice: User, instance: ProcessInstance) -> None:
    client = as_(alice)
    assert client.post(url(instance, "change"), {"state": "completed"}).status_code in (200, 403)
    instance.refresh_from_db()
    assert instance.state == ProcessInstance.State.ACTIVE
    assert client.get("/admin/orchestrator/processinstance/add/").status_code == 403
