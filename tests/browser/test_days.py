"""Four days at Brightwater, each told through the browser: who approves, who stands in, who leads, who asks.

Their pictures are those of docs/pictures, in light, dark and on a phone; `make pictures` takes them again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tasks_inbox.models import HumanTask
from tests.browser.test_pictures import open_first_task, take

pytestmark = pytest.mark.browser
WIDE, PHONE = {"width": 1280, "height": 560}, {"width": 390, "height": 780}
Visit = Callable[..., Page]


def test_four_days_at_brightwater(visit: Visit, pictures: Path) -> None:
    the_approver(visit, pictures)
    the_requester(visit, pictures)
    the_substitute(visit, pictures)
    the_manager(visit, pictures)


def three(
    visit: Visit, username: str, path: str, pictures: Path, name: str, ready: Callable[[Page], None] | None = None
) -> None:
    """The same page in light, in dark and on a phone."""
    for look, settings in (("light", WIDE), ("dark", {**WIDE, "dark": True}), ("phone", PHONE)):
        page = visit(username, **settings)
        page.goto(path)
        if ready:
            ready(page)
        take(page, pictures / f"{name}-{look}.png")
        page.context.close()


def the_approver(visit: Visit, pictures: Path) -> None:
    """Grace reads why an invoice is with her, says no with a reason, approves the next with one key."""
    three(visit, "grace.hopper", "/", pictures, "day-approver", open_first_task)
    page = visit("grace.hopper", **WIDE)
    open_first_task(page)
    expect(page.get_by_text("Why it is here")).to_be_visible()
    page.get_by_role("button", name="Reject").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("textbox", name="Comment", exact=True).fill("The order number is missing.")
    page.get_by_role("button", name="Reject").last.click()
    expect(page.locator("#live")).to_contain_text(re.compile(r"Rejected\. \d+ left"))
    page.wait_for_timeout(450)  # a press in the first moment of a task decides nothing
    page.keyboard.press("a")
    expect(page.locator("#live")).to_contain_text("Approved.")
    page.context.close()


def the_requester(visit: Visit, pictures: Path) -> None:
    """Samir asks for an approval, and sees with whom it is, since when, and what usually happens."""
    page = visit("samir.haddad", **WIDE)
    page.get_by_role("link", name="Start process").click()
    page.get_by_role("link", name="Invoice approval", exact=True).click()
    page.get_by_label("Supplier").first.fill("Blue Harbour Travel")
    page.get_by_label("Invoice number").fill("BH-2207")
    page.get_by_label("Amount").fill("7000")
    page.get_by_label("Cost centre").select_option(label="4711 Engineering")
    page.get_by_label("Payable until").fill("2099-12-04")
    page.get_by_label("Purpose").fill("Flights to the customer in Lisbon")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("Your request was sent. Here you see where it is.")).to_be_visible()
    case = page.url
    page.get_by_role("link", name="My requests").first.click()
    expect(page.locator(".request").first).to_contain_text("with ")
    page.context.close()
    three(visit, "samir.haddad", case, pictures, "day-requester")


def the_substitute(visit: Visit, pictures: Path) -> None:
    """Who approves is away; Lena finds their invoices in her own inbox and does one in her own name."""
    waiting = HumanTask.objects.filter(name="Approve invoice", completed_at=None, actual_owner__isnull=False)
    theirs = waiting.exclude(actual_owner__username__in=["grace.hopper", "lena.meyer"]).latest("priority")
    absent = theirs.actual_owner
    assert absent is not None
    page = visit(absent.username, **WIDE)
    page.goto("/absence/")
    page.get_by_label("Note for your colleagues").fill("On holiday, back on Monday")
    page.locator("[name=substitute-1]").fill("lena.meyer")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text("Substituted by Lena Meyer")).to_be_visible()
    page.context.close()
    page = visit("lena.meyer", **WIDE)
    page.goto("/?tab=all")
    page.locator(f"#task-{theirs.pk}").get_by_role("link").click()
    expect(page.get_by_text(f"With {absent.get_full_name()}")).to_be_visible()
    page.context.close()
    three(visit, "lena.meyer", f"/tasks/{theirs.pk}/?tab=mine", pictures, "day-substitute")
    page = visit("lena.meyer", **WIDE)
    page.goto(f"/tasks/{theirs.pk}/")
    page.get_by_role("button", name="Approve").last.click()
    expect(page.locator("#live")).to_contain_text("Approved.")
    page.context.close()
    theirs.refresh_from_db()
    assert theirs.completed_by == User.objects.get(username="lena.meyer")


def the_manager(visit: Visit, pictures: Path) -> None:
    """Yara sees what is late in her team, and gives one task to somebody who has time."""
    page = visit("yara.osei", **WIDE)
    page.get_by_role("link", name="Team", exact=True).click()
    expect(page.get_by_role("heading", name="Team")).to_be_visible()
    page.goto("/team/?sort=open")
    people = page.locator('main a[href^="/team/"]').filter(has_text=re.compile(r"^\w+ \w+$"))
    first, last = people.first.inner_text().split(), people.last.inner_text().split()
    receiver = User.objects.get(first_name=last[0], last_name=last[1])
    before = HumanTask.objects.filter(actual_owner=receiver, completed_at=None).count()
    three(visit, "ada.lovelace", "/team/?sort=overdue", pictures, "day-manager")
    page.get_by_role("link", name=" ".join(first)).click()
    page.get_by_role("checkbox").first.check()
    page.get_by_label("Give to").fill(receiver.username)
    page.get_by_role("button", name="Reassign").click()
    expect(page.get_by_role("status").filter(has_text="1 of 1 done.").first).to_be_visible()
    assert HumanTask.objects.filter(actual_owner=receiver, completed_at=None).count() == before + 1
    page.context.close()
