"""The modellers' page of what executes, written from the support tables: what it says is what the parser does."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.bpmn import support

INTRODUCTION = """\
# BPMN: what executes

<!-- Written by `python -m orchestrator.bpmn.documentation` from orchestrator/bpmn/support.py; a test compares them. -->

Everything in this table executes. Whatever is not in it is refused when the file is deployed, with the id of the
element and a sentence that says what to do: nothing is ever ignored in silence. Drawings for people (lanes, data
objects, annotations, groups, message flows) are kept and shown; a lane is also the candidate group of user tasks that
name nobody.

Extension elements and attributes of other namespaces change nothing here. What tools write down for themselves
(colours, simulation) is let pass without a word, what nobody here knows (such as a company's own namespace) with a
warning of the deployment. What another engine would execute is refused: {engines}.

## Activities and gateways
"""


STARTS = """\
The conditional start events of a process are asked when somebody evaluates the conditions: the function
`orchestrator.runtime.starts.evaluate_conditions(variables)` starts an instance of the latest version for each start
event whose condition is true of these variables.
"""
MORE = """
Listeners are described in [Listeners](listeners.md). A form inside the file (`zeebe:userTaskForm`, named by
`formKey="camunda-forms:bpmn:ID"`) is a form of the deployment, bound to the version of the process that brought it.
Linked resources are files that are deployed beside the models: see
[Files that a task links](connectors.md#files-that-a-task-links).
"""


def page() -> str:
    """Markdown."""
    introduction = INTRODUCTION.format(engines=", ".join(support.ENGINES.values()))
    return "\n".join([introduction, *_flow_nodes(), "", *_events(), "", STARTS, *_extensions(), MORE])


def _flow_nodes() -> Iterator[str]:
    yield "| element | BPMN tag |"
    yield "| --- | --- |"
    for tag, name in support.FLOW_NODES.items():
        if not tag.endswith("Event"):
            yield f"| {name} | `{tag}` |"


def _events() -> Iterator[str]:
    positions = {key: key for key in support.POSITIONS}
    yield "## Events"
    yield ""
    yield "| trigger | " + " | ".join(positions) + " |"
    yield "| --- |" + " --- |" * len(positions)
    for tag, allowed in support.EVENT_POSITIONS.items():
        cells = ["yes" if position in allowed else "–" for position in positions]
        yield f"| {tag.removesuffix('EventDefinition')} | " + " | ".join(cells) + " |"
    yield ""
    yield "Timers take these kinds of text:"
    yield ""
    for position, kinds in support.TIMER_KINDS.items():
        yield f"- {support.POSITIONS[position]}: {', '.join(sorted(kinds))}"


def _extensions() -> Iterator[str]:
    yield "## Extension elements"
    yield ""
    yield "| extension | may stand on |"
    yield "| --- | --- |"
    for tag, places in support.EXTENSIONS.items():
        where = "any element" if len(places) > 20 else ", ".join(f"`{place}`" for place in sorted(places))
        yield f"| `zeebe:{tag}` | {where} |"
    yield ""
    yield "Known, and refused with a hint:"
    yield ""
    for tag, why in support.REFUSED_EXTENSIONS.items():
        yield f"- `zeebe:{tag}`: {why}"


if __name__ == "__main__":
    import sys

    sys.stdout.write(page())
