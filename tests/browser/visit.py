"""How people come in, and when a page has come to rest."""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Request

UNDER_WAY: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()
AT_REST = "new Promise(done => requestIdleCallback(() => requestIdleCallback(done, {timeout: 200}), {timeout: 200}))"


def sign_in(context: BrowserContext, username: str, password: str = "demo") -> Page:
    """A page of this person, at the inbox: by the form, as people do."""
    page = new_page(context)
    page.goto("/login/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")
    return page


def signed_in(context: BrowserContext, username: str) -> Page:
    """A page of this person, who signed in before."""
    client = Client()
    client.force_login(User.objects.get(username=username))
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": session.key, "value": session.value, "domain": "localhost", "path": "/"}])
    return new_page(context)


def new_page(context: BrowserContext) -> Page:
    page = context.new_page()
    asked: set[Request] = set()
    UNDER_WAY[page] = asked
    page.on("request", lambda request: asked.add(request))
    page.on("requestfinished", lambda request: asked.discard(request))
    page.on("requestfailed", lambda request: asked.discard(request))
    return page


def rest(page: Page, seconds: float = 30) -> None:
    """Until the page has loaded, has nothing to do and waits for no answer. (Playwright's “networkidle” is that and
    half a second.)
    """
    page.wait_for_load_state()
    deadline = time.monotonic() + seconds
    while page.evaluate(AT_REST) or UNDER_WAY[page]:
        assert time.monotonic() < deadline, f"{page.url} waits for {[request.url for request in UNDER_WAY[page]]}"
        page.wait_for_timeout(20)
