"""Why an instance waits, in sentences; and what its expressions left open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator.models import HistoryEvent, Job, ProcessInstance
from orchestrator.runtime import jobs, operations
from orchestrator.runtime.doubts import LONGEST, doubts
from orchestrator.runtime.execution import start
from orchestrator.runtime.messages import publish
from orchestrator.runtime.waiting import Reason, reasons
from tasks_inbox import operations as people
from tasks_inbox.models import HumanTask
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, deployed, later, play
from tests.runtime.workers import worker

pytestmark = pytest.mark.django_db


def told(case: Case) -> list[str]:
    return [reason.text for reason in reasons(case.instance)]


def only(case: Case) -> Reason:
    (reason,) = reasons(case.instance)
    return reason


def catching(definition: str, roots: str = "") -> bytes:
    return d.process(
        d.start(),
        d.element("intermediateCatchEvent", "wait", inner=definition, attributes='name="Money"'),
        d.end(),
        flows="s-wait wait-e",
        roots=roots,
    )


def test_a_task_says_whose_it_is() -> None:
    finance = Group.objects.create(name="Finance")
    ada = User.objects.create_user("ada", first_name="Ada", last_name="Lovelace")
    ada.groups.add(finance)
    assignment = '<zeebe:assignmentDefinition candidateGroups="Finance"/>'
    case = play(d.process(d.start(), d.user("review", assignment), d.end(), flows="s-review review-e"))
    assert only(case).text == "“Review” waits for somebody to take it: Finance"
    task = HumanTask.objects.get()
    people.claim(task=task, user=ada)
    reason = only(case)
    assert reason.text == "“Review” waits for Ada Lovelace, whose task it is"
    assert (reason.kind, reason.element, reason.pk) == ("task", "review", task.pk)


def test_a_timer_says_until_when_and_at_what() -> None:
    case = play(
        d.process(
            d.start(),
            d.user("task"),
            d.boundary("late", "task", d.timer("R3/PT1H", "timeCycle"), interrupting=False),
            d.end(),
            d.end("e2"),
            flows="s-task task-e late-e2",
        )
    )
    Job.objects.update(due_at="2099-11-25T10:00Z")
    assert "“late” at “Task” fires at 25 Nov 2099 10:00:00 UTC, and again by R3/PT1H" in told(case)
    case = play(catching(d.timer("PT1H")))
    Job.objects.filter(process_instance=case.pk).update(due_at="2099-11-25T10:00Z")
    assert only(case).text == "“Money” waits until 25 Nov 2099 10:00:00 UTC"


def test_a_message_says_its_name_and_key_and_a_signal_its_name() -> None:
    case = play(catching(d.message("paid"), d.MESSAGE.format("paid")), key="4711")
    assert only(case).text == "“Money” waits for the message “paid” with the key “4711”"
    case = play(catching(d.signal("go"), d.SIGNAL.format("go")))
    assert only(case).text == "“Money” waits for the signal “go”"


def test_a_job_says_its_error_and_when_it_is_tried_again() -> None:
    case = play(d.ONE_JOB)
    assert only(case).text == "“work” waits for a worker to carry it out (test-work)"
    with worker("test-work", lambda request: RuntimeError("the line is busy")):
        jobs.sweep()
        Job.objects.update(due_at="2099-11-25T10:00Z")
        assert only(case).text == (
            "“work” is tried again at 25 Nov 2099 10:00:00 UTC, attempt 2 of 3;"
            " the last attempt failed: RuntimeError: the line is busy"
        )
        Job.objects.update(due_at="2020-01-01T00:00Z", attempts=2)
        jobs.sweep()
    assert only(case).text == "“work” needs help: RuntimeError: the line is busy"


def test_a_timer_that_did_not_work_says_why() -> None:
    case = play(catching(d.timer("PT1H")))
    Job.objects.update(attempts=1, last_error="OSError: no space left")
    assert only(case).text.endswith("; the last attempt failed: OSError: no space left")


def test_a_condition_says_its_present_value() -> None:
    condition = "<bpmn:conditionalEventDefinition><bpmn:condition>=stock &gt; 5</bpmn:condition>"
    condition += "</bpmn:conditionalEventDefinition>"
    case = play(catching(condition), stock=3)
    assert only(case).text == "“Money” waits until stock > 5 is true; now it is false"
    operations.set_variables(case.instance, {"stock": None}, by=None)
    assert only(case).text.startswith("“Money” waits until stock > 5 is true; now it is null (")


def test_a_caller_names_the_instance_it_called() -> None:
    inner = d.process(d.start(), d.user("work"), d.end(), flows="s-work work-e", id="child")
    outer = d.process(d.start(), d.call("call", "child"), d.end(), flows="s-call call-e")
    case = Case(start(deployed(outer, q=inner), {}).pk)
    assert only(case).text == "“call” is about to start the process that it calls"
    jobs.sweep()
    (child,) = case.children
    reason = only(case)
    assert reason.text.startswith("“call” waits for the process instance it called: Test child")
    assert reason.pk == child.pk


def test_a_paused_caller_says_what_it_was_told() -> None:
    caller = d.process(d.start(), d.call("ask", "q"), d.end(), flows="s-ask ask-e")
    case = Case(start(deployed(caller, q=d.named("q", d.ONE_TASK)), {}).pk)
    jobs.sweep()
    operations.suspend(case.instance, by=None)
    jobs.sweep()
    (called,) = case.children
    operations.resume(called.instance, by=None)
    called.complete("review")
    jobs.sweep()
    assert told(case)[-1] == (
        "Word that the process called by “ask” has completed is on its way, and waits for the resume"
    )


def test_a_join_says_whom_it_misses() -> None:
    fork = d.process(
        d.start(),
        d.element("parallelGateway", "fork"),
        d.user("a"),
        d.user("b"),
        d.element("parallelGateway", "both"),
        d.end(),
        flows="s-fork fork-a fork-b a-both b-both both-e",
    )
    case = play(fork)
    case.complete("a")
    assert "“both” has a token from “A” and misses the one from “B”" in told(case)


def test_a_join_says_how_many_it_needs_and_whether_it_waits_for_all() -> None:
    def fork(join: str) -> bytes:
        nodes = d.start(), d.element("parallelGateway", "fork"), d.user("a"), d.user("b"), d.user("c"), join, d.end()
        flows = "s-fork fork-a fork-b fork-c a-join b-join c-join join-e"
        return d.process(*nodes, flows=flows)

    some = d.element("complexGateway", "join", inner="<bpmn:activationCondition>2</bpmn:activationCondition>")
    for join, misses in (
        (d.element("inclusiveGateway", "join"), "waits as long as one can still come from “B”, “C”"),
        (some, "goes on with 2; others may come from “B”, “C”"),
    ):
        case = play(fork(join))
        case.complete("a")
        assert f"“join” has a token from “A” and {misses}" in told(case)


def test_events_behind_a_gateway_say_that_the_first_one_counts() -> None:
    events = {"late": d.timer("PT1H"), "paid": d.message("paid"), "halt": d.signal("halt")}
    condition = "<bpmn:condition>=amount &gt; 5</bpmn:condition>"
    events["much"] = f"<bpmn:conditionalEventDefinition>{condition}</bpmn:conditionalEventDefinition>"
    caught = [d.element("intermediateCatchEvent", id, inner=definition) for id, definition in events.items()]
    flows = "s-which " + " ".join(f"which-{id} {id}-e" for id in events)
    nodes = d.start(), d.element("eventBasedGateway", "which"), *caught, d.end()
    roots = d.MESSAGE.format("paid") + d.SIGNAL.format("halt")
    found = told(play(d.process(*nodes, flows=flows, roots=roots), key="k", amount=1))
    assert len(found) == 4
    assert all(", unless another event behind “which” comes first" in text for text in found)


def listening(listener: str) -> bytes:
    return d.process(d.start(), d.user("review", listener), d.end(), flows="s-review review-e")


@pytest.mark.parametrize("event", ["creating", "completing", "start", "end"])
def test_a_listener_says_on_what_it_is_asked(event: str) -> None:
    kind = "execution" if event in ("start", "end") else "task"
    heard = f'<zeebe:{kind}Listener eventType="{event}" type="check"/>'
    ada = User.objects.create_user("ada")
    assigned = '<zeebe:assignmentDefinition assignee="ada"/>'
    case = play(listening(f"{assigned}<zeebe:{kind}Listeners>{heard}</zeebe:{kind}Listeners>"))
    if event in ("completing", "end"):
        people.complete(task=HumanTask.objects.get(), user=ada, data={})
    found = told(case)
    assert found[-1] == f"The listener of “Review” on “{event}” waits for a worker to carry it out (check)"
    asked = "“Review” waits for its listener on “completing”: nothing else can be done with it meanwhile"
    assert found[:-1] == ([asked] if event == "completing" else [])


def test_what_is_cancelled_says_that_it_waits_for_its_listeners() -> None:
    case = play(
        listening('<zeebe:taskListeners><zeebe:taskListener eventType="canceling" type="check"/></zeebe:taskListeners>')
    )
    operations.cancel(case.instance, by=None)
    assert told(case) == [
        "It ends as soon as the listeners of what still stands have answered; cancelled again it does not wait",
        "“Review” is being withdrawn, as soon as its listeners have answered",
        "The listener of “Review” on “canceling” waits for a worker to carry it out (check)",
    ]
    operations.cancel(case.instance, by=None)
    assert case.state == "terminated"


def test_a_compensation_says_what_is_being_undone() -> None:
    undo = d.element("userTask", "undo", d.USER, attributes='isForCompensation="true" name="Take back"')
    association = '<bpmn:association id="x" sourceRef="edge" targetRef="undo" associationDirection="One"/>'
    back = "<bpmn:compensateEventDefinition/>"
    nodes = d.user("book"), d.boundary("edge", "book", back), undo, association
    thrown = d.element("intermediateThrowEvent", "regret", inner=back)
    case = play(d.process(d.start(), *nodes, thrown, d.end(), flows="s-book book-regret regret-e"))
    case.complete("book")
    assert "“regret” waits until “Take back” has undone “Book”" in told(case)


def test_of_a_paused_instance_it_says_what_happens_on_resume() -> None:
    case, timed = play(d.ONE_JOB), play(d.named("t", catching(d.timer("PT1H"))))
    for each in (case, timed):
        operations.suspend(each.instance, by=None)
    later(hours=2)
    assert told(case)[-1] == "“work” is carried out (test-work) on resume"
    assert told(timed)[-1].endswith("; it is due and fires on resume")
    heard = play(d.named("h", catching(d.message("paid"), d.MESSAGE.format("paid"))), key="k")
    operations.suspend(heard.instance, by=None)
    publish("paid", "k", time_to_live=timedelta(hours=1))
    assert told(heard)[-1] == "A message or signal for “Money” is on its way, and waits for the resume"


def test_trouble_comes_first() -> None:
    case = play(d.ONE_TASK)
    operations.suspend(case.instance, by=None)
    first, second = reasons(case.instance)
    assert (first.kind, second.kind) == ("paused", "task")
    assert "nothing moves until it is resumed" in first.text


def test_an_ended_instance_waits_for_nothing() -> None:
    case = play(d.ONE_TASK)
    case.complete("review")
    assert reasons(case.instance) == []


def test_of_thousands_of_siblings_the_first_are_told_and_the_rest_is_counted() -> None:
    loop = "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics"
    loop += ' inputCollection="=items" inputElement="item"/></bpmn:extensionElements>'
    loop += "</bpmn:multiInstanceLoopCharacteristics>"
    many = d.process(d.start(), d.user("review", inner=loop), d.end(), flows="s-review review-e")
    case = play(many, items=list(range(200)))
    with CaptureQueriesContext(connection) as asked:
        found = told(case)
    assert found[-1] == "And for 150 more human tasks"
    assert len(asked) < 20


def test_null_results_of_expressions_are_kept_and_explained() -> None:
    gateway = d.process(
        d.start(),
        d.element("exclusiveGateway", "which", attributes='name="Which?"'),
        d.user("a"),
        d.user("b"),
        d.end(),
        flows="s-which|which-a:=customer.age > 17|which-b:=true|a-e|b-e",
    )
    mapping = '<zeebe:ioMapping><zeebe:input source="=order.total * 2" target="double"/></zeebe:ioMapping>'
    case = play(d.process(d.start(), d.user("a", mapping), d.end(), flows="s-a a-e"))
    (doubt,) = doubts(case.instance)
    assert (doubt.element, doubt.what) == ("a", "= order.total * 2")
    assert "order" in doubt.message
    case = play(d.named("q", gateway))
    assert any("customer.age" in doubt.what and doubt.message for doubt in doubts(case.instance))


def test_doubts_are_cut_and_the_newest_come_first() -> None:
    long = " + ".join(["order.total"] * 500)
    mapping = '<zeebe:ioMapping><zeebe:input source="={}" target="x"/></zeebe:ioMapping>'
    tasks = d.user("a", mapping.format(long)), d.user("b", mapping.format("order.number"))
    case = play(d.process(d.start(), *tasks, d.end(), flows="s-a a-b b-e"))
    case.complete("a")
    newest, oldest = doubts(case.instance)
    assert (newest.element, newest.what) == ("b", "= order.number")
    assert oldest.what.startswith("= order.total + order.total")
    assert len(oldest.what) == LONGEST
    for event in HistoryEvent.objects.filter(kind="expression warned"):
        assert len(str(event.data)) < 5_000


def test_a_decision_that_came_to_nothing_is_a_doubt() -> None:
    case = play(d.process(d.start(), d.user("a"), d.end(), flows="s-a a-e"))
    for result in ({"value": None}, {"value": 1}, {"value": 1, "warnings": [{"message": "the fee is no number"}]}):
        data = {"decision": "fee", "result": result}
        HistoryEvent.objects.create(process_instance=case.instance, element="a", kind="decision made", data=data)
    told = [(doubt.what, doubt.message) for doubt in doubts(case.instance)]
    assert told == [
        ("The decision fee", "the fee is no number"),
        ("The decision fee", "It came to null: no rule matched"),
    ]


def test_every_running_instance_has_a_reason() -> None:
    play(d.ONE_TASK)
    play(d.ONE_JOB)
    play(catching(d.timer("PT1H")))
    for instance in ProcessInstance.objects.filter(state="active"):
        assert reasons(instance)
        assert all(reason.since is None or reason.since.utcoffset() == timedelta(0) for reason in reasons(instance))
