"""How variables move between scopes: inputs on the way in, outputs on the way out, propagation in between.

Without output mappings a result goes to the nearest scope that has a variable of the name, else to the process. With
them, the result stays local and only what is mapped leaves.
"""

from __future__ import annotations

from collections import ChainMap
from typing import TYPE_CHECKING, Any

from orchestrator import feel
from orchestrator.bpmn.model import Activity, FlowNode, IoMapping
from orchestrator.engine.errors import IO_MAPPING_ERROR
from orchestrator.engine.expressions import evaluate_over, visible
from orchestrator.engine.state import ElementInstance, Variables

if TYPE_CHECKING:
    from orchestrator.engine.run import Run


def apply_inputs(run: Run, node: FlowNode, instance: ElementInstance) -> None:
    """Every input makes a local variable; a later one sees those before it."""
    made: Variables = {}
    for mapping in node.inputs:
        value = _value(run, mapping, instance, made, "The input")
        _put(made, mapping.target, value, existing=None)
    run.set_local(instance, made)


def apply_outputs(run: Run, node: FlowNode, instance: ElementInstance) -> None:
    """The mapped values leave the element; those of one item of a multi-instance stay where its own variables are."""
    made: Variables = {}
    seen = visible(run, instance)
    for mapping in node.outputs:
        value = _value(run, mapping, instance, made, "The output")
        _put(made, mapping.target, value, existing=seen.get(mapping.target.partition(".")[0]))
    own = instance.iteration is not None and isinstance(node, Activity) and node.multi_instance is not None
    start = instance if own else run.draft.instances[instance.scope or instance.id]
    run.propagate(start, made)


def _value(run: Run, mapping: IoMapping, instance: ElementInstance, made: Variables, what: str) -> Any:
    if isinstance(mapping.source, str):
        return mapping.source
    variables = visible(run, instance)
    what = f"{what} {mapping.target} of {instance.element}"
    value = evaluate_over(
        run,
        mapping.source,
        ChainMap(made, variables) if made else variables,  # type: ignore[arg-type]
        instance,
        what,
        kind=IO_MAPPING_ERROR,
    )
    return feel.to_json(value)


def _put(made: Variables, target: str, value: Any, existing: Any) -> None:
    """`a.b` makes a context; `existing` is the context that it extends: of an output the one that the element sees."""
    name, *path = target.split(".")
    if not path:
        made[name] = value
        return
    here = made[name] = _context(made.get(name, existing))
    for part in path[:-1]:
        here[part] = _context(here.get(part))
        here = here[part]
    here[path[-1]] = value


def _context(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}
