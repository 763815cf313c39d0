"""The inbox in the admin: people and policies are kept, human tasks only looked at, and lists cost the same when
they grow.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tasks_inbox import operations
from tasks_inbox.models import Department, EscalationPolicy, HumanTask, Profile
from tests.inbox.cases import offer
from tests.inbox.conftest import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client, root: User) -> Client:
    client.force_login(root)
    return client


def _people(n: int) -> None:
    department = Department.objects.create(name=f"Department {n}", manager=person(f"boss{n}", "The", "Boss"))
    user = person(f"person{n}", "Per", "Son", Group.objects.create(name=f"Group {n}"))
    Profile.objects.create(user=user, manager=department.manager, department=department)


def _task(n: int) -> None:
    operations.claim(
        task=offer(users=person(f"worker{n}", "Work", "Er").username), user=User.objects.get(username=f"worker{n}")
    )


def _policy(n: int) -> None:
    policy = EscalationPolicy.objects.create(name=f"Policy {n}")
    policy.levels.create(position=1, after="1 00:00:00", action="remind")


@pytest.mark.parametrize(
    ("page", "make"),
    [
        ("auth_user", _people),
        ("auth_group", _people),
        ("tasks_inbox_department", _people),
        ("tasks_inbox_humantask", _task),
        ("tasks_inbox_escalationpolicy", _policy),
    ],
)
def test_a_list_takes_no_more_statements_for_more_rows(page: str, make: Callable[[int], None], admin: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(reverse(f"admin:{page}_changelist")).status_code == 200
        return len(captured)

    make(1)
    statements()
    few = statements()
    for n in range(2, 6):
        make(n)

    assert statements() == few


def test_a_human_task_is_shown_with_its_history_and_cannot_be_changed(admin: Client, alice: User) -> None:
    task = offer(groups="Finance", subject="Approve the invoice")
    operations.claim(task=task, user=alice)
    url = reverse("admin:tasks_inbox_humantask_change", args=[task.pk])

    page = admin.get(url)

    assert page.status_code == 200
    content = page.content.decode()
    assert "Approve the invoice" in content
    assert "Claimed" in content
    assert task.get_absolute_url() in content
    assert admin.post(url, {"state": "completed"}).status_code == 403
    assert admin.get(reverse("admin:tasks_inbox_humantask_add")).status_code == 403
    assert admin.get(reverse("admin:tasks_inbox_humantask_delete", args=[task.pk])).status_code == 403
    assert HumanTask.objects.get(pk=task.pk).state == "reserved"


def test_tasks_are_searched_by_what_people_know(admin: Client, alice: User) -> None:
    offer(groups="Finance", business_key="INV-77")

    assert "INV-77" in admin.get(reverse("admin:tasks_inbox_humantask_changelist"), {"q": "INV-77"}).content.decode()


def test_a_person_is_kept_with_their_manager(admin: Client, alice: User, bob: User) -> None:
    department = Department.objects.create(name="Finance")
    url = reverse("admin:auth_user_change", args=[alice.pk])
    form = {
        "username": "alice",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "10:00:00",
        "is_active": "on",
        "profile-TOTAL_FORMS": "1",
        "profile-INITIAL_FORMS": "0",
        "profile-0-user": str(alice.pk),
        "profile-0-manager": str(bob.pk),
        "profile-0-department": str(department.pk),
        "profile-0-time_zone": "Europe/Berlin",
        "profile-0-theme": "dark",
        "profile-0-density": "compact",
        "profile-0-skills": "Italian, Law , ",
    }

    assert admin.post(url, form | {"profile-0-time_zone": "Mars"}).status_code == 200
    assert admin.post(url, form | {"profile-0-manager": str(alice.pk)}).status_code == 200
    assert not Profile.objects.exists()
    assert admin.post(url, form).status_code == 302
    assert Profile.objects.get().skills == ["Italian", "Law"]

    profile = Profile.objects.get()
    assert (profile.manager, profile.department, profile.time_zone) == (bob, department, "Europe/Berlin")


def test_a_policy_is_kept_with_its_levels_and_nonsense_is_explained(admin: Client) -> None:
    url = reverse("admin:tasks_inbox_escalationpolicy_add")
    form = {
        "name": "Approval",
        "levels-TOTAL_FORMS": "1",
        "levels-INITIAL_FORMS": "0",
        "levels-0-position": "1",
        "levels-0-after": "1 00:00:00",
        "levels-0-relative_to": "created",
        "levels-0-deadline": "completion",
        "levels-0-action": "reassign",
    }

    refused = admin.post(url, form)
    assert refused.status_code == 200
    assert "needs either a user or a group" in refused.content.decode()
    assert admin.post(url, form | {"levels-0-action": "mail_manager"}).status_code == 302

    assert EscalationPolicy.objects.get().levels.get().action == "mail_manager"


@pytest.mark.parametrize(
    "page", ["auth_user", "tasks_inbox_department", "tasks_inbox_humantask", "tasks_inbox_escalationpolicy"]
)
def test_nobody_without_the_permission_looks_in(page: str, client: Client, charlie: User) -> None:
    url = reverse(f"admin:{page}_changelist")
    assert client.get(url).status_code == 302

    client.force_login(charlie)
    assert client.get(url).status_code == 302

    charlie.is_staff = True
    charlie.save()
    assert client.get(url).status_code == 403

    app, model = page.rsplit("_", 1)
    charlie.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=f"view_{model}"))
    assert client.get(url).status_code == 200
