"""What the forms of a process call its variables: so that its data reads alike on every page of a case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache, reduce

from django.db.models import F, Q

from orchestrator.bpmn.model import FormReference, Process, StartEvent, UserTask
from orchestrator.models import FormDefinition, ProcessDefinition
from orchestrator.runtime import definitions
from tasks_inbox import facts, forms
from tasks_inbox.facts import Words


def words(definition: ProcessDefinition, now: datetime) -> Words:
    """Those of the start form first, then of the tasks in the order of the file; a word of an earlier form goes over
    that of a later one. Asked again every ten minutes: a form may have got a new version.
    """
    return _words(
        definition.pk, definition.created_at, now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0)
    )


@lru_cache(maxsize=500)
def _words(definition_id: int, created_at: datetime, since: datetime) -> Words:
    deployment = definitions.row(definition_id).resource.deployment_id
    found = _forms(definitions.process_of(definition_id), deployment)
    read = (facts.words(forms.read(definitions.form_schema(form))) for form in found)
    return reduce(Words.over, read, Words())


def _forms(process: Process, deployment: int) -> list[FormDefinition]:
    """The forms that it refers to."""
    references = list(dict.fromkeys(_references(process)))
    keys = {reference.form_id for reference in references}
    if not keys:
        return []
    tags = {reference.binding.version_tag for reference in references} - {""}
    meant_here = Q(is_latest=True) | Q(resource__deployment=deployment) | Q(version_tag__in=tags)
    rows = FormDefinition.objects.filter(meant_here, key__in=keys).annotate(of=F("resource__deployment"))
    versions: dict[tuple[str, str, object], FormDefinition] = {}
    for row in rows.order_by("version"):
        versions["deployment", row.key, row.of] = versions["versionTag", row.key, row.version_tag] = row
        if row.is_latest:
            versions["latest", row.key, ""] = row
    meant = [
        (one.binding.type, one.form_id, deployment if one.binding.type == "deployment" else one.binding.version_tag)
        for one in references
    ]
    return [versions[name] for name in meant if name in versions]


def _references(process: Process) -> Iterator[FormReference]:
    for kind in (StartEvent, UserTask):
        for node in process.nodes.values():
            if isinstance(node, kind) and node.form is not None and node.form.form_id:
                yield node.form
