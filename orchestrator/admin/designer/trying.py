"""Try it: a drawing runs on the pure engine, step by step, beside the canvas.

The page holds the run: what the person did. Every answer plays it again from its beginning, in memory: nothing is
stored, nothing is sent, no job is worked on.
"""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest, HttpResponse

from orchestrator import process_tests
from orchestrator.admin.designer import beside, sent, told
from orchestrator.admin.designer.access import Refused
from orchestrator.bpmn import model as bpmn
from orchestrator.process_tests import Models, Trial
from orchestrator.runtime import inspection

MAX_RUN = 256 * 1024
SECONDS = 5.0  # after which no further step of a run is played


def play(request: HttpRequest) -> HttpResponse:
    """Without a run: how the processes of the drawing may be started. With one: where it stands."""
    what = sent.process(request)
    models = beside.models(what)
    process = chosen(request, models)
    answer: dict[str, Any] = {
        "processes": [{"id": id, "name": models.processes[id].name or id} for id in models.tested],
        "process": process,
        "starts": starts(models.processes[process]),
        "leftOut": list(models.left_out),
    }
    if request.FILES.get("run") is not None:
        trial = played(sent.text(request, "run", MAX_RUN), process, models)
        answer |= process_tests.snapshot(trial)
    forms = {each["form"] for each in (*answer["starts"], *answer.get("open", {}).get("tasks", ())) if each.get("form")}
    answer["forms"] = {key: schema(key, models) for key in sorted(forms)}
    return told.exactly(answer)


def chosen(request: HttpRequest, models: Models) -> str:
    """The process that is meant; the first one where nothing is said."""
    process = request.POST.get("process", "") or models.tested[0]
    if process not in models.tested:
        raise Refused(400, f"There is no process {process[:100]} in this drawing: choose another.")
    return process


def played(run: str, process: str, models: Models) -> Trial:
    test = process_tests.read_run(run, process, models)
    until = time.monotonic() + SECONDS
    return process_tests.replay(test, process, models, lambda: time.monotonic() < until)


def schema(key: str, models: Models) -> str:
    """The form as it would be shown: of the drawing itself, the version in force, else a draft; "" where there is
    none.
    """
    embedded = next((each.forms[key] for each in models.processes.values() if key in each.forms), None)
    if embedded is not None:
        return embedded
    found = beside.source(inspection.FORM, key)
    return found[1].decode("utf-8-sig", "replace") if found else ""


def starts(process: bpmn.Process) -> list[dict[str, Any]]:
    """Every way in which an instance begins, the plain start event first."""
    found = [_start(event) for event in process.start_events.get(process.id, ())]
    found += [
        _start(node) for node in process.nodes.values() if isinstance(node, bpmn.ReceiveTask) and node.instantiate
    ]
    return sorted(found, key=lambda each: each["kind"] != "none")


def _start(event: bpmn.StartEvent | bpmn.ReceiveTask) -> dict[str, Any]:
    definition = event.definition if isinstance(event, bpmn.StartEvent) else event.message
    kind, name = next((word for type, word in WAYS.items() if isinstance(definition, type)), "none"), ""
    if isinstance(definition, bpmn.MessageDefinition | bpmn.SignalDefinition) and isinstance(definition.name, str):
        name = definition.name
    form = event.form.form_id if isinstance(event, bpmn.StartEvent) and event.form is not None else ""
    return {"element": event.id, "label": event.name or event.id, "kind": kind, "name": name, "form": form}


WAYS = {
    bpmn.MessageDefinition: "message",
    bpmn.SignalDefinition: "signal",
    bpmn.TimerDefinition: "timer",
    bpmn.ConditionalDefinition: "condition",
}
