"""The life of a human task: WS-HumanTask 1.1, section 4.10, as one table.

Theory of operation. A task is in one of ten states: five are open, five are final, and nothing leads out of those.
Whoever wants to do something holds one or more generic human roles with regard to the task (section 4.2); what they
may do now is what the table says for the state and any of their roles. That is all: pages ask `permitted` which
buttons to show, operations ask it again before they act, and the tests walk through every cell.

Some rules stand beside the table, because they hold across it:

1.  Excluded owners. Whoever is excluded from a task (four eyes: the requester must not approve) loses the roles by
    which one works on it, and the operations in `DECISIVE` are closed to them whatever other role they hold.
2.  Skip is only for a task that its model calls skippable.
3.  A completed task was started, and a started task was claimed. Whoever completes a task that waits, does both by
    the same click; `IMPLIED` names the operations that this takes, in order, so that the history tells them all.

Rule of the file: everything that affects states and roles lives here. No database, no clock, no Django.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

# States
CREATED, READY, RESERVED, IN_PROGRESS = "created", "ready", "reserved", "in_progress"
SUSPENDED = "suspended"
COMPLETED, FAILED, ERROR, EXITED, OBSOLETE = "completed", "failed", "error", "exited", "obsolete"

WORKING = (CREATED, READY, RESERVED, IN_PROGRESS)
SUSPENDABLE = (READY, RESERVED, IN_PROGRESS)
OPEN = (*WORKING, SUSPENDED)
FINAL = (COMPLETED, FAILED, ERROR, EXITED, OBSOLETE)
STATES = (*OPEN, *FINAL)

# Where an operation leads, when it is not one state
SAME = "same"  # it stays where it is
PREVIOUS = "previous"  # back to where it was suspended
NOMINATED = "nominated"  # reserved for a single person, ready for several people or a group

# Roles
POTENTIAL_OWNER, ACTUAL_OWNER, EXCLUDED_OWNER = "potential_owner", "actual_owner", "excluded_owner"
BUSINESS_ADMINISTRATOR, STAKEHOLDER = "business_administrator", "stakeholder"
TASK_INITIATOR, RECIPIENT = "task_initiator", "recipient"
SYSTEM = "system"  # the process instance itself: it goes on, ends, or fails
# None of the standard's: whoever leads the actual owner. They hand the work on and say what comes first; that alone
# lets nobody look into the case.
MANAGER = "manager"

ASSIGNABLE_ROLES = (POTENTIAL_OWNER, EXCLUDED_OWNER, STAKEHOLDER, BUSINESS_ADMINISTRATOR, RECIPIENT, TASK_INITIATOR)
ROLES = (*ASSIGNABLE_ROLES, ACTUAL_OWNER, SYSTEM)
SEES = frozenset(ROLES) - {EXCLUDED_OWNER, SYSTEM}  # any of these may look at a task

PO, AO, BA = POTENTIAL_OWNER, ACTUAL_OWNER, BUSINESS_ADMINISTRATOR
SH, TI = STAKEHOLDER, TASK_INITIATOR


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a task beside its state decides what may be done: rules 2, 4 and 5."""

    skippable: bool = False
    composite: bool = False
    part: bool = False
    held: bool = False


PLAIN = Traits()


@dataclass(frozen=True, slots=True)
class Transition:
    """From any of these states to that one, for whoever holds one of these roles."""

    states: frozenset[str]
    to: str
    roles: frozenset[str]


def _row(states: Iterable[str], to: str, *roles: str) -> Transition:
    return Transition(frozenset(states), to, frozenset(roles))


_SUSPEND = (
    _row([READY], SUSPENDED, PO, SH, BA),
    _row([RESERVED, IN_PROGRESS], SUSPENDED, AO, SH, BA),
)
_TALK = (_row(OPEN, SAME, PO, AO, BA, SH, TI),)
_RESULT = (_row([RESERVED, IN_PROGRESS], SAME, AO),)
_DEADLINE = (_row(OPEN, SAME, SH, BA),)
_DUE = (_row(OPEN, SAME, SH, BA, MANAGER),)
_WORK = (
    _row([READY], SAME, PO, BA),
    _row([RESERVED, IN_PROGRESS], SAME, AO, BA),
)

