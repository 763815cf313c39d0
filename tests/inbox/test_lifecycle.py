"""The table against the standard: WS-HumanTask's matrix, written down a second time, the way the standard prints it."""

from __future__ import annotations

import itertools

import pytest

from tasks_inbox import lifecycle
from tasks_inbox.lifecycle import DECISIVE, EXCLUDED_OWNER, FINAL, OPEN, ROLES, STATES, TRANSITIONS, permitted
from tasks_inbox.models import HumanTask, TaskRole

# Operation | from | to | who. po potential owner, ao actual owner, ba business administrator, ti task initiator, sh
# stakeholder
MATRIX = """
activate     | created                                          | ready       | ti sh ba system
nominate     | created                                          | nominated   | ba
claim        | ready                                            | reserved    | po ba
start        | ready                                            | in_progress | po ba
start        | reserved                                         | in_progress | ao ba
stop         | in_progress                                      | reserved    | ao ba
release      | reserved in_progress                             | ready       | ao ba
suspend      | ready                                            | suspended   | po sh ba
suspend      | reserved in_progress                             | suspended   | ao sh ba
resume       | suspended                                        | previous    | po ao sh ba system
delegate     | ready                                            | reserved    | po sh ba
delegate     | reserved in_progress                             | reserved    | ao sh ba
forward      | ready                                            | ready       | po ba
forward      | reserved in_progress                             | ready       | ao ba
skip         | created                                          | obsolete    | ti sh ba
skip         | ready                                            | obsolete    | ti sh po ba
skip         | reserved in_progress                             | obsolete    | ti sh ao ba
complete     | ready                                            | completed   | po
complete     | reserved                                         | completed   | ao
complete     | in_progress                                      | completed   | ao ba
fail         | in_progress                                      | failed      | ao ba
exit         | created ready reserved in_progress suspended     | exited      | system
error        | created ready reserved in_progress suspended     | error       | system
overtake     | created ready reserved in_progress suspended     | obsolete    | system
reassign     | created ready reserved in_progress               | ready       | system
set_priority | created ready reserved in_progress suspended     | same        | sh ba
add_comment  | created ready reserved in_progress suspended     | same        | po ao sh ba ti
save_draft   | ready                                            | same        | po
save_draft   | reserved in_progress                             | same        | ao
suspend_until | ready                                           | suspended   | po sh ba
suspend_until | reserved in_progress                            | suspended   | ao sh ba
remove       | created ready reserved in_progress suspended     | same        | nr
set_generic_human_role | created ready reserved in_progress suspended | same   | ba
set_task_start_deadline_expression | created ready reserved in_progress suspended | same | sh ba
set_task_start_duration_expression | created ready reserved in_progress suspended | same | sh ba
set_task_completion_deadline_expression | created ready reserved in_progress suspended | same | sh ba
set_task_completion_duration_expression | created ready reserved in_progress suspended | same | sh ba
update_comment | created ready reserved in_progress suspended   | same        | po ao sh ba ti
delete_comment | created ready reserved in_progress suspended   | same        | po ao sh ba ti
add_attachment | created ready reserved in_progress suspended   | same        | po ao sh ba ti
delete_attachment | created ready reserved in_progress suspended | same       | po ao sh ba ti
set_output   | reserved in_progress                             | same        | ao
delete_output | reserved in_progress                            | same        | ao
set_fault    | reserved in_progress                             | same        | ao
delete_fault | reserved in_progress                             | same        | ao
instantiate_subtask | reserved in_progress                      | same        | ao ba
request_information | ready                                     | same        | po ba
request_information | reserved in_progress                      | same        | ao ba
send_back    | ready                                            | exited      | po ba
send_back    | reserved in_progress                             | exited      | ao ba
redo         | completed                                        | same        | ba
"""
# Whether these are possible at all is decided by traits of the task: the stories below.
OF_TRAITS = {"add_approver", "undo"}
SHORT = {
    "po": lifecycle.POTENTIAL_OWNER,
    "ao": lifecycle.ACTUAL_OWNER,
    "ba": lifecycle.BUSINESS_ADMINISTRATOR,
    "ti": lifecycle.TASK_INITIATOR,
    "sh": lifecycle.STAKEHOLDER,
    "nr": lifecycle.RECIPIENT,
    "system": lifecycle.SYSTEM,
}
SKIPPABLE = lifecycle.Traits(skippable=True)


