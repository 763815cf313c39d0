"""Speed by hand in a real browser: fifty approvals, colleagues at work beside, many at once, lists of one's own."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect

from orchestrator.models import ProcessDefinition
from tasks_inbox import operations
from tasks_inbox.models import HumanTask, Profile, SavedView
from tests.browser.barriers import barriers
from tests.browser.conftest import Sitting
from tests.inbox import desk

FIFTY = 50

# Collected in the page: how long each interaction took, shifts of the layout, the largest paint.
OBSERVE = """
window.vitals = {interactions: {}, cls: 0, lcp: 0};
new PerformanceObserver(list => { for (const e of list.getEntries()) if (e.interactionId)
    vitals.interactions[e.interactionId] = Math.max(vitals.interactions[e.interactionId] ?? 0, e.duration); })
  .observe({type: 'event', durationThreshold: 16, buffered: true});
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) vitals.cls += e.value; })
  .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(list => { for (const e of list.getEntries()) vitals.lcp = e.startTime; })
  .observe({type: 'largest-contentful-paint', buffered: true});
"""


@pytest.fixture
def bob(orders: ProcessDefinition) -> User:
    user = User.objects.create_user("bob", password="secret", first_name="Bob", last_name="Brown")
    user.groups.add(Group.objects.get(name="Finance"))
    return user


def many(orders: ProcessDefinition, number: int) -> list[HumanTask]:
    return [desk.order(orders, key=f"ORD-{n:03}", amount=10 * n) for n in range(1, number + 1)]


def focused_row(page: Page) -> dict[str, Any]:
    """Which row has the focus, and where on the screen it stands."""
    found: dict[str, Any] = page.evaluate(
        "(row => ({id: row.id, top: row.getBoundingClientRect().top}))(document.activeElement.closest('.task-row'))"
    )
    return found


def stays(page: Page, before: dict[str, Any]) -> bool:
    """The same row has the focus at the same place, to the pixel."""
    now = focused_row(page)
    return bool(now["id"] == before["id"] and abs(now["top"] - before["top"]) < 1)


def gzipped(page: Page) -> float:
    """Kilobytes of the scripts that this page has loaded, compressed as a web server sends them."""
    import gzip

    addresses = page.evaluate(
        "performance.getEntriesByType('resource').filter(e => e.name.endsWith('.js')).map(e => e.name)"
    )
    bodies = [page.request.get(address).body() for address in set(addresses)]
    return sum(len(gzip.compress(body)) for body in bodies) / 1000


def test_fifty_approvals_in_under_sixty_seconds(sit: Sitting, orders: ProcessDefinition) -> None:
    many(orders, FIFTY)
    page = sit()
    page.add_init_script(OBSERVE)
    paints = []
    for _ in range(4):  # warm; the quickest, because other work on this machine only ever slows it down
        page.goto("/?tab=groups")
        expect(page.locator("#detail .ref")).to_have_text("ORD-001")
        paints.append(page.evaluate("window.vitals.lcp"))
    began = time.monotonic()
    for left in reversed(range(FIFTY)):
        task = page.locator("#detail").get_attribute("data-task-id")
        while page.locator("#detail").get_attribute("data-task-id") == task:
            page.keyboard.press("a")
            page.wait_for_timeout(60)
        if left:
            page.wait_for_selector(f"#detail[data-task-id]:not([data-task-id='{task}'])", timeout=5000)
    taken = time.monotonic() - began
    expect(page.locator("#live")).to_have_text("Approved. Nothing is left.")
    vitals = page.evaluate("window.vitals")
    taking = sorted(vitals["interactions"].values())
    inp = (
        taking[len(taking) * 3 // 4] if taking else 0
    )  # the 75th percentile: other work on this machine only adds to it
    script = gzipped(page)
    print(  # noqa: T201
        f"\n{FIFTY} approvals by keyboard in {taken:.1f} s; INP p75 {inp} ms (worst {max(taking)}),"
        f" CLS {vitals['cls']:.3f}, LCP {min(paints):.0f} ms, {script:.1f} kB of script"
    )
    assert HumanTask.objects.filter(outcome="approve").count() == FIFTY
    assert taken < 60
    assert inp <= 100
    assert vitals["cls"] <= 0.02
    assert min(paints) <= 1000
    assert script <= 60


def test_what_colleagues_do_shows_within_two_seconds_and_moves_nothing_under_the_hand(
    sit: Sitting, orders: ProcessDefinition, bob: User
) -> None:
    tasks = many(orders, 4)
    page, colleague = sit(), sit(user="bob")
    page.goto("/?tab=all")
    page.locator("#detail .ref").wait_for()
    page.keyboard.press("j")
    expect(page.locator("#detail .ref")).to_have_text("ORD-002")  # shown as one moves; the focus stays in the list
    before = focused_row(page)
    assert before["id"] == f"task-{tasks[1].pk}"

    HumanTask.objects.filter(pk=tasks[3].pk).update(priority=50)
    root = User.objects.create_superuser("root")
    urgent = desk.order(orders, key="ORD-URGENT")
    operations.set_priority(task=urgent, user=root, priority=90)
    expect(page.locator(f"#task-{urgent.pk}")).to_be_attached(timeout=2_000)
    assert stays(page, before)
    expect(page.locator("[data-new-tasks]")).to_have_text("1 new task")
    page.keyboard.press("n")
    assert focused_row(page)["id"] == f"task-{urgent.pk}"
    expect(page.locator("[data-new-tasks]")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("j")
    before = focused_row(page)
    assert before["id"] == f"task-{tasks[1].pk}"

    colleague.goto(f"/tasks/{tasks[0].pk}/")
    colleague.keyboard.press("a")
    expect(colleague.locator("#live")).to_contain_text("Approved")
    expect(page.locator(f"#task-{tasks[0].pk}")).to_have_count(0, timeout=2_000)
    assert stays(page, before)


def test_many_at_once_by_keys_and_what_is_refused_comes_back(
    sit: Sitting, orders: ProcessDefinition, bob: User
) -> None:
    tasks = many(orders, 5)
    needs = desk.order(orders, key="ORD-9", amount=None)
    page = sit()
    page.goto("/?tab=all")
    page.locator("#detail .ref").wait_for()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator(".bulk-count")).to_have_text("3 selected")
    page.locator(f"#task-{needs.pk} .task-check").click()
    expect(page.locator(".bulk-count")).to_have_text("4 selected")
    page.keyboard.press("a")
    expect(page.locator(".bulk-results")).to_contain_text("Amount: ")
    expect(page.locator(".bulk-results")).to_contain_text("3 approved. 1 not.")
    expect(page.locator(f"#task-{needs.pk}")).to_be_visible()
    expect(page.locator(f"#task-{tasks[0].pk}")).to_have_count(0)
    expect(page.locator(".bulk-count")).to_have_text("1 selected")
    assert HumanTask.objects.filter(outcome="approve").count() == 3
    page.keyboard.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()

    # one that is refused comes back with a sentence
    page.goto(f"/tasks/{tasks[3].pk}/?tab=all")
    operations.claim(task=tasks[3], user=bob)
    page.keyboard.press("a")
    expect(page.locator("#detail")).to_contain_text("was claimed by Bob Brown")
    expect(page.locator(f"#task-{tasks[3].pk}")).to_be_visible()


def test_keys_are_changed_switched_off_and_kept(sit: Sitting, orders: ProcessDefinition) -> None:
    many(orders, 3)
    page = sit()
    page.goto("/settings/")
    page.get_by_label("Approve, and on to the next").fill("y")
    page.get_by_role("button", name="Save").click()
    page.goto("/?tab=groups")
    expect(page.locator("#detail .ref")).to_have_text("ORD-001")
    expect(page.locator(".btn-approve .kbd").first).to_have_text("Y")
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert not HumanTask.objects.filter(state="completed").exists()
    page.keyboard.press("y")
    expect(page.locator("#detail .ref")).to_have_text("ORD-002")
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.locator('.view-tab[aria-current="page"]')).to_contain_text("Done")
    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#live")).to_contain_text("off")
    page.wait_for_timeout(300)
    page.goto("/?tab=groups")
    page.keyboard.press("y")
    page.wait_for_timeout(300)
    assert HumanTask.objects.filter(state="completed").count() == 1
    assert Profile.objects.get().keys == {"approve": "y"}


def test_a_filter_becomes_a_view_that_survives_reload_and_back(sit: Sitting, orders: ProcessDefinition) -> None:
    many(orders, 12)
    page = sit(width=1280)
    page.keyboard.press("f")
    page.wait_for_url("**/filter/**")
    page.get_by_label("Condition 1: what").select_option(label="amount")
    expect(page.get_by_label("Condition 1: how").locator("option", has_text="begins with")).to_be_attached()
    page.get_by_label("Condition 1: how").select_option(">=")
    page.get_by_label("Condition 1: value").fill("100")
    page.get_by_label("Column 1").select_option(label="amount")
    page.get_by_label("Sort by").select_option(label="amount")
    page.get_by_label("largest or latest first").check()
    page.get_by_role("button", name="Show these tasks").first.click()
    expect(page.locator(".task-row")).to_have_count(3)
    expect(page.locator(".task-row .ref").first).to_have_text("ORD-012")
    expect(page.locator(".task-cell").first).to_have_text("Amount 120")
    address = page.url
    page.locator(".task-link").nth(1).click()
    expect(page.locator("#detail .ref")).to_have_text("ORD-011")
    page.reload()
    expect(page.locator(".task-row")).to_have_count(3)
    page.go_back()
    expect(page).to_have_url(address)
    expect(page.locator(".task-row")).to_have_count(3)

    page.get_by_role("link", name="Change the filter").click()
    page.get_by_label("Name", exact=True).fill("Large ones")
    page.get_by_label("Colour", exact=True).select_option("red")
    page.get_by_label("Finance").check()
    page.get_by_role("button", name="Save the view").click()
    view = SavedView.objects.get()
    tab = page.locator(".view-saved")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(tab.locator(".count")).to_have_text("3")
    assert view.filter == "var.amount >= 100"


PAGES = ("/?tab=all&f=var.amount+%3E+10&cols=var.amount,owner", "/filter/?f=due+is+empty", "/views/", "/settings/")


def test_new_pages_are_accessible_and_fit_in_every_theme(sit: Sitting, orders: ProcessDefinition) -> None:
    many(orders, 3)
    alice = User.objects.get(username="alice")
    SavedView.objects.create(owner=alice, name="Large", filter="var.amount > 10", colour="red")
    profile = Profile.objects.create(user=alice, theme="light", density="comfortable")
    page = sit()
    found = []
    for path in PAGES:
        page.goto(path)
        page.locator("h1").first.wait_for(state="attached")
        if path.startswith("/?"):
            page.locator(".task-check").first.click()
        for width in (320, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            found += barriers(page, path, ("light", "dark", "contrast") if width == 1440 else ("light",))
    for theme in ("light", "dark", "contrast"):
        Profile.objects.filter(pk=profile.pk).update(theme=theme)
        page.goto("/views/")
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
    assert found == []
