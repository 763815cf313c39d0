"""How expectations are written: one table of fields, the same for a step, a test and a called process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.process_tests import fields
from orchestrator.process_tests.fields import Mistakes, Place, Reader
from orchestrator.process_tests.names import Names

STATES = ("active", "completed", "terminated", "incident")
KINDS = (
    "CONDITION_ERROR",
    "EXTRACT_VALUE_ERROR",
    "IO_MAPPING_ERROR",
    "JOB_NO_RETRIES",
    "UNHANDLED_ERROR_EVENT",
    "CALLED_ELEMENT_ERROR",
    "CALLED_DECISION_ERROR",
    "DECISION_EVALUATION_ERROR",
    "FORM_NOT_FOUND",
    "RESOURCE_NOT_FOUND",
    "RUNAWAY",
    "UNKNOWN",
)
MAIL: Mapping[str, Reader] = {
    "element": fields.name,
    "to": fields.anything,
    "cc": fields.anything,
    "subject": fields.text,
    "text": fields.text,
    "html": fields.text,
    "template": fields.text,
    "contains": fields.list_of(fields.name),
}
TASK: Mapping[str, Reader] = {
    "assignee": fields.anything,
    "candidateUsers": fields.list_of(fields.text),
    "candidateGroups": fields.list_of(fields.text),
    "dueDate": fields.anything,
    "followUpDate": fields.anything,
    "priority": fields.anything,
    "properties": fields.mapping,
    "variables": fields.mapping,
}
JOB: Mapping[str, Reader] = {
    "type": fields.name,
    "variables": fields.mapping,
    "headers": fields.mapping,
    "failed": fields.anything,
}


def expectation(names: Names, process: str) -> Reader:
    """What may be expected of an instance of this process."""
    part = names.part_of(process)

    def incident(value: Any, place: Place, mistakes: Mistakes) -> Any:
        if value is None:
            return None
        table = {"element": names.incident_place, "kind": fields.one_of(*KINDS), "message": fields.name}
        return fields.take(value, table, place, mistakes)

    def called(value: Any, place: Place, mistakes: Mistakes) -> dict[str, Any]:
        found = {}
        for id, inner in fields.mapping(value, place, mistakes).items():
            before = len(mistakes.found)
            names.process(id, place.at(id), mistakes)
            if len(mistakes.found) == before:
                found[id] = expectation(names, id)(inner, place.at(id), mistakes)
        return found

    made = {"decision": names.decision, "element": fields.name, "result": fields.anything}
    return fields.object_of(
        {
            "state": fields.one_of(*STATES),
            "active": fields.list_of(names.element_of(process)),
            "path": fields.list_of(part),
            "notReached": fields.list_of(part),
            "variables": fields.mapping,
            "noVariables": fields.list_of(fields.name),
            "incident": incident,
            "mails": fields.list_of(fields.object_of(MAIL)),
            "decisions": fields.list_of(
                fields.object_of({**made, "rules": fields.list_of(fields.name)}, required=["decision"])
            ),
            "tasks": fields.named(names.user_task, fields.object_of(TASK)),
            "jobs": fields.named(names.job, fields.object_of(JOB)),
            "called": called,
        }
    )
