"""Events, and the conditions of sequence flows."""

from __future__ import annotations

from orchestrator.camunda7.work import Element, Work, bpmn, local, pop


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
