"""The store of documents: files that people hand to processes, and the references that variables hold to them.

A reference has the shape that Camunda 8.9 uses. It opens nothing by itself: whoever follows it is asked for what they
may see (`tasks_inbox.views.documents`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from orchestrator.models import Document, ProcessInstance
from orchestrator.runtime import sniffing

STORE, NOWHERE = "baton", "trial"
TYPE = "camunda.document.type"
MOST_UPLOADS = 100  # of one person, not yet sent
MOST_BYTES_UPLOADED = 200 * 1024 * 1024  # of these together
UPLOADS_LIVE = timedelta(days=30)

Reference = Mapping[str, Any]


class DocumentRefused(ValueError):
    """A file that is not taken; the message is for the person who sent it."""


def store(
    content: bytes, name: str, *, by: User, instance: ProcessInstance | None = None, variable: str = ""
) -> Document:
    """An upload, not yet kept. The same file of the same person for the same variable is stored once.

    Raises DocumentRefused.
    """
    check_size(len(content))
    digest = hashlib.sha256(content).hexdigest()
    safe = sniffing.file_name(name)
    known = uploads(by, instance).filter(variable=variable, sha256=digest, name=safe).first()
    if known is not None:
        return known
    _check_room(by, len(content))
    return Document.objects.create(
        name=safe,
        content_type=sniffing.content_type(content),
        size=len(content),
        sha256=digest,
        content=content,
        process_instance=instance,
        variable=variable,
        uploaded_by=by,
    )


def check_size(size: int) -> None:
    most = settings.DOCUMENT_MOST_BYTES
    if not size:
        raise DocumentRefused(_("The file is empty."))
    if size > most:
        raise DocumentRefused(_("A file has at most %(most)s MB.") % {"most": most // 1024 // 1024})


def uploads(by: User, instance: ProcessInstance | None = None) -> QuerySet[Document]:
    """What this person has uploaded for a process instance, or for one that is not started yet, and not sent."""
    return Document.objects.filter(uploaded_by=by, process_instance=instance, kept_at=None).defer("content")


def usable(by: User, instance: ProcessInstance | None = None) -> QuerySet[Document]:
    """What this person may name in a form: their uploads, and what of theirs the process instance has already, because
    a decision can be taken back or a step done again.
    """
    if instance is None:
        return uploads(by)
    return Document.objects.filter(uploaded_by=by, process_instance=instance).defer("content")


def reference(document: Document) -> dict[str, Any]:
    """What a variable holds of a document."""
    return _reference(STORE, document.pk, document.sha256, document.content_type, document.name, document.size)


def tried(content: bytes, name: str) -> dict[str, Any]:
    """The reference to a file that is stored nowhere: what a process would learn of it. Raises DocumentRefused."""
    check_size(len(content))
    digest, kind = hashlib.sha256(content).hexdigest(), sniffing.content_type(content)
    return _reference(NOWHERE, uuid4(), digest, kind, sniffing.file_name(name), len(content))


def _reference(store: str, pk: UUID, sha256: str, content_type: str, name: str, size: int) -> dict[str, Any]:
    metadata = {"contentType": content_type, "fileName": name, "size": size, "customProperties": {}}
    return {TYPE: "camunda", "storeId": store, "documentId": str(pk), "contentHash": sha256, "metadata": metadata}


def is_reference(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get(TYPE) == "camunda" and isinstance(value.get("documentId"), str)


def references(value: Any) -> Iterator[Reference]:
    """Every reference within a value."""
    if is_reference(value):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def keep(data: Any, *, by: User, instance: ProcessInstance) -> None:
    """What this person uploaded and has now sent belongs to the process instance. In the transaction of the sending.

    An upload was for this instance, or for one that was not started yet.
    """
    ids = [found for found in map(own_id, references(data)) if found is not None]
    if ids:
        mine = Document.objects.filter(pk__in=ids, uploaded_by=by, kept_at=None)
        mine.filter(process_instance=None).update(process_instance=instance)
        mine.filter(process_instance=instance).update(kept_at=Now())


def own_id(found: Reference) -> UUID | None:
    """The id of a document of this store; None: it lies elsewhere, or nowhere."""
    if found.get("storeId") != STORE:
        return None
    return named(str(found["documentId"]))


def hand_over(ids: Iterable[str], before: User, to: User, instance: ProcessInstance) -> None:
    """A draft changes hands: so do the uploads that it names."""
    theirs = [pk for pk in map(named, ids) if pk is not None]
    if theirs:
        uploads(before, instance).filter(pk__in=theirs).update(uploaded_by=to)


def forget_uploads() -> int:
    """Delete uploads that nobody sent within a month, or whose process instance has ended; how many."""
    left = Document.objects.filter(kept_at=None)
    old, _kinds = left.filter(uploaded_at__lt=Now() - UPLOADS_LIVE).delete()
    ended, _kinds = left.filter(process_instance__ended_at__isnull=False).delete()
    return old + ended


def named(text: str) -> UUID | None:
    """The id that a text is; None: it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _check_room(by: User, size: int) -> None:
    waiting = Document.objects.filter(uploaded_by=by, kept_at=None)
    total = waiting.aggregate(total=Sum("size"))["total"] or 0
    if waiting.count() >= MOST_UPLOADS or total + size > MOST_BYTES_UPLOADED:
        raise DocumentRefused(
            _("Too many files wait to be sent. Send or remove those that you have uploaded, then try again.")
        )
