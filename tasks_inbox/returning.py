"""Back to an earlier step of the case, or a finished one once more: both move a token by `runtime.operations.modify`.

Where a task may be sent back to says its model (`sendBackTo`, element ids); without it: to every user task of the same
scope that was completed in this case before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from orchestrator.bpmn.model import UserTask
from orchestrator.engine.commands import Modify
from orchestrator.runtime import definitions, execution
from tasks_inbox import lifecycle, moves, people
from tasks_inbox.acceptable import check_comment
from tasks_inbox.errors import InvalidForm
from tasks_inbox.models import HumanTask, TaskEvent
from tasks_inbox.permissions import require

if TYPE_CHECKING:
    from orchestrator.models import ProcessInstance

Kind = TaskEvent.Kind


def earlier_steps(task: HumanTask) -> dict[str, str]:
    """Element id -> name of the user tasks to which this one may be sent back, latest first."""
    process = definitions.process_of(task.process_instance.definition_id)
    here = process.nodes.get(task.element)
    if here is None:
        return {}
    done = HumanTask.objects.filter(
        process_instance=task.process_instance_id, state=lifecycle.COMPLETED, parent=None
    ).exclude(element=task.element)
    named = people.names(task.properties.get("sendBackTo"))
    found: dict[str, str] = {}
    for element in done.order_by("-completed_at", "-pk").values_list("element", flat=True):
        node = process.nodes.get(element)
        if isinstance(node, UserTask) and node.scope == here.scope and (not named or element in named):
            found.setdefault(element, node.name or element)
    return found


def send_back(*, task: HumanTask, user: User, to: str, reason: str) -> HumanTask:
    """End this task, and let whoever did the earlier step `to` (an element id) do it once more.

    Raises NotPermitted, TooLate, InvalidForm.
    """
    steps = earlier_steps(task)
    if to not in steps:
        raise InvalidForm({"to": [_("Choose one of the earlier steps.")]})
    if not reason.strip():
        raise InvalidForm({"reason": [_("Say what is missing, for whoever has to do it again.")]})
    check_comment("reason", reason)

    def note(instance: ProcessInstance) -> None:
        permit = require(user, "send_back", task)
        moves.record(task, user, Kind.SENT_BACK, permit=permit, to=steps[to], text=reason.strip())

    variables = {"sentBackReason": reason.strip(), "sentBackBy": user.get_username()}
    command = Modify(move=((task.number, to, variables),))
    execution.execute(task.process_instance_id, command, actor=user, before=note)
    _give_to_whoever_did_it(task, to)
    task.refresh_from_db()
    return task


def redo(*, task: HumanTask, user: User, reason: str = "") -> HumanTask:
    """Let a finished task be done once more, beside whatever its case waits for now. The new task.

    Raises NotPermitted, TooLate, InvalidForm.
    """
    check_comment("reason", reason)

    def note(instance: ProcessInstance) -> None:
        permit = require(user, "redo", task)
        moves.record(task, user, Kind.REDONE, permit=permit, text=reason.strip())

    command = Modify(activate=((task.element, {}, None),))
    execution.execute(task.process_instance_id, command, actor=user, before=note)
    return _latest(task, task.element)


def _give_to_whoever_did_it(task: HumanTask, element: str) -> None:
    """They know the matter: the step is theirs again, where they may still own it."""
    again = _latest(task, element)
    before = HumanTask.objects.filter(
        process_instance=task.process_instance_id, element=element, state=lifecycle.COMPLETED, parent=None
    )
    owner = before.order_by("-completed_at", "-pk").values_list("completed_by", flat=True).first()
    if again.state == lifecycle.READY and not again.composite and owner in people.candidates(again):
        moves.write(again, state=lifecycle.RESERVED, actual_owner_id=owner)
        moves.record(again, None, Kind.ALLOCATE, strategy="sent back", to=moves.name(again.actual_owner))


def _latest(task: HumanTask, element: str) -> HumanTask:
    found = HumanTask.objects.filter(process_instance=task.process_instance_id, element=element, parent=None)
    return found.latest("pk")
