"""Who has to act on a user task, until when, how urgently: the model's expressions evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine.calendars import deadline
from orchestrator.engine.effects import CreateUserTask
from orchestrator.engine.errors import EXTRACT_VALUE_ERROR, FORM_NOT_FOUND, Incident
from orchestrator.engine.expressions import integer, names, snapshot, value_of, wrong
from orchestrator.engine.state import ElementInstance

if TYPE_CHECKING:
    from orchestrator.engine.run import Run

PRIORITY = 50
EXPIRES = "expires"  # when nobody is to do it any more, and the process goes on: a time, or a time from now on


def user_task(run: Run, node: bpmn.UserTask, instance: ElementInstance) -> CreateUserTask:
    here = node.id
    if node.form is not None and not run.environment.has_form(node.form):
        raise Incident(FORM_NOT_FOUND, f"There is no form {node.form.form_id} for {here}: deploy it, then retry")
    assignee = _assignee(run, node, instance)
    users, groups, due, follow_up = node.candidate_users, node.candidate_groups, node.due_date, node.follow_up_date
    candidate_users = names(run, users, instance, f"The candidate users of {here}") if users else ()
    candidate_groups = names(run, groups, instance, f"The candidate groups of {here}") if groups else ()
    if not (node.assignee or users or groups) and (lane := _lane(run.process, node)):
        candidate_groups = (lane,)
    return CreateUserTask(
        instance=instance.id,
        element=here,
        assignee=assignee,
        candidate_users=candidate_users,
        candidate_groups=candidate_groups,
        due_date=deadline(run, due, node, instance, f"The due date of {here}") if due else None,
        follow_up_date=deadline(run, follow_up, node, instance, f"The follow-up date of {here}") if follow_up else None,
        priority=_priority(run, node, instance),
        properties={name: _property(run, node, instance, name) for name in node.properties},
        variables=snapshot(run, instance),
    )


def _property(run: Run, node: bpmn.UserTask, instance: ElementInstance, name: str) -> Any:
    text, what = node.properties[name], f"The property {name} of {node.id}"
    if name == EXPIRES:
        expires = deadline(run, text, node, instance, what)
        return expires.isoformat() if expires is not None else None
    return feel.to_json(value_of(run, text, instance, what))


def _assignee(run: Run, node: bpmn.UserTask, instance: ElementInstance) -> str | None:
    """None for "", too: it is assigned to nobody."""
    if not node.assignee:
        return None
    what = f"The assignee of {node.id}"
    value = value_of(run, node.assignee, instance, what)
    if not isinstance(value, str):
        raise wrong(what, "the name of a user", value, node.assignee)
    return value.strip() or None


def _priority(run: Run, node: bpmn.UserTask, instance: ElementInstance) -> int:
    if not node.priority:
        return PRIORITY
    priority = integer(run, node.priority, instance, f"The priority of {node.id}")
    if not 0 <= priority <= 100:
        raise Incident(EXTRACT_VALUE_ERROR, f"The priority of {node.id} must be from 0 to 100, but is {priority}")
    return priority


def _lane(process: bpmn.Process, node: bpmn.FlowNode) -> str:
    """The lane of the node, or of the sub-process that holds it."""
    here: bpmn.FlowNode | None = node
    while here is not None and not here.lane:
        here = process.nodes.get(here.scope)
    return here.lane if here is not None else ""
