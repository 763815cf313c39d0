"""What people did with human tasks, as lines of the story of a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orchestrator.models import ProcessInstance
from orchestrator.runtime import timeline
from orchestrator.runtime.made import each
from orchestrator.runtime.timeline import Entry
from tasks_inbox.models import HumanTask, TaskComment, TaskEvent
from tasks_inbox.views.http import name

SHOWN = 200  # lines; of a longer story the latest
Kind = TaskEvent.Kind
Teller = Callable[[TaskEvent, str], tuple[str, str, str]]

#: What somebody asked of a task in which a task listener has a say -> how it is told: asked to ..., did not let it ...
_ASKED: dict[str, tuple[str | Promise, str | Promise]] = {
    "claim": (_lazy("claim"), _lazy("be claimed")),
    "release": (_lazy("put back"), _lazy("be put back")),
    "delegate": (_lazy("pass on"), _lazy("be passed on")),
    "forward": (_lazy("forward"), _lazy("be forwarded")),
    "nominate": (_lazy("offer"), _lazy("be offered")),
    "set_priority": (_lazy("change the priority of"), _lazy("have another priority")),
    "set_task_completion_deadline_expression": (_lazy("change the due date of"), _lazy("have another due date")),
    "set_task_completion_duration_expression": (_lazy("change the due date of"), _lazy("have another due date")),
    "complete": (_lazy("complete"), _lazy("be completed")),
    "complete together": (_lazy("complete"), _lazy("be completed")),
    "skip": (_lazy("skip"), _lazy("be skipped")),
}


def _asked(event: TaskEvent) -> tuple[str | Promise, str | Promise]:
    return _ASKED.get(str(event.data.get("operation", "")), (_("change"), _("be changed")))


#: Event -> icon, sentence, detail. `title` is that of the task. What is not here is told by another line.
_TOLD: dict[str, Teller] = {
    Kind.CREATE: lambda event, title: ("user-plus", _("asked for “%(title)s”") % {"title": title}, ""),
    Kind.CLAIM: lambda event, title: ("hand", _("claimed “%(title)s”") % {"title": title}, ""),
    Kind.RELEASE: lambda event, title: ("undo-2", _("put “%(title)s” back") % {"title": title}, ""),
    Kind.STOP: lambda event, title: ("pause", _("stopped working on “%(title)s”") % {"title": title}, ""),
    Kind.SUSPEND: lambda event, title: ("pause", _("put “%(title)s” aside") % {"title": title}, ""),
    Kind.SUSPEND_UNTIL: lambda event, title: ("pause", _("put “%(title)s” aside") % {"title": title}, ""),
    Kind.RESUME: lambda event, title: ("play", _("took “%(title)s” up again") % {"title": title}, ""),
    Kind.COMPLETE: lambda event, title: ("circle-check", _completed(event, title), event.task.comment),
    Kind.SKIP: lambda event, title: ("skip-forward", _("skipped “%(title)s”") % {"title": title}, ""),
    Kind.FAIL: lambda event, title: (
        "circle-x",
        _("reported “%(title)s” as failed") % {"title": title},
        str(event.data.get("message", "")),
    ),
    Kind.FORWARD: lambda event, title: (
        "arrow-right",
        _("forwarded “%(title)s” to %(to)s") % {"title": title, "to": event.data.get("to", "")},
        "",
    ),
    Kind.DELEGATE: lambda event, title: (
        "user-check",
        _("gave “%(title)s” to %(to)s") % {"title": title, "to": event.data.get("to", "")},
        "",
    ),
    Kind.ALLOCATE: lambda event, title: (
        "user-check",
        _("gave “%(title)s” to %(to)s") % {"title": title, "to": event.data.get("to", "")},
        "",
    ),
    Kind.NOMINATE: lambda event, title: (
        "users",
        _("offered “%(title)s” to %(to)s") % {"title": title, "to": _names(event.data.get("to"))},
        "",
    ),
    Kind.SET_PRIORITY: lambda event, title: (
        "flag",
        _("set the priority of “%(title)s” to %(priority)s") % {"title": title, "priority": event.data.get("priority")},
        "",
    ),
    Kind.ESCALATED: lambda event, title: (
        "bell",
        _("escalated “%(title)s”") % {"title": title},
        str(event.data.get("text", "")),
    ),
    Kind.UNRESOLVED: lambda event, title: (
        "triangle-alert",
        _("“%(title)s” needs a person") % {"title": title},
        str(event.data.get("text", "")),
    ),
    Kind.ASKED: lambda event, title: (
        "clock",
        _("asked to %(what)s “%(title)s”: the process checks it first") % {"what": _asked(event)[0], "title": title},
        "",
    ),
    Kind.DENIED: lambda event, title: (
        "circle-x",
        _("the process did not let “%(title)s” %(what)s") % {"title": title, "what": _asked(event)[1]},
        str(event.data.get("text", "")),
    ),
    Kind.CORRECTED: lambda event, title: (
        "square-pen",
        _("the process corrected “%(title)s”") % {"title": title},
        ", ".join(str(name).replace("_", " ") for name in event.data.get("corrections", {})),
    ),
    Kind.SUBSTITUTED: lambda event, title: (
        "user-check",
        _("acts for %(who)s in “%(title)s”") % {"who": event.data.get("for", ""), "title": title},
        "",
    ),
    Kind.INFORMATION_REQUESTED: lambda event, title: (
        "message-square",
        _("asked %(to)s") % {"to": event.data.get("to", "")},
        str(event.data.get("text", "")),
    ),
    Kind.INFORMATION_ANSWERED: lambda event, title: (
        "message-square",
        _("answered about “%(title)s”") % {"title": title},
        str(event.data.get("text", "")),
    ),
    Kind.SUBTASK: lambda event, title: (
        "list-checks",
        _("gave a part of “%(title)s” to %(to)s") % {"title": title, "to": event.data.get("to", "")},
        str(event.data.get("name", "")),
    ),
    Kind.VOTED: lambda event, title: (
        "check",
        _("decided “%(title)s”: %(outcome)s") % {"title": title, "outcome": event.data.get("outcome", "")},
        "",
    ),
    Kind.APPROVER_ADDED: lambda event, title: (
        "user-plus",
        _("asked %(to)s to decide too") % {"to": event.data.get("to", "")},
        "",
    ),
    Kind.SENT_BACK: lambda event, title: (
        "undo-2",
        _("sent “%(title)s” back to “%(to)s”") % {"title": title, "to": event.data.get("to", "")},
        str(event.data.get("text", "")),
    ),
    Kind.REDONE: lambda event, title: (
        "undo-2",
        _("had “%(title)s” done once more") % {"title": title},
        str(event.data.get("text", "")),
    ),
    Kind.UNDONE: lambda event, title: (
        "undo-2",
        _("took a decision about “%(title)s” back") % {"title": title},
        str(event.data.get("text", "")),
    ),
    Kind.EXPIRE: lambda event, title: ("clock", _("“%(title)s” has expired") % {"title": title}, ""),
    Kind.DELETE_ATTACHMENT: lambda event, title: (
        "trash-2",
        _("took %(name)s away") % {"name": event.data.get("name", "")},
        "",
    ),
    Kind.ADD_ATTACHMENT: lambda event, title: (
        "paperclip",
        _("attached %(name)s") % {"name": event.data.get("name", "")},
        "",
    ),
    Kind.EXIT: lambda event, title: ("ban", _("withdrew “%(title)s”") % {"title": title}, ""),
    Kind.ERROR: lambda event, title: ("circle-x", _("“%(title)s” ended in an error") % {"title": title}, ""),
}
# The planner does not see the values: else it makes a plan for each page, which takes longer than the rows.
_LATEST_EVENTS = f"""
    WHERE x.task_id = ANY((SELECT %s::bigint[])::bigint[]) AND x.kind = ANY((SELECT %s::text[])::text[])
    ORDER BY x.id DESC LIMIT {SHOWN}
