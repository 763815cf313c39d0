"""What a test expects beside what happened: one function per field of an expectation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from orchestrator import feel
from orchestrator.engine import effects
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.process_tests.instances import Instance, Wait
from orchestrator.process_tests.stage import Stage

# Where within the field (dotted, or ""), what was expected, what happened.
Difference = tuple[str, str, str]
Check = Callable[[Stage, Instance, Any], Iterator[Difference]]
NOTHING = "(nothing)"


def differences(stage: Stage, instance: Instance, expect: Mapping[str, Any]) -> Iterator[Difference]:
    """Everything that is not as expected, in the order of the file."""
    for field, wanted in expect.items():
        for inner, expected, happened in CHECKS[field](stage, instance, wanted):
            yield f"{field}{inner}", expected, happened


def same(wanted: Any, found: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are, 1 and true are not."""
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, int | Decimal) and isinstance(found, int | float | Decimal):
        return bool(wanted == found)
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(same(value, found[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(same(*pair) for pair in zip(wanted, found, strict=True))
    return type(wanted) is type(found) and bool(wanted == found)


def told(value: Any) -> str:
    return dumps(feel.to_json(value))


def listed(names: list[str]) -> str:
    return ", ".join(names) if names else NOTHING


def _compare(wanted: Mapping[str, Any], found: Mapping[str, Any], around: str = "") -> Iterator[Difference]:
    """The entries that are expected; others may be there too."""
    for name, value in wanted.items():
        held = feel.to_json(found.get(name))
        if name not in found:
            yield f"{around}.{name}", told(value), NOTHING
        elif not same(value, held):
            yield f"{around}.{name}", told(value), told(held)


# -- the process instance


def _state(stage: Stage, instance: Instance, wanted: str) -> Iterator[Difference]:
    found = stage.state_of(instance)
    if found != wanted:
        yield "", wanted, found


def _active(stage: Stage, instance: Instance, wanted: list[str]) -> Iterator[Difference]:
    if sorted(wanted) != instance.standing:
        yield "", listed(sorted(wanted)), listed(instance.standing)


def _path(stage: Stage, instance: Instance, wanted: list[str]) -> Iterator[Difference]:
    """In this order, with anything between."""
    rest = iter(instance.path)
    for index, part in enumerate(wanted, 1):
        if not any(each == part for each in rest):
            before = f" after {wanted[index - 2]}" if index > 1 else ""
            yield f"[{index}]", f"{part}{before}", _instead(instance, part)
            return


def _instead(instance: Instance, part: str) -> str:
    if part in instance.path:
        return f"{part} came before, and not again"
    entered = part in instance.reached
    return f"{part} was entered, but not completed" if entered else f"{part} was not reached"


def _not_reached(stage: Stage, instance: Instance, wanted: list[str]) -> Iterator[Difference]:
    found = instance.reached | {flow for _, flow in instance.flows}
    for index, part in enumerate(wanted, 1):
        if part in found:
            yield f"[{index}]", f"{part} is not reached", f"{part} was reached"


def _variables(stage: Stage, instance: Instance, wanted: Mapping[str, Any]) -> Iterator[Difference]:
    yield from _compare(wanted, stage.variables_of(instance))


def _no_variables(stage: Stage, instance: Instance, wanted: list[str]) -> Iterator[Difference]:
    found = stage.variables_of(instance)
    for index, name in enumerate(wanted, 1):
        if name in found:
            yield f"[{index}]", f"no variable {name}", told(found[name])


def _incident(stage: Stage, instance: Instance, wanted: Mapping[str, str] | None) -> Iterator[Difference]:
    found = [f"{i.element}: {i.kind}: {i.message}" for i in instance.incidents.values()]
    if wanted is None:
        if found:
            yield "", "no incident", "; ".join(found)
        return
    for incident in instance.incidents.values():
        if (
            wanted.get("element", incident.element) == incident.element
            and wanted.get("kind", incident.kind) == incident.kind
            and wanted.get("message", "") in incident.message
        ):
            return
    described = ", ".join(f"{key} {value}" for key, value in wanted.items())
    yield "", f"an incident{' with ' if described else ''}{described}", "; ".join(found) or "no incident"


# -- what it asks of people, connectors and decisions


def _mails(stage: Stage, instance: Instance, wanted: list[Mapping[str, Any]]) -> Iterator[Difference]:
    if len(wanted) != len(stage.mails):
        sent = "; ".join(f"{told(mail.inputs.get('subject'))} to {told(mail.inputs.get('to'))}" for mail in stage.mails)
        yield "", f"{len(wanted)} sent", f"{len(stage.mails)} sent{': ' if sent else ''}{sent}"
        return
    for index, (mail, found) in enumerate(zip(wanted, stage.mails, strict=True), 1):
        fields = {key: value for key, value in mail.items() if key != "contains"}
        yield from _compare(fields, {**found.inputs, "element": found.element}, f"[{index}]")
        body = f"{found.inputs.get('text') or ''}{found.inputs.get('html') or ''}"
        for part in mail.get("contains", ()):
            if part not in body:
                yield f"[{index}].contains", told(part), told(body)


def _decisions(stage: Stage, instance: Instance, wanted: list[Mapping[str, Any]]) -> Iterator[Difference]:
    made = [effect for where, effect in stage.decisions if where is instance]
    if len(wanted) != len(made):
        yield "", listed([each["decision"] for each in wanted]), listed([effect.decision for effect in made])
        return
    for index, (one, effect) in enumerate(zip(wanted, made, strict=True), 1):
        report = effect.result or {}
        evaluated = report.get("decisions") or [{}]
        rules = [rule["id"] for rule in evaluated[-1].get("rules", ())]
        found = {"decision": effect.decision, "element": effect.element, "result": report.get("value"), "rules": rules}
        yield from _compare(one, found, f"[{index}]")


def _tasks(stage: Stage, instance: Instance, wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[Difference]:
    for element, one in wanted.items():
        tasks = stage.open(effects.CreateUserTask, element)
        if not tasks:
            yield f".{element}", "an open user task", NOTHING
            continue
        yield from _closest([_task(task.effect) for task in tasks], one, f".{element}")


def _task(task: effects.CreateUserTask) -> dict[str, Any]:
    return {
        "assignee": task.assignee,
        "candidateUsers": list(task.candidate_users),
        "candidateGroups": list(task.candidate_groups),
        "dueDate": task.due_date and task.due_date.isoformat(),
        "followUpDate": task.follow_up_date and task.follow_up_date.isoformat(),
        "priority": task.priority,
        "properties": task.properties,
        "variables": task.variables,
    }


def _jobs(stage: Stage, instance: Instance, wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[Difference]:
    for named, one in wanted.items():
        jobs = [wait for wait in stage.open(effects.CreateJob) if named in wait.names]
        if not jobs:
            yield f".{named}", "an open job", NOTHING
            continue
        yield from _closest([_job(wait) for wait in jobs], one, f".{named}")


def _job(wait: Wait) -> dict[str, Any]:
    job = wait.effect
    return {"type": job.type, "variables": job.variables, "headers": job.headers, "failed": wait.attempts}


PARTIAL = ("variables", "properties", "headers")


def _closest(found: list[dict[str, Any]], wanted: Mapping[str, Any], around: str) -> Iterator[Difference]:
    """Of several open ones the one that differs least."""
    results = [list(_parts(one, wanted, around)) for one in found]
    yield from min(results, key=len)


def _parts(found: Mapping[str, Any], wanted: Mapping[str, Any], around: str) -> Iterator[Difference]:
    whole = {key: value for key, value in wanted.items() if key not in PARTIAL}
    yield from _compare(whole, found, around)
    for key in [key for key in PARTIAL if key in wanted]:
        yield from _compare(wanted[key], found[key], f"{around}.{key}")


def _called(stage: Stage, instance: Instance, wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[Difference]:
    """The newest process instance that this one called."""
    for process, expect in wanted.items():
        children = [i for i in stage.instances if i.parent and i.parent[0] is instance and i.process.id == process]
        if not children:
            yield f".{process}", "a called process instance", NOTHING
            continue
        for inner, expected, happened in differences(stage, children[-1], expect):
            yield f".{process}.{inner}", expected, happened


CHECKS: Mapping[str, Check] = {
    "state": _state,
    "active": _active,
    "path": _path,
    "notReached": _not_reached,
    "variables": _variables,
    "noVariables": _no_variables,
    "incident": _incident,
    "mails": _mails,
    "decisions": _decisions,
    "tasks": _tasks,
    "jobs": _jobs,
    "called": _called,
}
