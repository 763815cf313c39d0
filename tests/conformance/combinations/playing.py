"""Plays a combination through a driver of the engine scenarios, and says at which step it went another way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conformance.combinations.scenario import Scenario


class Playing:
    """One scenario on one driver; `main` is the first process instance that was started."""

    def __init__(self, driver: Any, scenario: Scenario, folder: Path) -> None:
        self.driver, self.scenario, self.main = driver, scenario, None
        driver.reset()
        paths = []
        for name, content in scenario.files.items():
            paths.append(folder / (name if "." in name else f"{name}.bpmn"))
            paths[-1].write_bytes(content)
        driver.deploy([str(path) for path in paths])

    def play(self) -> None:
        for number, (operation, *arguments) in enumerate(self.scenario.steps, 1):
            try:
                OPERATIONS[operation](self, *arguments)
            except (AssertionError, LookupError) as wrong:
                raise AssertionError(f"step {number}, {operation} {arguments}: {wrong}") from wrong

    # -- what happens

    def start(self, variables: dict[str, Any], process: str = "p") -> None:
        started = self.driver.start(process, variables)
        self.main = self.main or started

    def complete(self, element: str, variables: dict[str, Any] | None = None) -> None:
        self.driver.complete_user_task(element, variables or {})

    def job(self, type: str, variables: dict[str, Any] | None = None) -> None:
        self.driver.complete_job(type, variables or {}, None)

    def throw(self, type: str, code: str) -> None:
        self.driver.throw_error(type, code, {})

    def publish(self, name: str, key: str, lives: str = "PT0S", variables: dict[str, Any] | None = None) -> None:
        self.driver.publish_message(name, key, variables or {}, lives)

    def signal(self, name: str, variables: dict[str, Any] | None = None) -> None:
        self.driver.broadcast_signal(name, variables or {})

    def advance(self, by: str) -> None:
        self.driver.advance(by)

    def set(self, variables: dict[str, Any]) -> None:
        self.driver.set_variables(self.main, variables)

    def adhoc(self, element: str, activities: list[str]) -> None:
        self.driver.activate_ad_hoc(element, activities)

    # -- what must be so

    def active(self, tasks: dict[str, int]) -> None:
        found = {element: number for element, number in self.driver.active_tasks().items() if number}
        assert found == tasks, f"active are {found}"

    def counts(self, process: str, states: dict[str, int]) -> None:
        """How many instances of the process are in which state."""
        found = dict(Counter(self.driver.state(instance) for instance in self.driver.instances(process)))
        assert found == states, f"the instances of {process} are {found}"

    def happened(self, what: str) -> Counter[str]:
        """How often each element of the main instance, and of those it called, was `what`."""
        return Counter(element for element, how in self.driver.history(self.main) if how == what)

    def done(self, elements: dict[str, int]) -> None:
        found = self.happened("completed")
        assert {element: found[element] for element in elements} == elements, f"completed were {dict(found)}"

    def ended(self, elements: dict[str, int]) -> None:
        found = self.happened("terminated")
        assert {element: found[element] for element in elements} == elements, f"terminated were {dict(found)}"

    def order(self, *happened: str) -> None:
        """`element:what` in this order, whatever happens in between."""
        events = [f"{element}:{what}" for element, what in self.driver.history(self.main)]
        left = iter(events)
        assert all(event in left for event in happened), f"the order is {events}"

    def never(self, element: str) -> None:
        assert element not in self.happened("activated"), f"{element} was activated"

    def state(self, state: str) -> None:
        assert self.driver.state(self.main) == state, f"the instance is {self.driver.state(self.main)}"

    def variables(self, variables: dict[str, Any]) -> None:
        found = self.driver.variables(self.main)
        assert {name: found.get(name) for name in variables} == variables, f"the variables are {found}"

    def without(self, name: str) -> None:
        assert name not in self.driver.variables(self.main), f"{name} leaked"

    def incident(self, process: str, element: str, kind: str) -> None:
        found = [
            (incident["element"], incident["errorType"])
            for instance in self.driver.instances(process)
            for incident in self.driver.incidents(instance)
        ]
        assert found == [(element, kind)], f"the incidents of {process} are {found}"


OPERATIONS: dict[str, Callable[..., None]] = {
    name: getattr(Playing, name)
    for name in (
        *("start", "complete", "job", "throw", "publish", "signal", "advance", "set", "adhoc"),
        *("active", "counts", "done", "ended", "order", "never", "state", "variables", "without", "incident"),
    )
}
