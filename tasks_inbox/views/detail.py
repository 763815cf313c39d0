"""The open task as a page shows it: what it says, its form, what may be done with it, what has happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponse, QueryDict
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext as _

from orchestrator.runtime import definitions, restricted, wire
from orchestrator.runtime.made import each, made, selected
from orchestrator.runtime.timeline import Entry
from tasks_inbox import case_data, case_words, facts, forms, lifecycle, mentions, origin, rows, teamwork
from tasks_inbox.forms.kept import without
from tasks_inbox.forms.schema import EMPTY, PREFIX
from tasks_inbox.forms.shown import Problem
from tasks_inbox.models import HumanTask, TaskComment, TaskDraft
from tasks_inbox.origin.in_words import Language
from tasks_inbox.permissions import permitted, roles_of
from tasks_inbox.teamwork import Teamwork
from tasks_inbox.views import attached, badges, deadlines, listing
from tasks_inbox.views.attached import Panel
from tasks_inbox.views.badges import Button, Chip
from tasks_inbox.views.deadlines import Outlook
from tasks_inbox.views.form_pages import FormPage, form_page
from tasks_inbox.views.history import story
from tasks_inbox.views.http import Request, answer, name
from tasks_inbox.views.listing import Lens

TEMPLATE = "inbox/inbox.html"
PAGE_FIELDS = (
    "csrfmiddlewaretoken",
    "outcome",
    "comment",
    "next",
    "then",
    "once",
)  # what the page around the form sends itself
COMMENT_ID = "task-comment"


@dataclass(frozen=True, slots=True)
class Comment:
    """`mine`: the reader may change it; `removable`: they may take it away."""

    pk: int
    author: str
    avatar: rows.Avatar | None
    text: str
    parts: list[mentions.Part]
    when: str
    changed: bool = False
    mine: bool = False
    removable: bool = False


@dataclass(slots=True)
class Detail:
    """Everything that the template of the open task prints."""

    task: HumanTask
    urls: dict[str, str]
    may: set[str]
    chips: list[Chip]
    form: FormPage
    buttons: list[Button]
    facts: list[facts.Fact]
    history: list[Entry]
    comments: list[Comment]
    comment: str = ""
    comment_needed: str = ""
    comment_errors: Sequence[str] = ()
    draft_saved: str = ""
    unread: bool = False
    opened: bool = True
    notice: str = ""
    errors: dict[str, list[str]] = field(default_factory=dict)
    outlook: Outlook = field(default_factory=Outlook)
    team: Teamwork | None = None
    attachments: Panel = field(default_factory=Panel)
    why: Sequence[str] = ()  # it is here: sentences
    then: str = ""  # what the person wants to do next: “like”, “case”, or what the list says

    @property
    def can_complete(self) -> bool:
        return "complete" in self.may


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with a request: the form's fields as they were typed, and what the page sends itself."""

    fields: Mapping[str, list[str]]
    outcome: str = ""
    comment: str = ""

    @classmethod
    def of(cls, posted: QueryDict) -> Sent:
        return cls(
            {key: posted.getlist(key) for key in posted},
            posted.get("outcome", ""),
            _plain(posted.get("comment", "").replace("\r\n", "\n")),
        )

    @classmethod
    def draft(cls, data: Mapping[str, Any]) -> Sent:
        return cls(data.get("fields") or {}, "", data.get("comment") or "")

    def to_draft(self) -> dict[str, Any]:
        """As jsonb takes it: the form's fields, without the character NUL."""
        kept = {key: sent for key, sent in self.fields.items() if key.startswith(PREFIX)}
        return {
            "fields": {_plain(key): [_plain(text) for text in sent] for key, sent in kept.items()},
            "comment": _plain(self.comment),
        }


def _plain(text: str) -> str:
    return text.replace("\x00", "")


# The form


def form_of(task: HumanTask, reader: User) -> forms.Form:
    """As this person may read it and fill it in."""
    if task.form is None:
        return EMPTY
    return without(forms.read(definitions.form_schema(task.form)), case_data.hidden(task, reader))


def variables_of(task: HumanTask, reader: User) -> dict[str, Any]:
    """What the task sees, and this person may read; of a task that has ended, with what it was completed with."""
    seen = case_data.variables(task.process_instance_id, task.number, reader=reader)
    return seen if task.is_open else seen | restricted.without(task.output, case_data.hidden(task, reader))


def draft_of(task: HumanTask, request: Request) -> TaskDraft | None:
    return TaskDraft.objects.filter(task=task, user=request.user).first() if task.is_open else None


def _draft_and_read(task: HumanTask, request: Request) -> tuple[TaskDraft | None, bool]:
    """What the person has typed, and whether they have opened the task before: one statement."""
    with wire.cursor() as cursor:
        cursor.execute(_DRAFT_AND_READ, {"task": task.pk, "user": request.user.pk})
        *values, read = cursor.fetchone()
    return (made(TaskDraft, values) if values[0] is not None and task.is_open else None), read


_DRAFT_AND_READ = f"""
    SELECT {selected(TaskDraft, "d")},
        EXISTS (SELECT FROM tasks_inbox_taskread r WHERE r.task_id = %(task)s AND r.user_id = %(user)s)
    FROM (SELECT) one LEFT JOIN tasks_inbox_taskdraft d ON d.task_id = %(task)s AND d.user_id = %(user)s
"""


# The page


