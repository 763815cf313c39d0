"""What each extension of Camunda 7 becomes: one function per subject, the tables at the end say where they apply."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from lxml import etree

from orchestrator import feel
from orchestrator.bpmn import support
from orchestrator.camunda7 import generated_forms, juel
from orchestrator.camunda7.work import Element, Work, bpmn, camunda, local, pop, slug, zeebe

Handler = Callable[[Work, Element], None]

_RETRY_CYCLE = re.compile(r"R(?P<times>\d+)/(?P<wait>P.+)")
_DURATION = re.compile(r"P(?:\d|T\d).*")

#: Attributes that need nothing here, and why.
NOT_NEEDED = {
    "asyncBefore": "every wait is stored by itself",
    "asyncAfter": "every wait is stored by itself",
    "async": "every wait is stored by itself",
    "exclusive": "a process instance is never worked on twice at once",
    "jobPriority": "jobs are taken in the order in which they fall due",
    "taskPriority": "jobs are taken in the order in which they fall due",
    "historyTimeToLive": "history is kept",
    "isStartableInTasklist": "whoever has the permission sees the process in the catalogue",
    "errorMessage": "the message of an error is what its thrower says",
    "targetNamespace": "forms are found by their id",
}
TASK_EVENTS = {"create": "creating", "assignment": "assigning", "update": "updating", "complete": "completing"}
TASK_EVENTS |= {"delete": "canceling"}
BINDINGS = {"latest": "latest", "deployment": "deployment", "versionTag": "versionTag"}


# People


def assignment(work: Work, task: Element) -> None:
    names = ("assignee", "candidateUsers", "candidateGroups")
    given = {name: text for name in names if (text := work.take(task, name))}
    if given:
        found = {name: work.feel(task, text, name) for name, text in given.items()}
        work.extend(task, "assignmentDefinition", **found)
    work.extend(task, "userTask")


def schedule(work: Work, task: Element) -> None:
    given = {name: text for name in ("dueDate", "followUpDate") if (text := work.take(task, name))}
    found = {name: _moment(work, task, text, name) for name, text in given.items()}
    if found:
        work.extend(task, "taskSchedule", **found)
    if priority := work.take(task, "priority"):
        work.extend(task, "priorityDefinition", priority=work.feel(task, priority, "priority"))
    if calendar := work.take(task, "businessCalendar"):
        work.open(task, f"The business calendar {calendar} is a class: name a calendar in the property “calendar”")


def _moment(work: Work, task: Element, text: str, what: str) -> str:
    """A duration counts from the creation of the task."""
    if _DURATION.fullmatch(text):
        return f'= now() + duration("{text}")'
    return work.feel(task, text, what)


def form(work: Work, element: Element) -> None:
    key, reference = work.take(element, "formKey"), work.take(element, "formRef")
    binding, version = work.take(element, "formRefBinding"), work.take(element, "formRefVersion")
    work.take(element, "formHandlerClass")
    generated = work.take_extensions(element, "formData")
    if reference:
        if binding == "version":
            work.open(element, f"The form {reference} was bound to version {version}: the newest one is taken")
        work.extend(element, "formDefinition", formId=reference, bindingType=BINDINGS.get(binding, "latest"))
    elif match := re.fullmatch(r"camunda-forms:(?:deployment|app):(?:.*/)?([^/]+)\.form", key):
        work.extend(element, "formDefinition", formId=match[1])
        work.changed(element, f"The form {key} is the form {match[1]}: deploy its file together with the process")
    elif key:
        work.open(element, f"The form {key} is HTML: draw it as a form and name it with formId")
    elif generated:
        work.extend(element, "formDefinition", formId=generated_forms.convert(work, element, generated[0]))


def starters(work: Work, process: Element) -> None:
    for name in ("candidateStarterGroups", "candidateStarterUsers"):
        if who := work.take(process, name):
            work.open(process, f"{who} may start it: grant that on the page of the process, after deploying")
    if tag := work.take(process, "versionTag"):
        work.extend(process, "versionTag", value=tag)


def initiator(work: Work, start: Element) -> None:
    if name := work.take(start, "initiator"):
        work.open(start, f"Whoever starts it was kept in the variable {name}: take it from the start form")


# Work of machines


def job(work: Work, task: Element) -> None:
    """A service, send or business rule task, or (on its definition) a message that is sent."""
    _job(work, task, task)


def message_sent(work: Work, event: Element) -> None:
    definition = event.find(bpmn("messageEventDefinition"))
    if definition is not None:
        _job(work, event, definition)
        if event.find(f"{bpmn('extensionElements')}/{zeebe('taskDefinition')}") is None:
            work.open(event, "Nothing says how this message is sent: choose a connector, or let Baton publish it")


def _job(work: Work, task: Element, holder: Element) -> None:
    topic, kind = work.take(holder, "topic"), work.take(holder, "type")
    java, bean = work.take(holder, "class"), work.take(holder, "delegateExpression")
    text, result = work.take(holder, "expression"), work.take(holder, "resultVariable")
    connectors = work.take_extensions(holder, "connector")
    if topic or kind == "external":
        _define(work, task, work.feel(task, topic or slug(task.get("id", "job")), "topic"))
    elif connectors:
        _connector(work, task, connectors[0])
    elif java or bean:
        _define(work, task, slug(java or bean))
        work.open(task, f"{java or bean} is Java: write a job worker for the type {slug(java or bean)}")
    elif text:
        _expression(work, task, text, result)
        return
    elif kind:
        _define(work, task, slug(kind))
        work.open(task, f"The built-in task “{kind}” of Camunda 7: choose a connector")
    if result and (topic or java or bean or kind or connectors):
        work.open(task, f"The result was kept in {result}: let the job give a variable of that name")


def _define(work: Work, task: Element, type: str) -> None:
    cycle = "".join(str(extension.text or "") for extension in work.take_extensions(task, "failedJobRetryTimeCycle"))
    found = work.extend(task, "taskDefinition", type=type)
    for injected in work.take_extensions(task, "field"):
        _field(work, task, injected)
    if not cycle.strip():
        return
    if match := _RETRY_CYCLE.fullmatch(cycle.strip()):
        found.set("retries", match["times"])
        work.header(task, "retryBackoff", match["wait"])
        work.changed(task, f"{cycle.strip()} became {match['times']} attempts, {match['wait']} apart")
    else:
        waits = [wait.strip() for wait in cycle.split(",")]
        if all(_DURATION.fullmatch(wait) for wait in waits):
            found.set("retries", str(len(waits) + 1))
            work.header(task, "retryBackoff", ",".join(waits))
        else:
            work.open(task, f"The retries {cycle.strip()} cannot be read: set retries and the header retryBackoff")


def _field(work: Work, task: Element, injected: Element) -> None:
    name = injected.get("name", "")
    text = injected.get("stringValue") or "".join(map(str, injected.itertext())) or injected.get("expression") or ""
    value = work.feel(task, text, f"The field {name}")
    if value.startswith("="):
        work.map_input(task, value, name)
    else:
        work.header(task, name, value)


def _expression(work: Work, task: Element, text: str, result: str) -> None:
    """An expression that only computes becomes a script task; one that calls Java a job."""
    try:
        found = juel.to_feel(text)
    except juel.CannotConvert as error:
        type = slug(text.partition("(")[0])
        _define(work, task, type)
        work.open(task, f"{error} The job worker of the type {type} is to do what {text} did")
        return
    task.tag = bpmn("scriptTask")
    work.extend(task, "script", expression=found, resultVariable=result or "result")
    work.changed(task, f"{text} is computed in a script task: {found}")


_HTTP = {"url": "url", "method": "method", "payload": "body", "headers": "headers"}


def _connector(work: Work, task: Element, connector: Element) -> None:
    id = (connector.findtext(camunda("connectorId")) or "").strip()
    mapping = connector.find(camunda("inputOutput"))
    _define(work, task, "http" if id == "http-connector" else slug(id))
    if id != "http-connector":
        work.open(task, f"The connector {id} is not here: choose another one, or write a job worker")
    for parameter in () if mapping is None else mapping.iterchildren(camunda("inputParameter")):
        name = parameter.get("name", "")
        work.map_input(task, _parameter(work, task, parameter), _HTTP.get(name, name))
    outputs = () if mapping is None else list(mapping.iterchildren(camunda("outputParameter")))
    if outputs:
        names = ", ".join(output.get("name", "") for output in outputs)
        work.open(task, f"The answer was read into {names}: write the header resultExpression, over response.body")


def decision(work: Work, task: Element) -> None:
    reference = work.take(task, "decisionRef")
    if not reference:
        _job(work, task, task)
        return
    result, binding = work.take(task, "resultVariable"), work.take(task, "decisionRefBinding")
    mapped, version = work.take(task, "mapDecisionResult"), work.take(task, "decisionRefVersion")
    tag = work.take(task, "decisionRefVersionTag")
    attributes = {"decisionId": work.feel(task, reference, "decision"), "resultVariable": result or "result"}
    attributes |= {"bindingType": BINDINGS.get(binding, "latest")} | ({"versionTag": tag} if tag else {})
    work.extend(task, "calledDecision", **attributes)
    if binding == "version":
        work.open(task, f"The decision was bound to version {version}: the newest one is taken")
    if mapped and mapped != "singleEntry":
        work.open(
            task,
            f"mapDecisionResult was {mapped}: here a decision of one output gives the value, of several a context, "
            "and one that collects a list. Look at what reads the result",
        )


def script(work: Work, task: Element) -> None:
    body, result = task.find(bpmn("script")), work.take(task, "resultVariable")
    language, resource = pop(task, "scriptFormat"), work.take(task, "resource")
    text = "" if body is None else (body.text or "").strip()
    if body is not None:
        task.remove(body)
    if language.lower() in ("feel", "juel", ""):
        found = f"= {text}" if language.lower() == "feel" else work.feel(task, text, "The script", required=True)
        work.extend(task, "script", expression=found, resultVariable=result or "result")
        return
    type = slug(task.get("id", "script"))
    _define(work, task, type)
    work.document(task, f"{language}: {resource or text}")
    work.open(task, f"The script is {language}: write it in FEEL, or as a job worker for the type {type}")


# Data


def mappings(work: Work, element: Element) -> None:
    for mapping in work.take_extensions(element, "inputOutput"):
        for parameter in mapping.iterchildren(camunda("inputParameter")):
            work.map_input(element, _parameter(work, element, parameter), parameter.get("name", ""))
        for parameter in mapping.iterchildren(camunda("outputParameter")):
            value = _parameter(work, element, parameter)
            required = value if value.startswith("=") else f"= {feel.literal_text(value)}"
            work.map_output(element, required, parameter.get("name", ""))


def _parameter(work: Work, element: Element, parameter: Element) -> str:
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


# Events


def timer(work: Work, definition: Element) -> None:
    for kind in ("timeDate", "timeDuration", "timeCycle"):
        text = definition.find(bpmn(kind))
        if text is not None and text.text:
            text.text = work.feel(definition, text.text, "The timer")


def condition(work: Work, definition: Element) -> None:
    events, name = work.take(definition, "variableEvents"), work.take(definition, "variableName")
    if name:
        work.changed(definition, f"The condition is looked at whenever a variable changes, not {name} alone")
    known = [event.strip() for event in events.split(",") if event.strip() in ("create", "update")]
    if known:
        work.extend(definition, "conditionalFilter", variableEvents=", ".join(known))
    if "delete" in events:
        work.open(definition, "Variables are not deleted here: the condition cannot wait for it")
    _condition(work, definition, definition.find(bpmn("condition")))


def flow(work: Work, flow: Element) -> None:
    _condition(work, flow, flow.find(bpmn("conditionExpression")))


def _condition(work: Work, element: Element, expression: Element | None) -> None:
    if expression is None:
        return
    language = pop(expression, "language")
    resource = work.take(expression, "resource")
    text = (expression.text or "").strip()
    if resource or language.lower() not in ("", "feel", "juel"):
        work.open(element, f"The condition is a script in {language or resource}: write {text or 'it'} in FEEL")
        expression.text = f"= {text or 'null'}"
    elif language.lower() == "feel":
        expression.text = f"= {text}"
    else:
        expression.text = work.feel(element, text, "The condition", required=True)


def caught_code(work: Work, definition: Element) -> None:
    for name in ("errorCodeVariable", "errorMessageVariable", "escalationCodeVariable"):
        if variable := work.take(definition, name):
            work.open(definition, f"{variable} was set to what {name[:-8]} said: let the thrower give the variable")


def message(work: Work, message: Element) -> None:
    if name := message.get("name"):
        message.set("name", work.feel(message, name, "The name of the message"))
    users = [
        user for user in work.root.iter(bpmn("messageEventDefinition"), bpmn("receiveTask"))
        if user.get("messageRef") == message.get("id")
    ]  # fmt: skip
    if any(_waits_inside(user) for user in users):
        work.extend(message, "subscription", correlationKey="= correlationKey")
        work.open(
            message,
            "Camunda 7 correlates by whatever the sender names. Here the waiting side says which value the message "
            "must carry: replace correlationKey by the variable that holds it",
        )


def _waits_inside(user: Element) -> bool:
    """Does a running process instance wait for it? Then it needs a key; the start of a process needs none."""
    if local(user) == "receiveTask":
        return True
    event = user.getparent()
    scope = None if event is None else event.getparent()
    if event is None or scope is None:
        return False
    starts_process = local(event) == "startEvent" and local(scope) == "process"
    return not starts_process and local(event) in ("startEvent", "boundaryEvent", "intermediateCatchEvent")


def named(work: Work, element: Element) -> None:
    """Signals, errors and escalations, whose name or code may be an expression."""
    for attribute in ("name", "errorCode", "escalationCode"):
        if (text := element.get(attribute)) and "{" in text:
            element.set(attribute, work.feel(element, text, attribute))


# Everywhere


def execution_listeners(work: Work, element: Element) -> None:
    for listener in work.take_extensions(element, "executionListener"):
        event = listener.get("event", "")
        if event not in ("start", "end") or local(element) in ("sequenceFlow", "process"):
            work.open(element, f"A listener on “{event}” of a {local(element)} has no place here: {_what(listener)}")
            continue
        type = _listener_type(work, element, listener)
        etree.SubElement(
            work.only(element, "executionListeners"), zeebe("executionListener"), {"eventType": event, "type": type}
        )


def task_listeners(work: Work, task: Element) -> None:
    for listener in work.take_extensions(task, "taskListener"):
        event = TASK_EVENTS.get(listener.get("event", ""))
        if event is None:
            work.open(task, f"A task listener on “{listener.get('event')}”: attach a timer boundary event instead")
            continue
        type = _listener_type(work, task, listener)
        etree.SubElement(work.only(task, "taskListeners"), zeebe("taskListener"), {"eventType": event, "type": type})


def _listener_type(work: Work, element: Element, listener: Element) -> str:
    type = slug(_what(listener).partition("(")[0])
    work.open(element, f"The listener {_what(listener)} is Java: write a job worker for the type {type}")
    return type


def _what(listener: Element) -> str:
    found = (listener.get(name) for name in ("class", "delegateExpression", "expression"))
    return next((text for text in found if text), "script")


def properties(work: Work, element: Element) -> None:
    for holder in work.take_extensions(element, "properties"):
        for entry in holder.iterchildren(camunda("property")):
            work.set_property(element, entry.get("name", ""), entry.get("value", ""))


def leftovers(work: Work, element: Element) -> None:
    """Whatever of Camunda 7 is still there goes, and is told."""
    for name in [str(name) for name in element.attrib if str(name).startswith(camunda(""))]:
        attribute, value = etree.QName(name).localname, pop(element, name)
        if attribute in NOT_NEEDED:
            work.changed(element, f"{attribute} is not needed: {NOT_NEEDED[attribute]}")
        else:
            work.open(element, f"{attribute}=“{value}” has no counterpart and was removed")
    holder = element.find(bpmn("extensionElements"))
    if holder is None:
        return
    for extension in [child for child in holder if child.tag in _all(holder)]:
        holder.remove(extension)
        work.open(element, f"{local(extension)} has no counterpart and was removed")
    if len(holder) == 0:
        element.remove(holder)


def _all(holder: Element) -> Sequence[str]:
    return [str(child.tag) for child in holder if isinstance(child.tag, str) and child.tag.startswith(camunda(""))]


_WORKED: tuple[Handler, ...] = (job,)
#: BPMN element -> what is converted on it, in this order; then `EVERYWHERE`.
HANDLERS: Mapping[str, tuple[Handler, ...]] = {
    "process": (starters,),
    "startEvent": (form, initiator),
    "userTask": (assignment, schedule, form, task_listeners),
    "serviceTask": _WORKED,
    "sendTask": _WORKED,
    "businessRuleTask": (decision,),
    "scriptTask": (script,),
    "callActivity": (call,),
    "intermediateThrowEvent": (message_sent,),
    "endEvent": (message_sent,),
    "multiInstanceLoopCharacteristics": (multi_instance,),
    "timerEventDefinition": (timer,),
    "conditionalEventDefinition": (condition,),
    "errorEventDefinition": (caught_code,),
    "escalationEventDefinition": (caught_code,),
    "sequenceFlow": (flow,),
    "message": (message,),
    "signal": (named,),
    "error": (named,),
    "escalation": (named,),
}
EVERYWHERE: tuple[Handler, ...] = (mappings, execution_listeners, properties, leftovers)

assert set(HANDLERS) - {"process", "sequenceFlow"} <= set(support.FLOW_NODES) | {
    "multiInstanceLoopCharacteristics", "message", "signal", "error", "escalation", *support.EVENT_POSITIONS,
}  # fmt: skip
