"""Rules that no step proves are proved when somebody asks."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.runtime import diagrams as d
from tests.runtime.cases import play

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_runs_keeps_every_rule() -> None:
    play(d.process(d.start(), d.user("a"), d.end(), flows="s-a a-e"))
    said = StringIO()
    call_command("check_rows", stdout=said)
    assert said.getvalue() == "Every rule holds.\n"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE orchestrator_elementinstance SET state = 'asleep'", "orchestrator_elementinstance.state is one of"),
        ("UPDATE orchestrator_elementinstance SET left_number = number", "left after it was entered"),
        ("UPDATE orchestrator_processinstance SET open_incidents = 3", "counts its open incidents"),
        ("UPDATE tasks_inbox_humantask SET process_instance_id = 7000000", "is a row of orchestrator_processinstance"),
        ("UPDATE tasks_inbox_taskevent SET task_id = 7000000", "tasks_inbox_taskevent.task_id is a row of"),
        ("UPDATE tasks_inbox_taskevent SET kind = 'guessed'", "tasks_inbox_taskevent.kind is one of"),
        ("UPDATE tasks_inbox_humantask SET initiator_id = 7000000", "has started its process instance"),
        ("UPDATE tasks_inbox_humantask SET priority = 101", "A priority is 0 to 100"),
        ("UPDATE tasks_inbox_humantask SET state = 'suspended'", "knows where it resumes"),
        ("UPDATE orchestrator_processinstance SET ended_at = now()", "ends when it is no longer active"),
        (
            "INSERT INTO tasks_inbox_taskrole (task_id, role) SELECT id, 'potential_owner' FROM tasks_inbox_humantask",
            "is held by a user or by a group",
        ),
        ("UPDATE tasks_inbox_humantask SET state = 'completed'", "ends when its state is final"),
        ("UPDATE tasks_inbox_humantask SET completed_at = now()", "ends when its state is final"),
        ("UPDATE tasks_inbox_humantask SET state = 'reserved'", "A claimed human task has an actual owner"),
        (
            "UPDATE orchestrator_elementinstance SET state = 'completed' WHERE element = 'a'",
            "open as long as its element instance is",
        ),
    ],
)
def test_a_row_that_breaks_a_rule_is_named(damage: str, sentence: str) -> None:
    play(d.process(d.start(), d.user("a"), d.end(), flows="s-a a-e"))
    with connection.cursor() as cursor:
        cursor.execute(damage)
    said = StringIO()
    with pytest.raises(CommandError, match="broken"):
        call_command("check_rows", stderr=said)
    assert sentence in said.getvalue()
