"""People start a process by a form. Sent twice (a second click, a lost answer, a page that is loaded again), it makes
one case.

The form comes with a key; who sent what under which key is remembered for a day, in the transaction of the start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models.functions import Now

from orchestrator.feel.jsonnumbers import dumps
from orchestrator.runtime import documents
from tasks_inbox.models import StartOnce

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from orchestrator.models import ProcessDefinition, ProcessInstance

FIELD = "once"  # of the form, with the key
KEPT = timedelta(days=1)


def key(sent: str = "") -> str:
    """For a form that is shown: the one it was sent with, or a new one."""
    return sent if _is_key(sent) else uuid4().hex


def once(
    user: User, definition: ProcessDefinition, key: str, data: Mapping[str, Any], start: Callable[[], ProcessInstance]
) -> tuple[ProcessInstance, bool]:
    """What `start` starts, or what it has started already for this person, key and data; whether it is new.

    Two at once: the second one waits for the first. Without a key every sending is a start.
    """
    if not _is_key(key):
        return start(), True
    with transaction.atomic():
        row, new = StartOnce.objects.select_related("process_instance").get_or_create(
            digest=_digest(user, definition, key, data)
        )
        if row.process_instance is not None and not new:
            return row.process_instance, False
        row.process_instance = start()
        row.save(update_fields=["process_instance"])
        return row.process_instance, True


def forget() -> int:
    """What was sent a day ago."""
    return StartOnce.objects.filter(at__lt=Now() - KEPT).delete()[0]


def _digest(user: User, definition: ProcessDefinition, key: str, data: Mapping[str, Any]) -> str:
    said = dumps([user.pk, definition.key, UUID(key).hex, _content(data)])
    return hashlib.sha256(said.encode()).hexdigest()


def _content(value: Any) -> Any:
    """A file that is sent twice is two uploads of the same content."""
    if documents.is_reference(value):
        return {"contentHash": value.get("contentHash"), "name": value.get("metadata", {}).get("fileName")}
    if isinstance(value, Mapping):
        return {str(name): _content(item) for name, item in sorted(value.items())}
    return [_content(item) for item in value] if isinstance(value, list) else value


def _is_key(text: str) -> bool:
    try:
        return len(text) == 32 and UUID(text).hex == text
    except ValueError:
        return False
