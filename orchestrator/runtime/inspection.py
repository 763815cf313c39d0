"""Files that somebody wants to deploy: read, checked, and held against what they refer to. Nothing is stored here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from orchestrator import bpmn, dmn
from orchestrator.bpmn import resources
from orchestrator.bpmn.model import (
    Binding,
    BusinessRuleTask,
    CallActivity,
    FlowNode,
    Job,
    Process,
    StartEvent,
    UserTask,
)
from orchestrator.feel.jsonnumbers import dumps, loads
from orchestrator.models import DecisionDefinition, FormDefinition, ProcessDefinition, Resource, ResourceDefinition
from orchestrator.runtime import decision_files, forms, job_checks

MAX_BYTES = 5 * 1024 * 1024
MAX_FILES = 100
MAX_TOTAL = 20 * 1024 * 1024
MAX_NAME = 255

PROCESS, DECISION, FORM, RESOURCE = "process", "decision", "form", "resource"
TABLES = {
    PROCESS: ProcessDefinition,
    DECISION: DecisionDefinition,
    FORM: FormDefinition,
    RESOURCE: ResourceDefinition,
}


@dataclass(frozen=True, slots=True)
class DeploymentProblem:
    """`file` is the name of the file, `element` the id in it or "", `line` counts from 1."""

    file: str
    element: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = [self.file, self.element, f"line {self.line}" if self.line is not None else ""]
        return f"{', '.join(filter(None, place))}: {self.message}"


@dataclass(frozen=True, slots=True)
class Defined:
    """One thing that a file defines, and for a process what it says."""

    what: str  # process | decision | form | resource
    key: str
    name: str
    version_tag: str = ""
    process: Process | None = None


@dataclass(slots=True)
class File:
    name: str
    content: bytes
    kind: Resource.Kind = Resource.Kind.BPMN
    defines: list[Defined] = field(default_factory=list)
    problems: list[DeploymentProblem] = field(default_factory=list)
    warnings: list[DeploymentProblem] = field(default_factory=list)  # they stand in nobody's way

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def problem(self, message: str, element: str = "", line: int | None = None) -> None:
        self.problems.append(DeploymentProblem(self.name, element, message, line))

    def warn(self, message: str, element: str = "") -> None:
        self.warnings.append(DeploymentProblem(self.name, element, message))

    @property
    def processes(self) -> Iterator[Process]:
        return (defined.process for defined in self.defines if defined.process is not None)


def read(files: Mapping[str, bytes]) -> list[File]:
    """Every file with what it defines and what is wrong with it."""
    found = [_read(name, content) for name, content in files.items()]
    _read_decisions(found)
    if not found:
        return [_refused("", b"", "There is no file to deploy")]
    if len(found) > MAX_FILES or sum(len(file.content) for file in found) > MAX_TOTAL:
        size = f"{MAX_FILES} files and {MAX_TOTAL // 1024 // 1024} MB"
        return [_refused("", b"", f"At most {size} can be deployed together")]
    _check_once(found)
    _check_references(found)
    return found


def _refused(name: str, content: bytes, message: str) -> File:
    file = File(name, content)
    file.problem(message)
    return file


def _read(name: str, content: bytes) -> File:
    if not name or len(name) > MAX_NAME or PurePath(name).name != name or "\x00" in name or "\\" in name:
        return _refused(name[:MAX_NAME], content, "The file name must be plain, with no folder in it")
    if len(content) > MAX_BYTES:
        megabytes = len(content) / 1024 / 1024
        return _refused(
            name, content, f"The file has {megabytes:.1f} MB; at most {MAX_BYTES // 1024 // 1024} MB are read"
        )
    file = File(name, content)
    file.kind, reader = READERS.get(PurePath(name).suffix.lower(), (Resource.Kind.FILE, _resource))
    try:
        reader(file)
    except RecursionError:
        file.problem("The file is nested too deep")
    _check_keys(file)
    return file


def _check_keys(file: File) -> None:
    for defined in file.defines:
        if not defined.key or len(defined.key) > MAX_NAME:
            file.problem(f"The id of a {defined.what} must have 1 to {MAX_NAME} characters")


def _bpmn(file: File) -> None:
    try:
        diagram = bpmn.parse(file.content)
        problems = bpmn.problems(diagram)
    except bpmn.BpmnError as error:
        problems = list(error.problems)
    else:
        file.defines = [
            Defined(PROCESS, key, process.name, process.version_tag, process)
            for key, process in diagram.processes.items()
        ]
        for warning in bpmn.warnings(diagram):
            file.warn(warning.message, warning.element)
    for problem in problems:
        file.problem(problem.message, problem.element, problem.line)
    for process in list(file.processes):
        for node in process.nodes.values():
            for job in _jobs(node):
                for message in job_checks.problems(node, job):
                    file.problem(message, node.id)
        for key, schema in process.forms.items():
            _embedded(file, process, key, schema.encode())


def _jobs(node: FlowNode) -> Iterator[Job]:
    """The work of a flow node and of its listeners."""
    listeners = (*node.listeners, *(node.task_listeners if isinstance(node, UserTask) else ()))
    work = getattr(node, "job", None)
    yield from (listener.job for listener in listeners)
    if work is not None:
        yield work


def _embedded(file: File, process: Process, key: str, schema: bytes) -> None:
    """A form inside the file of a process: of the deployment like any other."""
    id = key.partition("/")[2]
    for element, message in forms.problems(_named(schema, id)):
        file.problem(f"The embedded form {id}{f', {element}' if element else ''}: {message}", process.id)
    file.defines.append(Defined(FORM, key, id))


def _named(schema: bytes, id: str) -> bytes:
    """An embedded form has its id outside."""
    try:
        form = loads(schema)
    except ValueError:
        return schema
    return dumps({"id": id, **form}).encode() if isinstance(form, dict) else schema


def _dmn(file: File) -> None:
    """Decisions may need each other: `_read_decisions` reads them together."""


def _read_decisions(files: Iterable[File]) -> None:
    tables = {file.name: file for file in files if file.kind == Resource.Kind.DMN and not file.problems}
    for name, read in decision_files.read({name: file.content for name, file in tables.items()}).items():
        file = tables[name]
        if isinstance(read, dmn.DmnError):
            problems = list(read.problems)
        else:
            problems = list(dmn.problems(read))
            file.defines = [Defined(DECISION, key, decision.name) for key, decision in read.decisions.items()]
            if not file.defines and not _imported(file, tables.values()):
                file.problem("The file holds no decision")
        for problem in problems:
            file.problem(problem.message, problem.element)
        _check_keys(file)


def _imported(file: File, others: Iterable[File]) -> bool:
    """Of use to another file that is deployed with it: types and functions, for example."""
    return any(decision_files.are_linked({"": file.content, "other": o.content}) for o in others if o is not file)


def _form(file: File) -> None:
    for element, message in forms.problems(file.content):
        file.problem(message, element)
    if not file.problems:
        schema: dict[str, Any] = loads(file.content)
        key = schema.get("id")
        if isinstance(key, str):
            file.defines = [Defined(FORM, key, str(schema.get("name") or ""))]
        else:
            file.problem("The form has no id")


def _json(file: File) -> None:
    """A form, or a file that tasks link."""
    if resources.is_form(file.content):
        _form(file)
    else:
        file.kind = Resource.Kind.FILE
        _resource(file)


def _resource(file: File) -> None:
    try:
        found = resources.read(file.name, file.content)
    except resources.Unreadable as error:
        file.problem(str(error))
    else:
        file.defines = [Defined(RESOURCE, found.id, found.name, found.version_tag)]


READERS: dict[str, tuple[Resource.Kind, Callable[[File], None]]] = {
    ".bpmn": (Resource.Kind.BPMN, _bpmn),
    ".dmn": (Resource.Kind.DMN, _dmn),
    ".form": (Resource.Kind.FORM, _form),
    ".json": (Resource.Kind.FORM, _json),
}  # any other is a file that tasks link


def _check_once(files: Iterable[File]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for file in files:
        for defined in file.defines:
            other = seen.setdefault((defined.what, defined.key), file.name)
            if other != file.name:
                file.problem(f"The {defined.what} {defined.key} is in {other} too", defined.key)


@dataclass(frozen=True, slots=True)
class Reference:
    element: str
    what: str
    key: str
    binding: Binding


def references(process: Process) -> Iterator[Reference]:
    """What a process calls by a static name."""
    for node in process.nodes.values():
        for what, key, binding in _references(node):
            if isinstance(key, str) and key:
                yield Reference(node.id, what, key, binding)


def _references(node: FlowNode) -> Iterator[tuple[str, Any, Binding]]:
    if isinstance(node, CallActivity):
        yield PROCESS, node.called_process, node.binding
    if isinstance(node, BusinessRuleTask):
        yield DECISION, node.decision, node.binding
    if isinstance(node, UserTask | StartEvent) and node.form is not None:
        yield FORM, node.form.form_id, node.form.binding
    job: Job | None = getattr(node, "job", None)
    for link in job.linked if job is not None else ():
        yield RESOURCE, link.resource, link.binding


def _check_references(files: list[File]) -> None:
    together = {(defined.what, defined.key): defined.version_tag for file in files for defined in file.defines}
    for file in files:
        for process in file.processes:
            for reference in references(process):
                _check_reference(file, process.nodes[reference.element], reference, together)


def _check_reference(file: File, node: FlowNode, reference: Reference, together: Mapping[tuple[str, str], str]) -> None:
    """What is bound to this deployment must be in it; all else may be deployed later, before somebody needs it."""
    what, key, binding = reference.what, reference.key, reference.binding
    here = (what, key) in together
    known = TABLES[what]._default_manager.filter(key=key)
    meant = f"{what} {key}"
    if binding.type == "deployment":
        if not here:
            file.problem(f"The {meant} is bound to this deployment, but none of its files defines it", node.id)
        return
    if binding.type == "versionTag":
        here = here and together[what, key] == binding.version_tag
        known = known.filter(version_tag=binding.version_tag)
        meant += f" with the version tag {binding.version_tag}"
    if not here and not known.exists():
        until = "people start without a form" if isinstance(node, StartEvent) else "who gets here waits as an incident"
        file.warn(f"There is no {meant}, neither deployed nor in these files. Until it is deployed, {until}", node.id)
