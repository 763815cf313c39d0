"""Variables that only some groups may read: what the process property `restricted` says, and what follows from it.

    salary, bonus: HR; iban: HR, Payroll; level: *

Whatever the model computes from a restricted variable is restricted likewise: the targets of mappings, results of
scripts, elements of a multi-instance. `*` is everybody: what is named so may be read, although it was computed from a
secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from orchestrator.bpmn import model as m
from orchestrator.bpmn.problems import Problem
from orchestrator.feel import Expression

PROPERTY = "restricted"
EVERYBODY = "*"
Groups = tuple[str, ...]

#: What whoever sees a case or a task reads: of the process, and of a user task.
_READ_BY_ALL = ("subject", "businessKey")
_READ_ON_TASKS = ("subject", "description")


class NotUnderstood(ValueError):
    """A sentence says what, and how it is written."""


def variables(process: m.Process) -> dict[str, Groups]:
    """Variable -> the groups that may read it, sorted. Raises NotUnderstood, where deployment has refused it."""
    declared = declaration(process)
    if not declared:
        return {}
    found = {name: groups for name, groups in declared.items() if groups != (EVERYBODY,)}
    sources = [(names, target) for names, target in _computed(process) if target not in declared]
    changed = True
    while changed:
        changed = False
        for names, target in sources:
            for secret in sorted(names & found.keys()):
                groups = _both(found[target], found[secret]) if target in found else found[secret]
                if found.get(target) != groups:
                    found[target], changed = groups, True
    return found


def declaration(process: m.Process) -> dict[str, Groups]:
    """What is written. Raises NotUnderstood."""
    written = process.properties.get(PROPERTY, "")
    if isinstance(written, Expression):
        raise NotUnderstood("It cannot be an expression: who may read is known before a case begins")
    found: dict[str, Groups] = {}
    for part in written.replace("\n", ";").split(";"):
        if not part.strip():
            continue
        names, colon, groups = part.partition(":")
        readers = _words(groups)
        if not colon or not readers:
            raise NotUnderstood(f"{part.strip()!r} names no group: write such as salary: HR, Payroll")
        if EVERYBODY in readers and len(readers) > 1:
            raise NotUnderstood(f"{part.strip()!r}: * is everybody and stands alone")
        if not _words(names):
            raise NotUnderstood(f"{part.strip()!r} names no variable: write such as salary: HR")
        for name in _words(names):
            if not name.isidentifier():
                raise NotUnderstood(f"{name!r} is not a variable name")
            if name in found:
                raise NotUnderstood(f"{name} is named twice")
            found[name] = tuple(sorted(set(readers)))
    return found


def restrictions_can_be_kept(process: m.Process) -> Iterator[Problem]:
    """A rule of `validation`: what is written is understood, and no text that everybody reads gives it away."""
    for node in process.nodes.values():
        if PROPERTY in node.properties and not _is_guard(node):
            yield Problem(node.id, f"The property {PROPERTY} names variables on the process, not on its elements")
    try:
        found = variables(process)
    except NotUnderstood as error:
        yield Problem(process.id, f"The property {PROPERTY}: {error}")
        return
    if not found:
        return
    yield from _given_away(process.id, process.properties, _READ_BY_ALL, found)
    for node in process.nodes.values():
        if isinstance(node, m.UserTask):
            yield from _given_away(node.id, node.properties, _READ_ON_TASKS, found)
        for message in (getattr(node, "definition", None), getattr(node, "message", None)):
            if isinstance(message, m.MessageDefinition):
                keys = {"correlationKey": message.correlation_key, "publishedKey": _published(message)}
                yield from _given_away(node.id, {k: v for k, v in keys.items() if v}, keys, found)


def _is_guard(node: m.FlowNode) -> bool:
    """A user task may say that it is for signed-in eyes alone."""
    return isinstance(node, m.UserTask) and node.properties[PROPERTY] in ("true", "false")


def _given_away(
    id: str, properties: Mapping[str, m.Text], names: Iterable[str], found: Mapping[str, Groups]
) -> Iterator[Problem]:
    for name in names:
        written = properties.get(name)
        for secret in sorted(written.names & found.keys()) if isinstance(written, Expression) else ():
            readers = ", ".join(found[secret]) or "nobody"
            yield Problem(id, f"The property {name} shows {secret}, which only {readers} may read: leave it out")


def _published(message: m.MessageDefinition) -> m.Text:
    return message.publish.correlation_key if message.publish else ""


def _computed(process: m.Process) -> Iterator[tuple[frozenset[str], str]]:
    """What a variable is computed from: (names that the expression reads, the variable)."""
    for node in process.nodes.values():
        for mapping in (*node.inputs, *node.outputs):
            yield from _from(mapping.source, mapping.target)
        if isinstance(node, m.ScriptTask):
            yield from _from(node.expression, node.result_variable)
        if isinstance(node, m.AdHocSubProcess):
            yield from _from(node.output_element, node.output_collection)
        if isinstance(node, m.Activity) and node.multi_instance is not None:
            yield from _from(node.multi_instance.input_collection, node.multi_instance.input_element)
            yield from _from(node.multi_instance.output_element, node.multi_instance.output_collection)


def _from(source: m.Text | None, target: str) -> Iterator[tuple[frozenset[str], str]]:
    if isinstance(source, Expression) and target:
        yield source.names, target.partition(".")[0]


def _both(one: Groups, other: Groups) -> Groups:
    """Who may read both; nobody, perhaps."""
    return tuple(sorted(set(one) & set(other)))


def _words(text: str) -> list[str]:
    return [word for word in (part.strip() for part in text.split(",")) if word]
