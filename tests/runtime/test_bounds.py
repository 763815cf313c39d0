"""What no process instance can hold is refused with a sentence, and nothing is stored."""

from __future__ import annotations

import pytest

from orchestrator.engine import commands
from orchestrator.runtime import variables
from orchestrator.runtime.execution import execute
from orchestrator.runtime.variables import InvalidVariables
from tests.runtime import diagrams as d
from tests.runtime.cases import play

pytestmark = pytest.mark.django_db


def test_many_small_variables_that_are_too_many_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variables, "MAX_HELD", 1_000)
    case = play(d.process(d.start(), d.user("a"), d.user("b"), d.end(), flows="s-a a-b b-e"), kept="x" * 500)
    with pytest.raises(InvalidVariables, match="p would hold variables of"):
        execute(case.pk, commands.Complete(case.number("a"), {f"v{n}": "y" * 90 for n in range(9)}))
    assert (case.active, case.variables) == (["a"], {"kept": "x" * 500})
