"""What goes in and out: mappings, calls, multi-instances."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator import feel
from orchestrator.camunda7.work import BINDINGS, Element, Work, bpmn, camunda, local, pop


def mappings(work: Work, element: Element) -> None:
    for mapping in work.take_extensions(element, "inputOutput"):
        for parameter in mapping.iterchildren(camunda("inputParameter")):
            work.map_input(element, parameter_value(work, element, parameter), parameter.get("name", ""))
        for parameter in mapping.iterchildren(camunda("outputParameter")):
            value = parameter_value(work, element, parameter)
            required = value if value.startswith("=") else f"= {feel.literal_text(value)}"
            work.map_output(element, required, parameter.get("name", ""))


def parameter_value(work: Work, element: Element, parameter: Element) -> str:
    child = next((child for child in parameter if isinstance(child.tag, str)), None)
    what = f"The parameter {parameter.get('name', '')}"
    if child is None:
        return work.feel(element, parameter.text or "", what)
    if local(child) == "script":
        work.open(element, f"{what} is a script in {child.get('scriptFormat')}: write FEEL")
        return "= null"
    return f"= {_value(work, element, child, what)}"


def _value(work: Work, element: Element, given: Element, what: str) -> str:
    """A `camunda:list` or `camunda:map`, or a text in one, as FEEL without the leading `=`."""
    kind = local(given)
    if kind == "list":
        return f"[{', '.join(_value(work, element, entry, what) for entry in given)}]"
    if kind == "map":
        entries = (
            f"{feel.literal_text(entry.get('key', ''))}: {_value(work, element, entry, what)}" for entry in given
        )
        return f"{{{', '.join(entries)}}}"
    inner = next((child for child in given if isinstance(child.tag, str)), None)
    if inner is not None and local(inner) in ("list", "map"):
        return _value(work, element, inner, what)
    text = work.feel(element, given.text or "", what)
    return text[1:].strip() if text.startswith("=") else feel.literal_text(text)


def call(work: Work, activity: Element) -> None:
    called = pop(activity, "calledElement")
    binding, version = work.take(activity, "calledElementBinding"), work.take(activity, "calledElementVersion")
    tag = work.take(activity, "calledElementVersionTag")
    given, taken = work.take_extensions(activity, "in"), work.take_extensions(activity, "out")
    if work.take(activity, "caseRef"):
        work.open(activity, "It called a CMMN case: draw that as a process")
    for name in ("variableMappingClass", "variableMappingDelegateExpression"):
        if java := work.take(activity, name):
            work.open(activity, f"{java} mapped the variables in Java: write input and output mappings")
    attributes = {"processId": work.feel(activity, called, "The called process")}
    attributes["bindingType"] = BINDINGS.get(binding, "latest")
    attributes["propagateAllParentVariables"] = _flag(any(entry.get("variables") == "all" for entry in given))
    attributes["propagateAllChildVariables"] = _flag(any(entry.get("variables") == "all" for entry in taken))
    if tag:
        attributes["versionTag"] = tag
    if binding == "version":
        work.open(activity, f"The called process was bound to version {version}: the newest one is taken")
    work.extend(activity, "calledElement", **attributes)
    for entries, write in ((given, work.map_input), (taken, work.map_output)):
        for entry in entries:
            _passed(work, activity, entry, write)


def _passed(work: Work, activity: Element, entry: Element, write: Callable[[Element, str, str], None]) -> None:
    if key := entry.get("businessKey"):
        if key.replace(" ", "") not in ("#{execution.processBusinessKey}", "${execution.processBusinessKey}"):
            work.open(activity, f"The called process had the business key {key}: pass it as a variable")
    elif target := entry.get("target"):
        expression = entry.get("sourceExpression")
        source = work.feel(activity, expression, target) if expression else f"= {entry.get('source', 'null')}"
        write(activity, source, target)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def multi_instance(work: Work, loop: Element) -> None:
    collection, element = work.take(loop, "collection"), work.take(loop, "elementVariable")
    cardinality = loop.find(bpmn("loopCardinality"))
    if collection:
        source = collection if "{" in collection else f"${{{collection}}}"
        found = work.feel(loop, source, "The collection")
    elif cardinality is not None:
        count = work.feel(loop, (cardinality.text or "").strip(), "The cardinality")
        found = f"= for i in 1..{count[1:].strip() if count.startswith('=') else count} return i"
        work.changed(loop, f"A cardinality became the collection {found}")
    else:
        work.open(loop, "Nothing says how often it runs: give an input collection")
        return
    if cardinality is not None:
        loop.remove(cardinality)
    attributes = {"inputCollection": found} | ({"inputElement": element} if element else {})
    work.extend(loop, "loopCharacteristics", **attributes)
    done = loop.find(bpmn("completionCondition"))
    if done is not None:
        done.text = work.feel(loop, done.text or "", "The completion condition", required=True)
