"""Around a task, in a real browser: somebody is mentioned by keyboard, related cases open beside the task."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from playwright.sync_api import expect

from orchestrator.models import ProcessDefinition
from tasks_inbox.models import HumanTask, Notice
from tests.browser.conftest import Sitting
from tests.inbox import desk


@pytest.fixture
def task(orders: ProcessDefinition) -> HumanTask:
    finance = Group.objects.get(name="Finance")
    for first in ("Bea", "Ben", "Bert"):
        finance.user_set.add(User.objects.create_user(first.lower(), first_name=first, last_name="Brown"))
    User.objects.create_user("berta", first_name="Berta", last_name="Stranger")
    desk.order(orders, key="ORD-1", supplier="Elsewhere")
    desk.order(orders, key="ORD-2")
    return desk.order(orders, key="ORD-3")


def test_somebody_is_mentioned_by_keyboard_alone(sit: Sitting, task: HumanTask) -> None:
    page = sit()
    page.goto(task.get_absolute_url())
    text = page.locator("#comment-text")
    text.focus()
    page.keyboard.type("Ask @b", delay=10)
    people = page.get_by_role("listbox", name="People who see this task").get_by_role("option")
    expect(people).to_have_text(["BBBea Brown@bea", "BBBen Brown@ben", "BBBert Brown@bert"])
    expect(people.first).to_have_attribute("aria-selected", "true")
    assert not Axe().run(page, context="#conversation").response["violations"]
    page.keyboard.press("ArrowDown")
    expect(text).to_have_attribute("aria-activedescendant", "mention-1")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(text).to_have_value("Ask @bert ")
    expect(people).to_have_count(0)
    page.keyboard.type("or @be", delay=10)
    expect(people).to_have_count(3)
    page.keyboard.press("Escape")
    expect(people).to_have_count(0)
    expect(text).to_be_focused()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#live")).to_contain_text("Bert Brown will be told.")
    expect(page.locator(".mention")).to_have_text("@Bert Brown")
    assert [notice.user.username for notice in Notice.objects.filter(kind="mention")] == ["bert"]


def test_related_cases_open_beside_the_task(sit: Sitting, task: HumanTask) -> None:
    page = sit()
    page.goto(task.get_absolute_url())
    page.locator("summary", has_text="Related cases").click()
    page.get_by_label("With the same").select_option("supplier")
    expect(page.locator(".related-title")).to_have_text("Supplier: “Acme”")
    expect(page.locator(".related-list .ref")).to_have_text(["ORD-2"])
    assert not Axe().run(page, context="#related").response["violations"]
    page.locator(".related-list a").click()
    expect(page.locator(".page-head .ref").first).to_have_text("ORD-2")
