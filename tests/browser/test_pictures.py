"""The README's pictures: taken of the running product, so that they cannot grow old.

Every run takes them; `make pictures` keeps them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from orchestrator.models import ProcessInstance
from tests.browser.visit import rest

pytestmark = pytest.mark.browser
WIDE = {"width": 1280, "height": 600}


def take(page: Page, path: Path, *, whole: bool = False) -> None:
    rest(page)
    page.screenshot(path=path, full_page=whole, animations="disabled")
    assert path.stat().st_size > 10_000


def open_first_task(page: Page) -> None:
    page.locator(".task-link").first.click()
    page.wait_for_url("**/tasks/**")
    rest(page)


def show_diagram(page: Page) -> None:
    page.get_by_role("link", name="Diagram").click()
    expect(page.locator('.diagram-panel[data-state="ready"]')).to_be_visible()


def test_the_pictures_of_the_readme(visit: Callable[..., Page], pictures: Path) -> None:
    yara = visit("yara.osei", **WIDE)
    yara.goto("/?tab=all")
    open_first_task(yara)
    take(yara, pictures / "inbox-light.png")
    show_diagram(yara)
    take(yara, pictures / "inbox-diagram.png")
    dark = visit("yara.osei", dark=True, **WIDE)
    open_first_task(dark)
    take(dark, pictures / "inbox-dark.png")
    phone = visit("yara.osei", width=390, height=844)
    take(phone, pictures / "inbox-phone.png")
    samir = visit("samir.haddad")
    samir.goto("/requests/")
    take(samir, pictures / "my-requests.png")
    jonas = visit("jonas.brandt")
    jonas.goto("/start/")
    take(jonas, pictures / "catalogue.png")
    admin = visit("admin")
    running = ProcessInstance.objects.filter(state="active", definition__key="insurance-claim").latest("id")
    admin.goto(f"/admin/orchestrator/processinstance/{running.pk}/change/")
    expect(admin.locator('.diagram-panel[data-state="ready"]')).to_be_visible()
    take(admin, pictures / "instance.png")
