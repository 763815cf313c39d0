"""The steps of a test, done in the world in memory: one function per kind of step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import isodate

from orchestrator import feel
from orchestrator.engine import Variables, commands, effects, timers
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.process_tests import suite
from orchestrator.process_tests.expectations import same
from orchestrator.process_tests.instances import Instance, Wait
from orchestrator.process_tests.stage import Stage

NOBODY = "somebody"  # completes a task where a test does not say who


class Refused(Exception):
    """The step cannot be done where the process stands; str() says why."""


def act(stage: Stage, instance: Instance, action: suite.Action) -> None:
    """`instance` is the process instance under test. Raises Refused, CommandRejected and Endless."""
    ACTS[type(action)](stage, instance, action)
    stage.settle()


def _open(waits: list[Wait]) -> str:
    names = sorted({wait.event for wait in waits})
    return f"open are: {', '.join(names)}" if names else "none is open"


def _sees(wait: Wait, where: Variables) -> bool:
    """Are these the values of the variables, as the element sees them?"""
    if not where:
        return True
    stored = wait.instance.stored
    seen = stored.visible(stored.instances[wait.owner])
    return all(name in seen and same(value, feel.to_json(seen[name])) for name, value in where.items())


def _told(where: Variables) -> str:
    return f" with {', '.join(f'{name} = {dumps(value)}' for name, value in where.items())}" if where else ""


# -- user tasks


def _complete_user_task(stage: Stage, instance: Instance, action: suite.CompleteUserTask) -> None:
    found = [wait for wait in stage.open(effects.CreateUserTask, action.element) if _sees(wait, action.where)]
    if not found:
        named = f"{action.element}{_told(action.where)}"
        raise Refused(f"No user task {named} is open; {_open(stage.open(effects.CreateUserTask))}")
    own = [wait for wait in found if action.by and wait.effect.assignee == action.by]
    wait = (own or found)[0]
    _check_person(wait, action)
    _check_outcome(wait, action)
    stage.complete(wait, {**action.data, **_decision(wait, action)})


def _check_person(wait: Wait, action: suite.CompleteUserTask) -> None:
    excluded = wait.effect.properties.get("excludedUsers") or ()
    names = [each.strip() for each in excluded.split(",")] if isinstance(excluded, str) else list(excluded)
    if action.by and action.by in names:
        raise Refused(f"{action.by} may not complete {wait.event}: excludedUsers names {', '.join(map(str, names))}")


def _check_outcome(wait: Wait, action: suite.CompleteUserTask) -> None:
    offered = outcomes(str(wait.effect.properties.get("outcomes") or ""))
    if action.outcome and action.outcome not in offered:
        known = ", ".join(offered) or "none"
        raise Refused(f"{wait.event} has no outcome “{action.outcome}”; its outcomes are: {known}")
    if offered and not action.outcome:
        raise Refused(f"{wait.event} needs an “outcome”: {', '.join(offered)}")
    if offered.get(action.outcome) and not action.comment:
        raise Refused(f"The outcome “{action.outcome}” of {wait.event} needs a “comment”")


def outcomes(text: str) -> dict[str, bool]:
    """The property `outcomes` of a user task, “approve=Approve; reject=Reject!”: value -> needs a comment."""
    found: dict[str, bool] = {}
    for part in text.split(";"):
        value, _, label = (piece.strip() for piece in part.partition("="))
        needs_comment = (label or value).endswith("!")
        value = value if label else value.removesuffix("!").strip()
        if value:
            found.setdefault(value, needs_comment)
    return found


def _decision(wait: Wait, action: suite.CompleteUserTask) -> Variables:
    """What the process learns of the outcome: `decision`, `decisionBy`, `decisionComment`."""
    if not action.outcome:
        return {}
    name = str(wait.effect.properties.get("outcomeVariable") or "outcome")
    return {name: action.outcome, f"{name}By": action.by or NOBODY, f"{name}Comment": action.comment}


# -- jobs


def _job(stage: Stage, named: str, where: Variables) -> Wait:
    """Where only a listener of the element has something to do, the element means its job."""
    jobs = stage.open(effects.CreateJob)
    seen = [wait for wait in jobs if _sees(wait, where)]
    found = [wait for wait in seen if named in wait.names] or [wait for wait in seen if named == wait.event]
    if not found:
        raise Refused(f"No job {named}{_told(where)} is open; {_open(jobs)}")
    due = [wait for wait in found if wait.not_before is None or wait.not_before <= stage.now]
    if due:
        return due[0]
    first = min(found, key=lambda wait: wait.not_before or stage.now)
    assert first.not_before is not None
    pause = isodate.duration_isoformat(first.not_before - stage.now)
    raise Refused(f"The job {first.event} has failed and is tried again in {pause}: let that time pass first")


def _complete_job(stage: Stage, instance: Instance, action: suite.CompleteJob) -> None:
    stage.perform(_job(stage, action.job, action.where), action.answer)


def _fail_job(stage: Stage, instance: Instance, action: suite.FailJob) -> None:
    stage.fail_attempt(_job(stage, action.job, action.where), action.message, action.permanent)


def _throw_error(stage: Stage, instance: Instance, action: suite.ThrowError) -> None:
    tasks = [wait for wait in stage.open(effects.CreateUserTask, action.at) if _sees(wait, action.where)]
    wait = tasks[0] if tasks else _job(stage, action.at, action.where)
    stage.throw(wait, action.fault.code, dict(action.fault.variables), action.fault.message)


# -- time, messages, signals


def _advance(stage: Stage, instance: Instance, action: suite.AdvanceTime) -> None:
    stage.advance_until(timers.after(action.by, stage.now))


def _publish(stage: Stage, instance: Instance, action: suite.PublishMessage) -> None:
    lives = timers.after(action.time_to_live, stage.now) - stage.now
    stage.publish(action.name, action.key, action.variables, lives)


# -- what an operator does


def _active(stage: Stage, element: str, instance: Instance) -> tuple[Instance, int]:
    """The newest element instance that is active, of the instance under test or one that it called."""
    for each in [instance, *(other for other in stage.instances if other is not instance)]:
        for number in reversed(each.stored.instances):
            if each.stored.instances[number].element == element:
                return each, number
    raise Refused(f"{element} is not active; active are: {', '.join(instance.standing) or 'none'}")


def _set_variables(stage: Stage, instance: Instance, action: suite.SetVariables) -> None:
    if instance.ended:
        raise Refused("The process instance has ended")
    if not action.element:
        stage.execute(instance, commands.SetVariables(instance.stored.root.id, dict(action.variables)))
        return
    where, number = _active(stage, action.element, instance)
    stage.execute(where, commands.SetVariables(number, dict(action.variables), local=True))


def _activate(stage: Stage, instance: Instance, action: suite.ActivateAdHoc) -> None:
    for each in stage.instances:
        for number, found in each.stored.instances.items():
            if found.element == action.element and found.iteration is None:
                stage.execute(each, commands.ActivateAdHoc(number, action.activities))
                return
    raise Refused(f"{action.element} is not active; active are: {', '.join(instance.standing) or 'none'}")


def _retry(stage: Stage, instance: Instance, action: suite.RetryIncident) -> None:
    for each in stage.instances:
        for number, incident in each.incidents.items():
            if incident.element == action.element:
                stage.execute(each, commands.Retry(number))
                return
    known = [incident.element for each in stage.instances for incident in each.incidents.values()]
    raise Refused(f"{action.element} has no incident; incidents have: {', '.join(known) or 'none'}")


ACTS: Mapping[type, Callable[[Stage, Instance, Any], None]] = {
    suite.CompleteUserTask: _complete_user_task,
    suite.CompleteJob: _complete_job,
    suite.FailJob: _fail_job,
    suite.ThrowError: _throw_error,
    suite.AdvanceTime: _advance,
    suite.PublishMessage: _publish,
    suite.BroadcastSignal: lambda stage, _, action: stage.broadcast(action.name, action.variables),
    suite.SetVariables: _set_variables,
    suite.ActivateAdHoc: _activate,
    suite.RetryIncident: _retry,
    suite.CancelInstance: lambda stage, instance, _: stage.cancel(instance),
}
