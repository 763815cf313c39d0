"""DMN as a library: files in, a model that answers by name out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from orchestrator import feel
from orchestrator.dmn.asked import Asked, asked
from orchestrator.dmn.evaluation import evaluate, evaluate_bkm, evaluate_service
from orchestrator.dmn.model import BusinessKnowledgeModel, Decision, DecisionService, Definitions, Element
from orchestrator.dmn.parse import parse_all
from orchestrator.dmn.problems import DecisionFailed, DmnError, Problem, did_you_mean
from orchestrator.dmn.result import DecisionResult
from orchestrator.dmn.validation import advice, problems

EVALUATE: dict[type[Element], Callable[..., DecisionResult]] = {
    Decision: evaluate,
    DecisionService: evaluate_service,
    BusinessKnowledgeModel: evaluate_bkm,
}


class File(Protocol):
    """What can be read, such as a pathlib.Path."""

    def read_bytes(self) -> bytes: ...


@dataclass(frozen=True)
class Model:
    """Files that hold together. Immutable; threads may share it."""

    files: tuple[Definitions, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What can be evaluated: decisions, then decision services, then business knowledge models."""
        return tuple(node.name for file in self.files for node in _evaluable(file))

    @property
    def advice(self) -> list[Problem]:
        """What a modeller should look at again: gaps, rules that never match, unknown names."""
        return [found for file in self.files for found in advice(file)]

    def inputs(self, name: str) -> tuple[Asked, ...]:
        """What has to be known before it can be evaluated. Raises DecisionFailed for an unknown name."""
        return asked(*self.find(name))

    def evaluate(
        self, name: str, inputs: Mapping[str, Any], *, environment: feel.Environment | None = None
    ) -> DecisionResult:
        """Evaluate by id or name: a decision, a decision service, or a business knowledge model with its parameters.

        The first file that has it answers. Raises DecisionFailed for an unknown name and where the standard knows no
        value, and feel.LimitExceeded; data never raises.
        """
        file, node = self.find(name)
        return EVALUATE[type(node)](file, node.id, inputs, environment=environment)

    def find(self, name: str) -> tuple[Definitions, Element]:
        """What an id or a name stands for, and the file it is in. Raises DecisionFailed."""
        for attribute in ("id", "name"):
            for file in self.files:
                for node in _evaluable(file):
                    if getattr(node, attribute) == name:
                        return file, node
        ids = [node.id for file in self.files for node in _evaluable(file)]
        guess = did_you_mean(name, [*self.names, *ids])
        has = f"; it has {_some(self.names)}" if self.names and not guess else ""
        raise DecisionFailed(f"The model has no decision {name}{guess or has}")


def load(source: bytes | File | Iterable[bytes | File]) -> Model:
    """Read a file, or several that import each other, from their bytes or paths.

    Raises DmnError, whose `problems` are everything a deployment would refuse, and OSError where a path cannot be read.
    """
    sources = [source] if isinstance(source, bytes) or hasattr(source, "read_bytes") else list(source)
    files = parse_all([item if isinstance(item, bytes) else item.read_bytes() for item in sources])
    found = tuple(problem for file in files for problem in problems(file))
    if found:
        raise DmnError(found)
    return Model(tuple(files))


def _evaluable(file: Definitions) -> tuple[Element, ...]:
    return (*file.decisions.values(), *file.decision_services.values(), *file.business_knowledge_models.values())


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
