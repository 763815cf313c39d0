"""The rules of the requirement graph: a requirement leads to a node of the right kind, and never back to its start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.dmn.model import (
    BusinessKnowledgeModel,
    Decision,
    DecisionService,
    Definitions,
    Element,
    InputData,
    Reference,
)
from orchestrator.dmn.problems import Problem

INVOCABLE = (BusinessKnowledgeModel, DecisionService)
KINDS: dict[type[Element], dict[str, tuple[type[Element], ...]]] = {
    Decision: {"inputs": (InputData,), "decisions": (Decision,), "knowledge": INVOCABLE},
    BusinessKnowledgeModel: {"knowledge": INVOCABLE},
    DecisionService: {
        "outputs": (Decision,),
        "encapsulated": (Decision,),
        "input_decisions": (Decision,),
        "inputs": (InputData,),
    },
}
"""What the references of a node may lead to."""
WORDS: dict[type[Element], str] = {
    InputData: "input data",
    Decision: "decision",
    BusinessKnowledgeModel: "business knowledge model",
    DecisionService: "decision service",
}


def _nodes(definitions: Definitions) -> Iterator[Element]:
    yield from definitions.decisions.values()
    yield from definitions.business_knowledge_models.values()
    yield from definitions.decision_services.values()


def lead_somewhere(definitions: Definitions) -> Iterator[Problem]:
    """No requirement dangles."""
    for node in _nodes(definitions):
        for attribute, wanted in KINDS[type(node)].items():
            for reference in getattr(node, attribute):
                found = definitions.follow(reference)
                if not isinstance(found, wanted):
                    words = " or ".join(WORDS[kind] for kind in wanted)
                    where = f"the file imported as {reference.alias}" if reference.alias else "the file"
                    message = f"{node.name} requires {reference.id}, but {where} has no {words} of that id"
                    yield Problem(node.id, message)


def are_no_circle(definitions: Definitions) -> Iterator[Problem]:
    """No decision requires itself, directly or through others."""
    edges = {node.id: _local(node.decisions) for node in definitions.decisions.values()}
    yield from _circles(definitions, edges)


def knowledge_is_no_circle(definitions: Definitions) -> Iterator[Problem]:
    """No decision, model or service requires itself as knowledge. A model may call itself without requiring itself."""
    edges = {node.id: _local(node.knowledge) for node in definitions.business_knowledge_models.values()}
    edges |= {node.id: [*_local(node.decisions), *_local(node.knowledge)] for node in definitions.decisions.values()}
    for service in definitions.decision_services.values():
        edges[service.id] = _local(service.outputs)
    only_decisions = {node.id for node in definitions.decisions.values()}
    for problem, circle in _found(definitions, edges):
        if not only_decisions.issuperset(circle):
            yield problem


def _local(references: tuple[Reference, ...]) -> list[str]:
    return [reference.id for reference in references if reference.alias is None]


def _circles(definitions: Definitions, edges: Mapping[str, list[str]]) -> Iterator[Problem]:
    for problem, _ in _found(definitions, edges):
        yield problem


def _found(definitions: Definitions, edges: Mapping[str, list[str]]) -> Iterator[tuple[Problem, list[str]]]:
    """Each circle once: a depth-first search with its own stack, since requirements may be long."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        on_path: set[str] = set()
        stack = [(start, iter(edges[start]))] if start not in done else []
        if stack:
            path.append(start)
            on_path.add(start)
        while stack:
            node, following = stack[-1]
            after = next(following, None)
            if after is None:
                stack.pop()
                path.pop()
                on_path.discard(node)
                done.add(node)
            elif after in on_path:
                circle = path[path.index(after) :]
                yield Problem(after, _sentence(definitions, circle)), circle
            elif after in edges and after not in done:
                stack.append((after, iter(edges[after])))
                path.append(after)
                on_path.add(after)


def _sentence(definitions: Definitions, circle: list[str]) -> str:
    names = [element.name for id in circle if (element := definitions.element(id))]
    shown = [*names[:8], "..."] if len(names) > 8 else names
    return f"Requirements go round in a circle: {' requires '.join([*shown, names[0]])}"
