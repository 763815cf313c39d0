"""Who may start, see, administer; and always a stranger, who may nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.db.models import Q
from guardian.shortcuts import assign_perm, remove_perm

from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime import permissions
from orchestrator.runtime.execution import start
from tests.runtime import diagrams as d
from tests.runtime.cases import deployed

pytestmark = pytest.mark.django_db

CHANGED = d.process(d.start(), d.user("other"), d.end(), flows="s-other other-e")


@pytest.fixture
def definition() -> ProcessDefinition:
    return deployed(d.ONE_TASK)


def test_a_grant_on_one_version_holds_for_every_version(
    definition: ProcessDefinition, alice: User, charlie: User
) -> None:
    assign_perm("start_processdefinition", alice, definition)
    newest = deployed(CHANGED)
    assert list(permissions.startable(alice)) == [newest]
    assert permissions.may_start(alice, definition)
    assert not permissions.startable(charlie).exists()
    assert not permissions.may_start(charlie, newest)


def test_a_grant_to_a_group_holds_for_its_members_and_ends_with_membership(
    definition: ProcessDefinition, alice: User
) -> None:
    group = Group.objects.create(name="Sales")
    assign_perm("start_processdefinition", group, definition)
    assert not permissions.may_start(alice, definition)
    alice.groups.add(group)
    assert permissions.may_start(User.objects.get(pk=alice.pk), definition)
    alice.groups.remove(group)
    assert not permissions.may_start(User.objects.get(pk=alice.pk), definition)


def test_whoever_started_an_instance_sees_it_and_no_other(
    definition: ProcessDefinition, alice: User, bob: User, charlie: User
) -> None:
    mine, other = start(definition, {}, by=alice), start(definition, {}, by=bob)
    assert list(permissions.visible_instances(alice)) == [mine]
    assert permissions.may_see(alice, mine)
    assert not permissions.may_see(alice, other)
    assert not permissions.visible_instances(charlie).exists()


def test_who_had_a_task_in_it_is_told_by_the_inbox(definition: ProcessDefinition, alice: User, bob: User) -> None:
    instance = start(definition, {}, by=alice)
    assert permissions.may_see(bob, instance, Q(pk=instance.pk))
    assert not permissions.may_see(bob, instance)


@pytest.mark.parametrize("permission", ["see_instances", "administer_instances"])
def test_who_sees_or_administers_a_process_sees_all_its_instances(
    definition: ProcessDefinition, alice: User, bob: User, permission: str
) -> None:
    start(definition, {}, by=alice)
    start(deployed(CHANGED), {}, by=alice)
    assign_perm(permission, bob, definition)
    assert permissions.visible_instances(bob).count() == 2
    assert permissions.may_administer(bob, definition) is (permission == "administer_instances")
    remove_perm(permission, bob, definition)
    assert not permissions.visible_instances(User.objects.get(pk=bob.pk)).exists()


def test_a_superuser_may_everything_and_a_deactivated_one_nothing(
    definition: ProcessDefinition, person: Callable[[str], User]
) -> None:
    root = person("root")
    root.is_superuser = True
    start(definition, {})
    assert permissions.may_start(root, definition)
    assert permissions.may_administer(root, definition)
    assert permissions.visible_instances(root).count() == 1
    root.is_active = False
    assert not permissions.may_start(root, definition)
    assert not permissions.may_administer(root, definition)
    assert not permissions.visible_instances(root).exists()


def test_what_cannot_be_started_by_hand_is_not_offered(alice: User) -> None:
    timed = d.process(d.start(d.timer("R/PT1H", "timeCycle")), d.user("a"), d.end(), flows="s-a a-e")
    definition = deployed(timed)
    assign_perm("start_processdefinition", alice, definition)
    assert not permissions.startable(alice).exists()
    assert not ProcessInstance.objects.exists()
