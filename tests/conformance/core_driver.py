"""Drives the pure engine, with a shell in memory, through the engine scenarios.

python /path/to/suites/bpmn/run_scenarios.py --driver tests/conformance/core_driver.py
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import isodate

from orchestrator import bpmn, dmn, feel
from orchestrator.bpmn.model import Binding, FormReference
from orchestrator.engine import Variables, commands, effects, plain_times, timers
from orchestrator.engine.environment import Decide, Decided, DecisionError, ResourceNotFound
from orchestrator.engine.errors import UNKNOWN
from orchestrator.process_tests.instances import Instance
from orchestrator.process_tests.world import World
from tests.conformance.protocol import Rejected


class Bare(World):
    """Forms are there when they were deployed, and no file to link."""

    def __init__(self, decide: Decide, forms: set[str]) -> None:
        super().__init__(decide)
        self.forms = forms

    def linked(self, id: str, binding: Binding) -> str:
        raise ResourceNotFound(f"There is no resource {id}")

    def has_form(self, reference: FormReference) -> bool:
        return not reference.form_id or reference.form_id in self.forms


class Driver:
    def reset(self) -> None:
        self.decisions: dict[str, dmn.Definitions] = {}
        self.forms: set[str] = set()
        self.world: World = Bare(self.decide, self.forms)

    def decide(self, decision: str, binding: Binding, variables: Variables) -> Decided:
        if decision not in self.decisions:
            raise DecisionError("CALLED_DECISION_ERROR", f"There is no decision {decision}")
        try:
            result = dmn.evaluate(self.decisions[decision], decision, variables)
        except (dmn.DecisionFailed, feel.LimitExceeded) as error:
            raise DecisionError("DECISION_EVALUATION_ERROR", f"The decision {decision} failed: {error}") from error
        return Decided(result.value, result.to_json())

    def deploy(self, paths: list[str]) -> None:
        readers = {".dmn": self._decisions, ".form": self._form}
        self.deployed: set[str] = set()
        for path in map(Path, paths):
            readers.get(path.suffix, self._processes)(path.read_bytes())

    def _decisions(self, content: bytes) -> None:
        try:
            definitions = dmn.parse(content)
        except dmn.DmnError as error:
            raise Rejected(str(error)) from error
        _refuse(dmn.problems(definitions))
        self.decisions |= dict.fromkeys(definitions.decisions, definitions)

    def _form(self, content: bytes) -> None:
        self.forms.add(json.loads(content)["id"])

    def _processes(self, content: bytes) -> None:
        try:
            diagram = bpmn.parse(content)
        except bpmn.BpmnError as error:
            raise Rejected(str(error)) from error
        _refuse(bpmn.problems(diagram))
        _refuse([f"The process {id} stands in two files" for id in self.deployed & diagram.processes.keys()])
        self.deployed |= diagram.processes.keys()
        for process in diagram.processes.values():
            _refuse([": ".join(found) for found in plain_times.uncountable(process, self.world.now)])
            try:
                self.world.deploy(process)
            except timers.InvalidTimer as error:
                raise Rejected(str(error)) from error
            self.forms |= set(process.forms)

    def start(self, process: str, variables: Variables) -> Instance:
        instance = self.world.start(process, variables)
        self._settle()
        return instance

    def _settle(self) -> None:
        self.world.advance(timedelta())  # what is due at once

    def complete_job(self, type: str, variables: Variables, match: Variables | None) -> None:
        wanted = (match or {}).items()
        jobs = [job for job in self.world.jobs(type) if all(job.effect.variables.get(k) == v for k, v in wanted)]
        self.world.complete(jobs[0], variables)
        self._settle()

    def throw_error(self, type: str, code: str, variables: Variables) -> None:
        self.world.throw(self.world.jobs(type)[0], code, variables)
        self._settle()

    def complete_user_task(self, element: str, variables: Variables) -> None:
        self.world.complete(self.world.open(effects.CreateUserTask, element)[0], variables)
        self._settle()

    def publish_message(self, name: str, key: str, variables: Variables, ttl: str) -> None:
        self.world.publish(name, key, variables, isodate.parse_duration(ttl))
        self._settle()

    def broadcast_signal(self, name: str, variables: Variables) -> None:
        self.world.broadcast(name, variables)
        self._settle()

    def advance(self, by: str) -> None:
        self.world.advance(isodate.parse_duration(by))

    def cancel(self, instance: Instance) -> None:
        self.world.cancel(instance)

    def set_variables(self, instance: Instance, variables: Variables) -> None:
        root = instance.stored.root.id
        self.world.execute(instance, commands.SetVariables(root, variables))
        self._settle()

    def activate_ad_hoc(self, element: str, activities: list[str]) -> None:
        for instance in self.world.instances:
            for found in list(instance.stored.instances.values()):
                if found.element == element and found.iteration is None:
                    self.world.execute(instance, commands.ActivateAdHoc(found.id, tuple(activities)))
        self._settle()

    def active_tasks(self) -> dict[str, int]:
        waits = [*self.world.open(effects.CreateUserTask), *self.world.open(effects.CreateJob)]
        return dict(Counter(wait.event for wait in waits))

    def job_variables(self, type: str) -> Variables:
        variables: Variables = self.world.jobs(type)[0].effect.variables
        return variables

    def instances(self, process: str) -> list[Instance]:
        return [instance for instance in self.world.instances if instance.process.id == process]

    def state(self, instance: Instance) -> str:
        """`incident` also for one in a called process instance. Tokens that wait for nobody are one with us alone:
        elsewhere such an instance is active.
        """
        if not instance.ended and any(found["errorType"] != UNKNOWN for found in self.incidents(instance)):
            return "incident"
        return instance.state

    def history(self, instance: Instance) -> list[tuple[str, str]]:
        """What happened in a called process instance stands behind the beginning of its call."""
        entries = [(number - 0.5, (flow, "taken")) for number, flow in instance.flows]
        entries += [(float(number), (element, what)) for number, element, what in instance.history]
        for child in self.world.instances:
            if child.parent is not None and child.parent[0] is instance:
                entries += [(child.parent[1] + 0.25, event) for event in self.history(child)]
        waiting = Counter[str]()
        for tokens in instance.stored.joins.values():
            waiting.update(tokens)
        return [
            *(event for _, event in sorted(entries, key=itemgetter(0))),
            *((flow, "taken") for flow in waiting.elements()),
        ]

    def variables(self, instance: Instance) -> Variables:
        return self.world.variables_of(instance)

    def incidents(self, instance: Instance) -> list[dict[str, Any]]:
        found = [
            {"element": incident.element, "errorType": incident.kind, "message": incident.message}
            for incident in instance.incidents.values()
        ]
        for child in self.world.instances:
            if child.parent is not None and child.parent[0] is instance:
                found += self.incidents(child)
        return found


def _refuse(problems: Sequence[object]) -> None:
    if problems:
        raise Rejected("; ".join(map(str, problems)))
