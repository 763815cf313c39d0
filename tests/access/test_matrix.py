"""The access matrix (XF-M): every address, every method, every role, every object. A verdict that nobody has reviewed
fails, and says what it was.

Allowed is whatever is not 404, 403 or the way to the sign-in page; forbidden looks like 404.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.access.matrix import NOBODY, OPEN, ROWS, SIGNED_IN
from tests.access.world import PEOPLE, ROLES, World, build
from tests.test_routes import BEFORE_DJANGO, ROUTES

pytestmark = pytest.mark.django_db
STATES = ("open", "claimed", "done")
#: The first words of a route's name -> what stands in its address. A route that is not named here needs nothing.
ABOUT: dict[str, Callable[[World, str], object]] = {
    "task": lambda world, thing: world.tasks[thing].pk,
    "case": lambda world, thing: world.tasks[thing].process_instance_id,
    "view": lambda world, thing: world.view.pk,
    "attachment": lambda world, thing: world.attachment.pk,
    "document": lambda world, thing: world.document.pk,
    "absence_end": lambda world, thing: world.absence.pk,
    "team_person": lambda world, thing: world.people["owner"].pk,
    "team_act": lambda world, thing: world.people["owner"].pk,
    "start": lambda world, thing: "order",
    "process": lambda world, thing: "order",
    "calendar_feed": lambda world, thing: "no-secret-of-anybody",
    "notices_stop": lambda world, thing: "no-token-of-anybody",
    "decide_from_mail": lambda world, thing: "no-token-of-anybody",
    "webhook": lambda world, thing: "shop/orders",
    "outbox_body": lambda world, thing: "1-00000000",
}

MANY = {"task", "case", "view", "start", "process", "attachment", "document"}  # the first word of several routes


@pytest.fixture
def world(db: None) -> World:
    return build()


def objects(route: str) -> tuple[str, ...]:
    """Which objects an address is asked about; one without a name, if it is about none, or about one only."""
    return STATES if route.startswith(("task_", "case")) or route == "task" else ("",)


def address(route: str, thing: str, world: World) -> str:
    if route in BEFORE_DJANGO:
        return f"/{route}"
    for start, argument in ABOUT.items():
        if route == start or (start in MANY and route.startswith(f"{start}_")):
            return reverse(route, args=[argument(world, thing)])
    return reverse(route)


def verdict(client: Client, method: str, path: str) -> bool:
    """Asked in a transaction that is undone: the next one finds everything as it was."""
    with transaction.atomic():
        answer = getattr(client, method)(path)
        transaction.set_rollback(True)
    assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
    assert answer.status_code != 405, f"{method} {path} is not answered"
    away = answer.status_code == 302 and answer["Location"].startswith("/login/")
    return not away and answer.status_code not in (403, 404)


def cells() -> Iterator[tuple[str, str, str]]:
    for route, methods in ROUTES.items():
        for method in methods.split() if route != "logout" else ():  # whoever comes there is signed out
            for thing in objects(route):
                yield route, method, thing


def reviewed(route: str, method: str, thing: str) -> set[str] | None:
    words = ROWS.get(f"{method} {route} {thing}".strip(), ROWS.get(f"{method} {route}"))
    if words is None:
        return None
    whole = {OPEN: set(ROLES), SIGNED_IN: set(PEOPLE), NOBODY: set()}
    return whole.get(words, set(words.split()))


def test_every_cell_is_as_it_was_reviewed(world: World) -> None:
    clients = {role: world.client(role) for role in ROLES}
    wrong = []
    for route, method, thing in cells():
        try:
            path = address(route, thing, world)
        except NoReverseMatch:
            wrong.append(f"what {route} is about: in ABOUT of {__name__}")
            continue
        allowed = {role for role, client in clients.items() if verdict(client, method, path)}
        expected = reviewed(route, method, thing)
        if allowed != expected:
            name = f"{method} {route} {thing}".strip()
            wrong.append(f'"{name}": "{" ".join(role for role in ROLES if role in allowed)}",')
    assert not wrong, "review these rows of tests/access/matrix.py:\n" + "\n".join(wrong)


def test_the_matrix_has_no_row_for_what_is_gone() -> None:
    known = {f"{method} {route} {thing}".strip() for route, method, thing in cells()}
    known |= {f"{method} {route}" for route, method, _ in cells()}
    assert set(ROWS) <= known
