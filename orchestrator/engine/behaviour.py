"""What a kind of flow node may decide for itself. Everything else about the life of an element instance is in `run`.

The default passes straight through. A behaviour evaluates first and acts afterwards: whatever may raise Incident stands
before the first change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orchestrator.bpmn.model import FlowNode, SequenceFlow
from orchestrator.engine.errors import CommandRejected
from orchestrator.engine.state import ElementInstance, Variables

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


class Behaviour:
    maps_variables = True  # do input and output mappings apply?
    listens = True  # do execution listeners apply?

    def enter(self, run: Run, node: Any, instance: ElementInstance) -> None:
        """Inputs are applied and events are awaited: do what the element is for."""
        run.complete(instance)

    def retry(self, run: Run, node: Any, instance: ElementInstance) -> None:
        """The incident of an active element instance was resolved: do again what failed."""
        self.enter(run, node, instance)

    def completed(self, run: Run, node: Any, instance: ElementInstance, variables: Variables) -> None:
        """What the element waited for was done outside."""
        raise CommandRejected(f"{node.id} is not waiting to be completed")

    def triggered(self, run: Run, node: Any, instance: ElementInstance, event: FlowNode, variables: Variables) -> None:
        """An event happened that the element itself awaits."""
        raise CommandRejected(f"{node.id} is not waiting for {event.id}")

    def emptied(self, run: Run, node: Any, instance: ElementInstance) -> None:
        """Nothing is left to do inside."""
        run.complete(instance)

    def outgoing(self, run: Run, node: Any, instance: ElementInstance) -> Sequence[SequenceFlow]:
        """The sequence flows that a token takes on the way out."""
        return node.outgoing  # type: ignore[no-any-return]

    def leaving(self, run: Run, node: Any, scope: ElementInstance, child: ElementInstance) -> Any:
        """An iteration `child` of this body is about to be completed: weigh it, change nothing."""

    def left(self, run: Run, node: Any, scope: ElementInstance, child: ElementInstance, weighed: Any) -> None:
        """The iteration `child` of this body was completed."""

    def terminated(self, run: Run, node: Any, instance: ElementInstance) -> None:
        """The element instance is about to be terminated; its children are gone already."""

    def says_farewell(self, node: Any, instance: ElementInstance) -> bool:
        """Does somebody have a say before the element instance, which is interrupted, is gone?"""
        return False

    def stays_empty(self, run: Run, node: Any, instance: ElementInstance) -> bool:
        """An operator took away the last thing inside: does it wait for more, or go with it?"""
        return False

    def collects(self, node: Any) -> str:
        """The name of the collection that a body makes of the results of its rounds, or ""."""
        return ""

    def results(self, run: Run, instance: ElementInstance) -> Variables:
        """What a body collected so far, by that name."""
        return {}
