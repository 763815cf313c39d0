"""Files that come with a form: stored at once as uploads of the person, kept when the form is sent.

In a request a file that is stored already is its document's id, beside the others of its field. So nothing is chosen
twice: not when something else in the form is wrong, not in a draft, not after a change that brings the form anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.datastructures import MultiValueDict

from orchestrator.models import ProcessInstance
from orchestrator.runtime import documents, sniffing
from orchestrator.runtime.documents import DocumentRefused
from tasks_inbox import forms
from tasks_inbox.errors import NotPermitted
from tasks_inbox.forms import files
from tasks_inbox.forms.fill import Spot, Uploads
from tasks_inbox.forms.values import Clock

Files = MultiValueDict[str, Any]  # of UploadedFile
Store = Callable[[bytes, str, str], documents.Reference]  # content, name, variable; raises DocumentRefused


@dataclass(slots=True)
class Received:
    """`fields` is what was sent, with the new files in it; `uploads` are all that the person may name."""

    fields: dict[str, list[str]]
    uploads: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)  # name of a field -> sentences
    refused: list[str] = field(default_factory=list)  # names of files that no field takes


def known(form: forms.Form, by: User, instance: ProcessInstance | None) -> Uploads:
    """The uploads that this person may name in this form. Costs nothing where a form takes no files."""
    if not form.takes_files:
        return {}
    return {str(one.pk): documents.reference(one) for one in documents.usable(by, instance)}


def receive(
    form: forms.Form,
    variables: Mapping[str, Any],
    clock: Clock,
    sent: Mapping[str, Sequence[str]],
    posted: Files,
    *,
    uploads: Uploads,
    store: Store,
) -> Received:
    """Store the files that are for a field that this person may write into now. The caller has asked whether they may
    write at all. Raises NotPermitted for a document that is not theirs to name.
    """
    received = Received({name: list(texts) for name, texts in sent.items()}, dict(uploads))
    if not form.takes_files:
        received.refused = list(posted)
        return received
    filled = forms.fill(form, variables, clock, received.fields, uploads=received.uploads)
    pickers = {spot.name: spot for spot in filled.everywhere() if spot.component.type == "filepicker"}
    _check_named(pickers, received, variables)
    for name in posted:
        spot = pickers.get(name)
        if spot is None or not spot.writable:
            received.refused.append(name)
            continue
        several = files.several(spot, filled.environment)
        for upload in posted.getlist(name):
            _take(spot, filled, upload, received, several, store)
    return received


def for_person(by: User, instance: ProcessInstance | None) -> Store:
    return lambda content, name, variable: documents.reference(
        documents.store(content, name, by=by, instance=instance, variable=variable)
    )


@contextmanager
def kept(form: forms.Form, data: Mapping[str, Any], by: User, instance: ProcessInstance) -> Iterator[None]:
    """What is done within, and the files among `data` that belong to the case from then on: both or neither."""
    if not form.takes_files:
        yield
        return
    with transaction.atomic():
        yield
        documents.keep(data, by=by, instance=instance)


def remove(fields: Mapping[str, Sequence[str]], by: User, instance: ProcessInstance | None) -> None:
    """Forget the uploads that a button asks to take away: remove=FIELD ID. What a process holds stays."""
    for wanted in fields.get("remove", ()):
        named = documents.named(wanted.partition(" ")[2])
        if named is not None:
            documents.uploads(by, instance).filter(pk=named).delete()


def _check_named(pickers: Mapping[str, Spot], received: Received, variables: Mapping[str, Any]) -> None:
    """A document of somebody else is answered as if there were none."""
    held = {found["documentId"] for found in documents.references(dict(variables))}
    for name in pickers:
        for token in received.fields.get(name, ()):
            if token and token not in received.uploads and token not in held:
                raise NotPermitted("There is no such document.")


def _take(
    spot: Spot,
    filled: forms.Filled,
    upload: UploadedFile[Any],
    received: Received,
    several: bool,
    store: Store,
) -> None:
    name = sniffing.file_name(upload.name or "")
    try:
        documents.check_size(upload.size or 0)
        content = upload.read()
        if unfit := files.unfit(spot, filled.environment, name, sniffing.content_type(content)):
            raise DocumentRefused(unfit)
        stored = store(content, name, _variable(spot))
    except DocumentRefused as error:
        received.errors.setdefault(spot.name, []).append(f"{name}: {error}")
        return
    token = str(stored["documentId"])
    received.uploads[token] = stored
    before = [one for one in received.fields.get(spot.name, ()) if one != token] if several else []
    received.fields[spot.name] = [*before, token]


def _variable(spot: Spot) -> str:
    """“invoice” of f.invoice.scan and of f.invoice[0].scan: the process variable that holds the reference."""
    return spot.name.removeprefix(forms.schema.PREFIX).partition(".")[0].partition("[")[0]