"""
_LATEST_COMMENTS = f"WHERE x.task_id = ANY((SELECT %s::bigint[])::bigint[]) ORDER BY x.id DESC LIMIT {SHOWN}"
_MARKS: dict[str, str] = {Kind.COMPLETE: "done", Kind.UNRESOLVED: "incident"}


def story(instance: ProcessInstance, tasks: Iterable[HumanTask], viewer: User, *, talk: bool) -> list[Entry]:
    """The case as its people read it, newest last; `talk`: with what they wrote about these tasks."""
    known = {task.pk: task for task in tasks}
    told = [*_events(known), *(_comments(known) if talk else ())]
    entries = timeline.entries(instance, told, reader=viewer, latest=SHOWN)[-SHOWN:]
    you = name(viewer)
    return [_for(entry, you) for entry in entries]


def told(instance: ProcessInstance) -> list[Entry]:
    """What people did in the tasks of a process instance, for `runtime.timeline`."""
    known = {task.pk: task for task in HumanTask.objects.filter(process_instance=instance)}
    return [*_events(known), *_comments(known)]


def _for(entry: Entry, you: str) -> Entry:
    return replace(entry, who=_("You") if entry.who == you else entry.who)


def _events(tasks: dict[int, HumanTask]) -> Iterator[Entry]:
    events = each(TaskEvent, "actor", _LATEST_EVENTS, [list(tasks), list(_TOLD)])
    for event in reversed(events):  # of one moment, in the order in which they happened
        event.task = tasks[event.task_id]
        icon, text, detail = _TOLD[event.kind](event, event.task.title)
        yield Entry(
            event.at, icon, name(event.actor) or timeline.SYSTEM, text, detail, _MARKS.get(event.kind, "person")
        )


def _comments(tasks: dict[int, HumanTask]) -> Iterator[Entry]:
    for comment in reversed(each(TaskComment, "author", _LATEST_COMMENTS, [list(tasks)])):
        yield Entry(comment.created_at, "message-square", name(comment.author), _("wrote"), comment.text, "person")


def _completed(event: TaskEvent, title: str) -> str:
    outcome = event.task.outcome_label
    if event.data.get("via") == "mail":
        return _("completed “%(title)s” from a mail: %(outcome)s") % {"title": title, "outcome": outcome}
    return (
        _("completed “%(title)s”: %(outcome)s") % {"title": title, "outcome": outcome}
        if outcome
        else _("completed “%(title)s”") % {"title": title}
    )


def _names(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
