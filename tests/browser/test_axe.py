"""Every page in every look, checked by axe: nothing to find. A new page without a row here fails."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from orchestrator.models import ProcessDefinition
from tasks_inbox.models import Profile
from tests.browser.barriers import barriers
from tests.browser.conftest import Sitting
from tests.browser.furnished import NO_PAGE, furnish
from tests.browser.visit import rest
from tests.test_routes import ADMIN_LISTS, OPEN, ROUTES

LOOKS = ("light", "dark", "contrast")
ADMIN_LOOKS = ("light", "dark")


def test_every_page_of_the_inbox_in_every_look(sit: Sitting, orders: ProcessDefinition) -> None:
    alice = User.objects.get(username="alice")
    pages = furnish(alice, orders)
    asked = {name for name, methods in ROUTES.items() if "get" in methods.split()} - OPEN
    assert asked - NO_PAGE - set(pages) - {"task_approver"} == set()
    page = sit()
    told = []
    for name, path in pages.items():
        page.goto(path)
        rest(page)
        told += barriers(page, name, LOOKS)
    Profile.objects.filter(user=alice).update(density=Profile.Density.COMFORTABLE)
    page.goto("/?tab=all")
    told += barriers(page, "comfortable", LOOKS)
    page.get_by_role("button", name="Alice Adams").click()
    told += barriers(page, "the menu", LOOKS)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    told += barriers(page, "the help", LOOKS)
    page.context.clear_cookies()
    page.goto("/login/")
    told += barriers(page, "login", LOOKS)
    assert told == []


def test_every_page_of_ours_in_the_administration(sit: Sitting, orders: ProcessDefinition) -> None:
    alice = User.objects.get(username="alice")
    furnish(alice, orders)
    User.objects.create_superuser("root", password="secret")
    page = sit(user="root")
    instance = orders.instances.latest("pk").pk
    lists = [f"orchestrator/{name}/" for name in ADMIN_LISTS]
    own = [f"orchestrator/processinstance/{instance}/change/", f"orchestrator/processdefinition/{orders.pk}/change/"]
    told = []
    for path in ("", *lists, *own, "orchestrator/deployment/add/", "orchestrator/batch/add/"):
        page.goto(f"/admin/{path}")
        rest(page)
        told += barriers(page, path, ADMIN_LOOKS)
    assert told == []


@pytest.mark.parametrize("width", [320, 1440])
def test_no_page_scrolls_sideways_from_left_to_right_or_from_right_to_left(
    sit: Sitting, orders: ProcessDefinition, width: int
) -> None:
    pages = furnish(User.objects.get(username="alice"), orders)
    page = sit(width=width, height=800)
    wide = []
    for name, path in pages.items():
        page.goto(path)
        for direction in ("ltr", "rtl"):
            page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(f"{name}, {direction}")
    Profile.objects.update_or_create(user=User.objects.get(username="alice"), defaults={"language": "de"})
    for name, path in pages.items() if width == 320 else ():
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(f"{name}, with the long words of German")
    assert wide == [], wide
