"""A day at the inbox in a real browser: by keyboard, by mouse, without script, on a phone, in the dark."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import expect

from orchestrator.models import ProcessDefinition
from tasks_inbox import operations
from tasks_inbox.models import HumanTask
from tests.browser.barriers import barriers
from tests.browser.conftest import Sitting
from tests.inbox import desk

LOOK = 450  # milliseconds: a task that has just appeared is not decided sooner
WIDTHS = [320, 390, 1440]


@pytest.fixture
def three(orders: ProcessDefinition) -> list[HumanTask]:
    return [desk.order(orders, key=f"ORD-{number}") for number in (1, 2, 3)]


def test_three_tasks_by_keyboard_alone(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    expect(page.locator("#detail .ref")).to_have_text("ORD-1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#detail .ref")).to_have_text("ORD-2")
    expect(page.locator("#detail h2")).to_be_focused()
    expect(page).to_have_url(f"**/tasks/{three[1].pk}/?tab=groups".replace("**", page.url.split("/tasks")[0]))

    page.keyboard.press("a")
    expect(page.locator("#live")).to_have_text("Approved. 2 left.")
    expect(page.locator("#detail .ref")).to_have_text("ORD-3")
    expect(page.locator(".task-row")).to_have_count(2)

    page.wait_for_timeout(LOOK)
    page.keyboard.press("r")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Say why: “Reject” needs a comment.")
    page.locator(".error-summary a").click()
    expect(page.get_by_label("Comment", exact=True)).to_be_focused()
    page.keyboard.type("Far too many")
    page.wait_for_timeout(LOOK)
    page.get_by_role("button", name="Reject").click()
    expect(page.locator("#live")).to_have_text("Rejected. 1 left.")
    three[2].refresh_from_db()
    assert (three[2].outcome, three[2].comment) == ("reject", "Far too many")


def test_the_number_beside_the_inbox_follows(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    expect(page.locator("#inbox-count")).to_have_text("")
    page.locator("#detail").get_by_role("button", name="Claim").click()
    expect(page.locator("#live")).to_have_text("Claimed. The task is yours.")
    expect(page.locator("#inbox-count")).to_contain_text("1")
    expect(page.locator(".task-row")).to_have_count(2)


def test_a_hasty_second_press_does_not_decide_the_next_task(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    expect(page.locator("#detail .ref")).to_have_text("ORD-1")
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator("#detail .ref")).to_have_text("ORD-2")
    page.wait_for_timeout(LOOK)
    assert HumanTask.objects.filter(state="completed").count() == 1
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#detail .ref")).to_have_text("ORD-3")


def test_enter_in_a_field_does_not_decide(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    page.get_by_label("Amount").press("Enter")
    page.wait_for_timeout(300)
    three[0].refresh_from_db()
    assert three[0].state == "ready"


def test_shortcuts_rest_while_somebody_types_and_can_be_switched_off(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    page.get_by_label("Comment", exact=True).press_sequentially("a r c")
    expect(page.get_by_label("Comment", exact=True)).to_have_value("a r c")
    page.locator("#detail h2").focus()
    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert HumanTask.objects.filter(state="ready").count() == 3


def test_an_answer_shows_a_field_and_rows_come_and_go(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    expect(page.get_by_label("Why urgent")).to_have_count(0)
    page.get_by_label("Urgent").check()
    page.get_by_label("Why urgent").fill("Fair on Monday")
    page.get_by_role("button", name="Add : Items").click()
    expect(page.get_by_label("Item", exact=True)).to_have_count(2)
    expect(page.get_by_label("Why urgent")).to_have_value("Fair on Monday")
    page.get_by_label("Item", exact=True).nth(1).fill("Desk")
    page.get_by_role("button", name="Remove Items 1").click()
    expect(page.get_by_label("Item", exact=True)).to_have_count(1)
    expect(page.get_by_label("Item", exact=True)).to_have_value("Desk")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#live")).to_have_text("Approved. 2 left.")
    three[0].refresh_from_db()
    assert three[0].output["reason"] == "Fair on Monday"
    assert three[0].output["items"] == [{"name": "Desk"}]


def test_a_draft_saves_itself_and_comes_back(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    page.get_by_label("Amount").fill("77.70")
    expect(page.locator("#draft-status")).to_contain_text("Draft saved")
    page.get_by_role("link", name="ORD-2").first.click()
    expect(page.locator("#detail .ref")).to_have_text("ORD-2")
    page.goto(f"/tasks/{three[0].pk}/")
    expect(page.get_by_label("Amount")).to_have_value("77.70")


def test_the_list_follows_what_others_do(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    expect(page.locator(".task-row")).to_have_count(3)
    desk.order(ProcessDefinition.objects.get(key="order"), key="ORD-9")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('tasks-changed', {bubbles: true}))")
    expect(page.locator(".task-row")).to_have_count(4)


def test_searching_narrows_the_list_as_one_types(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    page.keyboard.press("/")
    page.keyboard.type("ord-2")
    expect(page.locator(".task-row")).to_have_count(1)
    expect(page).to_have_url(page.url.split("?")[0] + "?tab=groups&q=ord-2")
    page.reload()
    expect(page.locator(".task-row")).to_have_count(1)


def test_the_diagram_comes_when_it_is_asked_for(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    expect(page.locator("#detail .ref")).to_have_text("ORD-1")
    assert page.locator("#diagram svg").count() == 0
    page.keyboard.press("d")
    expect(page.locator("#diagram")).to_have_attribute("data-state", "ready")
    expect(page.locator("#diagram .djs-container")).to_be_visible()


def test_somebody_else_was_first(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    expect(page.locator("#detail .ref")).to_have_text("ORD-1")
    bob = User.objects.create_user("bob", first_name="Bob", last_name="Brown")
    bob.groups.add(Group.objects.get())
    operations.claim(task=three[0], user=bob)
    page.keyboard.press("a")
    expect(page.locator("#detail")).to_contain_text("was claimed by Bob Brown")
    page.get_by_role("link", name="Back to the inbox").click()
    expect(page.locator(".task-row")).to_have_count(2)


def test_everything_works_without_script(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit(script=False)
    page.get_by_role("link", name="ORD-2").click()
    page.get_by_label("Urgent").check()
    page.get_by_role("button", name="Add : Items").click()
    page.get_by_label("Why urgent").fill("Soon")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#messages")).to_contain_text("Draft saved")
    expect(page.get_by_label("Why urgent")).to_have_value("Soon")
    page.locator("#detail").get_by_role("button", name="Approve").click()
    expect(page.locator("#messages")).to_contain_text("Approved. 2 left.")
    expect(page.locator("#detail .ref")).to_have_text("ORD-3")
    page.locator("#detail").get_by_role("button", name="Claim").click()
    expect(page.locator("#messages")).to_contain_text("Claimed. The task is yours.")
    three[1].refresh_from_db()
    assert three[1].output["reason"] == "Soon"


def test_a_request_from_the_catalogue_to_its_case(sit: Sitting) -> None:
    page = sit()
    page.get_by_role("link", name="Start process").click()
    page.get_by_role("link", name="Order", exact=True).click()
    page.get_by_label("Supplier").fill("Acme")
    page.get_by_label("Amount").fill("1250.00")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#messages")).to_contain_text("Your request was sent")
    expect(page.locator(".diagram-panel")).to_have_attribute("data-state", "ready")
    expect(page.locator(".facts").last).to_contain_text("1,250.00")
    page.get_by_role("link", name="My requests").first.click()
    expect(page.locator(".request-list")).to_contain_text("with Finance")


def pages(task: HumanTask) -> tuple[str, ...]:
    at = f"/tasks/{task.pk}/"
    return ("/", at, f"{at}delegate/", "/start/", "/start/order/", "/requests/", f"/cases/{task.process_instance_id}/")


def test_no_page_scrolls_sideways(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit()
    for path in pages(three[0]):
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(sit: Sitting, three: list[HumanTask], width: int) -> None:
    page = sit(width=width)
    found = []
    for path in pages(three[0]):
        page.goto(path)
        page.locator("h1").first.wait_for(state="attached")
        found += barriers(page, path, ("light", "dark"), system=True)
    page.goto(f"/tasks/{three[0].pk}/")
    page.keyboard.press("r")
    page.locator(".error-summary").wait_for()
    found += barriers(page, "errors", ("light", "dark"), system=True)
    assert found == []


BAD = """<script>alert(1)</script><img src=x onerror=alert(1)>"'><svg/onload=alert(1)>"""


