"""Play one process instance of a drawn process, and look at it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import isodate

from orchestrator.bpmn import model as bpmn
from orchestrator.engine import ElementInstance, Step, commands, effects
from tests.engine.memory import World
from tests.engine.stored import Wait


class Play:
    def __init__(self, process: bpmn.Process, *called: bpmn.Process, world: World | None = None, **variables: Any):
        self.world = world or World()
        for each in (process, *called):
            self.world.deploy(each)
        self.instance = self.world.start(process.id, variables)

    # -- what happens

    def do(self, command: commands.Command) -> Step:
        return self.world.execute(self.instance, command)

    def complete(self, element: str, **variables: Any) -> Play:
        self.world.complete(self.waiting(element), variables)
        return self

    def throw(self, element: str, code: str, **variables: Any) -> Play:
        self.world.throw(self.waiting(element), code, variables)
        return self

    def fail(self, element: str) -> Play:
        self.world.fail(self.waiting(element))
        return self

    def retry(self, element: str) -> Play:
        self.do(commands.Retry(self.active(element).id))
        return self

    def set(self, element: str = "", local: bool = False, **variables: Any) -> Play:
        self.do(commands.SetVariables(self.active(element or self.instance.process.id).id, variables, local))
        return self

    def after(self, duration: str) -> Play:
        self.world.advance(isodate.parse_duration(duration))
        return self

    def publish(self, name: str, key: str = "1", lives: str = "PT0S", **variables: Any) -> Play:
        self.world.publish(name, key, variables, isodate.parse_duration(lives))
        return self

    def broadcast(self, name: str, **variables: Any) -> Play:
        self.world.broadcast(name, variables)
        return self

    # -- what can be seen

    def waiting(self, element: str) -> Wait:
        """The oldest open task or job at the element, of any process instance."""
        return next(wait for wait in self._tasks() if wait.event == element)

    def _tasks(self) -> list[Wait]:
        kinds = (effects.CreateUserTask, effects.CreateJob)
        return [wait for wait in self.world.waits if isinstance(wait.effect, kinds)]

    @property
    def tasks(self) -> list[str]:
        """Open user tasks and jobs, of all process instances."""
        return sorted(wait.event for wait in self._tasks())

    @property
    def awaited(self) -> list[str]:
        """Everything that is waited for: tasks, jobs, timers, messages, signals."""
        return sorted(wait.event for wait in self.world.waits)

    def active(self, element: str) -> ElementInstance:
        """The newest active element instance."""
        return next(i for i in reversed(self.instance.stored.instances.values()) if i.element == element)

    @property
    def state(self) -> str:
        return self.world.state_of(self.instance)

    @property
    def variables(self) -> dict[str, Any]:
        return self.world.variables_of(self.instance)

    @property
    def incidents(self) -> list[tuple[str, str]]:
        """Element and kind of the open incidents."""
        return [(incident.element, incident.kind) for incident in self.instance.incidents.values()]

    @property
    def complaint(self) -> str:
        """The message of the only open incident."""
        (incident,) = self.instance.incidents.values()
        return incident.message

    def count(self, what: str = "completed") -> Counter[str]:
        """How often each element was activated | completed | terminated."""
        return Counter(element for _, element, done in self.instance.history if done == what)

    def effects(self, kind: type) -> list[Any]:
        return [effect for step in self.instance.steps for effect in step.effects if isinstance(effect, kind)]