def detail(
    request: Request,
    task: HumanTask,
    *,
    roles: frozenset[str] | None = None,
    sent: Sent | None = None,
    submission: forms.Submission | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    notice: str = "",
    at_fields: Mapping[str, Sequence[str]] | None = None,
) -> Detail:
    """`sent` wins over a draft; `submission`, `errors` and `at_fields` say what is wrong with what was sent.

    `roles`: those of the person in the task, if they are known already.
    """
    lens = Lens.of(request)
    known = roles_of(request.user, task) if roles is None else roles
    may = permitted(task, known)
    instance = task.process_instance
    instance.started_by = task.initiator  # the same person: nobody need look again
    variables = variables_of(task, request.user)
    draft, read = _draft_and_read(task, request)
    draft = draft if "complete" in may and sent is None else None
    shown = sent or (Sent.draft(draft.data) if draft else None)
    wrong = dict(errors or {})
    form = form_of(task, request.user)
    urls = _urls(task, lens)
    words = facts.words(form).over(case_words.words(instance.definition, request.clock.now))
    return Detail(
        task=task,
        urls=urls,
        may=may,
        chips=badges.chips(task, request),
        form=form_page(
            form,
            variables,
            request,
            fields_url=urls["fields"],
            sent=shown.fields if shown else None,
            submission=submission,
            at_fields=at_fields,
            beside=_beside_form(wrong),
            locked="complete" not in may,
            instance=instance,
        ),
        buttons=badges.buttons(task) if "complete" in may else [],
        facts=facts.facts(_beside(form, variables), request.clock.zone, words),
        history=story(instance, [task], request.user, talk=False),
        comments=_comments(task, request, known, may),
        comment=shown.comment if shown else "",
        comment_needed=" or ".join(one["label"] for one in task.outcomes if one["comment_required"]),
        comment_errors=wrong.get("comment", ()),
        draft_saved=rows.day(draft.saved_at, request.clock.now, request.clock.zone) if draft else "",
        unread=not read,
        opened="preview" not in request.GET,
        team=teamwork.beside(task, request.user),
        attachments=attached.panel(task, request, may, empty=not getattr(task, "has_attachments", True)),
        why=origin.why(task, Language(request.clock.zone, words), case_data.hidden(task, request.user)),
        then=request.POST.get("then", ""),
        notice=notice,
        errors={key: list(value) for key, value in wrong.items()},
        outlook=deadlines.outlook(task, request),
    )


def _beside_form(wrong: Mapping[str, Sequence[str]]) -> list[Problem]:
    """What is wrong with what was sent beside the form's fields."""
    comment = [Problem(COMMENT_ID, _("Comment"), text) for text in wrong.get("comment", ())]
    others = [Problem("detail-title", _("This task"), text) for key in wrong if key != "comment" for text in wrong[key]]
    return [*comment, *others]


def _comments(task: HumanTask, request: Request, roles: frozenset[str], may: set[str]) -> list[Comment]:
    written = each(TaskComment, "author", "WHERE x.task_id = %s ORDER BY x.id", [task.pk])
    helps = lifecycle.BUSINESS_ADMINISTRATOR in roles
    return [
        Comment(
            pk=one.pk,
            author=name(one.author),
            avatar=rows.avatar(one.author.pk, one.author.first_name, one.author.last_name, one.author.username),
            text=one.text,
            parts=parts,
            when=rows.day(one.created_at, request.clock.now, request.clock.zone),
            changed=one.modified_at is not None,
            mine="update_comment" in may and one.author_id == request.user.pk,
            removable="delete_comment" in may and (helps or one.author_id == request.user.pk),
        )
        for one, parts in zip(written, mentions.parts([one.text for one in written], task), strict=True)
    ]


def _beside(form: forms.Form, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that the form does not show."""
    shown = {component.path[0] for component in forms.schema.everything(form.components) if component.path}
    return {key: value for key, value in variables.items() if key not in shown}


_URLS = (
    "claim",
    "release",
    "complete",
    "draft",
    "fields",
    "comment",
    "people",
    "delegate",
    "diagram",
    "suspend",
    "resume",
    "skip",
    "read",
    "ask",
    "approver",
    "subtask",
    "send_back",
    "undo",
    "redo",
    "manage",
)


def _urls(task: HumanTask, lens: Lens) -> dict[str, str]:
    query = lens.query()
    of_task, of_case = _addresses(get_script_prefix())
    found = {word: f"{before}{task.pk}{behind}{query}" for word, before, behind in of_task}
    found.update((word, f"{before}{task.process_instance_id}{behind}") for word, before, behind in of_case)
    found["list"] = reverse("inbox") + query
    return found


@lru_cache(10)
def _addresses(_prefix: str) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Of a task and of its case: word, and what stands before and behind the number. Two dozen, in every page."""

    def around(word: str, name: str) -> tuple[str, str, str]:
        before, _zero, behind = reverse(name, args=[0]).rpartition("0")
        return word, before, behind

    of_task = [around("task", "task"), *(around(word, f"task_{word}") for word in _URLS)]
    return of_task, [around("case", "case"), around("related", "case_related")]


# Answers


def show(request: Request, task: HumanTask, *, status: int = 200, part: str = "detail", **more: Any) -> HttpResponse:
    """The open task: alone for htmx, else beside the list."""
    shown = detail(request, task, **more)
    context = {"detail": shown, "open": shown.opened}
    if request.htmx:
        return answer(request, TEMPLATE, part, context, status=status)
    beside = listing.listing(request, Lens.of(request))
    return answer(
        request, TEMPLATE, "", listing.context(request, beside, **context), status=status, counts=beside.counts
    )


def nothing(request: Request, title: str, text: str, *, status: int = 200, icon: str = "inbox") -> HttpResponse:
    """No task is open: why, and the way back."""
    context = {"nothing": {"title": title, "text": text, "icon": icon}, "open": True}
    if request.htmx:
        return answer(request, TEMPLATE, "detail", context, status=status)
    beside = listing.listing(request, Lens.of(request))
    return answer(
        request, TEMPLATE, "", listing.context(request, beside, **context), status=status, counts=beside.counts
    )
