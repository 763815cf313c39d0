"""A process instance moves: what is stored after each step."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator import signals
from orchestrator.engine import CommandRejected, commands
from orchestrator.models import ElementInstance, HistoryEvent, Job, JoinToken, ProcessInstance
from orchestrator.runtime import incidents, operations
from orchestrator.runtime.execution import execute, start
from orchestrator.runtime.variables import InvalidVariables
from tasks_inbox import operations as inbox
from tasks_inbox.models import HumanTask
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, play

pytestmark = pytest.mark.django_db

APPROVAL = d.process(
    d.start(),
    d.script("prepare", "amount * 2", "double"),
    d.element("exclusiveGateway", "route", attributes='default="route_small"'),
    d.user("approve"),
    d.user("small"),
    d.script("finish", "double + 1", "result"),
    d.end(),
    flows="s-prepare|prepare-route|route-approve:=amount > 100|route-small|approve-finish|small-finish|finish-e",
)
FORK = d.process(
    d.start(),
    d.element("parallelGateway", "fork"),
    d.user("a"),
    d.user("b"),
    d.element("parallelGateway", "join"),
    d.end(),
    flows="s-fork fork-a fork-b a-join b-join join-e",
)


def test_an_instance_waits_at_its_human_task_and_goes_on_when_it_is_completed() -> None:
    case = play(APPROVAL, amount=500)
    assert case.active == ["approve"]
    assert case.variables == {"amount": 500, "double": 1000}
    case.complete("approve", approved=True)
    assert case.state == "completed"
    assert case.variables == {"amount": 500, "double": 1000, "approved": True, "result": 1001}
    assert case.instance.ended_at is not None
    assert case.count() == {"p": 1, "s": 1, "prepare": 1, "route": 1, "approve": 1, "finish": 1, "e": 1}


def test_numbers_keep_every_digit() -> None:
    case = play(d.ONE_TASK, price=Decimal("12.10"), big=10**30, tiny=0.1)
    assert case.variables == {"price": Decimal("12.10"), "big": 10**30, "tiny": Decimal("0.1")}
    assert str(case.variables["price"]) == "12.10"


def test_history_tells_the_order_of_entering_and_leaving() -> None:
    case = play(APPROVAL, amount=1)
    case.complete("small")
    rows = ElementInstance.objects.filter(process_instance=case.pk).order_by("number")
    assert [row.element for row in rows] == ["p", "s", "prepare", "route", "small", "finish", "e"]
    assert all(row.left_number > row.number for row in rows)
    assert rows[4].entered_by == ["route_small"]
    assert [row.element_type for row in rows[1:4]] == ["startEvent", "scriptTask", "exclusiveGateway"]


def test_tokens_wait_at_a_join_until_all_are_there() -> None:
    case = play(FORK)
    case.complete("a")
    assert list(JoinToken.objects.values_list("gateway", "flow", "count")) == [("join", "a_join", 1)]
    assert case.active == ["b"]
    case.complete("b")
    assert case.state == "completed"
    assert not JoinToken.objects.exists()


def test_a_second_completion_is_rejected_and_changes_nothing() -> None:
    case = play(FORK)
    number = case.number("a")
    case.complete("a")
    before = case.instance.last_number
    with pytest.raises(CommandRejected):
        execute(case.pk, commands.Complete(number))
    assert case.instance.last_number == before


def test_an_instance_that_has_ended_rejects_every_command() -> None:
    case = play(d.ONE_TASK)
    number = case.number("review")
    case.complete("review")
    for command in (commands.Complete(number), commands.Cancel(), commands.SetVariables(number, {})):
        with pytest.raises(CommandRejected, match="has ended"):
            execute(case.pk, command)


def test_there_is_no_such_instance() -> None:
    with pytest.raises(CommandRejected, match="no process instance"):
        execute(0, commands.Cancel())


@pytest.mark.django_db(transaction=True)
def test_what_happens_before_is_undone_when_the_step_is_rejected(alice: User) -> None:
    case = play(d.ONE_TASK)

    def rename(instance: ProcessInstance) -> None:
        User.objects.filter(pk=alice.pk).update(username="renamed")

    with pytest.raises(CommandRejected):
        execute(case.pk, commands.Complete(9_999), before=rename)
    alice.refresh_from_db()
    assert alice.username == "alice"


def test_before_runs_under_the_lock_and_sees_the_instance(alice: User) -> None:
    case = play(d.ONE_TASK)
    seen: list[Any] = []
    execute(case.pk, commands.Complete(case.number("review")), before=lambda i: seen.append((i.pk, i.state)))
    assert seen == [(case.pk, "active")]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"x": float("nan")}, "x is nan"),
        ({"x": float("inf")}, "x is inf"),
        ({"x": "a\x00b"}, "NUL"),
        ({"x": 10**1200}, "more than 1000 digits"),
        ({"x": Decimal("1E+5000")}, "more than 1000 digits"),
        ({"x": "\ud800"}, "half a character"),
        ({"": 1}, "no name"),
        ({"x" * 300: 1}, "no name"),
        ({"x": object()}, "holds a object"),
        ({"x": "a" * (6 * 1024 * 1024)}, "larger than 5 MB"),
    ],
)
def test_variables_that_cannot_be_stored_are_refused(variables: dict[str, Any], words: str) -> None:
    definition = deployed(d.ONE_TASK)
    with pytest.raises(InvalidVariables, match=words):
        start(definition, variables)
    assert not ProcessInstance.objects.exists()


def test_what_an_expression_makes_can_always_be_stored_and_read_back() -> None:
    odd = d.process(
        d.start(),
        d.script("a", "10**3000", "long"),
        d.script("b", "&quot;a\\u0000b&quot;", "nul"),
        d.user("c"),
        d.end(),
        flows="s-a a-b b-c c-e",
    )
    case = play(odd)
    assert case.variables == {"long": None, "nul": "a\ufffdb"}
    case.complete("c")
    assert case.state == "completed"


def test_variables_nested_too_deep_are_refused() -> None:
    value: Any = 1
    for _ in range(200):
        value = [value]
    with pytest.raises(InvalidVariables, match="deeper than 100"):
        start(deployed(d.ONE_TASK), {"x": value})


def test_the_inbox_hears_of_tasks_inside_the_transaction() -> None:
    heard: list[tuple[str, Any]] = []

    def created(tasks: list[Any], instance: ProcessInstance, **kwargs: Any) -> None:
        heard.append(("created", [task.element for task in tasks]))

    def withdrawn(numbers: list[int], reason: str, **kwargs: Any) -> None:
        heard.append((reason, numbers))

    signals.user_tasks_created.connect(created)
    signals.user_tasks_withdrawn.connect(withdrawn)
    try:
        case = play(FORK)
        a, b = case.number("a"), case.number("b")
        case.complete("a")
        operations.cancel(case.instance, by=None)
    finally:
        signals.user_tasks_created.disconnect(created)
        signals.user_tasks_withdrawn.disconnect(withdrawn)
    assert heard == [("created", ["a", "b"]), ("completed", [a]), ("terminated", [b])]


def test_a_cancelled_instance_leaves_nothing_behind(alice: User) -> None:
    nodes = [d.user("a"), d.boundary("late", "a", d.timer("PT1H")), d.service("work", "test-work")]
    case = play(
        d.process(
            d.start(),
            d.element("parallelGateway", "fork"),
            *nodes,
            d.end(),
            flows="s-fork fork-a fork-work a-e late-e work-e",
        )
    )
    operations.cancel(case.instance, by=alice, reason="a mistake")
    assert (case.state, case.active) == ("terminated", [])
    assert {job.state for job in case.jobs} == {"withdrawn"}
    event = HistoryEvent.objects.get(kind="cancelled")
    assert (event.actor, event.data) == (alice, {"reason": "a mistake"})


def test_variables_can_be_put_right_by_an_operator(alice: User) -> None:
    case = play(APPROVAL, amount=500)
    operations.set_variables(case.instance, {"double": 7}, by=alice)
    case.complete("approve")
    assert case.variables["result"] == 8
    assert HistoryEvent.objects.get(kind="variables set").data["variables"] == {"double": 7}


def _prefixed(name: str, value: str) -> bytes:
    extensions = f'<zeebe:properties><zeebe:property name="{name}" value="{value}"/></zeebe:properties>'
    return d.process(d.start(), d.user("review"), d.end(), flows="s-review review-e", extensions=extensions)


def test_the_business_key_is_given_or_made() -> None:
    plain, prefixed = deployed(d.ONE_TASK), deployed(_prefixed("businessKeyPrefix", "INV-"))
    assert start(plain, {}, business_key="K-1").business_key == "K-1"
    assert start(plain, {"businessKey": "K-2"}).business_key == "K-2"
    assert start(plain, {}).business_key == ""
    made = start(prefixed, {})
    assert made.business_key == f"INV-{made.pk}"
    computed = deployed(_prefixed("businessKey", "=&quot;Order &quot; + number"))
    assert start(computed, {"number": "7"}).business_key == "Order 7"
    assert start(computed, {}).business_key == ""


def test_a_running_instance_stays_with_its_version() -> None:
    case = play(d.ONE_TASK)
    deployed(d.process(d.start(), d.user("other"), d.end(), flows="s-other other-e"))
    case.complete("review")
    assert case.state == "completed"


def test_a_model_that_runs_in_circles_ends_as_an_incident() -> None:
    loop = d.process(
        d.start(),
        d.script("a", "1", "x"),
        d.element("exclusiveGateway", "g", attributes='default="g_a"'),
        d.end(),
        flows="s-a|a-g|g-e:=x > 1|g-a",
    )
    case = play(loop)
    assert [incident.kind for incident in case.incidents] == ["RUNAWAY"]
    assert case.instance.open_incidents == 1


def test_a_condition_that_nothing_meets_is_an_incident_that_can_be_retried(alice: User) -> None:
    choice = d.process(
        d.start(),
        d.element("exclusiveGateway", "g"),
        d.user("a"),
        d.user("b"),
        d.end(),
        flows="s-g|g-a:=x > 10|g-b:=x > 20|a-e|b-e",
    )
    case = play(choice, x=1)
    (incident,) = case.incidents
    assert (incident.element, incident.kind) == ("g", "CONDITION_ERROR")
    incidents.retry(incident, by=alice, variables={"x": 15})
    assert case.active == ["a"]
    assert case.incidents == []
    assert case.instance.open_incidents == 0
    incident.refresh_from_db()
    assert incident.resolved_by == alice
    with pytest.raises(CommandRejected, match="somebody else"):
        incidents.retry(incident, by=alice)


def _statements(context: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in context.captured_queries]


@pytest.mark.django_db(transaction=True)
def test_a_completion_is_one_transaction_of_few_statements() -> None:
    """The runtime's own part: lock, load, save. What the inbox adds is counted in its own tests."""
    receivers = signals.user_tasks_created.receivers, signals.user_tasks_withdrawn.receivers
    signals.user_tasks_created.receivers, signals.user_tasks_withdrawn.receivers = [], []
    signals.user_tasks_created.sender_receivers_cache.clear()
    signals.user_tasks_withdrawn.sender_receivers_cache.clear()
    try:
        definition = deployed(APPROVAL)
        warm = Case(start(definition, {"amount": 500}).pk)
        warm.complete("approve")
        with CaptureQueriesContext(connection) as starting:
            case = Case(start(definition, {"amount": 500}).pk)
        number = case.number("approve")
        with CaptureQueriesContext(connection) as completing:
            execute(case.pk, commands.Complete(number, {"approved": True}))
    finally:
        signals.user_tasks_created.receivers, signals.user_tasks_withdrawn.receivers = receivers
    for context, most in ((starting, 2), (completing, 2)):
        statements = [sql for sql in _statements(context) if sql not in ("BEGIN", "COMMIT")]
        assert len(statements) <= most, statements
        assert _statements(context).count("BEGIN") <= 1


