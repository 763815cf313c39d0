"""How people of Brightwater come in."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page


def sign_in(context: BrowserContext, username: str, password: str = "demo") -> Page:
    """A page of this person, at the inbox."""
    page = context.new_page()
    page.goto("/login/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")
    return page
