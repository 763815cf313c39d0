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
activate     | created                                          | ready       | ti sh ba
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
"""
SHORT = {
    "po": lifecycle.POTENTIAL_OWNER,
    "ao": lifecycle.ACTUAL_OWNER,
    "ba": lifecycle.BUSINESS_ADMINISTRATOR,
    "ti": lifecycle.TASK_INITIATOR,
    "sh": lifecycle.STAKEHOLDER,
    "system": lifecycle.SYSTEM,
}


def _printed() -> dict[tuple[str, str, str], str]:
    cells: dict[tuple[str, str, str], str] = {}
    for line in MATRIX.strip().splitlines():
        operation, states, to, roles = (part.strip() for part in line.split("|"))
        for state, role in itertools.product(states.split(), roles.split()):
            assert (operation, state, SHORT[role]) not in cells
            cells[operation, state, SHORT[role]] = to
    return cells


PRINTED = _printed()
CELLS = list(itertools.product(TRANSITIONS, STATES, ROLES))


@pytest.mark.parametrize(("operation", "state", "role"), CELLS)
def test_every_cell_is_as_the_standard_prints_it(operation: str, state: str, role: str) -> None:
    row = lifecycle.transition(operation, state, [role], skippable=True)

    assert (row.to if row else None) == PRINTED.get((operation, state, role))


def test_nothing_leads_out_of_a_final_state() -> None:
    assert all(permitted(state, ROLES, True) == frozenset() for state in FINAL)


def test_every_open_state_can_be_left() -> None:
    for state in OPEN:
        targets = {row.to for rows in TRANSITIONS.values() for row in rows if state in row.states}
        assert targets - {lifecycle.SAME, state}


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("role", sorted(set(ROLES) - {lifecycle.SYSTEM}))
def test_whoever_is_excluded_never_decides_whatever_else_they_are(state: str, role: str) -> None:
    assert not permitted(state, [role, EXCLUDED_OWNER], True) & DECISIVE


def test_an_excluded_potential_owner_is_nothing_to_the_task() -> None:
    assert all(permitted(state, [lifecycle.POTENTIAL_OWNER, EXCLUDED_OWNER], True) == frozenset() for state in STATES)


def test_only_a_skippable_task_can_be_skipped() -> None:
    everything = set(ROLES) - {EXCLUDED_OWNER}
    assert all("skip" not in permitted(state, everything) for state in STATES)
    assert "skip" in permitted(lifecycle.READY, everything, True)


def test_more_roles_never_permit_less_unless_one_excludes() -> None:
    for state, first, second in itertools.product(STATES, ROLES, ROLES):
        if EXCLUDED_OWNER not in (first, second):
            assert permitted(state, [first, second], True) == permitted(state, [first], True) | permitted(
                state, [second], True
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
    assert all(permitted(state, [], True) == frozenset() for state in STATES)


def test_the_tables_in_the_database_use_the_words_of_this_one() -> None:
    assert set(HumanTask.State.values) == set(STATES)
    assert set(TaskRole.Role.values) == set(lifecycle.ASSIGNABLE_ROLES)
