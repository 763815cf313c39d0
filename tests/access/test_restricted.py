"""Restricted variables, asked for at every outlet (XF08): what the process keeps from somebody is nowhere, and nothing
can be found by it; whoever is in the group that it names reads it everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from orchestrator.models import Mail, Message, ProcessInstance
from orchestrator.runtime import execution, selection, timeline, waiting
from orchestrator.runtime import operations as instances
from orchestrator.runtime.deployment import DeploymentRefused
from tasks_inbox import case_data, facets, filters, mail, operations, queries, reading
from tasks_inbox.models import HumanTask
from tasks_inbox.queries import Narrowing
from tests.access.test_content import admin_addresses
from tests.access.test_matrix import address, objects
from tests.access.world import KEPT, World, build
from tests.inbox import desk
from tests.test_routes import ROUTES

pytestmark = pytest.mark.django_db

#: Who sees a case, or a task of it, one way or another. Of the others test_content tells that they see nothing at all.
ROLES = ("candidate", "owner", "stakeholder", "former", "initiator", "auditor", "administrator")

#: Ways to ask a list for the variable: shown, sorted by; found, compared.
SHOWN = ("?tab=all&cols=var.salary", "?tab=done&cols=var.salary", "?tab=all&sort=var.salary", "?tab=all&view=1")
FOUND = (
    "?tab=all&q=okapi",
    '?tab=all&f=var.salary contains "okapi"',
    "?tab=all&f=var.salary is not empty",
    '?tab=done&f=var.salary begins with "4711"',
)


@pytest.fixture
def world(db: None) -> World:
    world = build("salary: HR")
    Group.objects.create(name="HR")
    return world


def let_in(world: World, role: str) -> User:
    """From now on they are in the group that may read it."""
    world.people[role].groups.add(Group.objects.get(name="HR"))
    return User.objects.get(username=role)


def text(answer: Any) -> str:
    return b"".join(answer).decode(errors="replace")


def pages(world: World) -> Iterator[str]:
    for route, methods in ROUTES.items():
        if "get" in methods.split():
            for thing in objects(route):
                with suppress(NoReverseMatch):  # test_matrix says what is missing
                    yield address(route, thing, world)
    yield from (reverse("inbox") + asked for asked in SHOWN)
    yield reverse("filter") + SHOWN[0]


def test_no_page_shows_it_to_anybody_who_is_not_in_the_group(world: World) -> None:
    told = []
    for role in ("candidate", "former", "initiator", "administrator"):
        client = world.client(role)
        told += [f"{role} read it at {page}" for page in pages(world) if KEPT in text(client.get(page))]
    assert not told, told


def test_nobody_finds_a_task_by_it(world: World) -> None:
    """Neither a list nor a count is an oracle; asking for it is no error, as for a variable that there is not."""
    for role in ROLES:
        client = world.client(role)
        for asked in FOUND:
            answer = client.get(reverse("inbox") + asked)
            assert answer.status_code == 200
            assert b'class="task-row"' not in answer.content, (role, asked)


def test_whoever_is_in_the_group_reads_and_finds_it(world: World) -> None:
    """The tests above can fail."""
    let_in(world, "candidate")
    client = world.client("candidate")
    task = world.tasks["open"]
    for page in (task.get_absolute_url(), reverse("case", args=[task.process_instance_id])):
        assert KEPT in client.get(page).content.decode(), page
    assert KEPT in client.get(reverse("inbox") + "?tab=all&cols=var.salary").content.decode()
    for asked in FOUND[1:3]:
        assert b'class="task-row"' in client.get(reverse("inbox") + asked).content, asked
    assert KEPT in world.client("root").get(task.get_absolute_url()).content.decode()


def test_leaving_the_group_closes_it_at_once(world: World) -> None:
    who = let_in(world, "candidate")
    client, page = world.client("candidate"), world.tasks["open"].get_absolute_url()
    assert KEPT in client.get(page).content.decode()
    who.groups.remove(Group.objects.get(name="HR"))
    assert KEPT not in client.get(page).content.decode()


def test_names_are_not_suggested_and_words_are_nobodys(world: World) -> None:
    desk.order(world.definition, world.people["initiator"], "another", salary=KEPT)
    assert "supplier" in facets.variables(world.people["candidate"])
    assert "salary" not in facets.variables(world.people["candidate"])
    who = let_in(world, "candidate")
    assert "salary" in facets.variables(who)
    found = queries.page(who, "all", search="okapi")
    assert found.rows == []  # a search finds by words that everybody may see
    instance = world.tasks["open"].process_instance
    execution_of = ProcessInstance.objects.get(pk=instance.pk)
    instances.set_variables(execution_of, {"salary": "Bongo", "colour": "Ochre"}, by=world.people["root"])
    assert queries.page(world.people["candidate"], "all", search="bongo").rows == []
    assert len(queries.page(world.people["candidate"], "all", search="ochre").rows) == 1


def test_an_exact_filter_finds_it_though_its_word_is_not_kept(world: World) -> None:
    who = let_in(world, "candidate")
    tree = filters.read(f'var.salary = "4711 {KEPT}"')
    assert tree is not None

    asked = filters.compiled(tree, timezone.now(), timezone.get_current_timezone())
    rows = len(queries.page(who, "all", filter=asked).rows)
    assert rows == len(queries.page(who, "all").rows) > 0
    assert queries.count(who, "all", Narrowing(filter=asked)).number == rows
    assert queries.page(world.people["owner"], "all", filter=asked).rows == []


# The form: neither shown nor taken


def test_a_form_has_no_field_for_it_and_takes_none(world: World) -> None:
    client, task = world.client("owner"), world.tasks["claimed"]
    shown = client.get(task.get_absolute_url()).content.decode()
    assert "f.salary" not in shown
    sent = {"f.amount": "7", "f.salary": "1", "outcome": "approve"}
    assert KEPT not in client.post(reverse("task_fields", args=[task.pk]), sent).content.decode()
    client.post(reverse("task_complete", args=[task.pk]), sent)
    kept = case_data.everything(task.process_instance_id)
    assert kept["salary"] == f"4711 {KEPT}"
    task.refresh_from_db()
    assert "salary" not in task.output


def test_in_the_group_the_field_is_there_and_what_was_written_stays_theirs(world: World) -> None:
    let_in(world, "owner")
    client, task = world.client("owner"), world.tasks["claimed"]
    assert "f.salary" in client.get(task.get_absolute_url()).content.decode()
    sent = {"f.amount": "7", "f.salary": f"5000 {KEPT}", "outcome": "approve"}
    client.post(reverse("task_complete", args=[task.pk]), sent)
    assert case_data.everything(task.process_instance_id)["salary"] == f"5000 {KEPT}"
    done = HumanTask.objects.get(pk=task.pk)
    assert done.output["salary"] == f"5000 {KEPT}"
    others = world.client("stakeholder").get(task.get_absolute_url()).content.decode()
    assert "Zebra" in others
    assert KEPT not in others
    assert KEPT in client.get(task.get_absolute_url()).content.decode()


# What is asked of a task by programs, and what is written to people


@pytest.mark.parametrize(
    "read", [reading.get_input, reading.get_output, reading.get_fault, reading.get_task_instance_data]
)
def test_no_reading_operation_gives_it_away(world: World, read: Any) -> None:
    task, owner = world.tasks["claimed"], world.people["owner"]
    operations.set_output(task=task, user=owner, data={"salary": KEPT, "amount": 3})
    operations.set_fault(task=task, user=owner, name="wrong", data={"salary": KEPT})
    assert KEPT not in str(read(task, world.people["stakeholder"]))
    assert KEPT in str(read(task, world.people["root"]))


def test_parts_of_the_data_are_no_way_around(world: World) -> None:
    assert reading.get_input(world.tasks["open"], world.people["candidate"], "salary") is None
    assert reading.get_input(world.tasks["open"], world.people["candidate"], "supplier")


def test_no_mail_holds_it_whoever_gets_it(world: World) -> None:
    task, who = world.tasks["claimed"], let_in(world, "owner")
    for write in (mail.remind, mail.tell_managers, mail.notify):
        write(task, [who, world.people["manager"]])
    sent = list(Mail.objects.all())
    assert sent
    assert not [one for one in sent if KEPT in f"{one.subject} {one.text} {one.html} {one.headers}"]


# The admin


def everything_there(world: World, role: str) -> list[str]:
    client = world.client(role)
    return [path for _, path in admin_addresses() if KEPT in text(client.get(path))]


def test_operators_do_not_read_it_either(world: World) -> None:
    Message.objects.create(name="paid", correlation_key="1", variables={"salary": KEPT}, expires_at=timezone.now())
    instance = world.tasks["open"].process_instance
    instances.set_variables(ProcessInstance.objects.get(pk=instance.pk), {"salary": KEPT}, by=world.people["root"])
    assign_perm("orchestrator.see_instances", world.people["operator"], world.definition)
    page = reverse("admin:orchestrator_processinstance_change", args=[instance.pk])
    message = reverse("admin:orchestrator_message_change", args=[Message.objects.get().pk])
    operator = world.client("operator")
    shown = operator.get(page).content.decode()
    assert KEPT not in shown
    assert "restricts further variables" in shown
    assert "supplier" in shown
    assert KEPT not in operator.get(message).content.decode()
    assert everything_there(world, "operator") == []
    let_in(world, "operator")
    assert KEPT in operator.get(page).content.decode()
    assert KEPT in operator.get(message).content.decode()


def test_a_batch_is_not_chosen_by_it(world: World) -> None:
    chosen = {"process": "order", "variable": "salary", "value": f'"4711 {KEPT}"'}
    assert selection.chosen(chosen, reader=world.people["administrator"]).count() == 0
    assert selection.chosen(chosen, reader=let_in(world, "administrator")).count() == 2
    assert selection.chosen(chosen).count() == 0
    open_to_all = {"process": "order", "variable": "amount", "value": "12"}
    assert selection.chosen(open_to_all, reader=world.people["operator"]).count() == 2


def test_who_does_not_say_who_reads_shows_nothing(world: World) -> None:
    instance = world.tasks["open"].process_instance
    assert "salary" not in case_data.variables(instance.pk)
    assert "salary" not in case_data.variables(instance.pk, world.tasks["open"].number)
    assert "supplier" in case_data.variables(instance.pk)
    assert not any(KEPT in entry.detail for entry in timeline.entries(instance))
    assert waiting.reasons(instance)


# Deployment


def test_a_bad_declaration_is_refused_with_the_element(db: None) -> None:
    with pytest.raises(DeploymentRefused) as refused:
        desk.deploy_orders(restricted="salary")
    assert str(refused.value).count("order: The property restricted: 'salary' names no group") == 1


def test_each_version_says_for_its_own_cases(world: World) -> None:
    opened = desk.deploy_orders()
    assert opened.restricted == {}
    task = desk.order(opened, world.people["initiator"], "new", salary=f"1 {KEPT}")
    assert KEPT in world.client("candidate").get(task.get_absolute_url()).content.decode()
    assert KEPT not in world.client("candidate").get(world.tasks["open"].get_absolute_url()).content.decode()
    assert execution.start is not None
