"""An approval as somebody hears it: found, read, refused, corrected and decided by roles and names alone.

The path is that of docs/users/accessibility.md: whoever changes one changes the other.
"""

from __future__ import annotations

import re

from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from orchestrator.models import ProcessDefinition
from tasks_inbox import operations
from tasks_inbox.models import HumanTask
from tests.browser.conftest import Sitting
from tests.inbox import desk


def spoken(page: Page, sentence: str | re.Pattern[str]) -> None:
    """What a screen reader says by itself: the live region of the page."""
    expect(page.get_by_role("status").filter(has_text=sentence)).to_have_count(1)


def test_an_approval_is_made_by_ear(sit: Sitting, orders: ProcessDefinition) -> None:
    alice = User.objects.get(username="alice")
    for number in range(3):
        operations.claim(task=desk.order(orders, key=f"ORD-{number}"), user=alice)
    page = sit()

    # Where am I? The landmarks have names, and the first Tab offers to skip what every page repeats. The title is that
    # of the task that stands beside the list, once it is there.
    expect(page).to_have_title("Approve order · Baton")
    for name, role in (("Main", "navigation"), ("Views", "navigation"), ("Tasks", "region")):
        expect(page.get_by_role(role, name=name, exact=True)).to_have_count(1)  # type: ignore[arg-type]
    expect(page.get_by_role("link", name="Inbox 3 open")).to_have_attribute("aria-current", "page")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    # What is there? A list of three, each a link: its title, whether it was opened, number, process.
    tasks = page.get_by_role("region", name="Tasks", exact=True).get_by_role("list").get_by_role("listitem")
    expect(tasks).to_have_count(3)
    first = tasks.first.get_by_role("link")
    expect(first).to_have_accessible_name(re.compile("Approve order.*not opened yet,.*ORD-0.*Order"))
    expect(tasks.first.get_by_role("checkbox")).to_have_accessible_name(re.compile("Select Approve order"))
    first.focus()
    page.keyboard.press("Enter")

    # The task: the focus is on its title; the fields have names, what is required is said.
    title = page.get_by_role("heading", name="Approve order", level=2)
    expect(title).to_be_focused()
    expect(page.get_by_role("spinbutton", name="Amount").or_(page.get_by_role("textbox", name="Amount"))).to_have_count(
        1
    )
    comment = page.get_by_role("textbox", name="Comment", exact=True)
    expect(page.get_by_role("complementary", name="History")).to_have_count(1)

    # A refusal is read at once; its link leads to the field, and the field says what is wrong with it.
    page.get_by_role("button", name="Reject", exact=False).last.press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("One answer needs another look.")
    expect(alert).to_be_focused()
    alert.get_by_role("link", name=re.compile("Comment")).press("Enter")
    expect(comment).to_be_focused()
    expect(comment).to_have_accessible_description(re.compile("needs a comment"))
    comment.fill("Too dear.")

    # The decision: the outcome and what is left are announced; the next task is open with the focus on its title.
    page.get_by_role("button", name="Reject", exact=False).last.press("Enter")
    spoken(page, re.compile(r"Rejected\. 2 left\."))
    expect(page.get_by_role("heading", name="Approve order", level=2)).to_be_focused()
    expect(tasks).to_have_count(2)
    page.wait_for_timeout(450)  # a press in the first moment of a task decides nothing
    page.get_by_role("button", name="Approve", exact=False).last.press("Enter")
    spoken(page, re.compile(r"Approved\. 1 left\."))

    # Which keys are there? A dialog with a name; Escape leads back.
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert HumanTask.objects.filter(outcome="reject").get().comment == "Too dear."


def test_what_was_decided_is_read_in_the_history(sit: Sitting, orders: ProcessDefinition) -> None:
    alice = User.objects.get(username="alice")
    task = desk.order(orders, alice)
    operations.complete(task=task, user=alice, data={"amount": 12}, outcome="approve", comment="")
    page = sit()
    page.get_by_role("link", name="My requests").click()
    page.get_by_role("main").get_by_role("link", name=re.compile("Order")).click()
    expect(page.get_by_role("heading", name="Order", level=1)).to_be_visible()
    history = page.get_by_role("heading", name="History").locator("..").get_by_role("listitem")
    expect(history.filter(has_text="completed “Approve order”: Approve")).to_have_count(1)
    expect(history.filter(has_text="completed").locator("time")).to_have_attribute("title", re.compile("[0-9]{4}.*UTC"))
