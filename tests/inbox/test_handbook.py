"""How a process works: the page says what the running version says, to those whom the process concerns."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from orchestrator.models import ProcessDefinition
from orchestrator.runtime.deployment import deploy
from tasks_inbox.handbook import Step, handbook
from tests.bpmn import draw
from tests.inbox import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> ProcessDefinition:
    return desk.deploy_orders()


def steps(*nodes: str, extra: str = "", **files: bytes) -> dict[str, Step]:
    deployed = deploy({"p.bpmn": draw.chain(*nodes, extra=extra), **files}, by=None)
    definition = next(new for new in deployed.new if isinstance(new, ProcessDefinition))
    return {step.id: step for step in handbook(definition).steps}


def test_a_user_task_says_who_with_which_form_and_which_answers(order: ProcessDefinition) -> None:
    read = {step.id: step for step in handbook(order).steps}
    facts = {fact.label: fact.text for fact in read["n1"].facts}
    assert (read["n1"].title, read["n1"].kind) == ("Approve order", "A person's work")
    assert facts == {"Groups": "Finance", "Can be answered with": "Approve · Reject"}
    assert [(field.label, field.required) for field in read["n1"].fields][:2] == [("Supplier", False), ("Amount", True)]
    assert [field.label for field in read["s"].fields] == ["Supplier", "Amount"]


def test_a_due_date_and_a_timer_are_said_in_words() -> None:
    task = draw.element(
        "userTask", extensions='<zeebe:userTask/><zeebe:taskSchedule dueDate="=now() + duration(&quot;P2D&quot;)"/>'
    )
    late = (
        '<bpmn:boundaryEvent id="late" attachedToRef="n1" cancelActivity="false"><bpmn:timerEventDefinition>'
        "<bpmn:timeDuration>PT26H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
        f'<bpmn:endEvent id="told"/>{draw.flow("late", "told")}'
    )
    read = steps(task, extra=late)
    assert [(fact.label, fact.text) for fact in read["n1"].facts] == [("Due", "2 days after it was made")]
    assert ("When", "After 1 day and 2 hours") in [(fact.label, fact.text) for fact in read["late"].facts]
    assert list(read) == ["s", "n1", "late", "told", "e"]


def test_a_choice_says_where_each_way_leads_past_joins() -> None:
    choice = '<bpmn:exclusiveGateway id="n1" name="Large?" default="n1_n2"/>'
    join = '<bpmn:exclusiveGateway id="n2"/>'
    boss = draw.element("manualTask", "boss", attributes='name="Ask the boss"')
    extra = boss + draw.flow("n1", "boss", "= amount &gt; 100") + draw.flow("boss", "n2")
    read = steps(choice, join, draw.element("manualTask", "n3", attributes='name="Pay"'), extra=extra)
    assert "n2" not in read
    assert [(way.when, way.to) for way in read["n1"].ways] == [("otherwise", "Pay"), ("amount > 100", "Ask the boss")]


def test_the_page_and_the_picture_are_for_those_whom_it_concerns(
    client: Client, order: ProcessDefinition, alice: User, bob: User, charlie: User
) -> None:
    bob.groups.add(Group.objects.get_or_create(name="Finance")[0])
    desk.may_start(alice, order)
    desk.order(order, alice)
    seen = {}
    for person in (alice, bob, charlie):
        client.force_login(person)
        addresses = ("/processes/order/", "/processes/order/picture.svg")
        seen[person.username] = [client.get(address).status_code for address in addresses]
    assert seen == {"alice": [200, 200], "bob": [200, 200], "charlie": [404, 404]}


def test_the_page_costs_the_same_whatever_the_number_of_steps(
    client: Client, alice: User, django_assert_max_num_queries: object
) -> None:
    nodes = [draw.element("manualTask", f"n{number}", attributes=f'name="Step {number}"') for number in range(1, 41)]
    deploy({"p.bpmn": draw.chain(*nodes)}, by=None)
    desk.may_start(alice, ProcessDefinition.objects.get(key="p"))
    client.force_login(alice)
    client.get("/processes/p/")
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert b"Step 40" in client.get("/processes/p/").content
