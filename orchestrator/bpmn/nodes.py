"""Flow nodes of BPMN 2.0, 10.3 to 10.6: each tag read into a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.bpmn import dialect, events, listeners
from orchestrator.bpmn import model as m
from orchestrator.bpmn.source import Element, Source, local

Builder = Callable[[Source, Element, dict[str, Any]], m.FlowNode | None]


def build(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode | None:
    """The value of one flow node, or None when a problem was noted that leaves nothing to build."""
    return BUILDERS[local(element)](source, element, common)


# -- events


def _start_event(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    interrupting = source.boolean(element, "isInterrupting", True)
    container = element.getparent()
    inside = container is not None and container.get("triggeredByEvent") in ("true", "1")
    position = ("event sub-process" if interrupting else "non-interrupting event sub-process") if inside else "start"
    if not inside and container is not None and local(container) != "process" and events.triggers(source, element):
        source.problem(element, "Only a process and an event sub-process start by an event: remove its trigger")
        return m.StartEvent(**common)
    return m.StartEvent(
        **common,
        definition=events.definition(source, element, position),
        interrupting=interrupting,
        form=dialect.form(source, element),
    )


def _end_event(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    return m.EndEvent(**common, definition=events.definition(source, element, "end"), job=_sending_job(source, element))


def _throw_event(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    definition = events.definition(source, element, "throw")
    return m.IntermediateThrowEvent(**common, definition=definition, job=_sending_job(source, element))


def _sending_job(source: Source, event: Element) -> m.Job | None:
    """A message event is sent by a job or by the engine; nothing else may carry a job."""
    job = dialect.job(source, event)
    sends = source.child(event, "messageEventDefinition")
    if sends is None:
        if job is not None:
            source.problem(event, "Only a message event may have a job")
        return None
    publishes = dialect.publish(source, sends, holder_of=event) is not None
    if job is None and not publishes and source.extension(event, "taskDefinition") is None:
        source.problem(
            event,
            "The message is sent by nobody: choose a connector, or let the engine publish it (zeebe:publishMessage)",
        )
    if job is not None and publishes:
        source.problem(event, "The message is sent twice: remove the job or zeebe:publishMessage")
    return job


def _catch_event(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode | None:
    definition = events.definition(source, element, "catch")
    if definition is None and not any(local(child).endswith("EventDefinition") for child in element):
        source.problem(element, "The catch event waits for nothing: give it a trigger")
    return m.IntermediateCatchEvent(**common, definition=definition)


def _boundary_event(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode | None:
    interrupting = source.boolean(element, "cancelActivity", True)
    host = source.by_id.get(element.get("attachedToRef", ""))
    if host is None or local(host) not in ACTIVITIES:
        source.problem(element, "The boundary event is attached to no activity")
        return None
    compensates = source.child(element, "compensateEventDefinition") is not None
    position = "boundary" if interrupting or compensates else "non-interrupting boundary"
    definition = events.definition(source, element, position)
    if definition is None and not any(local(child).endswith("EventDefinition") for child in element):
        source.problem(element, "The boundary event waits for nothing: give it a trigger")
    return m.BoundaryEvent(**common, definition=definition, attached_to=host.get("id", ""), interrupting=interrupting)


# -- tasks


def activity(source: Source, element: Element) -> dict[str, Any]:
    return {
        "multi_instance": _multi_instance(source, element),
        "standard_loop": _standard_loop(source, element),
        "for_compensation": source.boolean(element, "isForCompensation", False),
        "default": element.get("default"),
    }


def _multi_instance(source: Source, element: Element) -> m.MultiInstance | None:
    marker = source.child(element, "multiInstanceLoopCharacteristics")
    if marker is None:
        return None
    dialect.check_extensions(source, marker)
    dialect.check_attributes(source, marker)
    for tag in ("loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem"):
        if source.child(marker, tag) is not None:
            source.problem(element, f"{tag} is not executed: give the multi-instance an input collection")
    loop = source.extension(marker, "loopCharacteristics")
    written = loop.get("inputCollection") if loop is not None else None
    collection = source.expression(element, written, "The input collection")
    if loop is None or collection is None:
        if not written:
            source.problem(element, "The multi-instance has no input collection")
        return None
    condition = source.child(marker, "completionCondition")
    output = source.expression(element, loop.get("outputElement"), "The output element")
    if bool(loop.get("outputCollection")) != bool(loop.get("outputElement")):
        source.problem(element, "The multi-instance needs both an output collection and an output element, or neither")
    return m.MultiInstance(
        input_collection=collection,
        input_element=loop.get("inputElement", ""),
        output_collection=loop.get("outputCollection", ""),
        output_element=output,
        completion_condition=source.expression(
            element, condition.text if condition is not None else None, "The completion condition"
        ),
        sequential=source.boolean(marker, "isSequential", False),
    )


def _standard_loop(source: Source, element: Element) -> m.StandardLoop | None:
    marker = source.child(element, "standardLoopCharacteristics")
    if marker is None:
        return None
    dialect.check_extensions(source, marker)
    dialect.check_attributes(source, marker)
    condition = source.child(marker, "loopCondition")
    expression = source.expression(element, condition.text if condition is not None else None, "The loop condition")
    maximum = marker.get("loopMaximum")
    if maximum is not None and not maximum.isdigit():
        source.problem(element, f"loopMaximum is {maximum!r}: write a number")
    if expression is None and maximum is None:
        source.problem(element, "The loop never ends: give it a condition or a maximum")
    return m.StandardLoop(
        condition=expression,
        test_before=source.boolean(marker, "testBefore", False),
        maximum=int(maximum) if maximum and maximum.isdigit() else None,
    )


def _plain(kind: type[m.Task]) -> Builder:
    return lambda source, element, common: kind(**common, **activity(source, element))


def _user_task(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    def attribute(extension: str, name: str, what: str) -> m.Text | None:
        holder = source.extension(element, extension)
        return None if holder is None else source.text(element, holder.get(name), what)

    return m.UserTask(
        **common,
        **activity(source, element),
        assignee=attribute("assignmentDefinition", "assignee", "The assignee"),
        candidate_users=attribute("assignmentDefinition", "candidateUsers", "The candidate users"),
        candidate_groups=attribute("assignmentDefinition", "candidateGroups", "The candidate groups"),
        due_date=attribute("taskSchedule", "dueDate", "The due date"),
        follow_up_date=attribute("taskSchedule", "followUpDate", "The follow-up date"),
        priority=attribute("priorityDefinition", "priority", "The priority"),
        form=dialect.form(source, element),
        task_listeners=listeners.task(source, element),
    )


def _needed_job(source: Source, element: Element) -> m.Job | None:
    job = dialect.job(source, element)
    if job is None and source.extension(element, "taskDefinition") is None:
        source.problem(element, "The task does nothing: choose a connector or name a job worker (zeebe:taskDefinition)")
    return job


def _service_task(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode | None:
    job = _needed_job(source, element)
    return None if job is None else m.ServiceTask(**common, **activity(source, element), job=job)


def _send_task(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode | None:
    if source.extension(element, "publishMessage") is None:
        job = _needed_job(source, element)
        return None if job is None else m.SendTask(**common, **activity(source, element), job=job)
    if dialect.job(source, element) is not None:
        source.problem(element, "The message is sent twice: remove the job or zeebe:publishMessage")
    message = events.message(source, element, element, needs_key=False, throws=True)
    return None if message is None else m.SendTask(**common, **activity(source, element), message=message)


def _receive_task(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode | None:
    instantiate = source.boolean(element, "instantiate", False)
    message = events.message(source, element, element, needs_key=not instantiate)
    if message is None:
        return None
    return m.ReceiveTask(**common, **activity(source, element), message=message, instantiate=instantiate)


def _script_task(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    if source.child(element, "script") is not None:
        source.problem(element, "Scripts in other languages are not executed: write FEEL in zeebe:script")
    script = source.extension(element, "script")
    job = dialect.job(source, element)
    if (script is None) == (job is None):
        source.problem(element, "A script task needs either a FEEL expression or a job")
    expression = source.expression(element, script.get("expression") if script is not None else None, "The script")
    if script is not None and not script.get("expression"):
        source.problem(element, "The script is empty")
    if script is not None and not script.get("resultVariable"):
        source.problem(element, "The script's result is lost: name a result variable")
    return m.ScriptTask(
        **common,
        **activity(source, element),
        expression=expression,
        result_variable=script.get("resultVariable", "") if script is not None else "",
        job=job,
    )


def _business_rule_task(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    called = source.extension(element, "calledDecision")
    job = dialect.job(source, element)
    if (called is None) == (job is None):
        source.problem(element, "A business rule task needs either a decision or a job")
    decision = source.text(element, called.get("decisionId"), "The decision id") if called is not None else None
    if called is not None and not called.get("decisionId"):
        source.problem(element, "The decision is missing: choose one")
    if called is not None and not called.get("resultVariable"):
        source.problem(element, "The decision's result is lost: name a result variable")
    return m.BusinessRuleTask(
        **common,
        **activity(source, element),
        decision=decision,
        binding=dialect.binding(source, element, called) if called is not None else m.Binding(),
        result_variable=called.get("resultVariable", "") if called is not None else "",
        job=job,
    )


def _call_activity(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode | None:
    called = source.extension(element, "calledElement")
    process = source.text(element, called.get("processId"), "The called process") if called is not None else None
    if called is None or process is None:
        if called is None or not called.get("processId"):
            source.problem(element, "The call activity calls nothing: choose a process")
        return None
    return m.CallActivity(
        **common,
        **activity(source, element),
        called_process=process,
        binding=dialect.binding(source, element, called),
        propagate_all_parent_variables=source.boolean(called, "propagateAllParentVariables", True),
        propagate_all_child_variables=source.boolean(called, "propagateAllChildVariables", True),
    )


# -- sub-processes


def _sub_process(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    return m.SubProcess(
        **common, **activity(source, element), triggered_by_event=source.boolean(element, "triggeredByEvent", False)
    )


def _transaction(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    return m.Transaction(**common, **activity(source, element))


def _ad_hoc(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    holder = source.extension(element, "adHoc")
    condition = source.child(element, "completionCondition")
    if holder is not None and bool(holder.get("outputCollection")) != bool(holder.get("outputElement")):
        source.problem(
            element, "The ad-hoc sub-process needs both an output collection and an output element, or neither"
        )
    ordering = element.get("ordering", "Parallel")
    if ordering not in ("Parallel", "Sequential"):
        source.problem(element, f"ordering is {ordering}: write Parallel or Sequential")

    def attribute(name: str, what: str) -> Any:
        return source.expression(element, holder.get(name), what) if holder is not None else None

    return m.AdHocSubProcess(
        **common,
        **activity(source, element),
        active_elements=attribute("activeElementsCollection", "The active elements"),
        completion_condition=source.expression(
            element, condition.text if condition is not None else None, "The completion condition"
        ),
        cancel_remaining=source.boolean(element, "cancelRemainingInstances", True),
        sequential=ordering == "Sequential",
        output_collection=holder.get("outputCollection", "") if holder is not None else "",
        output_element=attribute("outputElement", "The output element"),
        job=dialect.job(source, element),
    )


# -- gateways


def _gateway(kind: type[m.Gateway]) -> Builder:
    return lambda source, element, common: kind(**common)


def _choosing(kind: type[m.ExclusiveGateway] | type[m.InclusiveGateway]) -> Builder:
    return lambda source, element, common: kind(**common, default=element.get("default"))


def _event_based(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    if source.boolean(element, "instantiate", False):
        source.problem(
            element, "An event-based gateway that starts a process is not executed: draw message start events"
        )
    return m.EventBasedGateway(**common)


def _complex(source: Source, element: Element, common: dict[str, Any]) -> m.FlowNode:
    condition = source.child(element, "activationCondition")
    text = (condition.text or "").strip().removeprefix("=").strip() if condition is not None else ""
    if text and not text.isdigit():
        source.problem(
            element, f"activationCondition is {text!r}: a complex gateway joins N of its M flows, so write the number N"
        )
    return m.ComplexGateway(
        **common, default=element.get("default"), activation_count=int(text) if text.isdigit() else None
    )


BUILDERS: dict[str, Builder] = {
    "startEvent": _start_event,
    "endEvent": _end_event,
    "intermediateCatchEvent": _catch_event,
    "intermediateThrowEvent": _throw_event,
    "boundaryEvent": _boundary_event,
    "task": _plain(m.Task),
    "manualTask": _plain(m.ManualTask),
    "userTask": _user_task,
    "serviceTask": _service_task,
    "sendTask": _send_task,
    "receiveTask": _receive_task,
    "scriptTask": _script_task,
    "businessRuleTask": _business_rule_task,
    "callActivity": _call_activity,
    "subProcess": _sub_process,
    "transaction": _transaction,
    "adHocSubProcess": _ad_hoc,
    "exclusiveGateway": _choosing(m.ExclusiveGateway),
    "inclusiveGateway": _choosing(m.InclusiveGateway),
    "parallelGateway": _gateway(m.ParallelGateway),
    "eventBasedGateway": _event_based,
    "complexGateway": _complex,
}
ACTIVITIES = frozenset(
    tag for tag in BUILDERS if tag.endswith(("Task", "task", "Activity", "Process")) or tag == "transaction"
)
