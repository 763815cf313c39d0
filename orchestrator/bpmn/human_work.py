"""What the properties of a user task say of people's work: can it be done so? Only what is written down is judged; an
expression has its value at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from orchestrator.bpmn import approval_rules
from orchestrator.bpmn import model as m
from orchestrator.bpmn.problems import Problem

#: Property -> the words it knows, written in lower case with spaces.
WORDS: Mapping[str, tuple[str, ...]] = {
    "approvalOrder": approval_rules.ORDERS,
    "start": ("on creation", "on allocation"),
    "distribution": ("on enablement", "follow up"),
    "visibility": ("all", "owner"),
    "confidential": ("true", "false"),
}
_OF_APPROVERS = ("approvalOrder", "quorum", "veto", "firstRefusalEnds")
_MOST_UNDO = 60
_MOST_URGENT = 100


def the_words_about_people_make_sense(process: m.Process) -> Iterator[Problem]:
    for node in process.nodes.values():
        if isinstance(node, m.UserTask):
            for sentence in _sentences(process, node):
                yield Problem(node.id, sentence)


def _sentences(process: m.Process, node: m.UserTask) -> Iterator[str]:
    yield from _lists(node)
    yield from _words(node)
    yield from _approvers(node)
    yield from _numbers(node)
    yield from _earlier_steps(process, node)


def written(node: m.UserTask, name: str) -> str | None:
    """The text of a property; None where there is none, or an expression."""
    value = node.properties.get(name)
    return value if isinstance(value, str) else None


def _lists(node: m.UserTask) -> Iterator[str]:
    for what, names in (("users", node.candidate_users), ("groups", node.candidate_groups)):
        if isinstance(names, str) and not all(name.strip() for name in names.split(",")):
            yield f"The candidate {what} are {names!r}: write names with a comma between two"


def _words(node: m.UserTask) -> Iterator[str]:
    for name, known in WORDS.items():
        value = written(node, name)
        if value is not None and value.strip().lower().replace("-", " ").replace("_", " ") not in known:
            yield f"The property {name} is {value!r}: write {' or '.join(known)}"


def _approvers(node: m.UserTask) -> Iterator[str]:
    if not node.properties.get("approvers"):
        for name in _OF_APPROVERS:
            if name in node.properties:
                yield f"The property {name} has no effect without approvers: name them in the property approvers"
        return
    if not node.properties.get("outcomes"):
        yield "The approvers have nothing to choose from: write the property outcomes, such as approve; reject!"
    if node.properties.get("allocation"):
        yield "Approvers are each asked: remove the property allocation"
    checks: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("quorum", lambda text: approval_rules.needed(text, 1)),
        ("firstRefusalEnds", approval_rules.is_yes),
    )
    for name, check in checks:
        try:
            check(written(node, name) or "")
        except ValueError as error:
            yield f"The property {name}: {error}"


def _numbers(node: m.UserTask) -> Iterator[str]:
    if isinstance(node.priority, str) and not (node.priority.strip().isdigit() and int(node.priority) <= _MOST_URGENT):
        yield f"The priority is {node.priority!r}: write a whole number from 0 to {_MOST_URGENT}"
    limit, undo = written(node, "wipLimit"), written(node, "undo")
    if limit is not None and not (limit.strip().isdigit() and int(limit) > 0):
        yield f"The property wipLimit is {limit!r}: write a number of at least 1"
    if limit is not None and not node.properties.get("allocation"):
        yield "The property wipLimit has no effect without the property allocation"
    if undo is not None:
        seconds = undo.strip().upper().removeprefix("PT").removesuffix("S")
        if not (seconds.isdigit() and int(seconds) <= _MOST_UNDO):
            yield f"The property undo is {undo!r}: write seconds, at most {_MOST_UNDO}, such as 8"


def _earlier_steps(process: m.Process, node: m.UserTask) -> Iterable[str]:
    for name in (written(node, "sendBackTo") or "").split(","):
        step = process.nodes.get(name.strip())
        if not name.strip():
            continue
        if not isinstance(step, m.UserTask):
            yield f"The property sendBackTo names {name.strip()!r}, which is no user task of this process"
        elif step.scope != node.scope:
            yield f"The property sendBackTo names {step.id}, which is in another sub-process"
