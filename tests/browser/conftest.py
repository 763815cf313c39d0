"""A real Chromium at a real server. Without one, these tests are skipped with one loud line."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django import Settings

from orchestrator.models import ProcessDefinition
from orchestrator.runtime import definitions
from tests import chromium
from tests.browser.visit import new_page, sign_in, signed_in
from tests.inbox import desk

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop in this thread; nothing of Django is in it

PATIENCE = 30_000  # milliseconds: longer than a machine with a load of 20 takes for anything
expect.set_options(timeout=PATIENCE)
DAYS = 5  # of Brightwater's history: enough for full pages
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)  # without a browser they are skipped: tests/conftest.py


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if chromium.find() is None:
        terminalreporter.write_line(chromium.MISSING, red=True, bold=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium.find(), headless=True, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def orders(transactional_db: None) -> Iterator[ProcessDefinition]:
    """Alice works in Finance, where orders are approved."""
    definitions.forget()
    finance = Group.objects.create(name="Finance")
    alice = User.objects.create_user("alice", password="secret", first_name="Alice", last_name="Adams")
    alice.groups.add(finance)
    definition = desk.deploy_orders()
    desk.may_start(alice, definition)
    yield definition
    definitions.forget()


Sitting = Callable[..., Page]


@pytest.fixture
def sit(browser: Browser, live_server: Any, orders: ProcessDefinition) -> Iterator[Sitting]:
    """Somebody opens a browser, signed in; without script by the form: sit(width=390, dark=True, script=False)."""
    opened: list[BrowserContext] = []
    refused: list[str] = []  # by the policy of the pages
    broken: list[str] = []

    def open_page(
        *, width: int = 1440, height: int = 900, dark: bool = False, script: bool = True, user: str = "alice"
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        page = signed_in(context, user) if script else sign_in(context, user, "secret")
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda line: refused.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto("/")
        return page

    yield open_page
    for context in opened:
        context.close()
    _let_the_server_finish()
    assert refused == []
    assert broken == []


def _let_the_server_finish() -> None:
    """A page that closes sends a last draft; the tables are emptied only when nothing is under way any more."""
    for _ in range(50):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            (busy,) = cursor.fetchone()
        if not busy:
            return
        time.sleep(0.05)


# Brightwater, for stories and pictures of the running product


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
def visit(browser: Browser, live_server: Any, brightwater: None) -> Iterator[Sitting]:
    """Somebody of Brightwater opens a browser and signs in: visit("yara.osei", dark=True, width=390)."""
    contexts = []
    known: dict[str, list[Any]] = {}  # who signed in keeps that

    def open_page(username: str, *, dark: bool = False, width: int = 1440, height: int = 900) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if username not in known:
            page = sign_in(context, username)
            known[username] = context.cookies()
            return page
        context.add_cookies(known[username])
        page = new_page(context)
        page.goto("/")
        return page

    yield open_page
    for context in contexts:
        context.close()
