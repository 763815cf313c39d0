"""The models that tests run on: the ones under test, and the called processes and decisions found beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from orchestrator import bpmn, dmn
from orchestrator.bpmn import model
from orchestrator.engine.calendars import zone_of
from orchestrator.engine.plain_times import uncountable
from orchestrator.process_tests.world import BEGINNING


@dataclass(frozen=True)
class Models:
    """`tested` are the processes of the files under test, `processes` these and all others; `left_out` says what
    beside them could not be used, and why.
    """

    tested: tuple[str, ...]
    processes: Mapping[str, model.Process]
    decisions: Mapping[str, dmn.Definitions]  # decision id -> the file it stands in
    left_out: tuple[str, ...] = ()


class UnusableModel(ValueError):
    """A model under test cannot be executed; str() says where and why, one problem per line."""


@dataclass
class _Found:
    """What was read so far, and where each id stands."""

    processes: dict[str, model.Process] = field(default_factory=dict)
    decisions: dict[str, dmn.Definitions] = field(default_factory=dict)
    places: dict[tuple[str, str], str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def keep(self, kind: str, into: dict[str, Any], id: str, value: Any, file: str) -> None:
        """Of two files with the same id neither is used: nobody knows which is meant."""
        if (kind, id) in self.places:
            self.left_out.append(f"The {kind} {id} stands in {self.places[kind, id]} and in {file}: neither is used")
            into.pop(id, None)
        else:
            self.places[kind, id] = file
            into[id] = value


def read(tested: Mapping[str, bytes], beside: Mapping[str, bytes]) -> Models:
    """Both map file names to contents; a name ends in .bpmn or .dmn. Raises UnusableModel."""
    under_test: dict[str, model.Process] = {}
    places: dict[str, str] = {}
    for name, content in tested.items():
        for id, process in {} if name.endswith(".dmn") else _processes(name, content).items():
            if id in places:
                raise UnusableModel(
                    f"The process {id} stands in {places[id]} and in {name}: nobody knows which is meant"
                )
            places[id], under_test[id] = name, process
    found = _Found()
    for name, content in sorted(beside.items()):
        if name.endswith(".bpmn"):
            try:
                for id, process in _processes(name, content).items():
                    if id not in under_test:
                        found.keep("process", found.processes, id, process, name)
            except UnusableModel as error:
                found.left_out.append(str(error))
    files = {name: content for name, content in [*tested.items(), *sorted(beside.items())] if name.endswith(".dmn")}
    for name, definitions in _decisions(files, found):
        for id in definitions.decisions:
            found.keep("decision", found.decisions, id, definitions, name)
    processes = {**found.processes, **under_test}
    return Models(tuple(under_test), processes, found.decisions, tuple(found.left_out))


def _processes(name: str, content: bytes) -> Mapping[str, model.Process]:
    try:
        diagram = bpmn.parse(content)
    except bpmn.BpmnError as error:
        raise _unusable(name, error.problems) from None
    if problems := [*bpmn.problems(diagram), *_uncountable(diagram)]:
        raise _unusable(name, problems)
    return diagram.processes


def _uncountable(diagram: model.Diagram) -> list[bpmn.Problem]:
    """Whatever calendar a model names is there in a test, as deployment will ask of it."""
    found = []
    for process in diagram.processes.values():
        begun = BEGINNING.astimezone(zone_of(process) or UTC)
        found += [bpmn.Problem(element, text) for element, text in uncountable(process, begun)]
    return found


def _unusable(name: str, problems: Any) -> UnusableModel:
    return UnusableModel("\n".join(f"{name}: {problem}" for problem in problems))


def _decisions(files: Mapping[str, bytes], found: _Found) -> list[tuple[str, dmn.Definitions]]:
    """Files may import each other. Where one of them cannot be read, those are taken that can be read alone."""
    try:
        return list(zip(files, dmn.parse_all(files.values()), strict=True))
    except dmn.DmnError:
        pass
    readable = []
    for name, content in files.items():
        try:
            readable.append((name, dmn.parse(content)))
        except dmn.DmnError as error:
            found.left_out += [f"{name}: {problem}" for problem in error.problems]
    return readable
