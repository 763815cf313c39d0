"""The README's pictures: taken of the running product, so that they cannot grow old.

Every run takes them; `make pictures` keeps them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from orchestrator.models import ProcessInstance
from orchestrator.runtime import definitions
from tests.browser.visit import sign_in

DAYS = 5  # of history: enough for full pages
pytestmark = pytest.mark.browser


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def brightwater(transactional_db: None, settings: Settings) -> Iterator[None]:
    definitions.forget()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.CREDIT_SERVICE_URL = f"http://localhost:{port}"
    settings.CONNECTOR_ALLOWED_HOSTS = [f"localhost:{port}"]
    call_command("demo", days=DAYS)
    yield
    definitions.forget()


@pytest.fixture
def sit(browser: Browser, live_server: Any, brightwater: None) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_page(username: str, *, dark: bool = False, width: int = 1440, height: int = 900) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        return sign_in(context, username)

    yield open_page
    for context in contexts:
        context.close()


def take(page: Page, path: Path, *, whole: bool = False) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path, full_page=whole, animations="disabled")
    assert path.stat().st_size > 10_000


def open_first_task(page: Page) -> None:
    page.locator(".task-link").first.click()
    page.wait_for_url("**/tasks/**")
    page.wait_for_load_state("networkidle")


def show_diagram(page: Page) -> None:
    page.get_by_role("link", name="Diagram").click()
    expect(page.locator('.diagram-panel[data-state="ready"]')).to_be_visible(timeout=15_000)


def test_the_pictures_of_the_readme(sit: Callable[..., Page], pictures: Path) -> None:
    yara = sit("yara.osei")
    yara.goto("/?tab=all")
    open_first_task(yara)
    take(yara, pictures / "inbox-light.png")
    show_diagram(yara)
    take(yara, pictures / "inbox-diagram.png")
    dark = sit("yara.osei", dark=True)
    open_first_task(dark)
    take(dark, pictures / "inbox-dark.png")
    phone = sit("yara.osei", width=390, height=844)
    take(phone, pictures / "inbox-phone.png")
    samir = sit("samir.haddad")
    samir.goto("/requests/")
    take(samir, pictures / "my-requests.png")
    jonas = sit("jonas.brandt")
    jonas.goto("/start/")
    take(jonas, pictures / "catalogue.png")
    admin = sit("admin")
    running = ProcessInstance.objects.filter(state="active", definition__key="insurance-claim").latest("id")
    admin.goto(f"/admin/orchestrator/processinstance/{running.pk}/change/")
    expect(admin.locator('.diagram-panel[data-state="ready"]')).to_be_visible(timeout=15_000)
    take(admin, pictures / "instance.png")
