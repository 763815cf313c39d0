"""Where a run stands, as a page shows it: tokens, what is open, variables per scope. Values are JSON texts, cut when
long, so that no browser rounds them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import isodate

from orchestrator import feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine import Variables, effects
from orchestrator.engine.roles import is_body
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.process_tests.instances import Instance, Wait
from orchestrator.process_tests.stage import Stage
from orchestrator.process_tests.trial import Trial, told

MAX_SHOWN = 200  # open things, and scopes
MAX_VARIABLES = 200  # of one scope


def snapshot(trial: Trial) -> dict[str, Any]:
    """Everything that the panel and the canvas show of a run."""
    stage = trial.stage
    return {
        "process": trial.process,
        "refused": trial.refused,
        "now": stage.now.isoformat(),
        "state": stage.state_of(trial.instance) if trial.instance is not None else "",
        "done": len(trial.moments),
        "moments": [asdict(moment) for moment in trial.moments],
        "instances": [_instance(each) for each in stage.instances],
        "open": {name: [show(wait, stage) for wait in found] for name, show, found in _open(stage)},
        "adHoc": list(_ad_hoc(stage)),
        "nextIn": _next(stage),
        "scopes": list(_scopes(stage))[:MAX_SHOWN],
        "mails": [
            {"element": mail.element, "inputs": {name: told(value) for name, value in mail.inputs.items()}}
            for mail in stage.mails[-MAX_SHOWN:]
        ],
    }


def _instance(instance: Instance) -> dict[str, Any]:
    """Tokens, and how often each element was completed and each sequence flow was taken."""
    done = Counter(id for _, id, what in instance.history if what == "completed")
    return {
        "id": instance.id,
        "process": instance.process.id,
        "name": instance.process.name or instance.process.id,
        "state": instance.state,
        "calledBy": instance.parent[0].id if instance.parent else None,
        "tokens": Counter(instance.standing),
        "done": done,
        "flows": Counter(id for _, id in instance.flows),
        "incidents": [
            {"element": each.element, "kind": each.kind, "message": each.message}
            for each in instance.incidents.values()
        ],
    }


# -- what is open


def _open(stage: Stage) -> Iterator[tuple[str, Callable[[Wait, Stage], dict[str, Any]], list[Wait]]]:
    for name, kind, show in OPEN:
        yield name, show, stage.open(kind)[:MAX_SHOWN]


def _place(wait: Wait) -> dict[str, Any]:
    node = wait.instance.process.nodes.get(wait.event)
    return {
        "number": wait.number,
        "instance": wait.instance.id,
        "element": wait.event,
        "name": (node.name if node is not None else "") or wait.event,
    }


def _task(wait: Wait, stage: Stage) -> dict[str, Any]:
    task: effects.CreateUserTask = wait.effect
    node = wait.instance.process.nodes[wait.event]
    form = node.form if isinstance(node, bpmn.UserTask) else None
    return {
        **_place(wait),
        "documentation": node.documentation,
        "assignee": task.assignee or "",
        "users": list(task.candidate_users),
        "groups": list(task.candidate_groups),
        "due": task.due_date and task.due_date.isoformat(),
        "followUp": task.follow_up_date and task.follow_up_date.isoformat(),
        "priority": task.priority,
        "properties": {name: value if isinstance(value, str) else told(value) for name, value in _said(task)},
        "form": form.form_id if form is not None else "",
        "variables": dumps(feel.to_json(task.variables)),  # whole: its form reads them
    }


def _said(task: effects.CreateUserTask) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in task.properties.items() if value is not None)


def _job(wait: Wait, stage: Stage) -> dict[str, Any]:
    job: effects.CreateJob = wait.effect
    pause = wait.not_before - stage.now if wait.not_before is not None and wait.not_before > stage.now else None
    return {
        **_place(wait),
        "type": job.type,
        "inputs": {name: told(value) for name, value in stage.inputs(wait).items()},
        "headers": dict(job.headers),
        "failed": wait.attempts,
        "retries": job.retries,
        "again": isodate.duration_isoformat(pause) if pause is not None else "",
    }


def _timer(wait: Wait, stage: Stage) -> dict[str, Any]:
    assert wait.due is not None
    return {**_place(wait), "due": wait.due.isoformat(), "in": _until(wait.due, stage), "cycle": wait.effect.cycle}


def _message(wait: Wait, stage: Stage) -> dict[str, Any]:
    return {**_place(wait), "message": wait.effect.name, "key": wait.effect.correlation_key}


def _signal(wait: Wait, stage: Stage) -> dict[str, Any]:
    return {**_place(wait), "signal": wait.effect.name}


OPEN: tuple[tuple[str, type, Callable[[Wait, Stage], dict[str, Any]]], ...] = (
    ("tasks", effects.CreateUserTask, _task),
    ("jobs", effects.CreateJob, _job),
    ("timers", effects.ScheduleTimer, _timer),
    ("messages", effects.SubscribeMessage, _message),
    ("signals", effects.SubscribeSignal, _signal),
)


def _until(moment: datetime, stage: Stage) -> str:
    return str(isodate.duration_isoformat(max(moment, stage.now) - stage.now))


def _next(stage: Stage) -> str:
    """How long until something falls due by itself: timers and further attempts of jobs; "" when nothing will."""
    dues = [wait.due for wait in stage.waits if wait.due is not None] + [due for due, _ in stage.later]
    dues += [wait.not_before for wait in stage.waits if wait.not_before is not None and wait.not_before > stage.now]
    return _until(min(dues), stage) if dues else ""


def _ad_hoc(stage: Stage) -> Iterator[dict[str, Any]]:
    """Ad-hoc sub-processes that are active, with what may be started in them."""
    for instance in stage.instances:
        for found in instance.stored.instances.values():
            node = instance.process.nodes.get(found.element)
            if isinstance(node, bpmn.AdHocSubProcess) and found.iteration is None:
                inside = instance.process.children.get(node.id, ())
                activities = [each.id for each in inside if isinstance(each, bpmn.Activity) and not each.incoming]
                yield {"element": node.id, "name": node.name or node.id, "activities": activities}
                break


# -- variables


def _scopes(stage: Stage) -> Iterator[dict[str, Any]]:
    """Every scope with variables of its own, the process instances first."""
    for instance in stage.instances:
        yield _scope(instance, instance.process.id, instance.process.name, stage.variables_of(instance))
        for found in () if instance.ended else instance.stored.instances.values():
            node = instance.process.nodes.get(found.element)
            if node is None or not found.variables or is_body(node, found):
                continue
            name = node.name or node.id
            yield _scope(instance, node.id, f"{name} {found.iteration}" if found.iteration else name, found.variables)


def _scope(instance: Instance, element: str, name: str, variables: Variables) -> dict[str, Any]:
    return {
        "instance": instance.id,
        "element": element,
        "name": name or element,
        "variables": dict(_shown(variables)),
        "more": max(0, len(variables) - MAX_VARIABLES),
    }


def _shown(variables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in sorted(variables)[:MAX_VARIABLES]:
        yield name, told(variables[name])
