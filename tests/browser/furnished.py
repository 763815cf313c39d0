"""A small company for pages that are looked at as a whole: something of everything, and the address of every page."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.urls import reverse

from orchestrator.models import ProcessDefinition
from tasks_inbox import lifecycle, operations
from tasks_inbox.models import Absence, HumanTask, Profile, SavedView, TaskRole
from tests.inbox import desk

#: Routes that answer with something else than a page: parts of pages, files, drawings, what is asked by machines.
NO_PAGE = {
    *("inbox_list", "healthz", "readyz", "outbox_body", "task_diagram", "task_diagram_xml", "case_diagram"),
    *(
        "case_diagram_xml",
        "case_related",
        "task_people",
        "process_picture",
        "calendar_feed",
        "drawing_choices",
        "views_counts",
    ),
    *("team_export", "attachment", "attachment_preview", "document", "document_preview", "form_frame"),
    *("notices_stop", "decide_from_mail"),  # their addresses are signed: tests/inbox/test_mail_links.py looks at them
}


def furnish(alice: User, orders: ProcessDefinition) -> dict[str, str]:
    """Tasks that are late, done, aside and with somebody else; a view, an absence, a comment. Name -> address."""
    bob = User.objects.create_user("bob", password="secret", first_name="Bob", last_name="Brown")
    bob.groups.set(alice.groups.all())
    Profile.objects.create(user=bob, manager=alice)
    tasks = [desk.order(orders, alice, f"ORD-{number}") for number in range(5)]
    late = tasks[0]
    HumanTask.objects.filter(pk=late.pk).update(due_at=Now() - timedelta(days=3), priority=90)
    operations.claim(task=late, user=alice)
    operations.add_comment(task=late, user=bob, text="Is it urgent?")
    operations.complete(task=tasks[1], user=alice, data={"amount": 12}, outcome="approve", comment="")
    operations.claim(task=tasks[2], user=bob)
    operations.claim(task=tasks[3], user=alice)
    operations.suspend(task=tasks[3], user=alice, until=None)
    for task in (tasks[1], tasks[4]):
        TaskRole.objects.create(task=task, role=lifecycle.BUSINESS_ADMINISTRATOR, user=alice)
    view = SavedView.objects.create(owner=alice, name="Large ones", filter="var.amount > 3")
    Absence.objects.create(user=alice, starts_at=Now() + timedelta(days=3))
    one = {
        **dict.fromkeys(("task", "task_delegate", "task_ask", "task_subtask", "task_send_back"), late.pk),
        "task_redo": tasks[1].pk,
        "task_manage": tasks[4].pk,
        "case": late.process_instance_id,
        "view": view.pk,
        "team_person": bob.pk,
        **dict.fromkeys(("start_process", "process_handbook"), orders.key),
    }
    plain = ("inbox", "filter", "views", "preferences", "absences", "upcoming", "catalogue", "my_requests", "calendar")
    pages = {name: reverse(name) for name in (*plain, "notices", "team", "outbox")}
    pages |= {name: reverse(name, args=[value]) for name, value in one.items()}
    return pages | {
        "every task": "/?tab=all",
        "a task that is done": reverse("task", args=[tasks[1].pk]),
        "a task aside": reverse("task", args=[tasks[3].pk]),
        "nothing found": "/?tab=all&q=zzz",
        "a filter": "/filter/?f=priority+%3E+50+and+title+contains+a",
        "a page that is not there": "/nowhere/",
    }
