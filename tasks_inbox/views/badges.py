"""What stands above a task and below it: the chips that say how it is, the buttons that decide it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from orchestrator.runtime import wire
from tasks_inbox import lifecycle, rows
from tasks_inbox.models import HumanTask
from tasks_inbox.views.http import Request, name

#: Style of an outcome -> class and icon of its button.
_BUTTONS = {
    "primary": ("btn-approve", "check"),
    "danger": ("btn-reject", "x"),
    "plain": ("btn-plain", ""),
}
_KEYS = {"primary": "a", "danger": "r"}
_TRANSITIONS = {  # a task listener of the model has its say
    "assigning": lambda: _("Being assigned"),
    "updating": lambda: _("Being changed"),
    "completing": lambda: _("Being completed"),
}
_TAKEN = frozenset("jkcds")  # keys that mean something else on this page

_GROUPS = """
    SELECT g.name FROM tasks_inbox_taskrole r JOIN auth_group g ON g.id = r.group_id
    WHERE r.task_id = %s AND r.role = %s LIMIT 3
"""


@dataclass(frozen=True, slots=True)
class Button:
    value: str
    label: str
    style: str
    icon: str
    key: str


@dataclass(frozen=True, slots=True)
class Chip:
    text: str
    style: str = ""
    icon: str = ""
    avatar: rows.Avatar | None = None


def chips(task: HumanTask, request: Request) -> list[Chip]:
    stripe = rows.stripe(task.priority)
    due, due_class = rows.due(task.due_at, request.clock.now, request.clock.zone) if task.is_open else ("", "")
    style = {"late": "chip-danger", "soon": "chip-soon"}
    found = []
    if not task.is_open:
        done = task.state == lifecycle.COMPLETED
        label = task.outcome_label or task.get_state_display()
        found.append(Chip(label, "chip-good" if done else "", "circle-check" if done else "ban"))
    elif task.state == lifecycle.SUSPENDED:
        found.append(Chip(_("Put aside"), "chip-info", "pause"))
    if task.is_open and task.process_instance.suspended_at is not None:
        found.append(Chip(_("Its case is paused"), "chip-info", "pause"))
    if task.is_open and task.transition:
        found.append(Chip(_TRANSITIONS[task.transition](), "chip-info", "clock"))
    if task.is_open and stripe:
        found.append(
            Chip(
                _("High") if stripe == "high" else _("Medium"),
                "chip-danger" if stripe == "high" else "chip-soon",
                "flag",
            )
        )
    if due:
        found.append(
            Chip(due if due_class == "late" else _("Due %(when)s") % {"when": due}, style.get(due_class, ""), "clock")
        )
    if task.escalated and task.is_open:
        found.append(Chip(_("Escalated"), "chip-danger", "bell"))
    owner = task.actual_owner
    if not task.is_open:
        owner = task.completed_by or owner
    if owner is not None:
        here, there = (_("Yours"), _("With %(who)s")) if task.is_open else (_("By you"), _("By %(who)s"))
        text = here if owner == request.user else there % {"who": name(owner)}
        found.append(Chip(text, avatar=rows.avatar(owner.pk, owner.first_name, owner.last_name, owner.username)))
    elif task.is_open:
        with wire.cursor() as cursor:
            cursor.execute(_GROUPS, [task.pk, lifecycle.POTENTIAL_OWNER])
            found.extend(Chip(group) for (group,) in cursor.fetchall())
    if task.initiator is not None:
        asked = task.initiator
        avatar = rows.avatar(asked.pk, asked.first_name, asked.last_name, asked.username)
        found.append(Chip(_("Requested by %(who)s") % {"who": name(asked)}, avatar=avatar))
    return found


def buttons(task: HumanTask) -> list[Button]:
    if not task.outcomes:
        label = _("Answer") if task.part == HumanTask.Part.QUESTION else _("Complete")
        return [Button("", label, "btn-approve", "check", "a")]
    used: set[str] = set(_TAKEN)
    found = []
    for outcome in task.outcomes:
        style, icon = _BUTTONS.get(outcome["style"], _BUTTONS["plain"])
        letters = [_KEYS.get(outcome["style"], ""), *outcome["label"].lower()]
        key = next((letter for letter in letters if letter.isascii() and letter.isalpha() and letter not in used), "")
        used.add(key)
        found.append(Button(outcome["value"], outcome["label"], style, icon, key))
    return found
