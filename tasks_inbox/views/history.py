"""What people did with human tasks, as lines of the story of a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User

from orchestrator.models import ProcessInstance
from orchestrator.runtime import timeline
from orchestrator.runtime.timeline import Entry
from tasks_inbox.models import HumanTask, TaskComment, TaskEvent
from tasks_inbox.views.http import name

SHOWN = 200  # lines; of a longer story the latest
Kind = TaskEvent.Kind
Teller = Callable[[TaskEvent, str], tuple[str, str, str]]

#: What somebody asked of a task in which a task listener has a say -> how it is told: asked to ..., did not let it ...
_ASKED: dict[str, tuple[str, str]] = {
    "claim": ("claim", "be claimed"),
    "release": ("put back", "be put back"),
    "delegate": ("pass on", "be passed on"),
    "forward": ("forward", "be forwarded"),
    "nominate": ("offer", "be offered"),
    "set_priority": ("change the priority of", "have another priority"),
    "set_task_completion_deadline_expression": ("change the due date of", "have another due date"),
    "set_task_completion_duration_expression": ("change the due date of", "have another due date"),
    "complete": ("complete", "be completed"),
    "skip": ("skip", "be skipped"),
}


def _asked(event: TaskEvent) -> tuple[str, str]:
    return _ASKED.get(str(event.data.get("operation", "")), ("change", "be changed"))


#: Event -> icon, sentence, detail. `title` is that of the task. What is not here is told by another line.
_TOLD: dict[str, Teller] = {
    Kind.CREATE: lambda event, title: ("user-plus", f"asked for “{title}”", ""),
    Kind.CLAIM: lambda event, title: ("hand", f"claimed “{title}”", ""),
    Kind.RELEASE: lambda event, title: ("undo-2", f"put “{title}” back", ""),
    Kind.STOP: lambda event, title: ("pause", f"stopped working on “{title}”", ""),
    Kind.SUSPEND: lambda event, title: ("pause", f"put “{title}” aside", ""),
    Kind.SUSPEND_UNTIL: lambda event, title: ("pause", f"put “{title}” aside", ""),
    Kind.RESUME: lambda event, title: ("play", f"took “{title}” up again", ""),
    Kind.COMPLETE: lambda event, title: ("circle-check", _completed(event, title), event.task.comment),
    Kind.SKIP: lambda event, title: ("skip-forward", f"skipped “{title}”", ""),
    Kind.FAIL: lambda event, title: ("circle-x", f"reported “{title}” as failed", str(event.data.get("message", ""))),
    Kind.FORWARD: lambda event, title: ("arrow-right", f"forwarded “{title}” to {event.data.get('to', '')}", ""),
    Kind.DELEGATE: lambda event, title: ("user-check", f"gave “{title}” to {event.data.get('to', '')}", ""),
    Kind.ALLOCATE: lambda event, title: ("user-check", f"gave “{title}” to {event.data.get('to', '')}", ""),
    Kind.NOMINATE: lambda event, title: ("users", f"offered “{title}” to {_names(event.data.get('to'))}", ""),
    Kind.SET_PRIORITY: lambda event, title: (
        "flag",
        f"set the priority of “{title}” to {event.data.get('priority')}",
        "",
    ),
    Kind.ESCALATED: lambda event, title: ("bell", f"escalated “{title}”", str(event.data.get("text", ""))),
    Kind.UNRESOLVED: lambda event, title: (
        "triangle-alert",
        f"“{title}” needs a person",
        str(event.data.get("text", "")),
    ),
    Kind.ASKED: lambda event, title: (
        "clock",
        f"asked to {_asked(event)[0]} “{title}”: the process checks it first",
        "",
    ),
    Kind.DENIED: lambda event, title: (
        "circle-x",
        f"the process did not let “{title}” {_asked(event)[1]}",
        str(event.data.get("text", "")),
    ),
    Kind.CORRECTED: lambda event, title: (
        "square-pen",
        f"the process corrected “{title}”",
        ", ".join(str(name).replace("_", " ") for name in event.data.get("corrections", {})),
    ),
    Kind.SUBSTITUTED: lambda event, title: ("user-check", f"acts for {event.data.get('for', '')} in “{title}”", ""),
    Kind.INFORMATION_REQUESTED: lambda event, title: (
        "message-square",
        f"asked {event.data.get('to', '')}",
        str(event.data.get("text", "")),
    ),
    Kind.INFORMATION_ANSWERED: lambda event, title: (
        "message-square",
        f"answered about “{title}”",
        str(event.data.get("text", "")),
    ),
    Kind.SUBTASK: lambda event, title: (
        "list-checks",
        f"gave a part of “{title}” to {event.data.get('to', '')}",
        str(event.data.get("name", "")),
    ),
    Kind.VOTED: lambda event, title: ("check", f"decided “{title}”: {event.data.get('outcome', '')}", ""),
    Kind.APPROVER_ADDED: lambda event, title: ("user-plus", f"asked {event.data.get('to', '')} to decide too", ""),
    Kind.SENT_BACK: lambda event, title: (
        "undo-2",
        f"sent “{title}” back to “{event.data.get('to', '')}”",
        str(event.data.get("text", "")),
    ),
    Kind.REDONE: lambda event, title: ("undo-2", f"had “{title}” done once more", str(event.data.get("text", ""))),
    Kind.UNDONE: lambda event, title: (
        "undo-2",
        f"took a decision about “{title}” back",
        str(event.data.get("text", "")),
    ),
    Kind.EXPIRE: lambda event, title: ("clock", f"“{title}” has expired", ""),
    Kind.ADD_ATTACHMENT: lambda event, title: ("paperclip", f"attached {event.data.get('name', '')}", ""),
    Kind.EXIT: lambda event, title: ("ban", f"withdrew “{title}”", ""),
    Kind.ERROR: lambda event, title: ("circle-x", f"“{title}” ended in an error", ""),
}
_MARKS: dict[str, str] = {Kind.COMPLETE: "done", Kind.UNRESOLVED: "incident"}


def story(instance: ProcessInstance, tasks: Iterable[HumanTask], viewer: User, *, talk: bool) -> list[Entry]:
    """The case as its people read it, newest last; `talk`: with what they wrote about these tasks."""
    known = {task.pk: task for task in tasks}
    told = [*_events(known), *(_comments(known) if talk else ())]
    entries = timeline.entries(instance, told)[-SHOWN:]
    you = name(viewer)
    return [_for(entry, you) for entry in entries]


def told(instance: ProcessInstance) -> list[Entry]:
    """What people did in the tasks of a process instance, for `runtime.timeline`."""
    known = {task.pk: task for task in HumanTask.objects.filter(process_instance=instance)}
    return [*_events(known), *_comments(known)]


def _for(entry: Entry, you: str) -> Entry:
    return replace(entry, who="You" if entry.who == you else entry.who)


def _events(tasks: dict[int, HumanTask]) -> Iterator[Entry]:
    events = TaskEvent.objects.filter(task__in=tasks, kind__in=_TOLD).select_related("actor").order_by("-id")[:SHOWN]
    for event in events:
        event.task = tasks[event.task_id]
        icon, text, detail = _TOLD[event.kind](event, event.task.title)
        yield Entry(
            event.at, icon, name(event.actor) or timeline.SYSTEM, text, detail, _MARKS.get(event.kind, "person")
        )


def _comments(tasks: dict[int, HumanTask]) -> Iterator[Entry]:
    comments = TaskComment.objects.filter(task__in=tasks).select_related("author").order_by("-id")[:SHOWN]
    for comment in comments:
        yield Entry(comment.created_at, "message-square", name(comment.author), "wrote", comment.text, "person")


def _completed(event: TaskEvent, title: str) -> str:
    outcome = event.task.outcome_label
    return f"completed “{title}”: {outcome}" if outcome else f"completed “{title}”"


def _names(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