@pytest.mark.django_db(transaction=True)
def test_a_persons_completion_is_at_most_four_statements_with_everything_that_the_inbox_does(alice: User) -> None:
    group = Group.objects.create(name="Approvers")
    alice.groups.add(group)
    assigned = APPROVAL.replace(
        b'<bpmn:userTask id="approve" name="Approve"><bpmn:extensionElements>',
        b'<bpmn:userTask id="approve" name="Approve"><bpmn:extensionElements>'
        b'<zeebe:assignmentDefinition candidateGroups="Approvers"/>',
    )
    definition = deployed(assigned)
    for warm in (True, False):
        case = Case(start(definition, {"amount": 500}).pk)
        task = HumanTask.objects.get(process_instance=case.pk)
        with CaptureQueriesContext(connection) as context:
            inbox.complete(task=task, user=alice, data={"approved": True})
        assert case.state == "completed"
        statements = [sql for sql in _statements(context) if sql not in ("BEGIN", "COMMIT")]
        assert warm or len(statements) <= 4, statements
        assert _statements(context).count("BEGIN") == 1


def test_one_of_many_siblings_is_loaded_alone() -> None:
    many = d.process(
        d.start(),
        d.element(
            "userTask",
            "vote",
            d.USER,
            inner="<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
            '<zeebe:loopCharacteristics inputCollection="=people" inputElement="person"/></bpmn:extensionElements>'
            "</bpmn:multiInstanceLoopCharacteristics>",
        ),
        d.end(),
        flows="s-vote vote-e",
    )
    counted = []
    for size in (5, 50):
        case = play(many, people=list(range(size)))
        number = ElementInstance.objects.filter(process_instance=case.pk, iteration=3).get().number
        with CaptureQueriesContext(connection) as context:
            execute(case.pk, commands.Complete(number))
        counted.append(len(context))
        assert len(case.active) == size - 1
    assert counted[0] == counted[1]


