"""What pages hold (P19): lists, searches, filters, counts and suggestions tell nobody of what they may not see."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from tasks_inbox import feed
from tasks_inbox.models import HumanTask
from tests.access.matrix import CASE
from tests.access.test_matrix import address, objects
from tests.access.world import PEOPLE, ROLES, SECRET, World, build
from tests.test_routes import ROUTES

pytestmark = pytest.mark.django_db

#: Questions that a list may be asked. None of them holds the secret word, so that no page has it from there.
QUESTIONS = (
    "",
    "?tab=all",
    "?tab=groups",
    "?tab=done",
    "?tab=all&q=zebra",
    "?tab=all&process=order",
    "?q=order",
    "?f=var.amount%20%3E%200&tab=all",
    "?f=comments%20%3E%200&tab=all&cols=comment,var.supplier,business_key,requester",
    "?sort=-var.supplier&tab=all",
    "?sort=case_subject&tab=done&cols=var.supplier",
    "?after=999999999",
)
LISTS = {"inbox", "filter"}  # what takes such questions
TITLES = {("manager", "team_person")}  # what the tasks of one's people are called, and nothing more of their case
COUNT = re.compile(r'class="count"[^>]*>(\d+)')


@pytest.fixture
def world(db: None) -> World:
    return build()


def others(allowed: str) -> list[str]:
    return [role for role in ROLES if role not in f"{allowed} former".split()]


def test_nobody_reads_of_a_case_that_does_not_concern_them(world: World) -> None:
    """Every page that one gets, asked in every way, without the word that stands in all three cases."""
    told = []
    for role in others(CASE):
        client = world.client(role)
        for route, methods in ROUTES.items():
            if "get" not in methods.split() or (role, route) in TITLES:
                continue
            for thing in objects(route):
                for question in QUESTIONS if route in LISTS else ("",):
                    body = client.get(address(route, thing, world) + question).content.decode(errors="replace")
                    if SECRET in body:
                        told.append(f"{role} read {route} {thing} {question}")
    assert not told, told


def test_whom_it_concerns_finds_it_everywhere(world: World) -> None:
    """The test above can fail: the same pages and questions do hold the word for others."""
    for role, question in (("candidate", "?tab=all"), ("candidate", "?tab=all&q=zebra"), ("owner", "?tab=mine")):
        assert SECRET in world.client(role).get(reverse("inbox") + question).content.decode(), role
    assert SECRET in world.client("initiator").get(reverse("my_requests")).content.decode()


def test_counts_are_of_what_one_sees(world: World) -> None:
    for role in PEOPLE:
        page = world.client(role).get("/?tab=all").content.decode()
        rows = len(re.findall(r'class="task-row"', page))
        counted = [int(number) for number in COUNT.findall(page)]
        assert rows <= max(counted, default=0) or rows == 0, role
        if role in ("stranger", "colleague", "excluded", "manager", "auditor", "desk", "operator"):
            assert (rows, [number for number in counted if number]) == (0, []), role


@pytest.mark.parametrize("operation", ["claim", "release", "skip", "complete", "delegate", "comment", "priority"])
def test_nothing_is_done_to_many_tasks_that_one_may_not_do_to_one(world: World, operation: str) -> None:
    before = list(HumanTask.objects.order_by("pk").values_list("pk", "state", "version", "actual_owner"))
    for role in ("stranger", "colleague", "excluded", "manager", "auditor", "initiator", "gone", "anonymous"):
        sent = {"operation": operation, "task": [task.pk for task in world.tasks.values()], "outcome": "approve"}
        body = world.client(role).post(reverse("bulk"), sent, headers={"hx-request": "true"}).content.decode()
        assert SECRET not in body, role
    assert list(HumanTask.objects.order_by("pk").values_list("pk", "state", "version", "actual_owner")) == before


def test_leaving_takes_everything_at_once(world: World) -> None:
    """P20: on the next request, with the page still open."""
    client, who = world.client("candidate"), world.people["candidate"]
    pages = [address(route, "open", world) for route in ("task", "task_diagram", "case")]
    assert [client.get(page).status_code for page in pages] == [200] * 3
    who.groups.clear()
    assert [client.get(page).status_code for page in pages] == [404] * 3
    assert SECRET not in client.get("/?tab=all").content.decode()
    root = world.client("root")
    User.objects.filter(username="root").update(is_active=False)
    assert root.get(pages[0]).status_code == 302


def test_a_calendar_goes_dark_with_its_person(world: World) -> None:
    who = world.people["candidate"]
    address_of_feed = reverse("calendar_feed", args=[feed.renew(who)])
    assert Client().get(address_of_feed).status_code == 200
    User.objects.filter(pk=who.pk).update(is_active=False)
    assert Client().get(address_of_feed).status_code == 404


# The admin

OF_EVERYBODY_THERE = {"index", "login", "logout", "password_change", "password_change_done", "jsi18n", "autocomplete"}


def admin_addresses() -> list[tuple[str, str]]:
    """Every named address of the admin, about the first there is of everything."""
    found = []
    admin = next(p for p in get_resolver().url_patterns if isinstance(p, URLResolver) and str(p.pattern) == "admin/")
    for pattern in _inside(admin):
        first = _first(str(pattern.name))
        for arguments in ([], [first], [first, "1"], ["orchestrator"], [first, "1", "1"]):
            try:
                found.append((str(pattern.name), reverse(f"admin:{pattern.name}", args=arguments)))
                break
            except NoReverseMatch:
                continue
        else:
            raise AssertionError(f"admin:{pattern.name} wants arguments that this test does not know")
    return found


def _first(name: str) -> str:
    """The number of something that the address is about, if it begins with the name of a model."""
    app, _, rest = name.partition("_")
    try:
        model = apps.get_model(app, rest.partition("_")[0])
    except LookupError:
        return "1"
    return str(getattr(model._default_manager.first(), "pk", 1))


def _inside(resolver: URLResolver) -> list[URLPattern]:
    inner = [p for p in resolver.url_patterns if isinstance(p, URLPattern) and p.name not in (None, "view_on_site")]
    return inner + [p for r in resolver.url_patterns if isinstance(r, URLResolver) for p in _inside(r)]


def answered(client: Client, method: str, path: str) -> bool:
    answer = getattr(client, method)(path)
    assert answer.status_code < 500, f"{method} {path}"
    # To the sign-in page; or to the index, where Django and guardian send whoever may not.
    away = answer.status_code == 302 and ("/login/" in answer["Location"] or answer["Location"] == "/admin/")
    return not away and answer.status_code not in (403, 404, 405)


def test_the_admin_is_closed_to_everybody_without_a_grant(world: World) -> None:
    open_doors = []
    for name, path in admin_addresses():
        for role in ("anonymous", "candidate", "administrator", "desk"):
            client = world.client(role)
            for method in ("get", "post"):
                if answered(client, method, path) and name not in OF_EVERYBODY_THERE:
                    open_doors.append(f"{role} {method} {path}")
    assert not open_doors, "\n".join(open_doors)


#: What someone who may only look gets an answer to when they send something there. Nothing of it changes anything.
LOOKING = re.compile(r"_(changelist|change|add|delete|history|source|download)$")


def test_whoever_may_only_look_in_the_admin_changes_nothing(world: World) -> None:
    """Posting to each of our own addresses, about the first of everything there is."""
    client, before = world.client("operator"), _state()
    acted = []
    for name, path in admin_addresses():
        if (
            name.startswith(("orchestrator_", "tasks_inbox_"))
            and not LOOKING.search(name)
            and answered(client, "post", path)
        ):
            acted.append(path)
    assert _state() == before
    assert not acted, "\n".join(acted)


def _state() -> list[object]:
    from orchestrator.models import Deployment, Draft, HistoryEvent, Job, ProcessInstance

    return [
        list(ProcessInstance.objects.order_by("pk").values_list("pk", "state", "last_number")),
        *(model.objects.count() for model in (Deployment, Draft, Job, HistoryEvent)),
    ]
