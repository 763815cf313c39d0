"""A world in which a test says what the outside does: jobs, decisions and called processes have the answers given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from orchestrator import dmn, feel
from orchestrator.bpmn import model as bpmn
from orchestrator.engine import Decided, DecisionError, ResourceNotFound, Variables, catches_error, commands, effects
from orchestrator.process_tests.instances import Instance, Wait
from orchestrator.process_tests.models import Models
from orchestrator.process_tests.replies import judge
from orchestrator.process_tests.suite import Answer, Failure, Fault, Given, Reply, Result, Waits
from orchestrator.process_tests.world import World

BACKOFF = (5.0, 30.0, 120.0)  # seconds before each further attempt, where the model does not say
EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Mail:
    """`inputs` are the evaluated inputs of the connector."""

    element: str
    inputs: Mapping[str, Any]


class Stage(World):
    def __init__(self, models: Models, given: Given, now: datetime) -> None:
        super().__init__(self._decide, now)
        self.models, self.given = models, given
        self.processes = dict(models.processes)  # what starts by a timer does so when a test says it
        self.mails: list[Mail] = []
        self.used: Counter[str] = Counter()  # answers, by what they were given for

    # -- decisions

    def _decide(self, id: str, binding: bpmn.Binding, variables: Variables) -> Decided:
        if id in self.given.decisions:
            value = self.given.decisions[id]
            return Decided(value, {"value": value, "decisions": []})
        definitions = self.models.decisions.get(id)
        if definitions is None:
            message = f"There is no decision {id} beside the model; a test may say under given.decisions what it is"
            raise DecisionError("CALLED_DECISION_ERROR", message)
        try:
            result = dmn.evaluate(definitions, id, variables, environment=feel.Environment(now=self.now))
        except (dmn.DecisionFailed, feel.LimitExceeded) as error:
            raise DecisionError("DECISION_EVALUATION_ERROR", f"The decision {id} failed: {error}") from error
        return Decided(result.value, result.to_json())

    def linked(self, id: str, binding: bpmn.Binding) -> str:
        if self.given.resources is not None and id not in self.given.resources:
            raise ResourceNotFound(f"given.resources names no resource {id}")
        return super().linked(id, binding)

    # -- jobs

    def wait_for(self, instance: Instance, effect: Any) -> Wait | None:
        wait = super().wait_for(instance, effect)
        if wait is not None and isinstance(effect, effects.CreateJob) and (answer := self._answer(wait)) is not None:
            self.deliveries.append(lambda: self.perform(wait, answer))
        return wait

    def _answer(self, wait: Wait) -> Answer | None:
        job: effects.CreateJob = wait.effect
        for key in wait.names:
            if key in self.given.jobs:
                answers = self.given.jobs[key]
                self.used[key] += 1
                return answers[min(self.used[key], len(answers)) - 1]
        return Result({}) if job.type == EMAIL else None

    def perform(self, wait: Wait, answer: Answer) -> None:
        """One attempt of a job; nothing when it is no longer wanted."""
        if wait not in self.waits:
            return
        wait.not_before = None
        if isinstance(answer, Reply):
            answer = judge(wait.effect, answer, self.now)
        if isinstance(answer, Result) and wait.effect.type == EMAIL:
            answer = self._mail(wait, answer)
        if isinstance(answer, Result):
            self.finish(wait, commands.Complete(wait.owner, dict(answer.variables)))
        elif isinstance(answer, Fault):
            error = commands.ThrowError(wait.owner, answer.code, answer.message, dict(answer.variables))
            self.finish(wait, error)
        elif isinstance(answer, Failure):
            self._failed(wait, answer)

    def _mail(self, wait: Wait, answer: Result) -> Result | Failure:
        inputs = self.inputs(wait)
        if not inputs.get("to"):
            return Failure(None, "The mail has no recipient: the input “to” is empty", permanent=True)
        if not str(inputs.get("subject") or "").strip():
            return Failure(None, "The mail has no subject", permanent=True)
        self.mails.append(Mail(wait.event, inputs))
        return answer

    def inputs(self, wait: Wait) -> Variables:
        """The variables that the input mappings of the job's element made."""
        node = wait.instance.process.nodes.get(wait.event)
        inputs = node.inputs if node is not None else ()  # the job of a listener of the process has none
        names = dict.fromkeys(mapping.target.partition(".")[0] for mapping in inputs)
        return {name: wait.effect.variables.get(name) for name in names}

    def _failed(self, wait: Wait, failure: Failure) -> None:
        self.fail_attempt(wait, failure.message, failure.permanent)
        if wait.not_before is None:
            return
        if failure.times is None or failure.times > 1:
            times = None if failure.times is None else failure.times - 1
            following: Answer = replace(failure, times=times)
        else:
            following = failure.then or Result({})
        self.later.append((wait.not_before, lambda: self.perform(wait, following)))

    def fail_attempt(self, wait: Wait, message: str, permanent: bool) -> None:
        """Later again; without attempts left an error event takes over, or an incident waits."""
        wait.attempts += 1
        if permanent or wait.attempts >= wait.effect.retries:
            self._exhausted(wait, message or f"The job {wait.event} failed")
        else:
            backoff = wait.effect.retry_backoff or BACKOFF
            wait.not_before = self.now + timedelta(seconds=backoff[min(wait.attempts, len(backoff)) - 1])

    def _exhausted(self, wait: Wait, message: str) -> None:
        instance, code = wait.instance, wait.effect.headers.get("errorCodeOnFailure", "")
        caught = bool(code) and (
            catches_error(instance.process, instance.stored, wait.owner, code) or self.catches_above(instance, code)
        )
        if caught:
            self.finish(wait, commands.ThrowError(wait.owner, code, message))
        else:
            self.finish(wait, commands.Fail(wait.owner, "JOB_NO_RETRIES", message))

    # -- called processes

    def call(self, instance: Instance, effect: effects.CallProcess) -> None:
        answers = self.given.processes.get(effect.process)
        if answers is None:
            return super().call(instance, effect)
        self.used[effect.process] += 1
        answer = answers[min(self.used[effect.process], len(answers)) - 1]
        if not isinstance(answer, Waits):
            self.deliveries.append(lambda: self.quietly(instance, _called(effect.instance, answer)))

    def no_process(self, id: str) -> str:
        return f"There is no process {id} to call beside the model; a test may say under given.processes what it gives"


def _called(number: int, answer: Answer) -> commands.Command:
    if isinstance(answer, Fault):
        return commands.ThrowError(number, answer.code, answer.message, dict(answer.variables))
    assert isinstance(answer, Result), "no other answer of a called process can be written"
    return commands.Complete(number, dict(answer.variables))
