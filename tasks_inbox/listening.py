"""Task listeners of the model: they have a say before an operation changes whose a task is, or how urgent, or ends it.

The operation is asked of the process instance first. Until the last listener has answered, the task is in transition
and nobody changes it; then the operation takes effect in the name of whoever asked, or its denial is told in the
history of the task. Tasks of models without listeners never come here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import F

from orchestrator.bpmn.model import Process, UserTask
from orchestrator.engine.commands import AskListeners
from orchestrator.engine.effects import SettleTask
from orchestrator.models import ProcessInstance
from orchestrator.runtime import execution
from tasks_inbox import correcting, entries
from tasks_inbox.errors import InvalidForm, NotPermitted, TooLate
from tasks_inbox.models import HumanTask, TaskEvent
from tasks_inbox.permissions import require

ASSIGNING, UPDATING, COMPLETING = "assigning", "updating", "completing"
EVENTS = (ASSIGNING, UPDATING, COMPLETING)
Operation = TypeVar("Operation", bound=Callable[..., Any])

#: Operation -> what it does once the listeners have agreed, called as settle(instance, task=, user=, **arguments).
SETTLE: dict[str, Callable[..., Any]] = {}
#: Operation -> what else a denial gives back, called as give_back(task=, user=, **arguments).
GIVE_BACK: dict[str, Callable[..., Any]] = {}


def listened(event: str) -> Callable[[Operation], Operation]:
    """An operation in which the listeners of this event have a say."""

    def decorate(operation: Operation) -> Operation:
        name = operation.__name__
        SETTLE[name] = lambda instance, **arguments: operation(**arguments)

        @wraps(operation)
        def asked(*, task: HumanTask, user: User, **arguments: Any) -> Any:
            if not has_say(event, task):
                return operation(task=task, user=user, **arguments)
            return ask(event, name, task, user, arguments)

        return cast(Operation, asked)

    return decorate


def settles(operation: str) -> Callable[[Operation], Operation]:
    """What an operation that ends a task does once the listeners have agreed; the process goes on by itself."""

    def decorate(settle: Operation) -> Operation:
        SETTLE[operation] = settle
        return settle

    return decorate


def gives_back(operation: str) -> Callable[[Operation], Operation]:
    def decorate(give_back: Operation) -> Operation:
        GIVE_BACK[operation] = give_back
        return give_back

    return decorate


def has_say(event: str, task: HumanTask) -> bool:
    return event in task.listens.split()


def ask(
    event: str,
    operation: str,
    task: HumanTask,
    user: User,
    arguments: Mapping[str, Any],
    variables: Mapping[str, Any] | None = None,
    *,
    permitted: bool = False,
) -> HumanTask:
    """Nothing happens yet but that the task is in transition. Raises what the operation itself would raise first,
    unless that is known to be `permitted`.
    """

    def mark(instance: ProcessInstance) -> None:
        if not permitted:
            require(user, operation, task)
        HumanTask.objects.filter(pk=task.pk).update(transition=event, version=F("version") + 1)
        TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.ASKED, actor=user, data={"operation": operation})
        entries.write([task.pk])
        task.transition, task.version = event, task.version + 1

    request = {
        "operation": operation,
        "user": user.pk,
        "arguments": {name: _packed(value) for name, value in arguments.items()},
        "headers": _headers(operation, user, arguments),
    }
    command = AskListeners(task.number, event, request, dict(variables or {}))
    execution.execute(task.process_instance_id, command, actor=user, before=mark)
    return task


def remember(process: Process, made: Mapping[int, str]) -> None:
    """New tasks (id -> element) know in what the listeners of their model have a say."""
    heard: dict[str, list[int]] = {}
    for pk, element in made.items():
        node = process.nodes.get(element)
        if isinstance(node, UserTask) and node.task_listeners:
            events = {listener.event for listener in node.task_listeners}
            heard.setdefault(" ".join(event for event in EVENTS if event in events), []).append(pk)
    for events_heard, tasks in heard.items():
        HumanTask.objects.filter(pk__in=tasks).update(listens=events_heard)


def settled(sender: type[ProcessInstance], instance: ProcessInstance, settled: Sequence[SettleTask], **_: Any) -> None:
    """Signal `user_tasks_settled`."""
    for one in settled:
        open_tasks = HumanTask.objects.select_for_update(no_key=True, of=("self",))
        task = open_tasks.filter(process_instance=instance, number=one.instance, completed_at=None, parent=None).first()
        if task is None:
            continue
        if one.request is not None:
            _settle(instance, task, one, _Asked.read(one.request))
        elif one.denied:
            _deny(task, "claim", one.reason)


@dataclass(frozen=True, slots=True)
class _Asked:
    operation: str
    user: User
    arguments: dict[str, Any]

    @classmethod
    def read(cls, request: Mapping[str, Any]) -> _Asked:
        arguments = {name: _unpacked(value) for name, value in request["arguments"].items()}
        return cls(request["operation"], User.objects.get(pk=request["user"]), arguments)


def _settle(instance: ProcessInstance, task: HumanTask, one: SettleTask, asked: _Asked) -> None:
    HumanTask.objects.filter(pk=task.pk).update(transition="", version=F("version") + 1)
    task.transition, task.version = "", task.version + 1
    if one.denied:
        _deny(task, asked.operation, one.reason)
        if give_back := GIVE_BACK.get(asked.operation):
            give_back(task=task, user=asked.user, **asked.arguments)
        return entries.write([task.pk])
    if one.event == COMPLETING:
        correcting.apply(task, one.corrections)  # before: an ended task is not corrected any more
        SETTLE[asked.operation](instance, task=task, user=asked.user, **asked.arguments)
        return None
    try:
        with transaction.atomic():
            SETTLE[asked.operation](instance, task=task, user=asked.user, **asked.arguments)
    except (InvalidForm, NotPermitted, TooLate) as late:  # what was possible when it was asked is so no longer
        _deny(task, asked.operation, str(late))
        return entries.write([task.pk])
    return correcting.apply(task, one.corrections)


def _deny(task: HumanTask, operation: str, reason: str) -> None:
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.DENIED, data={"operation": operation, "text": reason})


# -- what was asked, as jsonb holds it

_MODELS: dict[str, type[User] | type[Group]] = {"user": User, "group": Group}


def _packed(value: Any) -> Any:
    for name, model in _MODELS.items():
        if isinstance(value, model):
            return {name: value.pk}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, list | tuple):
        return {"all": [_packed(item) for item in value]}
    return {"value": value}


def _unpacked(packed: Mapping[str, Any]) -> Any:
    ((kind, value),) = packed.items()
    if kind in _MODELS:
        return _MODELS[kind]._default_manager.get(pk=value)
    if kind == "seconds":
        return timedelta(seconds=float(value))
    if kind == "at":
        return datetime.fromisoformat(value)
    return [_unpacked(item) for item in value] if kind == "all" else value


def _headers(operation: str, user: User, arguments: Mapping[str, Any]) -> dict[str, str]:
    """What the listeners are told: which operation, by whom, and the person, group or priority that it names."""
    told = {"operation": operation, "user": user.get_username()}
    if operation in ("claim", "start"):
        told["assignee"] = user.get_username()
    to = arguments.get("to")
    if isinstance(to, User):
        told["assignee"] = to.get_username()
    elif isinstance(to, Group):
        told["candidateGroup"] = to.name
    for name in ("priority", "outcome", "deadline", "duration"):
        if arguments.get(name) is not None:
            told[name] = str(arguments[name])
    return told
