"""Drafts: saved while they are drawn, compared with what is deployed, deployed. Nobody overwrites anybody."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.text import slugify
from lxml import etree

from orchestrator import safexml
from orchestrator.bpmn.difference import ELEMENTS, Change, Difference, Said, compare, difference
from orchestrator.feel.jsonnumbers import dumps, loads
from orchestrator.models import Draft, Resource
from orchestrator.runtime import deployment, inspection
from orchestrator.runtime.deployment import Definition, Deployed, Judgement

SUFFIXES = {Resource.Kind.BPMN: ".bpmn", Resource.Kind.DMN: ".dmn", Resource.Kind.FORM: ".form"}
WHAT = {
    Resource.Kind.BPMN: inspection.PROCESS,
    Resource.Kind.DMN: inspection.DECISION,
    Resource.Kind.FORM: inspection.FORM,
}
MAX_LINES, MAX_LINE = 2_000, 400  # of a difference
DMN_ELEMENTS = frozenset(
    [
        *("decision", "inputData", "businessKnowledgeModel", "knowledgeSource", "decisionService", "itemDefinition"),
        *("textAnnotation", "association"),
    ]
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a designer sends: `name` is what the person calls it, `base` the deployed file that it began with."""

    kind: Resource.Kind
    name: str
    content: str
    base: Resource | None = None

    @property
    def files(self) -> dict[str, bytes]:
        """The file that deployment gets. A new version keeps the file name of the one before."""
        name = self.base.name if self.base is not None else f"{slugify(self.name) or self.kind}{SUFFIXES[self.kind]}"
        return {name: self.content.encode()}


class Overtaken(Exception):
    """Somebody else saved in between; `draft` is theirs."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        super().__init__(f"{draft} was saved by {draft.updated_by}")


def drawn(draft: Draft) -> Drawn:
    return Drawn(Resource.Kind(draft.kind), draft.name, draft.content, draft.base)


def judge(what: Drawn) -> Judgement:
    """Exactly what deploying it now would answer."""
    return deployment.judge(what.files)


def create(what: Drawn, *, by: AbstractBaseUser) -> Draft:
    return Draft.objects.create(
        kind=what.kind, name=what.name, content=what.content, base=what.base, updated_by_id=by.pk
    )


def save(pk: int, what: Drawn, *, version: int, by: AbstractBaseUser) -> Draft:
    """Raises Overtaken when `version` is not the latest, Draft.DoesNotExist when it was deployed or discarded."""
    with transaction.atomic():
        saved = Draft.objects.filter(pk=pk, version=version).update(
            name=what.name, content=what.content, version=F("version") + 1, updated_by_id=by.pk, updated_at=Now()
        )
        draft = _draft(pk)
        if not saved:
            raise Overtaken(draft)
        return draft


def deploy(chosen: Mapping[int, int], *, by: AbstractBaseUser, note: str) -> Deployed:
    """The drafts, each in the version that was seen, become versions together and are gone: all of them or none.

    Raises DeploymentRefused, Overtaken, Draft.DoesNotExist.
    """
    with transaction.atomic():
        found = [_draft(pk) for pk in chosen]
        for draft in found:
            if draft.version != chosen[draft.pk]:
                raise Overtaken(draft)
        deployed = deployment.deploy(files(drawn(draft) for draft in found), by=by, note=note)
        for pk, version in chosen.items():
            # What somebody saved in this very moment stays a draft.
            Draft.objects.filter(pk=pk, version=version).delete()
        return deployed


def files(drawings: Iterable[Drawn]) -> dict[str, bytes]:
    """What deployment gets of several. Of two with the same file name, the later one gets another."""
    found: dict[str, bytes] = {}
    for what in drawings:
        ((name, content),) = what.files.items()
        stem, dot, suffix = name.rpartition(".")
        number = 1
        while name in found:
            number += 1
            name = f"{stem}-{number}{dot}{suffix}"
        found[name] = content
    return found


def _draft(pk: int) -> Draft:
    return Draft.objects.select_related("base", "updated_by").get(pk=pk)


# What is deployed


def text_of(resource: Resource) -> str:
    """The file as text, whatever its encoding."""
    content = bytes(resource.content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return etree.tostring(safexml.read(content), encoding="unicode")


def latest(what: Drawn) -> Definition | None:
    """The version that is in force of what the draft would replace."""
    table: Any = inspection.TABLES[WHAT[what.kind]]
    known = keys(what) or table.objects.filter(resource=what.base).values("key")
    versions = table.objects.select_related("resource__deployment__deployed_by").order_by("-created_at")
    found: Definition | None = versions.filter(is_latest=True, key__in=known).first()
    return found


def keys(what: Drawn) -> list[str]:
    """The ids of what the draft defines, in whatever state it is; none when it cannot be read."""
    try:
        if what.kind == Resource.Kind.FORM:
            form = loads(what.content.encode())
            return [key for key in [form.get("id")] if isinstance(key, str)] if isinstance(form, dict) else []
        tag = "process" if what.kind == Resource.Kind.BPMN else "decision"
        return [id for e in safexml.read(what.content.encode()).iterfind(f"{{*}}{tag}") if (id := e.get("id"))]
    except ValueError:
        return []


def changes(what: Drawn, since: Definition) -> Difference:
    """What the draft changes in the version in force. Raises ValueError where either cannot be read."""
    before, after = text_of(since.resource), what.content
    if what.kind == Resource.Kind.FORM:
        return compare(dict(_components(loads(before.encode()))), dict(_components(loads(after.encode()))))
    tags = ELEMENTS if what.kind == Resource.Kind.BPMN else DMN_ELEMENTS
    return difference(before.encode(), after.encode(), tags)


def line_changes(what: Drawn, since: Definition) -> list[str]:
    """The text itself, as a unified difference: lines that begin with +, - or a space, and @@ between the places."""
    before, after = (_lines(text, what.kind) for text in (text_of(since.resource), what.content))
    found = difflib.unified_diff(before, after, lineterm="", n=2)
    return [line[:MAX_LINE] for line in islice(found, 2, MAX_LINES + 2)]


def _lines(text: str, kind: Resource.Kind) -> list[str]:
    """Indented alike, so that only what was said differs. Raises ValueError."""
    if kind == Resource.Kind.FORM:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False).splitlines()
    tree = safexml.read(text.encode())
    etree.indent(tree)
    return etree.tostring(tree, encoding="unicode").splitlines()


def _components(form: Any) -> Iterator[tuple[str, tuple[Change, Said]]]:
    """The components of a form by their ids; the form itself is the one without."""
    if not isinstance(form, Mapping):
        return
    for component in form.get("components") or ():
        yield from _components(component)
    id = form.get("id")
    if isinstance(id, str):
        name = form.get("label") or form.get("key") or form.get("text") or ""
        said: Said = {key: (dumps(value),) for key, value in form.items() if key not in _LAYOUT}
        yield id, (Change(id, str(form.get("type", "form")), str(name)[:80]), said)


_LAYOUT = frozenset({"components", "id", "schemaVersion", "exporter", "executionPlatform", "executionPlatformVersion"})
