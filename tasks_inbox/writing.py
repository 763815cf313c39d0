"""What people put beside a task: comments that can be changed, files and addresses, and the result so far.

Operations of WS-HumanTask 6.1. Each raises NotPermitted, TooLate or InvalidForm, and then nothing has changed.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from orchestrator.runtime import documents, sniffing
from tasks_inbox import entries, lifecycle, mentions, moves
from tasks_inbox.acceptable import check_comment, checked_data
from tasks_inbox.errors import InvalidForm, NotPermitted
from tasks_inbox.models import HumanTask, TaskAttachment, TaskComment, TaskEvent
from tasks_inbox.permissions import Permit, require, roles_of

Kind = TaskEvent.Kind
MOST_ATTACHMENTS = 50  # of one task
_LONGEST_NAME, _LONGEST_URL = 255, 2000


# Comments


@transaction.atomic
def update_comment(*, task: HumanTask, user: User, comment: TaskComment, text: str) -> TaskComment:
    """Change what oneself has written."""
    text = text.strip()
    if not text:
        raise InvalidForm({"text": [_("A comment needs a text.")]})
    check_comment("text", text)
    permit = require(user, "update_comment", task)
    _check_own(user, task, comment.task_id, comment.author_id, administrators=False)
    TaskComment.objects.filter(pk=comment.pk).update(text=text, modified_at=Now(), modified_by=user)
    _tell(task, user, Kind.UPDATE_COMMENT, permit, **mentions.tell(task, user, text, before=comment.text))
    return TaskComment.objects.get(pk=comment.pk)


@transaction.atomic
def delete_comment(*, task: HumanTask, user: User, comment: TaskComment) -> None:
    """Take back what oneself has written, or, as a business administrator, what anybody has."""
    permit = require(user, "delete_comment", task)
    _check_own(user, task, comment.task_id, comment.author_id, administrators=True)
    TaskComment.objects.filter(pk=comment.pk).delete()
    _tell(task, user, Kind.DELETE_COMMENT, permit)


# Attachments


@transaction.atomic
def add_attachment(
    *,
    task: HumanTask,
    user: User,
    name: str,
    content: bytes | None = None,
    url: str = "",
    content_type: str = "",
    content_category: str = "",
) -> TaskAttachment:
    """Attach a file (`content`) or an address (`url`: http or https). Two may have the same name.

    The type of a file is read from its bytes; `content_type` is what somebody says of an address.
    """
    _check_attachment(name, content, url)
    permit = require(user, "add_attachment", task)
    if task.attachments.count() >= MOST_ATTACHMENTS:
        raise InvalidForm({"file": [_("A task has at most %(most)s attachments.") % {"most": MOST_ATTACHMENTS}]})
    made = TaskAttachment.objects.create(
        task=task,
        name=name.strip() if content is None else sniffing.file_name(name),
        access_type=TaskAttachment.AccessType.URL if content is None else TaskAttachment.AccessType.INLINE,
        content_type=content_type[:255] if content is None else sniffing.content_type(content),
        content_category=content_category[:255],
        url=url,
        content=content,
        size=len(content or b""),
        sha256=hashlib.sha256(content).hexdigest() if content is not None else "",
        attached_by=user,
    )
    _tell(task, user, Kind.ADD_ATTACHMENT, permit, name=made.name)
    return made


@transaction.atomic
def delete_attachment(*, task: HumanTask, user: User, attachment: TaskAttachment) -> None:
    """Remove what oneself has attached, or, as a business administrator, what anybody has."""
    permit = require(user, "delete_attachment", task)
    _check_own(user, task, attachment.task_id, attachment.attached_by_id, administrators=True)
    TaskAttachment.objects.filter(pk=attachment.pk).delete()
    _tell(task, user, Kind.DELETE_ATTACHMENT, permit, name=attachment.name)


# The result so far


@transaction.atomic
def set_output(*, task: HumanTask, user: User, data: dict[str, Any], part: str | None = None) -> HumanTask:
    """Keep a result, or one value of it, without completing. Completing has its own data, which win."""
    value = checked_data(data)
    permit = require(user, "set_output", task)
    task.refresh_from_db(fields=["output"])
    moves.write(task, output=value if part is None else {**task.output, part: value.get(part)})
    return moves.record(task, user, Kind.SET_OUTPUT, permit=permit, names=sorted(value))


@transaction.atomic
def delete_output(*, task: HumanTask, user: User) -> HumanTask:
    permit = require(user, "delete_output", task)
    moves.write(task, output={})
    return moves.record(task, user, Kind.DELETE_OUTPUT, permit=permit)


@transaction.atomic
def set_fault(*, task: HumanTask, user: User, name: str, data: dict[str, Any] | None = None) -> HumanTask:
    """Keep which error it will be reported with, without failing yet."""
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise InvalidForm({"fault": [_("Say which error it is.")]})
    value = checked_data(data or {})
    permit = require(user, "set_fault", task)
    moves.write(task, fault_name=name.strip(), fault_data=value)
    return moves.record(task, user, Kind.SET_FAULT, permit=permit, fault=name.strip())


@transaction.atomic
def delete_fault(*, task: HumanTask, user: User) -> HumanTask:
    permit = require(user, "delete_fault", task)
    moves.write(task, fault_name="", fault_data=None)
    return moves.record(task, user, Kind.DELETE_FAULT, permit=permit)


def _check_attachment(name: str, content: bytes | None, url: str) -> None:
    errors = {}
    if not name.strip() or len(name) > _LONGEST_NAME or "\x00" in name:
        errors["name"] = [_("An attachment needs a name of at most %(most)s characters.") % {"most": _LONGEST_NAME}]
    if (content is None) == (not url):
        errors["file"] = [_("Choose a file or write an address.")]
    elif url and not _is_web_address(url):
        errors["url"] = [_("Write an address that begins with https://.")]
    if errors:
        raise InvalidForm(errors)
    if content is not None:
        check_file(name, len(content))


def check_file(name: str, size: int) -> None:
    """Raises InvalidForm for a file that is too large or empty."""
    try:
        documents.check_size(size)
    except documents.DocumentRefused as error:
        raise InvalidForm({"file": [f"{sniffing.file_name(name)}: {error}"]}) from error


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and len(url) <= _LONGEST_URL and "\x00" not in url


def _check_own(user: User, task: HumanTask, of_task: int, author: int, *, administrators: bool) -> None:
    helps = administrators and lifecycle.BUSINESS_ADMINISTRATOR in roles_of(user, task)
    if of_task != task.pk or (author != user.pk and not helps):
        raise NotPermitted(_("It is somebody else's."))


def _tell(task: HumanTask, user: User, kind: str, permit: Permit, **data: Any) -> None:
    TaskEvent.objects.create(task=task, kind=kind, actor=user, on_behalf_of_id=permit.on_behalf_of, data=data)
    entries.tell(task.pk)
