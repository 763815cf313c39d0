"""Whatever is written or sent: pages show it as text, keep their policy and do not break."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orchestrator.models import ProcessDefinition
from tasks_inbox import operations
from tasks_inbox.models import HumanTask
from tests.inbox import desk
from tests.inbox.pages import address, as_user, text, url
from tests.undone import undone

pytestmark = pytest.mark.django_db


XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{7*7}}{% debug %}",
    "javascript:alert(1)",
    "</textarea><svg onload=alert(1)>",
    "\u202eevil",
]


@pytest.mark.parametrize("bad", XSS)
def test_what_people_write_is_shown_as_text(bad: str, finance: Any, alice: User) -> None:
    form = {
        **desk.FORM,
        "components": [
            {"type": "textfield", "key": "supplier", "label": "Hi {{supplier}}", "description": "{{supplier}}"},
            {"type": "text", "text": "Dear {{supplier}}"},
            {"type": "html", "content": "<p>{{supplier}}</p>"},
            {"type": "select", "key": "pick", "label": "Pick", "valuesExpression": "=[supplier]"},
            {"type": "checklist", "key": "picks", "label": "Picks", "valuesExpression": "=[supplier]"},
            {"type": "table", "dataSource": "=rows", "label": "{{supplier}}", "columnsExpression": "=columns"},
        ],
    }
    alice.first_name = bad[:100]
    alice.save()
    orders = desk.deploy_orders(
        desk.form_task(subject="=supplier", description="=supplier", outcomes=desk.APPROVE), form=form
    )
    variables = {"supplier": bad, "rows": [{"a": bad}], "columns": [{"key": "a", "label": bad}], bad[:40]: {bad: [bad]}}
    task = desk.order(orders, by=alice, key=bad, **variables)
    operations.add_comment(task=task, user=alice, text=bad)
    client = as_user(alice)
    client.post(url("task_draft", task), {"f.supplier": bad, "comment": bad})
    pages = [
        client.get(path)
        for path in (
            "/?tab=all",
            f"/?q={bad}",
            url("task", task),
            reverse("case", args=[task.process_instance_id]),
            "/requests/",
        )
    ]
    pages.append(client.post(url("task_complete", task), {"f.supplier": bad, "comment": bad, "outcome": bad, bad: bad}))
    for response in pages:
        page = text(response)
        for live in ("<script>alert", "<img src=x", "<svg onload", 'href="javascript:'):
            assert live not in page
    assert pages[-1].status_code == 422


def test_every_answer_carries_the_policy(task: HumanTask, alice: User) -> None:
    client = as_user(alice)
    answers = [
        client.get("/"),
        client.get("/tasks/999/"),
        client.post(url("task_complete", task), {"outcome": "x"}),
        Client().get("/login/"),
    ]
    for response in answers:
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]


def test_pages_hold_no_inline_style_or_script(task: HumanTask, alice: User) -> None:
    for path in ("/", url("task", task), url("task_delegate", task), "/requests/", "/start/"):
        page = text(as_user(alice).get(path))
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick=" not in page
        assert "hx-on" not in page


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("/requests/", "/requests/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("////evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\t//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("https:evil.example", "/"),
        ("%2f%2fevil.example", "%2f%2fevil.example"),
        ("", "/"),
    ],
)
def test_the_theme_is_kept_and_nobody_is_sent_away(target: str, where: str, alice: User) -> None:
    response = as_user(alice).post("/theme/", {"theme": "dark", "next": target})
    assert response["Location"] == where
    assert response.cookies["theme"].value == "dark"


def test_the_theme_of_the_system_is_no_cookie(alice: User) -> None:
    assert as_user(alice).post("/theme/", {"theme": "auto"}).cookies["theme"].value == ""
    assert "theme" in as_user(alice).post("/theme/", {"theme": "<b>"}).cookies


STRANGE = [
    {"f.amount": "1e400"},
    {"f.amount": "NaN"},
    {"f.amount": "9" * 1_000_000},
    {"f.amount": ["1", "2"]},
    {"f.amount[]": "1"},
    {"f.items[0]": "x"},
    {"f.items": ["", "0", "0", "n0", "n1"]},
    {"f.items": "x" * 100_000},
    {"f.items[n0].name": "x"},
    {"f.urgent": "maybe", "f.urgent?": "no"},
    {"f.": "x", "f": "x", "": "x"},
    {"outcome": ["approve", "reject"]},
    {"outcome": "\x00"},
    {"comment": "\x00"},
    {"comment": "x" * 20_000},
    {"f.reason": "\ud7ff\uffff\x01", "f.urgent": "on"},
    {"add": "f.items", "remove": "f.items 0"},
]


@pytest.mark.parametrize("name", ["task_complete", "task_draft", "task_fields", "start_process", "start_fields"])
def test_nothing_that_is_sent_breaks_a_page(name: str, task: HumanTask, orders: ProcessDefinition, alice: User) -> None:
    desk.may_start(alice, orders)
    client = as_user(alice)
    for sent in STRANGE:
        with undone():
            response = client.post(address(name, task), {"f.amount": "1", "outcome": "approve", **sent})
            assert response.status_code in (200, 302, 422), str(sent)[:200]
            assert client.get(url("task", task)).status_code == 200, str(sent)[:200]


def test_too_many_fields_are_refused(task: HumanTask, alice: User) -> None:
    response = as_user(alice).post(url("task_complete", task), {f"f.x{number}": "1" for number in range(2_000)})
    assert response.status_code == 400