def _printed() -> dict[tuple[str, str, str], str]:
    cells: dict[tuple[str, str, str], str] = {}
    for line in MATRIX.strip().splitlines():
        operation, states, to, roles = (part.strip() for part in line.split("|"))
        for state, role in itertools.product(states.split(), roles.split()):
            assert (operation, state, SHORT[role]) not in cells
            cells[operation, state, SHORT[role]] = to
    return cells


PRINTED = _printed()
CELLS = list(itertools.product(STATES, ROLES))


@pytest.mark.parametrize(("state", "role"), CELLS)
def test_every_cell_is_as_the_standard_prints_it(state: str, role: str) -> None:
    for operation in set(TRANSITIONS) - OF_TRAITS:
        row = lifecycle.transition(operation, state, [role], SKIPPABLE)

        assert (row.to if row else None) == PRINTED.get((operation, state, role)), operation


def test_nothing_leads_out_of_a_final_state() -> None:
    """A completed task can be done once more: that is another task."""
    for state in FINAL:
        left = permitted(state, ROLES, SKIPPABLE)
        assert left <= {"redo"}
        assert {row.to for operation in left for row in TRANSITIONS[operation]} <= {lifecycle.SAME}


def test_a_composite_task_is_decided_by_its_parts_alone() -> None:
    composite, part = lifecycle.Traits(skippable=True, composite=True), lifecycle.Traits(part=True)
    everything = set(ROLES) - {EXCLUDED_OWNER}
    for state in OPEN:
        assert not permitted(state, everything, composite) & {"claim", "complete", "delegate", "forward", "suspend"}
        assert not permitted(state, everything, part) & {"skip", "fail", "send_back", "redo"}
        assert "exit" in permitted(state, everything, composite)
    assert "add_approver" in permitted(lifecycle.IN_PROGRESS, everything, composite)
    assert "add_approver" in permitted(lifecycle.READY, everything, part)
    assert all("add_approver" not in permitted(state, everything) for state in STATES)


def test_a_held_decision_lets_nothing_happen_but_talk_undo_and_what_the_process_wants() -> None:
    held = lifecycle.Traits(held=True)
    everything = set(ROLES) - {EXCLUDED_OWNER}
    talk = {"add_comment", "update_comment", "delete_comment", "add_attachment"}
    for state in OPEN:
        undo = {"undo"} if state in lifecycle.SUSPENDABLE else set()
        assert permitted(state, everything, held) == talk | {"exit", "error", "overtake"} | undo
    assert all("undo" not in permitted(state, everything) for state in STATES)


def test_every_open_state_can_be_left() -> None:
    for state in OPEN:
        targets = {row.to for rows in TRANSITIONS.values() for row in rows if state in row.states}
        assert targets - {lifecycle.SAME, state}


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("role", sorted(set(ROLES) - {lifecycle.SYSTEM}))
def test_whoever_is_excluded_never_decides_whatever_else_they_are(state: str, role: str) -> None:
    assert not permitted(state, [role, EXCLUDED_OWNER], SKIPPABLE) & DECISIVE


def test_an_excluded_potential_owner_is_nothing_to_the_task() -> None:
    assert all(
        permitted(state, [lifecycle.POTENTIAL_OWNER, EXCLUDED_OWNER], SKIPPABLE) == frozenset() for state in STATES
    )


def test_only_a_skippable_task_can_be_skipped() -> None:
    everything = set(ROLES) - {EXCLUDED_OWNER}
    assert all("skip" not in permitted(state, everything) for state in STATES)
    assert "skip" in permitted(lifecycle.READY, everything, SKIPPABLE)


def test_more_roles_never_permit_less_unless_one_excludes() -> None:
    for state, first, second in itertools.product(STATES, ROLES, ROLES):
        if EXCLUDED_OWNER not in (first, second):
            assert permitted(state, [first, second], SKIPPABLE) == permitted(state, [first], SKIPPABLE) | permitted(
                state, [second], SKIPPABLE
            )


def test_what_completing_implies_is_permitted_step_by_step() -> None:
    for state, operations in lifecycle.IMPLIED.items():
        roles = {lifecycle.POTENTIAL_OWNER, lifecycle.ACTUAL_OWNER}
        for operation in (*operations, "complete"):
            row = lifecycle.transition(operation, state, roles)
            assert row is not None
            state = row.to
        assert state == lifecycle.COMPLETED


def test_nobody_without_a_role_may_do_anything() -> None:
    assert all(permitted(state, [], SKIPPABLE) == frozenset() for state in STATES)


def test_the_tables_in_the_database_use_the_words_of_this_one() -> None:
    assert set(HumanTask.State.values) == set(STATES)
    assert set(TaskRole.Role.values) == set(lifecycle.ASSIGNABLE_ROLES)
