"""What a drawing runs with when it is tried or tested: itself, and the deployed processes and decisions that it names.

Only read. Where nothing is deployed, the newest draft that defines it is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from orchestrator import bpmn, process_tests
from orchestrator.bpmn.model import BusinessRuleTask, CallActivity, Diagram, Process
from orchestrator.models import Draft, Resource
from orchestrator.process_tests import Models, UnusableModel
from orchestrator.runtime import drafts, inspection
from orchestrator.runtime.deployment import DeploymentRefused
from orchestrator.runtime.drafts import Drawn
from orchestrator.runtime.inspection import DeploymentProblem

KINDS = {
    inspection.PROCESS: Resource.Kind.BPMN,
    inspection.DECISION: Resource.Kind.DMN,
    inspection.FORM: Resource.Kind.FORM,
}
MAX_FILES = 100
MINE = "drawing.bpmn"

Named = tuple[str, str]  # process | decision | form, and its key


def models(what: Drawn) -> Models:
    """Raises DeploymentRefused with the problems of the drawing itself."""
    content = what.content.encode()
    diagram = _diagram(content)
    if isinstance(diagram, tuple):
        raise DeploymentRefused(DeploymentProblem(MINE, p.element, p.message, p.line) for p in diagram)
    if not diagram.processes:
        raise DeploymentRefused([DeploymentProblem(MINE, "", "There is no process that can be executed")])
    beside = tuple(sorted(_found(diagram.processes.values(), frozenset(diagram.processes)).items()))
    try:
        return _models(content, beside)
    except UnusableModel as error:
        raise DeploymentRefused([DeploymentProblem(MINE, "", str(error))]) from None


@lru_cache(maxsize=16)
def _diagram(content: bytes) -> Diagram | tuple[bpmn.Problem, ...]:
    """The diagram, or why it cannot run."""
    try:
        diagram = bpmn.parse(content)
    except bpmn.BpmnError as error:
        return tuple(error.problems)
    return tuple(bpmn.problems(diagram)) or diagram


@lru_cache(maxsize=8)
def _models(content: bytes, beside: tuple[tuple[str, bytes], ...]) -> Models:
    return process_tests.read_models({MINE: content}, dict(beside))


def _found(processes: Iterable[Process], own: frozenset[str]) -> dict[str, bytes]:
    """File name -> content of everything that is called, and of what that calls."""
    files: dict[str, bytes] = {}
    known: set[Named] = {(inspection.PROCESS, key) for key in own}
    waiting = [named for process in processes for named in _named(process)]
    while waiting and len(files) < MAX_FILES:
        named = waiting.pop()
        if named in known:
            continue
        known.add(named)
        found = source(*named)
        if found is None:
            continue
        name, content = found
        files[name] = content
        diagram = _diagram(content) if named[0] == inspection.PROCESS else None
        if isinstance(diagram, Diagram):
            waiting += [inner for process in diagram.processes.values() for inner in _named(process)]
    return files


def _named(process: Process) -> Iterator[Named]:
    yield from ((each.what, each.key) for each in inspection.references(process) if each.what in CALLED)
    # Which one an expression names is known only when it runs: any may be.
    for kind, what, attribute in DYNAMIC:
        nodes = (node for node in process.nodes.values() if isinstance(node, kind))
        if any(not isinstance(getattr(node, attribute), str | None) for node in nodes):
            latest = inspection.TABLES[what]._default_manager.filter(is_latest=True)
            yield from ((what, key) for key in latest.values_list("key", flat=True)[:MAX_FILES])


CALLED = (inspection.PROCESS, inspection.DECISION)
DYNAMIC = ((CallActivity, inspection.PROCESS, "called_process"), (BusinessRuleTask, inspection.DECISION, "decision"))


def source(what: str, key: str) -> tuple[str, bytes] | None:
    """The file of the version in force, else of a draft, under a name of its own."""
    rows = inspection.TABLES[what]._default_manager.filter(key=key, is_latest=True)
    resource = Resource.objects.filter(pk__in=rows.values("resource")).first()
    if resource is not None:
        return f"deployed-{resource.pk}.{resource.kind}", bytes(resource.content)
    for draft in Draft.objects.filter(kind=KINDS[what], content__contains=key).select_related("base")[:10]:
        if key in drafts.keys(drafts.drawn(draft)):
            return f"draft-{draft.pk}.{draft.kind}", draft.content.encode()
    return None
