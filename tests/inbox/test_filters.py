"""Filters: the language, the table of criteria, what each finds, and what nobody may ask."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orchestrator.models import ProcessDefinition
from orchestrator.runtime import execution
from orchestrator.runtime.operations import set_variables
from tasks_inbox import entries, filters, operations, queries, search_text, words
from tasks_inbox.filters import builder, columns, language, times
from tasks_inbox.filters.criteria import CRITERIA, KINDS, OPERATORS
from tasks_inbox.filters.language import All, Any, Compare, InvalidFilter, Not, Value
from tasks_inbox.models import CaseOfMany, HumanTask, TaskComment
from tests.bpmn import draw
from tests.inbox.cases import definition, ids, offer, put, start, user_task

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)  # a Tuesday
BERLIN = ZoneInfo("Europe/Berlin")


def found(user: User, text: str, tab: str = "all", sort: str = "") -> list[int]:
    asked = filters.compiled(filters.read(text), timezone.now(), UTC)
    return ids(queries.page(user, tab, filter=asked, sort=sort).rows)


# The language


def test_and_binds_closer_than_or() -> None:
    a, b, c = (Compare(name, "is empty") for name in ("due", "owner", "form"))
    assert filters.read("due is empty or owner is empty and form is empty") == Any((a, All((b, c))))
    assert filters.read("(due is empty or owner is empty) and not form is empty") == All((Any((a, b)), Not(c)))


def test_values_are_texts_numbers_words_and_lists() -> None:
    assert filters.read('title contains "a \\"b\\""') == Compare("title", "contains", (Value('a "b"', True),))
    assert filters.read("var.amount >= -12.5") == Compare("var.amount", ">=", (Value("-12.5"),))
    assert filters.read('state in (ready, "reserved")') == Compare(
        "state", "in", (Value("ready"), Value("reserved", True))
    )
    assert filters.read("   ") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("due", "operator is missing"),
        ("due before", "value for “due” is missing"),
        ("due resembles x", "is no operator"),
        ("due is", "something is missing"),
        ("(due is empty", "“)” is missing"),
        ("due is empty owner is empty", "“and” or “or” is missing"),
        ('title = "open', "cannot be read"),
        ("and", "begins with a name"),
        ("x = 1 and " * 50 + "x = 1", "at most 40 conditions"),
        ("(" * 20 + "x = 1" + ")" * 20, "nested at most"),
        ("x" * 3000, "at most 2000 characters"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(text: str, says: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        filters.read(text)
    assert says in str(refused.value)


VALUES = st.builds(
    Value, st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8), st.just(True)
)
TREES = st.recursive(
    st.sampled_from(["title", "due", "var.x"]).flatmap(
        lambda name: st.one_of(
            st.builds(Compare, st.just(name), st.sampled_from(["=", "contains"]), st.tuples(VALUES)),
            st.builds(Compare, st.just(name), st.just("in"), st.lists(VALUES, min_size=1, max_size=3).map(tuple)),
            st.just(Compare(name, "is not empty")),
        )
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner.filter(lambda tree: not isinstance(tree, Not))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Any(tuple(parts))),
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_what_is_written_reads_as_the_same(tree: language.Filter) -> None:
    try:
        again = filters.read(filters.write(tree))
    except InvalidFilter:  # nested too deep
        assume(False)
    assert again == tree


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidFilter):
        filters.compiled(filters.read(text), NOW, UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-11-24T00:00+01:00", "2026-11-25T00:00+01:00"),
        ("Yesterday", "2026-11-23T00:00+01:00", "2026-11-24T00:00+01:00"),
        ("in 3 days", "2026-11-27T00:00+01:00", "2026-11-28T00:00+01:00"),
        ("2 weeks ago", "2026-11-10T00:00+01:00", "2026-11-11T00:00+01:00"),
        ("in 3 months", "2027-02-24T00:00+01:00", "2027-02-25T00:00+01:00"),
        ("in 2 hours", "2026-11-24T13:30+01:00", "2026-11-24T13:30+01:00"),
        ("now", "2026-11-24T11:30+01:00", "2026-11-24T11:30+01:00"),
        ("this week", "2026-11-23T00:00+01:00", "2026-11-30T00:00+01:00"),
        ("next month", "2026-12-01T00:00+01:00", "2027-01-01T00:00+01:00"),
        ("last year", "2025-01-01T00:00+01:00", "2026-01-01T00:00+01:00"),
        ("2026-03-29", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),
        ("2026-12-24T09:30", "2026-12-24T09:30+01:00", "2026-12-24T09:30+01:00"),
    ],
)
def test_times_as_people_say_them(text: str, start: str, end: str) -> None:
    asked = times.span(text, NOW, BERLIN)
    assert (asked.start, asked.end) == (datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize("text", ["soon", "in 3 days ago", "3 days", "2026-13-01", "in 999999 years", "in 90000 years"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(InvalidFilter, match="is no time"):
        times.span(text, NOW, UTC)


# The table


def test_there_are_more_criteria_than_anywhere_else() -> None:
    assert len(CRITERIA) >= 49
    assert {row.kind for row in CRITERIA.values()} <= set(KINDS)
    assert all(str(row.label) for row in CRITERIA.values())


def test_every_criterion_is_documented() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs/users/finding.md").read_text()
    assert [name for name in CRITERIA if f"`{name}`" not in page] == []


_SAMPLE = {"text": '"x"', "number": "1", "time": "today", "flag": "yes", "choice": "", "person": "me", "group": '"x"'}


@pytest.mark.django_db
def test_every_criterion_answers_every_operator_as_filter_column_and_order(alice: User) -> None:
    task = offer(groups="Finance", variables={"amount": 1250.5})
    operations.add_comment(task=task, user=alice, text="hello")
    for name, row in [*CRITERIA.items(), ("var.amount", filters.criterion("var.amount"))]:
        assert row is not None
        sample = _SAMPLE.get(row.kind, "1") or row.choices[0]
        yes: set[int] = set()
        no: set[int] = set()
        for operator in OPERATORS[row.kind]:
            number = language.OPERATORS[operator]
            if row.kind == "variable" and operator in ("before", "after", "on"):
                sample = "today"
            text = f"{name} {operator}" + (f" ({sample})" if number is None else f" {sample}" if number else "")
            result = found(alice, text)
            assert set(result) <= {task.pk}
            if operator == "=":
                yes = set(result)
            if operator == "!=":
                no = set(result)
        if "!=" in OPERATORS[row.kind]:
            assert yes ^ no == {task.pk}, name
        columns.cells(alice, [task.pk], [name], timezone.now(), UTC)
        if row.sortable:
            assert found(alice, "", sort=f"-{name}") == [task.pk]


# What they find


@pytest.mark.django_db
def test_attributes_of_tasks(alice: User, bob: User) -> None:
    late = offer(groups="Finance", name="Pay", business_key="INV-1")
    HumanTask.objects.filter(pk=late.pk).update(priority=90, due_at=timezone.now() - timedelta(days=2))
    soon = offer(groups="Finance, Legal", name="Check", business_key="INV-2")
    HumanTask.objects.filter(pk=soon.pk).update(due_at=timezone.now() + timedelta(days=1))
    entries.write([late.pk, soon.pk])
    operations.claim(task=soon, user=bob)
    TaskComment.objects.create(task=soon, author=bob, text="Ask Miller")

    assert found(alice, "priority >= 75 and overdue = yes") == [late.pk]
    assert found(alice, 'due after today and due before "in 3 days"') == [soon.pk]
    assert found(alice, 'business_key begins with "inv-" and not name = "pay"') == [soon.pk]
    assert found(alice, "owner is empty") == [late.pk]
    assert found(alice, 'owner in ("bob", me)') == [soon.pk]
    assert found(bob, "owner = me") == [soon.pk]
    assert found(alice, 'comment contains "miller" and commented_by = "bob"') == [soon.pk]
    assert found(alice, "state in (reserved, in_progress) or priority > 80") == [late.pk, soon.pk]
    assert found(alice, 'group != "Finance"') == []
    assert found(alice, "comments = 0") == [late.pk]


@pytest.mark.django_db
def test_variables_of_the_case(alice: User) -> None:
    variables = {
        "amount": 1250.5,
        "customer": {"name": "Ümit & Sons", "vip": True},
        "tags": ["urgent", "EU"],
        "needed": "2026-12-24",
        "code": "0042",
        "note": None,
    }
    big = offer(groups="Finance", variables=variables)
    small = offer(groups="Finance", variables={"amount": 12, "needed": "soon", "note": "x", "code": 42})

    assert found(alice, "var.amount > 1000") == [big.pk]
    assert found(alice, "var.amount = 1250.50") == [big.pk]
    assert found(alice, 'var.customer.name contains "ümit"') == [big.pk]
    assert found(alice, "var.customer.vip = yes") == [big.pk]
    assert found(alice, 'var.tags contains "eu"') == [big.pk]
    assert found(alice, "var.needed before 2027-01-01") == [big.pk]
    assert found(alice, "var.code = 42") == [small.pk]
    assert found(alice, 'var.code = "0042"') == [big.pk]
    assert found(alice, "var.code in (42, 0042)") == [big.pk, small.pk]
    assert found(alice, "var.note is empty") == [big.pk]
    assert found(alice, "var.other is empty", sort="-var.amount") == [big.pk, small.pk]
    assert found(alice, "", sort="var.amount") == [small.pk, big.pk]


@pytest.mark.django_db
def test_a_variable_is_found_as_it_is_now_and_not_as_it_was(alice: User) -> None:
    from orchestrator.models import ElementInstance

    task = offer(groups="Finance", variables={"customer": "Old Name"})
    assert found(alice, 'var.customer = "old name"') == [task.pk]
    ElementInstance.objects.filter(process_instance=task.process_instance, number=1).update(
        variables={"customer": "New Name"}
    )
    assert found(alice, 'var.customer = "old name"') == []


FORK = draw.file(
    draw.element("startEvent", "s")
    + draw.element("parallelGateway", "fork")
    + user_task("n1", "First", groups="Finance")
    + user_task("n2", "Second", groups="Finance")
    + draw.element("parallelGateway", "join")
    + draw.element("endEvent", "e")
    + draw.flow("s", "fork")
    + draw.flow("fork", "n1")
    + draw.flow("fork", "n2")
    + draw.flow("n1", "join")
    + draw.flow("n2", "join")
    + draw.flow("join", "e")
)


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["a colleague", "an operator"])
def test_words_follow_what_changes_under_an_open_task(how: str, alice: User, root: User) -> None:
    case = execution.start(definition(FORK), {"customer": "Acme"})
    first, second = HumanTask.objects.filter(process_instance=case).order_by("number")
    if how == "a colleague":
        operations.complete(task=first, user=alice, data={"customer": "Kestrel Air"})
    else:
        set_variables(case, {"customer": "Kestrel Air"}, by=root)
    assert second.pk in ids(queries.page(alice, "all", search="kestr").rows)
    assert second.pk in found(alice, 'var.customer = "kestrel air"')
    assert found(alice, 'var.customer = "acme"') == []


def many_at_once() -> str:
    """A task for each item."""
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="= for i in 1..n return i"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    return user_task("many", groups="Finance").replace("</bpmn:userTask>", f"{loop}</bpmn:userTask>")


@pytest.mark.django_db
def test_each_of_many_open_tasks_of_a_case_is_marked_once(alice: User) -> None:
    """What one of them changes is not written into all the others, and a filter finds them all the same."""
    xml = draw.file(
        draw.element("startEvent", "s")
        + draw.element("parallelGateway", "fork")
        + many_at_once()
        + user_task("before", groups="Finance")
        + many_at_once().replace('id="many"', 'id="later"')
        + draw.flow("s", "fork")
        + draw.flow("fork", "many")
        + draw.flow("fork", "before")
        + draw.flow("before", "later")
    )
    case = execution.start(definition(xml), {"n": 26, "customer": "Acme"})
    operations.complete(task=HumanTask.objects.get(element="before"), user=alice, data={})
    tasks = list(HumanTask.objects.filter(process_instance=case, completed_at=None).order_by("number"))
    places = []
    for task, customer in ((tasks.pop(), "Kestrel"), (tasks.pop(0), "Osprey"), (tasks.pop(), "Heron")):
        operations.complete(task=task, user=alice, data={"customer": customer})
        rows = HumanTask.objects.filter(pk__in=[task.pk for task in tasks[:-1]]).extra(select={"place": "ctid::text"})
        places.append(dict(rows.values_list("pk", "place")))
    assert places[0].items() >= places[1].items() >= places[2].items(), "they are written again"
    assert found(alice, 'var.customer = "heron"') == [task.pk for task in tasks]
    assert found(alice, 'var.customer = "acme"') == []


def search(who: User, text: str) -> set[int]:
    return set(ids(queries.page(who, "all", search=text, limit=200).rows))


@pytest.mark.django_db
def test_a_search_finds_what_changes_under_many_open_tasks_within_a_minute(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_text, "PORTION", 20)
    process = definition(draw.chain(many_at_once().replace('id="many"', 'id="n1"')))
    ProcessDefinition.objects.filter(pk=process.pk).update(restricted={"salary": ["Payroll"]})
    case = execution.start(process, {"n": 55, "customer": "Acme", "salary": 1})
    everybody = list(HumanTask.objects.filter(process_instance=case).order_by("number"))

    def complete(**data: object) -> None:
        operations.complete(task=everybody.pop(), user=alice, data=data)

    complete(customer="Osprey")
    complete(customer="Kestrel", salary="secretive")
    set_variables(case, {"loopCounter": 4711}, by=alice, number=everybody[0].number)  # its own
    assert search(alice, "kestr") == set()

    assert search_text.catch_up() == 53

    left = {task.pk for task in everybody}
    assert search(alice, "kestr") == search(alice, f"kestrel {everybody[0].name}") == left
    assert search(alice, "4711") == {everybody[0].pk}
    for gone in ("osprey", "acme", "secretive"):
        assert search(alice, gone) == set(), gone
    assert found(alice, 'var.customer = "kestrel"') == sorted(left)[:50]
    assert search_text.catch_up() == 0, "nothing has changed"

    for _ in range(5):
        complete()
    assert search_text.catch_up() == 48, "no longer so many: they are not marked any more"
    complete(customer="Heron")
    assert search(alice, "heron") == {task.pk for task in everybody}
    assert found(alice, 'var.customer = "heron"') == [task.pk for task in everybody]
    assert not CaseOfMany.objects.exists()


@pytest.mark.django_db
def test_a_sequence_of_tasks_pays_nothing_for_it(alice: User) -> None:
    case = start(user_task("n1", groups="Finance"), user_task("n2", groups="Finance"), x=1)
    task = HumanTask.objects.get(process_instance=case)
    with CaptureQueriesContext(connection) as statements:
        operations.complete(task=task, user=alice, data={"x": 2, "customer": "Kestrel"})
    assert not [one for one in statements.captured_queries if "NOT t.search @@" in one["sql"]]
    assert len(found(alice, 'var.customer = "kestrel"')) == 1


@pytest.mark.django_db
def test_a_search_finds_the_words_of_variables(alice: User) -> None:
    task = offer(groups="Finance", variables={"customer": {"name": "Kestrel Logistics"}, "order": 4711})
    for search in ("kestr", "Logistics kes", "4711", "invoice kestrel"):
        assert ids(queries.page(alice, "all", search=search).rows) == [task.pk]


def test_words_of_variables_are_bounded_and_say_so() -> None:
    many = words.of_variables({"text": " ".join(f"w{n}" for n in range(1000))})
    assert len(many) <= words.MOST_OF_VARIABLES + 2
    assert words.MORE in many
    assert words.MORE not in words.of_variables({"a": [1, "two", {"b": None, "c": True}]})


@pytest.mark.django_db
def test_a_task_with_too_many_words_is_found_by_the_last_one(alice: User) -> None:
    text = " ".join(f"w{n}" for n in range(1000))
    task = offer(groups="Finance", variables={"text": text, "z": "needle"})
    assert found(alice, 'var.z = "needle"') == [task.pk]


@pytest.mark.django_db
def test_done_tasks_are_filtered_too(alice: User) -> None:
    task = offer(groups="Finance", variables={"amount": 5})
    operations.complete(task=task, user=alice, data={})
    assert found(alice, "completed on today and var.amount = 5", tab="done") == [task.pk]
    assert found(alice, "", tab="done", sort="name") == [task.pk]


@pytest.mark.django_db
def test_pages_of_another_order_follow_each_other(alice: User) -> None:
    tasks = [offer(groups="Finance", variables={"n": n}) for n in range(5)]
    first = queries.page(alice, "all", sort="-var.n", limit=2)
    second = queries.page(alice, "all", sort="-var.n", limit=2, after=first.next)
    third = queries.page(alice, "all", sort="-var.n", limit=2, after=second.next)
    assert ids([*first.rows, *second.rows, *third.rows]) == [task.pk for task in reversed(tasks)]
    assert third.next is None


@pytest.mark.django_db
def test_counts_are_those_of_the_narrowed_list_and_stop(alice: User) -> None:
    for n in range(4):
        offer(groups="Finance", variables={"n": n})
    asked = filters.compiled(filters.read("var.n >= 1"), timezone.now(), UTC)
    narrowed = queries.Narrowing(filter=asked)
    assert str(queries.count(alice, "all", narrowed)) == "3"
    assert str(queries.count(alice, "all", narrowed, most=2)) == "2+"
    assert str(queries.count(alice, "all", queries.Narrowing(search="!!!"))) == "0"


# What nobody may ask


@pytest.mark.parametrize(
    "text",
    [
        "user.password = 1",
        "owner__password = 1",
        "t.search = 1",
        "var. = 1",
        "var.a'b = 1",
        "var.a.b;drop = 1",
        "password = 1",
        "priority contains 1",
        "state = deleted",
        "unread = perhaps",
        "priority = many",
        "var.x > many",
        "due before someday",
    ],
)
def test_what_is_not_in_the_table_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        filters.compiled(filters.read(text), NOW, UTC)


@pytest.mark.parametrize("sort", ["password", "user__password", "-x", "group", "var.", "1", "name; drop"])
def test_a_list_is_sorted_by_what_is_in_the_table(sort: str) -> None:
    with pytest.raises(InvalidFilter):
        filters.ordering(sort)


@pytest.mark.django_db
def test_a_filter_says_nothing_about_the_tasks_of_others(alice: User, charlie: User) -> None:
    secret = offer(groups="Finance", variables={"salary": 9000})
    hidden = offer(groups="Finance", excludedUsers="alice", variables={"salary": 9000})
    for text in ("var.salary > 1", "id is not empty", "var.salary is not empty or due is empty"):
        assert found(charlie, text) == []
        assert found(alice, text) == [secret.pk]
        asked = queries.Narrowing(filter=filters.compiled(filters.read(text), timezone.now(), UTC))
        assert queries.count(charlie, "all", asked).number == 0
        assert queries.count(alice, "all", asked).number == 1
    assert hidden.pk not in found(alice, "", sort="var.salary")


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["f=password+%3D+1", "sort=user__password", "cols=password", "f=%28"])
def test_a_forbidden_field_in_the_address_is_a_400_with_a_sentence(query: str, client: Client, alice: User) -> None:
    task = offer(groups="Finance")
    client.force_login(alice)
    for path in ("/", f"/tasks/{task.pk}/"):
        response = client.get(f"{path}?{query}")
        assert response.status_code == 400
        assert "This filter cannot be used" in response.content.decode()


# As rows of a form


def test_two_levels_have_rows_and_come_back() -> None:
    for text in (
        "priority >= 75",
        'priority >= 75 and (owner is empty or owner = me) and title contains "a"',
        'overdue = yes or (state in (ready, reserved) and var.amount > 5 and group = "x")',
    ):
        tree = filters.read(text)
        shown = builder.rows_of(tree)
        assert shown is not None
        assert filters.write(builder.tree_of(shown)) == text


def test_deeper_ones_are_text() -> None:
    assert builder.rows_of(filters.read("not due is empty")) is None
    assert builder.rows_of(filters.read("x = 1 and (y = 1 or (z = 1 and a = 1))")) is None
    assert builder.rows_of(None) == builder.Rows("all", ())


@pytest.mark.django_db
def test_put_and_group_fixture_keep_their_promise(alice: User, finance: Group) -> None:
    task = put(offer(groups="Finance"), "in_progress", alice)
    assert found(alice, "state = in_progress and started is empty") == [task.pk]
