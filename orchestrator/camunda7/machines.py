"""Work of machines: jobs, connectors, decisions, scripts."""

from __future__ import annotations

import re

from orchestrator.camunda7 import juel
from orchestrator.camunda7.data import parameter_value
from orchestrator.camunda7.work import BINDINGS, Element, Work, bpmn, camunda, pop, slug, zeebe

_RETRY_CYCLE = re.compile(r"R(?P<times>\d+)/(?P<wait>P.+)")
_DURATION = re.compile(r"P(?:\d|T\d).*")


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
        work.map_input(task, parameter_value(work, task, parameter), _HTTP.get(name, name))
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
