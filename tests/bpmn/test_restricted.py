"""Variables that only some groups may read: what a process may say of them, and what follows from it."""

from __future__ import annotations

import pytest

from orchestrator.bpmn import parse, problems, restricted
from orchestrator.bpmn.model import Process
from tests.bpmn import draw
from tests.inbox.cases import user_task


def properties(**found: str) -> str:
    inner = "".join(f'<zeebe:property name="{name}" value="{value}"/>' for name, value in found.items())
    return f"<bpmn:extensionElements><zeebe:properties>{inner}</zeebe:properties></bpmn:extensionElements>"


def drawn(written: str, *nodes: str, roots: str = "", **more: str) -> bytes:
    return draw.chain(*(nodes or (user_task(),)), extra=properties(restricted=written, **more), roots=roots)


def process(written: str, *nodes: str, **more: str) -> Process:
    return parse(drawn(written, *nodes, **more)).processes["p"]


def told(xml: bytes) -> list[str]:
    return [f"{one.element}: {one.message}" for one in problems(parse(xml))]


def mapping(*inputs: tuple[str, str], outputs: tuple[tuple[str, str], ...] = ()) -> str:
    lines = [f'<zeebe:input source="{source}" target="{target}"/>' for source, target in inputs]
    lines += [f'<zeebe:output source="{source}" target="{target}"/>' for source, target in outputs]
    return f"<zeebe:ioMapping>{''.join(lines)}</zeebe:ioMapping>"


def test_variables_are_named_with_their_groups() -> None:
    written = "salary, bonus: HR; iban:Payroll , HR;\n level: *"
    assert restricted.variables(process(written)) == {
        "salary": ("HR",),
        "bonus": ("HR",),
        "iban": ("HR", "Payroll"),
    }
    assert restricted.variables(process("")) == {}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("salary", "'salary' names no group: write such as salary: HR, Payroll"),
        ("salary:", "'salary:' names no group"),
        ("salary: ,", "names no group"),
        (": HR", "': HR' names no variable"),
        ("my salary: HR", "'my salary' is not a variable name"),
        ("customer.iban: HR", "'customer.iban' is not a variable name"),
        ("salary: HR; salary: Payroll", "salary is named twice"),
        ("salary: HR, *", "* is everybody and stands alone"),
        ("=secrets", "It cannot be an expression"),
    ],
)
def test_what_cannot_be_understood_is_refused_at_the_process(written: str, sentence: str) -> None:
    (problem,) = told(drawn(written))
    assert problem.startswith("p: The property restricted: ")
    assert sentence in problem


def test_on_an_element_nobody_reads_it() -> None:
    service = draw.element(
        "serviceTask", "n1", f'<zeebe:taskDefinition type="x"/>{_property("restricted", "salary: HR")}'
    )
    assert told(draw.chain(service)) == [
        "n1: The property restricted names variables on the process, not on its elements"
    ]
    assert told(draw.chain(user_task(restricted="true"))) == []  # this task is for signed-in eyes
    assert told(draw.chain(user_task(restricted="salary: HR"))) != []


def _property(name: str, value: str) -> str:
    return f'<zeebe:properties><zeebe:property name="{name}" value="{value}"/></zeebe:properties>'


def test_what_is_computed_from_a_secret_is_one_too() -> None:
    task = draw.element(
        "userTask", "n1", "<zeebe:userTask/>" + mapping(("=salary * 12", "offer.yearly"), ("=title", "shown"))
    )
    script = draw.element("scriptTask", "n2", '<zeebe:script expression="=offer.yearly + iban" resultVariable="sum"/>')
    again = draw.element(
        "scriptTask",
        "n3",
        '<zeebe:script expression="=sum &gt; 10" resultVariable="level"/>' + mapping(outputs=(("=sum", "told"),)),
    )
    written = "salary: HR, Payroll; iban: Payroll"
    found = restricted.variables(process(written, task, script, again))
    assert found["offer"] == ("HR", "Payroll")
    assert found["sum"] == found["told"] == found["level"] == ("Payroll",)
    assert "shown" not in found
    opened = restricted.variables(process(f"{written}; level: *", task, script, again))
    assert "level" not in opened


def test_the_items_of_a_secret_list_are_secret() -> None:
    many = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics"
        ' inputCollection="=salaries" inputElement="salary" outputCollection="raises" outputElement="=salary + 1"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    found = restricted.variables(process("salaries: HR", user_task(after=many)))
    assert found == {"salaries": ("HR",), "salary": ("HR",), "raises": ("HR",)}


def test_nobody_may_read_what_needs_two_groups_that_have_no_member_in_common() -> None:
    script = draw.element("scriptTask", "n1", '<zeebe:script expression="=salary + iban" resultVariable="sum"/>')
    assert restricted.variables(process("salary: HR; iban: Payroll", script))["sum"] == ()


def test_a_text_that_everybody_reads_does_not_give_it_away() -> None:
    task = user_task(subject='="Raise to " + string(salary)', description="=note")
    xml = drawn("salary, note: HR", task, subject="=salary", businessKey="=employee")
    assert told(xml) == [
        "p: The property subject shows salary, which only HR may read: leave it out",
        "n1: The property subject shows salary, which only HR may read: leave it out",
        "n1: The property description shows note, which only HR may read: leave it out",
    ]


def test_a_correlation_key_is_no_secret() -> None:
    wait = draw.element("receiveTask", "n1", attributes='messageRef="m"')
    message = (
        '<bpmn:message id="m" name="paid"><bpmn:extensionElements><zeebe:subscription correlationKey="=iban"/>'
        "</bpmn:extensionElements></bpmn:message>"
    )
    (problem,) = told(drawn("iban: Payroll", wait, roots=message))
    assert problem == "n1: The property correlationKey shows iban, which only Payroll may read: leave it out"
