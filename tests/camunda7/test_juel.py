"""JUEL becomes FEEL that means the same, or is refused with a sentence."""

from __future__ import annotations

import pytest

from orchestrator import feel
from orchestrator.camunda7 import CannotConvert, to_feel

SAME = [
    ("plain text", "plain text"),
    ("= already(feel)", "= already(feel)"),
    ("${approver}", "= approver"),
    ("Hello ${customer.name}!", '= "Hello " + string(customer.name) + "!"'),
    ("${amount > 1000 && !approved}", "= amount > 1000 and not(approved)"),
    ("${amount gt 1000 and not approved}", "= amount > 1000 and not(approved)"),
    ("#{a or b and c}", "= a or b and c"),
    ("${(a or b) and c}", "= (a or b) and c"),
    ("${a - (b - c)}", "= a - (b - c)"),
    ("${(a + b) * c / 2}", "= (a + b) * c / 2"),
    ("${n mod 2 == 0}", "= modulo(n, 2) = 0"),
    ("${empty list ? 'a' : \"b\"}", '= if list contains([null, "", []], list) then "a" else "b"'),
    ("${execution.getVariable('x') == null}", "= x = null"),
    ("${execution.hasVariable('x')}", "= x != null"),
    ("${nrOfCompletedInstances / nrOfInstances >= 0.6}", "= numberOfCompletedInstances / numberOfInstances >= 0.6"),
    ("${S(order).prop('total').numberValue()}", "= order.total"),
    ("${list[0].name}", "= list[1].name"),
    ("${order.getCustomer().getName()}", "= order.customer.name"),
    ("${name.startsWith('Dr') || name.length() > 3}", '= starts with(name, "Dr") or string length(name) > 3'),
    ("${dateTime().plusDays(3).toDate()}", '= now() + duration("P3D")'),
    ("${status.equals('done')}", '= status = "done"'),
    ("${-x + 1}", "= -x + 1"),
]


@pytest.mark.parametrize(("juel", "expected"), SAME, ids=[row[0] for row in SAME])
def test_an_expression_means_the_same(juel: str, expected: str) -> None:
    assert to_feel(juel) == expected


def test_a_condition_answers_as_it_did() -> None:
    expression = feel.parse(to_feel("${amount > 1000 && (empty note || note.contains('x'))}")[1:].strip())
    answers = [
        expression.evaluate({"amount": amount, "note": note}).value
        for amount, note in [(2000, None), (2000, "axb"), (2000, "b"), (10, None)]
    ]
    assert answers == [True, True, False, False]


REFUSED = [
    ("${myBean.run(execution)}", "myBean.run(…) calls Java"),
    ("${execution.getProcessEngineServices()}", "Camunda's Java API"),
    ("${spring()}", "The function spring has no FEEL"),
    ("${list[i]}", "may count from 0"),
    ("${a +}", "ends too early"),
    ("${a", "does not close it"),
    ("${}", "empty"),
    ("${a ? b}", ": is missing"),
    ("${a b}", "cannot be read at 'b'"),
    ("${a @ b}", "cannot be read"),
]


@pytest.mark.parametrize(("juel", "sentence"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_calls_java_is_refused_with_a_sentence(juel: str, sentence: str) -> None:
    with pytest.raises(CannotConvert) as refused:
        to_feel(juel)
    assert sentence in str(refused.value)
