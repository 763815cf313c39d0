"""A run becomes a test: what was done, and what was seen at its end as what should be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator import feel
from orchestrator.engine import Variables, effects
from orchestrator.feel.jsonnumbers import dumps, loads
from orchestrator.process_tests.instances import Instance
from orchestrator.process_tests.stage import Stage
from orchestrator.process_tests.trial import FILE, Trial

MAX_VALUE = 2_000  # characters of a variable that is expected; a longer one says nothing to who reads the test


def record(trial: Trial, run: str, name: str) -> dict[str, Any]:
    """A file with this one test. `run` is the text that `read_run` was given, `trial` has played all of it."""
    assert trial.instance is not None
    assert not trial.refused
    said: Mapping[str, Any] = loads(run)
    kept = {key: said[key] for key in ("now", "start", "given", "steps") if said.get(key)}
    test = {"name": name or FILE, **kept, "expect": expectations(trial.stage, trial.instance)}
    return {"process": trial.process, "tests": [test]}


def expectations(stage: Stage, instance: Instance) -> dict[str, Any]:
    found: dict[str, Any] = {"state": stage.state_of(instance)}
    if instance.standing:
        found["active"] = instance.standing
    found["path"] = instance.path
    found["variables"] = _variables(stage.variables_of(instance))
    if instance.incidents:
        incident = next(iter(instance.incidents.values()))
        found["incident"] = {"element": incident.element, "kind": incident.kind}
    if made := list(_decisions(stage, instance)):
        found["decisions"] = made
    if stage.mails:
        found["mails"] = [_mail(mail.element, mail.inputs) for mail in stage.mails]
    return {key: value for key, value in found.items() if value}


def _variables(variables: Variables) -> dict[str, Any]:
    plain = {name: feel.to_json(value) for name, value in sorted(variables.items())}
    return {name: value for name, value in plain.items() if len(dumps(value)) <= MAX_VALUE}


def _decisions(stage: Stage, instance: Instance) -> Iterator[dict[str, Any]]:
    """As `expect.decisions` wants them; all of them, or it would count too few."""
    for where, effect in stage.decisions:
        if where is instance:
            yield _decision(effect)


def _decision(effect: effects.RecordDecision) -> dict[str, Any]:
    report = effect.result or {}
    last = (report.get("decisions") or [{}])[-1]
    result = {"result": report["value"]} if len(dumps(report.get("value"))) <= MAX_VALUE else {}
    rules = [rule["id"] for rule in last.get("rules", ())]
    return {"decision": effect.decision, "element": effect.element, **result, **({"rules": rules} if rules else {})}


def _mail(element: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: feel.to_json(inputs[name]) for name in ("to", "subject") if inputs.get(name)}
    return {"element": element, **said}
