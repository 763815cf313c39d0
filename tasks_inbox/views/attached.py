"""The attachments of a task as its page and that of its case show them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from orchestrator.runtime import sniffing
from tasks_inbox import rows
from tasks_inbox.models import HumanTask, TaskAttachment
from tasks_inbox.views.http import Request, name
from tasks_inbox.views.listing import Lens

MOST_OF_A_CASE = 100


@dataclass(frozen=True, slots=True)
class Attachment:
    """`delete_url` is empty for whoever may not take it away."""

    id: str
    name: str
    size: str
    who: str
    when: str
    url: str
    is_address: bool
    preview: str = ""
    is_image: bool = False
    delete_url: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    attachments: Sequence[Attachment] = ()
    url: str = ""  # to add one; '' for whoever may not
    most_bytes: int = 0
    errors: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.attachments or self.url)


def panel(
    task: HumanTask,
    request: Request,
    may: Iterable[str],
    errors: Mapping[str, Sequence[str]] | None = None,
    *,
    empty: bool = False,
) -> Panel:
    """What is beside a task; `empty`: nothing, as is known. `may` are the operations that are open to this person."""
    known = set(may)
    found = () if empty else task.attachments.defer("content").select_related("attached_by")
    query = Lens.of(request).query()
    return Panel(
        attachments=[shown(one, request, "delete_attachment" in known, query) for one in found],
        url=reverse("task_attach", args=[task.pk]) + query if "add_attachment" in known else "",
        most_bytes=settings.DOCUMENT_MOST_BYTES,
        errors=[text for texts in (errors or {}).values() for text in texts],
    )


def of_tasks(tasks: Collection[int], request: Request) -> list[Attachment]:
    """What is beside these tasks of a case: those that this person may look at."""
    found = TaskAttachment.objects.filter(task__in=tasks).defer("content").select_related("attached_by")
    return [shown(one, request) for one in found[:MOST_OF_A_CASE]]


def shown(one: TaskAttachment, request: Request, deletes: bool = False, query: str = "") -> Attachment:
    address = one.access_type == TaskAttachment.AccessType.URL
    here = [one.pk]
    previewed = not address and one.content_type in sniffing.PREVIEWED
    return Attachment(
        id=f"attachment-{one.pk}",
        name=one.name,
        size="" if address else filesizeformat(one.size),
        who=name(one.attached_by),
        when=rows.day(one.attached_at, request.clock.now, request.clock.zone),
        url=one.url if address else reverse("attachment", args=here),
        is_address=address,
        preview=reverse("attachment_preview", args=here) if previewed else "",
        is_image=one.content_type in sniffing.IMAGES,
        delete_url=(
            reverse("attachment_delete", args=here) + query if deletes and one.attached_by_id == request.user.pk else ""
        ),
    )
