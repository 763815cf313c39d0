"""Mail scanners are real browsers that open addresses, run scripts and press things. People still decide."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, Request

from orchestrator.models import Mail, ProcessDefinition
from tasks_inbox import mail
from tasks_inbox.models import HumanTask
from tasks_inbox.notices import links
from tests.inbox import desk

PRESS_EVERYTHING = """async () => {
    for (const field of document.querySelectorAll('input:not([type=hidden]), textarea'))
        if (field.type === 'radio') field.checked = true; else field.value = '1'
    for (const form of document.querySelectorAll('form')) {
        const answer = await fetch(form.action, {method: form.method, body: new URLSearchParams(new FormData(form))})
        await answer.text()
    }
}"""


def state(task: HumanTask) -> str:
    task.refresh_from_db()
    return str(task.state)


def test_a_scanner_presses_everything_and_decides_nothing_and_the_person_decides(
    browser: Browser, live_server: Any, orders: ProcessDefinition
) -> None:
    alice = User.objects.get(username="alice")
    User.objects.filter(pk=alice.pk).update(email="alice@baton.example")
    alice.refresh_from_db()
    task = desk.order(orders, alice)
    mail.remind(task, [alice])
    text = Mail.objects.get().text
    path = re.findall(r"(/decide/\S+/)", text)[0]
    number = re.findall(r"this number: (\d{3})", text)[0]

    scanner = browser.new_context(base_url=live_server.url)
    for _twice in range(2):
        page = scanner.new_page()
        page.goto(path, wait_until="networkidle")
        page.wait_for_timeout(1_100)  # it waits longer than a person reads
        page.evaluate(PRESS_EVERYTHING)
        for radio in page.get_by_role("radio").all():
            radio.check()
            page.get_by_role("button", name="Decide").click()
            assert page.get_by_text("Nothing was decided").is_visible()
        page.close()
    scanner.close()
    assert state(task) == "ready"
    assert not HumanTask.objects.exclude(completed_at=None).exists()

    phone = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844})
    page = phone.new_page()
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_text("You decide as Alice Adams").is_visible()
    _has_no_barrier(page, ("dark", "light"))
    _decide(page, number)
    assert page.get_by_role("heading", name="Approve: Approve order").is_visible()
    assert state(task) == "completed"
    _has_no_barrier(page)
    page.get_by_role("link", name="Open your inbox").click()
    token = path.split("/")[2]
    assert not [one.url for one in sent if token in one.headers.get("referer", "")], "the address is told to nobody"
    assert urlsplit(page.url).path == "/login/"
    page.goto(path)
    assert page.get_by_role("heading", name="This address leads nowhere any more").is_visible()
    _has_no_barrier(page)
    page.goto(urlsplit(links.stop_url(alice, "reminder")).path)
    _has_no_barrier(page)
    page.get_by_role("button", name="No more of these mails").click()
    assert page.get_by_role("heading", name="You get no more of these mails").is_visible()
    phone.close()


def _has_no_barrier(page: Page, looks: tuple[str, ...] = ("light",)) -> None:
    for look in looks:
        page.emulate_media(color_scheme="dark" if look == "dark" else "light")
        page.wait_for_timeout(300)  # colours take a tenth of a second to change
        found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
        assert [f"{look}: {each['id']}: {each['nodes'][0]['html'][:150]}" for each in found] == []


def _decide(page: Page, number: str) -> None:
    page.wait_for_timeout(1_000)
    page.get_by_role("radio", name="Approve").check()
    page.get_by_label("The number in the mail").fill(number)
    page.get_by_role("button", name="Decide").click()
