"""What a model says of people's work is refused at deployment where it makes no sense, at its element."""

from __future__ import annotations

import pytest

from orchestrator.bpmn import parse, problems
from tests.bpmn import draw
from tests.inbox.cases import user_task


def found(**properties: str) -> list[str]:
    diagram = parse(draw.chain(user_task("n1"), user_task("n2", **properties)))
    return [f"{one.element}: {one.message}" for one in problems(diagram)]


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"quorum": "2"}, "The property quorum has no effect without approvers"),
        ({"veto": "alice"}, "The property veto has no effect without approvers"),
        ({"approvers": "alice"}, "nothing to choose from"),
        ({"approvers": "alice", "outcomes": "a; b!", "quorum": "most"}, "'most' is not a quorum"),
        ({"approvers": "alice", "outcomes": "a; b!", "firstRefusalEnds": "perhaps"}, "neither true nor false"),
        ({"approvers": "alice", "outcomes": "a; b!", "approvalOrder": "random"}, "write parallel or sequence"),
        ({"approvers": "alice", "outcomes": "a; b!", "allocation": "random"}, "remove the property allocation"),
        ({"start": "soon"}, "write on creation or on allocation"),
        ({"distribution": "late"}, "write on enablement or follow up"),
        ({"visibility": "nobody"}, "write all or owner"),
        ({"wipLimit": "0", "allocation": "random"}, "write a number of at least 1"),
        ({"wipLimit": "2"}, "no effect without the property allocation"),
        ({"undo": "an hour"}, "write seconds"),
        ({"undo": "61"}, "at most 60"),
        ({"sendBackTo": "n7"}, "'n7', which is no user task"),
    ],
)
def test_a_word_that_makes_no_sense_is_refused(properties: dict[str, str], sentence: str) -> None:
    (problem,) = found(**properties)

    assert problem.startswith("n2: ")
    assert sentence in problem


def test_what_makes_sense_is_deployed() -> None:
    approval = {"approvers": "alice, Finance", "outcomes": "yes; no!", "quorum": "60%", "approvalOrder": "sequence"}
    assert found(**approval, veto="alice", firstRefusalEnds="true", sendBackTo="n1", undo="PT8S") == []
    assert found(approvers="=names", outcomes="yes; no!", quorum="=needed", start="on-creation") == []
