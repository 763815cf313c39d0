"""What has been typed and not sent, when a task changes hands."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import QuerySet

from orchestrator.runtime import documents
from tasks_inbox.models import HumanTask, TaskDraft


def hand_over(task: HumanTask, before: User, to: User, *, keep: bool) -> None:
    """What `before` has typed becomes what `to` finds; or both begin anew."""
    mine = TaskDraft.objects.filter(task=task, user=before)
    if before.pk == to.pk:
        return
    if not keep:
        TaskDraft.objects.filter(task=task, user__in=[before, to]).delete()
    elif mine.exists():
        documents.hand_over(_texts(mine), before, to, task.process_instance)
        TaskDraft.objects.filter(task=task, user=to).delete()
        mine.update(user=to)


def _texts(drafts: QuerySet[TaskDraft]) -> list[str]:
    """Everything that stands in a field, among it the uploads."""
    kept = (draft.data.get("fields") or {} for draft in drafts)
    return [text for fields in kept for texts in fields.values() for text in texts]