def test_nothing_that_people_write_runs(sit: Sitting, orders: ProcessDefinition) -> None:
    alice = User.objects.get(username="alice")
    alice.last_name = BAD[:100]
    alice.save()
    shown = {"type": "text", "text": "Dear {{supplier}} <script>alert(1)</script>"}
    page_of_html = {"type": "html", "content": "<p onclick=alert(1)>{{supplier}}</p><script>alert(1)</script>"}
    form = {**desk.FORM, "components": [*desk.FORM["components"], shown, page_of_html]}
    bad = desk.deploy_orders(
        desk.form_task(subject="=supplier", description="=supplier", outcomes=desk.APPROVE), form=form
    )
    task = desk.order(bad, by=alice, key=BAD, supplier=BAD, items=[{"name": BAD}], **{BAD[:30]: BAD})
    operations.add_comment(task=task, user=alice, text=BAD)
    page = sit()
    ran: list[str] = []
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    for path in (
        "/",
        f"/tasks/{task.pk}/",
        f"/tasks/{task.pk}/delegate/",
        "/requests/",
        f"/cases/{task.process_instance_id}/",
    ):
        page.goto(path)
        page.wait_for_timeout(300)
    page.goto(f"/tasks/{task.pk}/")
    page.get_by_label("Amount").fill(BAD)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("#detail-title")).to_have_text(BAD)
    assert ran == []


def test_on_a_phone_the_task_takes_the_place_of_the_list(sit: Sitting, three: list[HumanTask]) -> None:
    page = sit(width=390, height=844)
    expect(page.locator("#list")).to_be_visible()
    expect(page.locator("#detail")).to_be_hidden()
    page.get_by_role("link", name="ORD-2").click()
    expect(page.locator("#detail .ref")).to_have_text("ORD-2")
    expect(page.locator("#list")).to_be_hidden()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#list")).to_be_visible()
