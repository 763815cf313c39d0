"""The interchange models of the BPMN MIWG: each deploys, or is refused with every true reason.

The models are not part of this repository; without them the table is not tried, and says so.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator import bpmn

SUITE = Path(os.environ.get("MIWG_SUITE", Path(__file__).parents[3] / "shared" / "suites" / "miwg"))
NOT_EXECUTABLE = {"No process in this file is executable: mark one with isExecutable"}
ACTIVITI = "is for Activiti: say it in the dialect of Camunda 8 (zeebe:), or remove it"
JOBS = "The task does nothing: choose a connector or name a job worker (zeebe:taskDefinition)"

# Model -> the reasons for its refusal; none: it is executed.
MODELS: dict[str, set[str]] = {
    **dict.fromkeys(("A.1.0", "A.2.0", "A.3.0", "A.4.0", "C.2.0", "C.4.0", "C.6.0", "C.8.0"), NOT_EXECUTABLE),
    "B.2.0": NOT_EXECUTABLE | {"_d4afdad7-65a5-40c6-9fee-e13ba4c0bed4: globalUserTask is not executed"},
    "C.1.0": {
        *(
            f"{task}: The attribute {name} {ACTIVITI}"
            for task in ("approveInvoice", "assignApprover", "reviewInvoice")
            for name in ("assignee", "formKey")
        ),
        f"StartEvent_1: The attribute formKey {ACTIVITI}",
        f"prepareBankTransfer: The attribute candidateGroups {ACTIVITI}",
        f"prepareBankTransfer: The attribute formKey {ACTIVITI}",
        f"archiveInvoice: The attribute delegateExpression {ACTIVITI}",
        f"archiveInvoice: The extension element field {ACTIVITI}",
        f"archiveInvoice: {JOBS}",
        "invoiceNotApproved: The condition must be a FEEL expression: write = before '${!approved}'",
        "reviewNotSuccessful: The condition must be a FEEL expression: write = before \"${clarified == 'no'}\"",
        "reviewSuccessful: The condition must be a FEEL expression: write = before \"${clarified == 'yes'}\"",
    },
    "C.9.0": set(),
    "C.9.2": set(),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_the_working_group_is_executed_or_refused(name: str) -> None:
    if not SUITE.is_dir():
        pytest.skip(f"the models are not here: {SUITE}")
    found = [str(problem) for problem in _problems((SUITE / f"{name}.bpmn").read_bytes())]
    assert sorted(found) == sorted(MODELS[name])


def _problems(xml: bytes) -> list[bpmn.Problem]:
    try:
        return bpmn.problems(bpmn.parse(xml))
    except bpmn.BpmnError as refused:
        return list(refused.problems)
