"""A running instance goes on in another version of its process, with everything that it waits for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from orchestrator.connectors import JobRequest
from orchestrator.engine import CommandRejected, commands
from orchestrator.models import ElementInstance, HistoryEvent, Job, JoinToken, ProcessDefinition, Subscription
from orchestrator.runtime import incidents, jobs, migration, operations
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.execution import execute, start
from orchestrator.runtime.messages import publish
from orchestrator.runtime.migration import MigrationRefused, dry_run, migrate, propose
from tasks_inbox.models import HumanTask
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, later, play
from tests.runtime.processes import together
from tests.runtime.workers import worker

pytestmark = pytest.mark.django_db


def moved(case: Case, content: bytes, **renamed: str) -> Case:
    """Deploys the next version and migrates to it, with the plan that suggests itself and these other counterparts."""
    target = deployed(content)
    plan = propose(case.instance.definition, target) | renamed
    migrate(case.instance, target, plan, by=None, reason="A better drawing")
    assert case.instance.definition == target
    return case


def task(*nodes: str, flows: str, roots: str = "") -> bytes:
    return d.process(d.start(), *nodes, d.end(), flows=flows, roots=roots)


def test_a_task_goes_on_and_the_new_way_behind_it_is_taken() -> None:
    case = play(d.ONE_TASK, amount=3)
    target = task(d.user("review"), d.user("archive"), flows="s-review review-archive archive-e")
    number = case.number("review")
    moved(case, target)
    assert case.number("review") == number
    case.complete("review")
    assert (case.active, case.variables["amount"]) == (["archive"], 3)


def test_a_renamed_task_takes_its_human_task_along() -> None:
    case = play(d.ONE_TASK)
    before = HumanTask.objects.get()
    moved(case, task(d.user("check"), flows="s-check check-e"), review="check")
    after = HumanTask.objects.get()
    assert (after.pk, after.element, after.name) == (before.pk, "check", "Check")
    assert case.complete("check").state == "completed"
    assert not HumanTask.objects.filter(completed_at=None).exists()


def test_what_is_active_and_has_no_counterpart_is_refused_and_nothing_changes() -> None:
    case = play(d.ONE_TASK)
    source, target = case.instance.definition, deployed(task(d.user("other"), flows="s-other other-e"))
    with pytest.raises(MigrationRefused, match="review is active and has no counterpart"):
        migrate(case.instance, target, propose(source, target), by=None)
    assert case.instance.definition == source
    assert not HistoryEvent.objects.filter(kind="migrated").exists()
    report = dry_run(case.instance, target, propose(source, target))
    assert [(misfit.element, misfit.number) for misfit in report.misfits] == [("review", case.number("review"))]


def test_a_plan_across_kinds_scopes_or_processes_is_refused() -> None:
    case = play(d.ONE_TASK)
    source = case.instance.definition
    target = deployed(task(d.service("review", "test-work"), flows="s-review review-e"))
    assert "review" not in propose(source, target)
    with pytest.raises(MigrationRefused, match="review is a user task, but in the target review is a service task"):
        migrate(case.instance, target, {"review": "review"}, by=None)
    with pytest.raises(MigrationRefused, match="The target has no element nowhere"):
        migrate(case.instance, target, {"review": "nowhere"}, by=None)
    inside = d.element("subProcess", "box", inner=d.start(id="s2") + d.user("review") + d.end("e2")
        + d.flow("s2", "review") + d.flow("review", "e2"))  # fmt: skip
    target = deployed(task(inside, flows="s-box box-e"))
    with pytest.raises(MigrationRefused, match="review is inside p, but in the target review is inside box"):
        migrate(case.instance, target, {"review": "review"}, by=None)
    with pytest.raises(MigrationRefused, match="It is in version 1 already"):
        migrate(case.instance, source, {"review": "review"}, by=None)


def test_what_stands_in_the_way_is_told_although_the_plan_leaves_it_out() -> None:
    case = play(d.ONE_TASK)
    target = deployed(task(d.service("review", "test-work"), flows="s-review review-e"))
    report = dry_run(case.instance, target, propose(case.instance.definition, target))
    assert [misfit.message for misfit in report.misfits] == [
        "review is active and has no counterpart: review is a user task, but in the target review is a service task"
    ]


def test_what_is_active_often_is_refused_in_one_sentence() -> None:
    def repeated(sequential: str) -> bytes:
        loop = f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}"><bpmn:extensionElements>'
        loop += '<zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/></bpmn:extensionElements>'
        return task(d.user("ask", inner=f"{loop}</bpmn:multiInstanceLoopCharacteristics>"), flows="s-ask ask-e")

    case = play(repeated("false"), items=[1, 2, 3])
    target = deployed(repeated("true"))
    plan = propose(case.instance.definition, target)
    told = (
        "ask is active and has no counterpart: ask is a user task, repeated in parallel for each item, "
        "but in the target ask is a user task, repeated in sequence for each item (4 times)"
    )
    assert dry_run(case.instance, target, plan).reasons == [told]
    with pytest.raises(MigrationRefused) as refused, transaction.atomic():
        migrate(case.instance, target, plan, by=None)
    assert str(refused.value) == told


def test_a_token_at_a_join_that_became_another_kind_of_gateway_is_told() -> None:
    def fork(join: str) -> bytes:
        nodes = d.element("parallelGateway", "fork"), d.user("a"), d.user("b"), d.element(join, "join")
        return task(*nodes, flows="s-fork fork-a fork-b a-join b-join join-e")

    case = play(fork("parallelGateway"))
    case.complete("a")
    target = deployed(fork("inclusiveGateway"))
    report = dry_run(case.instance, target, propose(case.instance.definition, target))
    assert report.reasons == [
        "A token waits at join, which has no counterpart: join is a parallel gateway, "
        "but in the target join is an inclusive gateway"
    ]


def test_a_dry_run_says_what_only_the_step_finds_out() -> None:
    """A key that is null cannot be waited for; nothing of the rehearsal stays."""
    case = play(task(d.user("task"), flows="s-task task-e"))
    target = deployed(boundary("word", d.message("paid"), d.MESSAGE.format("paid")))
    plan = propose(case.instance.definition, target)
    (misfit,) = dry_run(case.instance, target, plan).misfits
    assert misfit.message.startswith("task cannot wait as the target wants: The correlation key of the message paid")
    with pytest.raises(CommandRejected) as refused, transaction.atomic():
        migrate(case.instance, target, plan, by=None)
    assert misfit.message == str(refused.value)
    operations.set_variables(case.instance, {"key": "k"}, by=None)
    assert dry_run(case.instance, target, plan).told == ("task begins to wait for word",)
    assert not HistoryEvent.objects.filter(kind="migrated").exists()
    assert not Subscription.objects.exists()


def test_a_paused_instance_is_migrated_and_what_the_target_adds_happens_after_the_resume() -> None:
    case = play(task(d.user("task"), flows="s-task task-e"))
    operations.suspend(case.instance, by=None)
    moved(case, boundary("late", d.timer("PT1H")))
    later(hours=2)
    assert case.active == ["task"]
    operations.resume(case.instance, by=None)
    jobs.sweep()
    assert case.active == ["chase"]


def test_a_call_that_is_in_flight_reports_to_the_new_name() -> None:
    case = play(d.ONE_JOB)
    target = task(d.service("labour", "test-work"), d.user("after"), flows="s-labour labour-after after-e")

    def meanwhile(request: JobRequest) -> dict[str, int]:
        moved(case, target, work="labour")
        return {"x": 1}

    with worker("test-work", meanwhile):
        jobs.sweep()
    assert (case.active, case.variables) == (["after"], {"x": 1})


def test_a_job_keeps_its_row_its_key_and_its_attempts() -> None:
    case = play(d.ONE_JOB)
    with worker("test-work", lambda request: RuntimeError("busy")) as asked:
        jobs.sweep()
        moved(case, task(d.service("labour", "test-work"), flows="s-labour labour-e"), work="labour")
        later(minutes=1)
    assert [request.attempt for request in asked] == [1, 2]
    assert asked[0].key == asked[1].key
    assert Job.objects.get().element == "labour"


def test_an_incident_goes_along_and_is_retried_there() -> None:
    case = play(d.ONE_JOB)
    with worker("test-work", lambda request: RuntimeError("broken") if len(asked) < 4 else {}) as asked:
        for _ in range(3):
            later(hours=1)
        moved(case, task(d.service("labour", "test-work"), flows="s-labour labour-e"), work="labour")
        (incident,) = case.incidents
        assert incident.element == "labour"
        incidents.retry(incident, by=None)
        jobs.sweep()
    assert case.state == "completed"


def boundary(id: str, definition: str, roots: str = "", interrupting: bool = True) -> bytes:
    nodes = d.user("task"), d.boundary(id, "task", definition, interrupting), d.user("chase"), d.end("e2")
    return task(*nodes, flows=f"s-task task-e {id}-chase chase-e2", roots=roots)


def test_a_timer_on_the_border_keeps_its_time_under_its_new_name() -> None:
    case = play(boundary("late", d.timer("PT1H")))
    before = Job.objects.get()
    moved(case, boundary("tardy", d.timer("PT9H")), late="tardy")
    after = Job.objects.get()
    assert (after.pk, after.due_at, after.element, after.state) == (before.pk, before.due_at, "tardy", "due")
    later(hours=2)
    assert case.active == ["chase"]


def test_an_event_that_the_target_adds_is_awaited_from_now_on_and_one_it_lacks_no_longer() -> None:
    case = play(boundary("late", d.timer("PT1H")), key="k")
    target = deployed(boundary("word", d.message("paid"), d.MESSAGE.format("paid")))
    plan = propose(case.instance.definition, target)
    assert set(dry_run(case.instance, target, plan).told) == {
        "task begins to wait for word",
        "task no longer waits for late",
    }
    migrate(case.instance, target, plan, by=None)
    assert Job.objects.get().state == "withdrawn"
    assert Subscription.objects.get().event == "word"
    publish("paid", "k", time_to_live=timedelta(0))
    jobs.sweep()
    assert case.active == ["chase"]


def test_a_message_that_waits_already_is_caught_by_the_event_that_the_target_adds() -> None:
    case = play(d.process(d.start(), d.user("task"), d.end(), flows="s-task task-e"), key="k")
    publish("paid", "k", time_to_live=timedelta(hours=1))
    moved(case, boundary("word", d.message("paid"), d.MESSAGE.format("paid")))
    jobs.sweep()
    assert case.active == ["chase"]


def test_two_events_change_places() -> None:
    roots = d.MESSAGE.format("one") + d.MESSAGE.format("two")

    def both(first: str, second: str) -> bytes:
        nodes = [
            d.user("task"),
            d.boundary("a", "task", d.message(first)),
            d.boundary("b", "task", d.message(second)),
            d.user("ofa"),
            d.user("ofb"),
            d.end("e2"),
        ]
        return task(*nodes, flows="s-task task-e a-ofa b-ofb ofa-e2 ofb-e2", roots=roots)

    case = play(both("one", "two"), key="k")
    target = deployed(both("two", "one"))
    plan = propose(case.instance.definition, target) | {"a": "b", "b": "a"}
    migrate(case.instance, target, plan, by=None)
    assert set(Subscription.objects.values_list("event", "name")) == {("b", "one"), ("a", "two")}
    publish("one", "k")
    jobs.sweep()
    assert case.active == ["ofb"]


def test_a_message_on_its_way_reaches_the_renamed_event() -> None:
    def wait(id: str) -> bytes:
        event = d.element("intermediateCatchEvent", id, inner=d.message("paid"))
        return task(event, d.user("after"), flows=f"s-{id} {id}-after after-e", roots=d.MESSAGE.format("paid"))

    case = play(wait("wait"), key="k")
    operations.suspend(case.instance, by=None)
    publish("paid", "k")
    jobs.sweep()
    moved(case, wait("await"), wait="await")
    operations.resume(case.instance, by=None)
    jobs.sweep()
    assert case.active == ["after"]


def fork(*branches: str, join: str = "join") -> bytes:
    flows = " ".join(["s-fork", *(f"fork-{b} {b}-{join}" for b in branches), f"{join}-after after-e"])
    gateways = d.element("parallelGateway", "fork"), d.element("parallelGateway", join)
    return task(*gateways, *map(d.user, branches), d.user("after"), flows=flows)


def test_tokens_at_a_join_go_along() -> None:
    case = play(fork("a", "b"))
    case.complete("a")
    moved(case, fork("a", "b", join="meet"), join="meet")
    assert JoinToken.objects.get().gateway == "meet"
    case.complete("b")
    assert case.active == ["after"]


def test_a_join_that_waits_for_nobody_any_more_goes_on() -> None:
    case = play(fork("a", "b", "c"))
    case.complete("a")
    case.complete("b")
    operations.modify(case.instance, by=None, terminate=[case.number("c")], activate=[("after", {}, None)])
    moved(case, fork("a", "b"))
    assert case.active == ["after", "after"]


def loop(name: str, condition: str = "", sequential: bool = False) -> bytes:
    marker = f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
    marker += '<bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item"'
    marker += ' outputCollection="results" outputElement="=answer"/></bpmn:extensionElements>'
    marker += f"<bpmn:completionCondition>={condition}</bpmn:completionCondition>" if condition else ""
    marker += "</bpmn:multiInstanceLoopCharacteristics>"
    return task(d.user(name, inner=marker), d.user("after"), flows=f"s-{name} {name}-after after-e")


def test_a_multi_instance_goes_along_with_what_is_done() -> None:
    case = play(loop("vote"), items=[1, 2, 3])
    execute(case.pk, commands.Complete(case.number("vote"), {"answer": 3}))
    moved(case, loop("ballot"), vote="ballot")
    for number in sorted(t.number for t in HumanTask.objects.filter(completed_at=None)):
        execute(case.pk, commands.Complete(number, {"answer": 0}))
    assert case.active == ["after"]
    assert case.variables["results"] == [0, 0, 3]


def test_a_multi_instance_in_turn_goes_on_where_it_was() -> None:
    two = "numberOfCompletedInstances = 2"
    case = play(loop("vote", two, sequential=True), items=[1, 2, 3])
    execute(case.pk, commands.Complete(case.number("vote"), {"answer": 7}))
    moved(case, loop("ballot", two, sequential=True), vote="ballot")
    assert ElementInstance.objects.get(element="ballot", iteration=2).variables["item"] == 2
    execute(case.pk, commands.Complete(case.number("ballot"), {"answer": 8}))
    assert (case.active, case.variables["results"]) == (["after"], [7, 8, None])


def test_a_condition_goes_along() -> None:
    def wait(id: str) -> bytes:
        condition = "<bpmn:conditionalEventDefinition><bpmn:condition>=ready</bpmn:condition>"
        event = d.element("intermediateCatchEvent", id, inner=condition + "</bpmn:conditionalEventDefinition>")
        return task(event, d.user("after"), flows=f"s-{id} {id}-after after-e")

    case = play(wait("wait"), ready=False)
    moved(case, wait("await"), wait="await")
    operations.set_variables(case.instance, {"ready": True}, by=None)
    assert case.active == ["after"]


def undoable(activity: str, handler: str) -> bytes:
    inner = "<bpmn:compensateEventDefinition/>"
    link = f'<bpmn:association id="l" sourceRef="undo_{activity}" targetRef="{handler}"/>'
    return task(
        d.user(activity),
        d.element("boundaryEvent", f"undo_{activity}", inner=inner, attributes=f'attachedToRef="{activity}"'),
        d.element("userTask", handler, d.USER, attributes='isForCompensation="true"'),
        link,
        d.user("wait"),
        d.element("intermediateThrowEvent", "back", inner=inner),
        flows=f"s-{activity} {activity}-wait wait-back back-e",
    )


def test_what_was_completed_is_compensated_by_the_handler_of_the_target() -> None:
    case = play(undoable("book", "unbook"))
    case.complete("book")
    moved(case, undoable("reserve", "release"), book="reserve")
    case.complete("wait")
    assert case.active == ["release"]
    case.complete("release")
    assert case.state == "completed"


def each_undoable(activity: str, handler: str) -> bytes:
    """Two after one another that can be undone, and behind them what undoes both."""
    inner = "<bpmn:compensateEventDefinition/>"
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements>'
        '<zeebe:loopCharacteristics inputCollection="= [1, 2]" inputElement="i"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    inside = (
        d.element("startEvent", "in"),
        d.user(activity),
        d.element("boundaryEvent", f"undo_{activity}", inner=inner, attributes=f'attachedToRef="{activity}"'),
        d.element("userTask", handler, d.USER, attributes='isForCompensation="true"'),
        f'<bpmn:association id="l" sourceRef="undo_{activity}" targetRef="{handler}"/>',
        d.element("endEvent", "out"),
        d.flow("in", activity),
        d.flow(activity, "out"),
    )
    each = d.element("subProcess", "each", inner="".join(inside) + loop)
    return task(
        each,
        d.user("wait"),
        d.element("intermediateThrowEvent", "back", inner=inner),
        flows="s-each each-wait wait-back back-e",
    )


@pytest.mark.parametrize("completed", [1, 2])
def test_what_iterations_completed_is_compensated_by_the_handler_of_the_target(completed: int) -> None:
    case = play(each_undoable("book", "unbook"))
    for _ in range(completed):
        case.complete("book")
    moved(case, each_undoable("reserve", "release"), book="reserve")
    for _ in range(2 - completed):
        case.complete("reserve")
    case.complete("wait")
    assert case.active == ["release", "release"]
    releasing = ElementInstance.objects.filter(process_instance=case.pk, element="release")
    for one in releasing.filter(state="active"):
        execute(case.pk, commands.Complete(one.number, {}))
    assert case.state == "completed"


def test_a_migration_tells_which_activities_of_iterations_can_no_longer_be_compensated() -> None:
    case = play(each_undoable("book", "unbook"))
    case.complete("book")
    case.complete("book")
    target = deployed(task(d.user("wait"), flows="s-wait wait-e"))
    report = dry_run(case.instance, target, propose(case.instance.definition, target))
    gone = "was completed and can no longer be compensated"
    assert report.told == (f"each {gone}", f"book {gone}")


def test_a_called_instance_reports_to_the_new_name() -> None:
    inner = d.process(d.start(), d.user("work"), d.end(), flows="s-work work-e", id="child")

    def outer(id: str) -> bytes:
        return d.process(d.start(), d.call(id, "child"), d.user("after"), d.end(), flows=f"s-{id} {id}-after after-e")

    case = Case(start(deployed(outer("call"), q=inner), {}).pk)
    jobs.sweep()
    moved(case, outer("ask"), call="ask")
    case.children[0].complete("work")
    jobs.sweep()
    assert case.active == ["after"]


def test_the_history_says_who_migrated_it_when_why_and_how() -> None:
    case = play(d.ONE_TASK)
    ada = User.objects.create_user("ada")
    target = deployed(task(d.user("check"), flows="s-check check-e"))
    migrate(case.instance, target, {"review": "check"}, by=ada, reason="Renamed")
    event = HistoryEvent.objects.get(kind="migrated")
    assert event.actor == ada
    assert event.data == {"from": 1, "to": 2, "mapping": {"review": "check"}, "reason": "Renamed"}


def test_the_dry_run_changes_nothing() -> None:
    case = play(boundary("late", d.timer("PT1H")))
    source = case.instance.definition
    target = deployed(boundary("tardy", d.timer("PT1H")))
    report = dry_run(case.instance, target, propose(source, target) | {"late": "tardy"})
    assert report.misfits == ()
    assert case.instance.definition == source
    assert Job.objects.get().element == "late"


def test_an_older_version_is_a_target_too_and_active_elements_are_counted() -> None:
    first = deployed(d.ONE_TASK)
    second = deployed(task(d.user("review"), d.user("more"), flows="s-review review-more more-e"))
    case = Case(start(second, {}).pk)
    assert migration.active_elements(second) == {"review": 1}
    migrate(case.instance, first, propose(second, first), by=None)
    assert case.complete("review").state == "completed"


@pytest.mark.django_db(transaction=True)
def test_migrating_and_completing_have_one_winner() -> None:
    """Completed in the old version, or in the new one: never half of each, and who comes too late is told."""
    first = deployed(task(d.user("review"), d.user("old"), flows="s-review review-old old-e"))
    files = {"p.bpmn": task(d.user("check"), d.user("new"), flows="s-check check-new new-e")}
    (second,) = deploy(files, by=None).new
    assert isinstance(second, ProcessDefinition)
    for _ in range(8):
        case = Case(start(first, {}).pk)
        number, instance = case.number("review"), case.instance
        completed, migrated = together(
            lambda case=case, number=number: execute(case.pk, commands.Complete(number)),
            lambda instance=instance: migrate(instance, second, {"review": "check"}, by=None),
        )
        assert not isinstance(completed, Exception)
        refused = isinstance(migrated, CommandRejected)
        assert case.active == (["old"] if refused else ["new"])
        assert case.instance.definition == (first if refused else second)