#: Operation -> its transitions. T1 to T18 are the rows of the standard's matrix, with the roles that either of two
#: known implementations grants; no state stands twice under one operation.
TRANSITIONS: Mapping[str, tuple[Transition, ...]] = {
    # T1, T2: a task that waits for somebody to say whose it is
    "activate": (_row([CREATED], READY, TI, SH, BA, SYSTEM),),
    "nominate": (_row([CREATED], NOMINATED, BA),),
    # T3 to T7: work
    "claim": (_row([READY], RESERVED, PO, BA),),
    "start": (
        _row([READY], IN_PROGRESS, PO, BA),
        _row([RESERVED], IN_PROGRESS, AO, BA),
    ),
    "stop": (_row([IN_PROGRESS], RESERVED, AO, BA),),
    "release": (_row([RESERVED, IN_PROGRESS], READY, AO, BA, MANAGER),),
    # T8, T9: not now
    "suspend": _SUSPEND,
    "suspend_until": _SUSPEND,
    "resume": (_row([SUSPENDED], PREVIOUS, PO, AO, SH, BA, SYSTEM),),
    # T10, T11: not me
    "delegate": (
        _row([READY], RESERVED, PO, SH, BA),
        _row([RESERVED, IN_PROGRESS], RESERVED, AO, SH, BA, MANAGER),
    ),
    "forward": (
        _row([READY], READY, PO, BA),
        _row([RESERVED, IN_PROGRESS], READY, AO, BA),
    ),
    # T12 to T14: the end that people give it
    "skip": (
        _row([CREATED], OBSOLETE, TI, SH, BA),
        _row([READY], OBSOLETE, TI, SH, PO, BA),
        _row([RESERVED, IN_PROGRESS], OBSOLETE, TI, SH, AO, BA),
    ),
    "complete": (
        _row([READY], COMPLETED, PO),
        _row([RESERVED], COMPLETED, AO),
        _row([IN_PROGRESS], COMPLETED, AO, BA),
    ),
    "fail": (_row([IN_PROGRESS], FAILED, AO, BA),),
    # T15, T16: the end that the process gives it
    "exit": (_row(OPEN, EXITED, SYSTEM),),
    "error": (_row(OPEN, ERROR, SYSTEM),),
    "overtake": (_row(OPEN, OBSOLETE, SYSTEM),),  # its element instance was completed by other means
    # What the clock does: an escalation gives the task to others, or its owner may no longer own it
    "reassign": (_row(WORKING, READY, SYSTEM),),
    # T17: whoever is only told of a task takes it off their list
    "remove": (_row(OPEN, SAME, RECIPIENT),),
    # T18 and what else leaves the state alone
    "set_priority": (_row(OPEN, SAME, BA, SH, MANAGER),),
    "set_generic_human_role": (_row(OPEN, SAME, BA),),
    "set_task_start_deadline_expression": _DEADLINE,
    "set_task_start_duration_expression": _DEADLINE,
    "set_task_completion_deadline_expression": _DUE,
    "set_task_completion_duration_expression": _DEADLINE,
    "add_comment": _TALK,
    "update_comment": _TALK,
    "delete_comment": _TALK,
    "add_attachment": _TALK,
    "delete_attachment": _TALK,
    "set_output": _RESULT,
    "delete_output": _RESULT,
    "set_fault": _RESULT,
    "delete_fault": _RESULT,
    "instantiate_subtask": (_row([RESERVED, IN_PROGRESS], SAME, AO, BA),),
    # Beyond the standard: ask somebody, ask one more approver, back to an earlier step, once more, and take back
    "request_information": _WORK,
    "add_approver": _WORK,
    "send_back": (
        _row([READY], EXITED, PO, BA),
        _row([RESERVED, IN_PROGRESS], EXITED, AO, BA),
    ),
    "redo": (_row([COMPLETED], SAME, BA),),
    "undo": (_row(SUSPENDABLE, SAME, PO, AO, BA),),
    "save_draft": (
        _row([READY], SAME, PO),
        _row([RESERVED, IN_PROGRESS], SAME, AO),
    ),
}