def test_jobs_say_when_they_were_made_and_for_what() -> None:
    case = play(d.ONE_JOB, x=1)
    (job,) = case.jobs
    assert (job.kind, job.type, job.element, job.state, job.max_attempts) == ("task", "test-work", "work", "due", 3)
    assert "variables" not in job.payload, "thousands of siblings would each carry a copy"
    assert job.payload["key"] == f"{case.pk}:work:0:{case.number('work')}"
    assert Job.objects.count() == 1


def test_a_case_says_what_it_is_about() -> None:
    about = "=supplier + &quot;, &quot; + string(amount)"
    properties = f'<zeebe:properties><zeebe:property name="subject" value="{about}"/></zeebe:properties>'
    xml = d.process(d.start(), d.user("review"), d.end(), flows="s-review review-e", extensions=properties)
    assert play(xml, supplier="Acme", amount=12).instance.subject == "Acme, 12"
    assert play(d.named("q", xml)).instance.subject == ""


def test_what_people_are_called_by_is_cut_and_stops_no_step() -> None:
    named = '<zeebe:properties><zeebe:property name="outcomeVariable" value="=big"/></zeebe:properties>'
    process = d.process(d.start(), d.user("review", named), d.end(), flows="s-review review-e")
    instance = start(deployed(process), {"big": "x" * 600}, business_key="k" * 600)
    assert (Case(instance.pk).active, instance.business_key) == (["review"], "k" * 255)
