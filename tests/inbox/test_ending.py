"""How tasks end without a decision: skipped, failed, withdrawn."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from orchestrator.engine.commands import Cancel, Fail
from orchestrator.models import Incident, ProcessInstance
from orchestrator.runtime import execution, incidents
from tasks_inbox import lifecycle, operations
from tasks_inbox.models import HumanTask
from tasks_inbox.operations import InvalidForm, TooLate
from tests.bpmn import draw
from tests.inbox.cases import definition, everything, kinds, offer, user_task

pytestmark = pytest.mark.django_db


def test_a_skipped_task_lets_the_process_go_on_without_a_result(alice: User) -> None:
    task = offer(groups="Finance", skippable="true")

    operations.skip(task=task, user=alice)

    assert HumanTask.objects.get(pk=task.pk).state == lifecycle.OBSOLETE
    assert ProcessInstance.objects.get(pk=task.process_instance_id).state == ProcessInstance.State.COMPLETED


def test_a_failed_task_that_nothing_catches_is_an_incident(alice: User) -> None:
    task = offer(groups="Finance")
    operations.start(task=task, user=alice)

    operations.fail(task=task, user=alice, fault="no-contract", message="There is no contract.")

    assert HumanTask.objects.get(pk=task.pk).state == lifecycle.FAILED
    assert Incident.objects.get().kind == "UNHANDLED_ERROR_EVENT"
    with pytest.raises(InvalidForm):
        operations.fail(task=task, user=alice, fault=" ")


def test_an_operator_who_retries_a_failed_task_offers_it_anew(alice: User, root: User) -> None:
    task = offer(groups="Finance")
    operations.start(task=task, user=alice)
    operations.fail(task=task, user=alice, fault="no-contract")

    incidents.retry(Incident.objects.get(), by=root)

    again = HumanTask.objects.get(process_instance=task.process_instance_id, completed_at=None)
    assert (again.state, again.number) == (lifecycle.READY, task.number)
    operations.complete(task=again, user=alice, data={})
    assert ProcessInstance.objects.get(pk=task.process_instance_id).state == ProcessInstance.State.COMPLETED


def test_offering_a_task_again_leaves_the_open_one_alone(alice: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)
    before = everything(task)
    execution.execute(task.process_instance_id, Fail(task.number, "UNKNOWN", "Something else."))

    incidents.retry(Incident.objects.get(), by=None)

    assert HumanTask.objects.count() == 1
    assert everything(task)[:4] == before[:4]


def test_a_failure_that_the_model_catches_goes_its_way(alice: User, bob: User) -> None:
    caught = draw.chain(
        user_task(groups="Finance"),
        roots='<bpmn:error id="error" errorCode="no-contract"/>',
        extra=draw.element(
            "boundaryEvent",
            "caught",
            inner='<bpmn:errorEventDefinition errorRef="error"/>',
            attributes='attachedToRef="n1"',
        )
        + draw.flow("caught", "other")
        + user_task("other", "Find the contract", assignee="bob")
        + '<bpmn:endEvent id="found"/>'
        + draw.flow("other", "found"),
    )
    instance = execution.start(definition(caught), {})
    task = HumanTask.objects.get(process_instance=instance)
    operations.start(task=task, user=alice)

    operations.fail(task=task, user=alice, fault="no-contract")

    assert HumanTask.objects.get(pk=task.pk).state == lifecycle.FAILED
    assert HumanTask.objects.get(process_instance=instance, element="other").actual_owner == bob
    assert not Incident.objects.exists()


def test_a_cancelled_process_withdraws_its_tasks(alice: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)
    operations.save_draft(task=task, user=alice, data={"a": 1})

    execution.execute(task.process_instance_id, Cancel())

    task.refresh_from_db()
    assert (task.state, kinds(task)[-1]) == (lifecycle.EXITED, "exit")
    assert not task.entries.exists()
    assert not task.drafts.exists()
    with pytest.raises(TooLate, match="withdrawn by its process"):
        operations.complete(task=task, user=alice, data={})


@pytest.mark.parametrize("value", ["\x00", float("nan"), object()])
def test_data_that_no_process_can_store_is_refused(value: Any, alice: User) -> None:
    task = offer(groups="Finance")

    for attempt in (operations.complete, operations.save_draft):
        with pytest.raises(InvalidForm, match="The variable amount"):
            attempt(task=task, user=alice, data={"amount": value})

    assert kinds(task) == ["create"]