OPERATIONS = tuple(TRANSITIONS)
#: What a manager may do with what their people have.
MANAGED = frozenset(name for name, rows in TRANSITIONS.items() if any(MANAGER in row.roles for row in rows))

#: Reading, open in every state to whoever may look at the task. The names are the standard's.
READING = (
    *("get_attachment", "get_attachment_infos", "get_comments", "get_fault", "get_input", "get_outcome", "get_output"),
    *("get_parent_task", "get_parent_task_identifier", "get_rendering", "get_rendering_types", "get_subtasks"),
    *("get_subtask_identifiers", "get_task_description", "get_task_details", "get_task_history"),
    *("get_task_instance_data", "has_subtasks", "is_subtask"),
)

#: What completing from this state does first.
IMPLIED: Mapping[str, tuple[str, ...]] = {READY: ("claim", "start"), RESERVED: ("start",), IN_PROGRESS: ()}

#: Closed to excluded owners: what decides the case, or takes the work on.
DECISIVE = frozenset(
    {"claim", "start", "complete", "fail", "skip", "save_draft", "set_output", "set_fault", "send_back", "add_approver"}
)

#: Closed in a composite task: what somebody would do alone.
_ALONE = frozenset(
    {
        *("activate", "nominate", "claim", "start", "stop", "release", "suspend", "suspend_until", "resume"),
        *("delegate", "forward", "complete", "save_draft", "set_output", "set_fault", "instantiate_subtask"),
        *("request_information", "redo"),
    }
)
_OF_THE_WHOLE = frozenset({"skip", "fail", "redo", "send_back"})  # closed in a part
_BY_ITSELF = frozenset({"exit", "error", "overtake"})
_WHILE_HELD = _BY_ITSELF | {"undo", "add_comment", "update_comment", "delete_comment", "add_attachment"}


def is_closed(operation: str, traits: Traits) -> bool:
    """Closed to everybody: rules 2, 4 and 5."""
    return (
        (operation == "skip" and not traits.skippable)
        or (operation == "undo" and not traits.held)
        or (traits.held and operation not in _WHILE_HELD)
        or (traits.composite and operation in _ALONE)
        or (traits.part and operation in _OF_THE_WHOLE)
        or (operation == "add_approver" and not (traits.composite or traits.part))
    )


def effective(roles: Iterable[str]) -> frozenset[str]:
    """The roles that count: being excluded takes away the roles by which one works on a task."""
    held = frozenset(roles)
    return held - {POTENTIAL_OWNER, ACTUAL_OWNER} if EXCLUDED_OWNER in held else held


def transition(operation: str, state: str, roles: Iterable[str], traits: Traits = PLAIN) -> Transition | None:
    """The row that allows this, or None."""
    held = frozenset(roles)
    if is_closed(operation, traits) or (operation in DECISIVE and EXCLUDED_OWNER in held):
        return None
    held = effective(held)
    rows = TRANSITIONS.get(operation, ())
    return next((row for row in rows if state in row.states and row.roles & held), None)


def by_itself(operation: str, state: str, previous: str = "") -> str:
    """Where the process or the clock brings a task in this state. Raises ValueError where they cannot."""
    row = transition(operation, state, [SYSTEM])
    if row is None:
        raise ValueError(f"A task that is {state} is not changed by “{operation}”")
    return previous if row.to == PREVIOUS else row.to


def permitted(state: str, roles: Iterable[str], traits: Traits = PLAIN) -> frozenset[str]:
    """Every operation that changes something and is open to someone with these roles, now."""
    held = frozenset(roles)
    return frozenset(operation for operation in TRANSITIONS if transition(operation, state, held, traits) is not None)


def ever_permitted(operation: str, roles: Iterable[str], traits: Traits = PLAIN) -> bool:
    """Could someone with these roles have done it in another state, or before it was decided? Then they are late, and
    not forbidden.
    """
    held = frozenset(roles)
    before = replace(traits, held=operation == "undo")
    return any(transition(operation, state, held, before) is not None for state in STATES)
