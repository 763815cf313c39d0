"""The workflow resource patterns, one test each, with the numbers and names of Russell, van der Aalst and others.

`docs/users/patterns.md` links to them. 35 (Pre-Do) is not supported: what is not due yet can be seen (18), not done.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orchestrator.models import ProcessInstance
from tasks_inbox import beginnings, escalation, following, lifecycle, operations, people, queries
from tasks_inbox.errors import NotPermitted
from tasks_inbox.models import EscalationPolicy, HumanTask, Profile, TaskDraft
from tasks_inbox.permissions import may_see, permitted_operations, visible_tasks
from tasks_inbox.upcoming import upcoming
from tests.bpmn import draw
from tests.inbox.cases import ids, offer, start, user_task

pytestmark = pytest.mark.django_db


def owner(task: HumanTask) -> User | None:
    task.refresh_from_db()
    return task.actual_owner


def listed(user: User, tab: str = "all") -> list[int]:
    return ids(queries.page(user, tab).rows)


def complete(task: HumanTask, user: User, **data: Any) -> None:
    operations.complete(task=HumanTask.objects.get(pk=task.pk), user=user, data=data)


def waiting(instance: ProcessInstance) -> HumanTask:
    return HumanTask.objects.get(process_instance=instance, completed_at=None)


# Creation


def test_01_direct_distribution(alice: User, bob: User) -> None:
    task = offer(assignee="alice")
    assert (task.state, owner(task), listed(bob)) == (lifecycle.RESERVED, alice, [])


def test_02_role_based_distribution(alice: User, bob: User, charlie: User) -> None:
    task = offer(groups="Finance")
    assert (listed(alice, "groups"), listed(bob, "groups"), listed(charlie)) == ([task.pk], [task.pk], [])


def test_03_deferred_distribution(alice: User) -> None:
    assert owner(offer(assignee="=who", variables={"who": "alice"})) == alice


def test_04_authorization(alice: User, bob: User, charlie: User) -> None:
    task = offer(users="alice", stakeholders="bob", recipients="charlie")
    assert "complete" in permitted_operations(task, alice)
    assert permitted_operations(task, bob) >= {"set_priority", "suspend"}
    assert not permitted_operations(task, bob) & {"complete", "claim"}
    assert permitted_operations(task, charlie) == {"remove"}


def test_05_separation_of_duties(alice: User, bob: User) -> None:
    instance = start(user_task("n1", groups="Finance"), user_task("n2", groups="Finance", excludedUsers="=first"))
    complete(waiting(instance), alice, first="alice")
    second = waiting(instance)
    with pytest.raises(NotPermitted):
        complete(second, alice)
    complete(second, bob)


def test_06_case_handling(alice: User, bob: User) -> None:
    rule = {"groups": "Finance", "allocation": "case handling"}
    instance = start(user_task("n1", **rule), user_task("n2", **rule))
    operations.claim(task=waiting(instance), user=bob)
    complete(waiting(instance), bob)
    assert owner(waiting(instance)) == bob


def test_06_case_handling_takes_along_what_is_already_offered(alice: User, bob: User) -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=[1, 2, 3]"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    instance = start(user_task("n1", groups="Finance", allocation="case handling", after=loop))
    tasks = HumanTask.objects.filter(process_instance=instance)
    operations.claim(task=tasks[0], user=alice)
    assert {one.actual_owner for one in tasks.all()} == {alice}


def test_07_retain_familiar(alice: User, bob: User) -> None:
    instance = start(user_task("n1", groups="Finance"), user_task("n2", groups="Finance", allocation="retain familiar"))
    complete(waiting(instance), bob)
    assert owner(waiting(instance)) == bob


def test_08_capability_based_distribution(alice: User, bob: User, root: User) -> None:
    Profile.objects.create(user=bob, skills=["Italian", "Law"])
    Profile.objects.create(user=alice, skills=["Italian"])
    task = offer(groups="Finance", requiredSkills="italian, law")
    assert people.candidates(task) == [bob.pk]
    assert (listed(alice), listed(bob)) == ([], [task.pk])
    nobody = offer(groups="Finance", requiredSkills="Basque")
    assert nobody.pk in listed(root)
    assert nobody.events.filter(kind="unresolved", data__text__startswith="Nobody who may do this has").exists()


def test_09_history_based_distribution(alice: User, bob: User) -> None:
    given = [owner(offer(groups="Finance", allocation="least recently")) for _ in range(3)]
    assert given == [alice, bob, alice]


def test_10_organisational_distribution(alice: User, bob: User, charlie: User, root: User) -> None:
    Profile.objects.create(user=alice, manager=charlie)
    task = offer(managerOf="=initiator", by=alice)
    assert (listed(charlie), listed(bob)) == ([task.pk], [])
    complete(task, charlie)


def test_11_automatic_execution(db: None) -> None:
    script = draw.element("scriptTask", "n1", '<zeebe:script expression="=1 + 1" resultVariable="two"/>')
    assert start(script).state == ProcessInstance.State.COMPLETED


# Push


def test_12_distribution_by_offer_to_a_single_resource(alice: User) -> None:
    task = offer(users="alice")
    assert (task.state, listed(alice, "groups")) == (lifecycle.READY, [task.pk])


def test_13_distribution_by_offer_to_multiple_resources(alice: User, bob: User) -> None:
    task = offer(users="alice, bob")
    operations.claim(task=task, user=bob)
    assert "claim" not in permitted_operations(task, alice)


def test_14_distribution_by_allocation_to_a_single_resource(alice: User, bob: User) -> None:
    task = offer(assignee="alice", users="bob")
    assert listed(alice, "mine") == [task.pk]
    assert "complete" not in permitted_operations(task, bob)


def test_15_random_allocation(alice: User, bob: User) -> None:
    assert {owner(offer(groups="Finance", allocation="random")) for _ in range(12)} == {alice, bob}


def test_16_round_robin_allocation(alice: User, bob: User) -> None:
    assert [owner(offer(groups="Finance", allocation="round robin")) for _ in range(4)] == [alice, bob, alice, bob]


def test_17_shortest_queue(alice: User, bob: User) -> None:
    offer(assignee="alice")
    assert owner(offer(groups="Finance", allocation="shortest queue")) == bob


def test_18_early_distribution(alice: User, bob: User, charlie: User) -> None:
    start(user_task("n1", "Fill in", users="alice"), user_task("n2", "Check", users="bob"))
    from orchestrator.models import ProcessDefinition

    ProcessDefinition.objects.update(is_latest=True)
    assert [(one.name, one.now, one.business_key) for one in upcoming(bob)] == [("Check", "Fill in", "INV-1042")]
    assert (upcoming(alice), upcoming(charlie)) == ([], [])


def test_19_distribution_on_enablement(alice: User) -> None:
    task = offer(users="alice")
    assert (task.state, task.activated_at is not None) == (lifecycle.READY, True)


def test_20_late_distribution(alice: User, bob: User) -> None:
    tomorrow = '=now() + duration("P1D")'
    xml = user_task("n1", users="alice", due=tomorrow, distribution="follow up")
    instance = start(xml.replace("dueDate=", "followUpDate="))
    task = waiting(instance)
    assert (task.state, listed(alice, "groups")) == (lifecycle.CREATED, [])
    assert beginnings.distribute_due() == 0
    HumanTask.objects.update(follow_up_at=timezone.now() - timedelta(minutes=1))
    assert beginnings.distribute_due() == 1
    assert listed(alice, "groups") == [task.pk]


def test_20_late_distribution_by_work_in_progress(alice: User, bob: User) -> None:
    rule = {"groups": "Finance", "allocation": "shortest queue", "wipLimit": "1"}
    assert [owner(offer(**rule)) for _ in range(3)] == [alice, bob, None]


# Pull


def test_21_resource_initiated_allocation(alice: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)
    assert (task.state, task.started_at) == (lifecycle.RESERVED, None)


def test_22_resource_initiated_execution_of_an_allocated_item(alice: User) -> None:
    task = offer(assignee="alice")
    operations.start(task=task, user=alice)
    assert task.state == lifecycle.IN_PROGRESS


def test_23_resource_initiated_execution_of_an_offered_item(alice: User) -> None:
    task = offer(groups="Finance")
    operations.start(task=task, user=alice)
    assert (task.state, owner(task)) == (lifecycle.IN_PROGRESS, alice)


def test_24_system_determined_work_queue_content(alice: User) -> None:
    low, high = offer(users="alice", priority="10"), offer(users="alice", priority="90")
    assert listed(alice) == [high.pk, low.pk]


def test_25_resource_determined_work_queue_content(alice: User) -> None:
    low, high = offer(users="alice", priority="10"), offer(users="alice", priority="90")
    assert ids(queries.page(alice, "all", sort="priority").rows) == [low.pk, high.pk]
    assert ids(queries.page(alice, "all", process="elsewhere").rows) == []


def test_26_selection_autonomy(alice: User) -> None:
    offer(users="alice", priority="90")
    last = offer(users="alice", priority="10")
    complete(last, alice)
    assert HumanTask.objects.get(pk=last.pk).state == lifecycle.COMPLETED


# Detour


def test_27_delegation(alice: User, bob: User) -> None:
    task = offer(assignee="alice")
    operations.delegate(task=task, user=alice, to=bob)
    assert owner(task) == bob


def test_28_escalation(alice: User, bob: User) -> None:
    policy = EscalationPolicy.objects.create(name="Late")
    policy.levels.create(after=timedelta(), action="reassign", target_user=bob)
    task = offer(assignee="alice", escalation="Late")
    escalation.escalate_due(timezone.now() + timedelta(hours=1))
    assert (owner(task), listed(bob, "groups"), listed(alice)) == (None, [task.pk], [])


def test_29_deallocation(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    operations.claim(task=task, user=alice)
    operations.release(task=task, user=alice)
    assert listed(bob, "groups") == [task.pk]


def test_30_stateful_reallocation(alice: User, bob: User) -> None:
    task = offer(assignee="alice")
    operations.save_draft(task=task, user=alice, data={"amount": 12})
    operations.delegate(task=task, user=alice, to=bob)
    assert TaskDraft.objects.get(task=task, user=bob).data == {"amount": 12}


def test_31_stateless_reallocation(alice: User, bob: User) -> None:
    task = offer(assignee="alice")
    operations.save_draft(task=task, user=alice, data={"amount": 12})
    operations.delegate(task=task, user=alice, to=bob, keep_data=False)
    assert (owner(task), TaskDraft.objects.filter(task=task).exists()) == (bob, False)


def test_32_suspension_and_resumption(alice: User) -> None:
    task = offer(assignee="alice")
    operations.suspend_until(task=task, user=alice, until=timezone.now() + timedelta(hours=1))
    assert task.state == lifecycle.SUSPENDED
    operations.resume(task=task, user=alice)
    assert HumanTask.objects.get(pk=task.pk).state == lifecycle.RESERVED


def test_33_skip(alice: User) -> None:
    task = offer(assignee="alice", skippable="true")
    operations.skip(task=task, user=alice)
    assert ProcessInstance.objects.get().state == ProcessInstance.State.COMPLETED


def test_34_redo(alice: User, bob: User, root: User) -> None:
    instance = start(user_task("n1", "Fill in", users="alice"), user_task("n2", "Check", users="bob"))
    first = waiting(instance)
    complete(first, alice)
    with pytest.raises(NotPermitted):
        operations.redo(task=HumanTask.objects.get(pk=first.pk), user=bob)
    again = operations.redo(task=HumanTask.objects.get(pk=first.pk), user=root, reason="A page is missing.")
    assert (again.element, again.state, again.pk != first.pk) == ("n1", lifecycle.READY, True)
    complete(again, alice)


# Auto-start


def test_36_commencement_on_creation(alice: User) -> None:
    task = offer(assignee="alice", start="on creation")
    assert (task.state, task.started_at is not None) == (lifecycle.IN_PROGRESS, True)


def test_37_commencement_on_allocation(alice: User, bob: User) -> None:
    task = offer(groups="Finance", start="on allocation")
    assert task.state == lifecycle.READY
    operations.claim(task=task, user=alice)
    assert HumanTask.objects.get(pk=task.pk).state == lifecycle.IN_PROGRESS
    assert offer(groups="Finance", start="on allocation", allocation="random").state == lifecycle.IN_PROGRESS


def test_38_piled_execution(alice: User) -> None:
    done, like, other = offer(users="alice"), offer(users="alice"), offer(users="alice", priority="99")
    HumanTask.objects.filter(pk=other.pk).update(element="elsewhere")
    complete(done, alice)
    assert following.next_like(alice, done) == like.pk


def test_39_chained_execution(alice: User) -> None:
    instance = start(user_task("n1", users="alice"), user_task("n2", users="alice"))
    offer(users="alice", priority="99")
    first = waiting(instance)
    complete(first, alice)
    assert following.next_in_case(alice, first) == waiting(instance).pk


# Visibility


def test_40_configurable_unallocated_work_item_visibility(alice: User, charlie: User) -> None:
    assert not may_see(charlie, offer(groups="Finance"))
    assert may_see(charlie, offer(groups="Finance", stakeholders="charlie"))


@pytest.mark.parametrize(("visibility", "seen"), [("all", True), ("owner", False)])
def test_41_configurable_allocated_work_item_visibility(visibility: str, seen: bool, alice: User, bob: User) -> None:
    task = offer(groups="Finance", visibility=visibility)
    operations.claim(task=task, user=alice)
    task = HumanTask.objects.get(pk=task.pk)
    assert (may_see(bob, task), task.pk in listed(bob)) == (seen, seen)
    assert visible_tasks(bob).filter(pk=task.pk).exists() == seen
    assert task.pk in listed(alice)


# Several resources


def test_42_simultaneous_execution(alice: User) -> None:
    tasks = [offer(users="alice") for _ in range(3)]
    for task in tasks:
        operations.start(task=task, user=alice)
    assert {one.state for one in tasks} == {lifecycle.IN_PROGRESS}


def test_43_additional_resources(alice: User, bob: User, charlie: User) -> None:
    task = offer(assignee="alice")
    operations.instantiate_subtask(task=task, user=alice, to=charlie, name="Count the chairs")
    operations.request_information(task=task, user=alice, to=bob, question="Which chairs?")
    assert (len(listed(bob)), len(listed(charlie)), owner(task)) == (1, 1, alice)


def test_the_page_links_each_pattern_to_a_test_of_its_name() -> None:
    page = (Path(__file__).parents[2] / "docs/users/patterns.md").read_text()
    rows = [line.split("|")[1:5] for line in page.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert [int(number) for number, *_ in rows] == list(range(1, 44))
    named = {test.split("`")[1] for *_, test in rows if "`" in test}
    assert len(named) == 42
    assert named <= set(globals())


def test_what_is_coming_up_has_a_page(bob: User) -> None:
    client = Client()
    client.force_login(bob)
    assert "Nothing is on its way" in client.get(reverse("upcoming")).content.decode()
