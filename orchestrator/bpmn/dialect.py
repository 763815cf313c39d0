"""The dialect that hangs on BPMN elements: `zeebe:` extension elements, read into values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lxml import etree

from orchestrator.bpmn import embedded_forms, support
from orchestrator.bpmn.model import Binding, FormReference, IoMapping, Job, LinkedResource, PublishMessage, Text
from orchestrator.bpmn.source import Element, Source, local, namespace, zeebe

ELSEWHERE = "say it in the dialect of Camunda 8 (zeebe:), or remove it"
BINDINGS = ("latest", "deployment", "versionTag")


def check_extensions(source: Source, element: Element) -> None:
    """Every extension of an element is known and may stand there, or is a problem."""
    found = list(source.children(element, "extensionElements"))
    if len(found) > 1:
        source.problem(element, "The element has extensionElements twice: put everything into the first")
    for extension in found[0].iterchildren("*") if found else ():
        tag = local(extension)
        if namespace(extension) != support.ZEEBE:
            foreign(source, element, "extension element", tag, namespace(extension))
        elif tag in support.REFUSED_EXTENSIONS:
            source.problem(element, f"zeebe:{tag}: {support.REFUSED_EXTENSIONS[tag]}")
        elif tag not in support.EXTENSIONS:
            source.problem(element, f"zeebe:{tag} is not executed")
        elif local(element) not in support.EXTENSIONS[tag]:
            what = support.FLOW_NODES.get(local(element), local(element))
            article = "an" if what[0] in "aeiou" else "a"
            source.problem(element, f"zeebe:{tag} has no meaning on {article} {what}: remove it")
        else:
            _check_inside(source, element, extension)


def _check_inside(source: Source, element: Element, extension: Element) -> None:
    """An attribute or a part of an extension that nobody reads is a problem, too."""
    tag = local(extension)
    for name in extension.attrib:
        attribute = etree.QName(str(name))
        known = ("id", *support.EXTENSION_ATTRIBUTES.get(tag, ()), *support.ZEEBE_ATTRIBUTES)
        if attribute.namespace not in (None, support.ZEEBE):
            foreign(source, element, "attribute", attribute.localname, attribute.namespace)
        elif attribute.localname not in known:
            source.problem(element, f"The attribute {attribute.localname} of zeebe:{tag} is not executed")
    for part in extension.iterchildren("*"):
        if namespace(part) != support.ZEEBE:
            foreign(source, element, "extension element", local(part), namespace(part))
        elif local(part) in support.EXTENSION_PARTS.get(tag, ()):
            _check_inside(source, element, part)
        else:
            source.problem(element, f"{local(part)} inside zeebe:{tag} is not executed")


def check_attributes(source: Source, element: Element) -> None:
    """Every attribute is read, only says how something looks, is for nobody here, or is a problem."""
    for name, value in element.attrib.items():
        attribute = etree.QName(str(name))
        if attribute.namespace is None:
            expected, why = support.FIXED_ATTRIBUTES.get(attribute.localname, (value, ""))
            if attribute.localname not in support.ATTRIBUTES:
                source.problem(element, f"The attribute {attribute.localname} is not known in BPMN 2.0")
            elif value != expected:
                source.problem(element, f"{attribute.localname} is {value}: {why}")
        elif attribute.namespace == support.ZEEBE:
            if attribute.localname not in support.ZEEBE_ATTRIBUTES:
                source.problem(element, f"The attribute zeebe:{attribute.localname} is not executed")
        else:
            foreign(source, element, "attribute", attribute.localname, attribute.namespace)


def foreign(source: Source, element: Element, what: str, name: str, space: str | None) -> None:
    """Something of another namespace: a problem where an engine would execute it, else only worth telling."""
    if space in support.LOOKS:
        return
    told = f"The {what} {name}"
    if not space or space.startswith((support.BPMN, support.ZEEBE.rpartition("/")[0])):
        source.problem(element, f"{told} of {space or 'no namespace'} is not known and would be ignored")
    elif space == support.CAMUNDA_7:
        source.problem(element, f"{told} is for Camunda 7: convert the file first, under Library, Import")
    elif space in support.ENGINES:
        source.problem(element, f"{told} is for {support.ENGINES[space]}: {ELSEWHERE}")
    else:
        source.unread.setdefault(space, source.id_of(element))


def io_mappings(source: Source, element: Element, tag: str) -> tuple[IoMapping, ...]:
    mapping = source.extension(element, "ioMapping")
    found = []
    for entry in () if mapping is None else mapping.iterchildren(zeebe(tag)):
        target = entry.get("target", "").strip()
        text = source.text(element, entry.get("source"), f"The {tag} {target}")
        if tag == "output" and isinstance(text, str):
            source.problem(element, f"The output {target} must be a FEEL expression: write = before {text!r}")
        elif not target or not all(part.isidentifier() for part in target.split(".")):
            source.problem(element, f"The {tag} target {target!r} is not a variable name")
        elif text is None and not entry.get("source"):
            source.problem(element, f"The {tag} {target} has no source")
        elif text is not None:
            found.append(IoMapping(text, target))
    return tuple(found)


def properties(source: Source, element: Element) -> Mapping[str, Text]:
    holder = source.extension(element, "properties")
    found: dict[str, Text] = {}
    for entry in () if holder is None else holder.iterchildren(zeebe("property")):
        name = entry.get("name", "")
        if text := source.text(element, entry.get("value"), f"The property {name}"):
            found[name] = text
    return found


def headers(source: Source, element: Element) -> dict[str, str]:
    holder = source.extension(element, "taskHeaders")
    entries = () if holder is None else holder.iterchildren(zeebe("header"))
    return {entry.get("key", ""): entry.get("value", "") for entry in entries}


def job(source: Source, element: Element) -> Job | None:
    """`zeebe:taskDefinition` with its headers; None where there is none."""
    definition = source.extension(element, "taskDefinition")
    if definition is None:
        if source.extension(element, "linkedResources") is not None:
            source.problem(element, "The linked resources are for a job: choose a connector, or name a job worker")
        return None
    type = source.text(element, definition.get("type"), "The job type")
    if type is None:
        if not definition.get("type"):
            source.problem(element, "The job has no type: choose a connector or name a job worker")
        return None
    done = job_of(source, element, type, definition.get("retries"), headers(source, element))
    return replace(done, linked=tuple(_linked(source, element)))


def _linked(source: Source, element: Element) -> Iterator[LinkedResource]:
    holder = source.extension(element, "linkedResources")
    for entry in () if holder is None else holder.iterchildren(zeebe("linkedResource")):
        link = entry.get("linkName", "").strip()
        resource = source.text(element, entry.get("resourceId"), "The resource id")
        if resource is not None:
            yield LinkedResource(resource, entry.get("resourceType", ""), link, binding(source, element, entry))
        elif not entry.get("resourceId", "").strip():
            source.problem(element, f"The linked resource {link or 'without a name'} has no resource id: write it down")


def job_of(source: Source, element: Element, type: Text, retries: str | None, headers: dict[str, str]) -> Job:
    attempts = source.text(element, retries, "retries") or "3"
    if isinstance(attempts, str) and not (attempts.isdigit() and int(attempts) > 0):
        source.problem(element, f"retries is {attempts!r}: write a number of at least 1")
        attempts = "3"
    backoff = [
        source.seconds(element, part, "The header retryBackoff")
        for part in headers.get("retryBackoff", "").split(",")
        if part
    ]
    timeout = headers.get("jobTimeout")
    return Job(
        type=type,
        retries=attempts,
        headers=headers,
        retry_backoff=tuple(seconds for seconds in backoff if seconds is not None),
        timeout=source.seconds(element, timeout, "The header jobTimeout") if timeout else None,
    )


def binding(source: Source, element: Element, holder: Element) -> Binding:
    type, tag = holder.get("bindingType", "latest"), holder.get("versionTag", "")
    if type not in BINDINGS:
        source.problem(element, f"The binding {type!r} is not known: use {', '.join(BINDINGS)}")
    elif type == "versionTag" and not tag:
        source.problem(element, "The binding versionTag needs the version tag")
    return Binding(type, tag)


def form(source: Source, element: Element) -> FormReference | None:
    holder = source.extension(element, "formDefinition")
    if holder is None:
        return None
    named = [name for name in ("formId", "externalReference", "formKey") if holder.get(name)]
    if len(named) > 1:
        source.problem(element, f"The form is named by {' and by '.join(named)}: choose one")
    if form_id := holder.get("formId"):
        if form_id.startswith("="):
            source.problem(element, "The form id must be static: forms are looked up at deployment")
        return FormReference(form_id, binding(source, element, holder))
    if reference := holder.get("externalReference"):
        return FormReference(external=reference)
    return embedded_forms.reference(source, element, holder.get("formKey", ""))


def publish(source: Source, element: Element, *, holder_of: Element) -> PublishMessage | None:
    """`zeebe:publishMessage`: the engine publishes the message itself."""
    holder = source.extension(element, "publishMessage")
    if holder is None:
        holder = source.extension(holder_of, "publishMessage")
    if holder is None:
        return None
    return PublishMessage(
        correlation_key=source.text(holder_of, holder.get("correlationKey"), "The correlation key") or "",
        message_id=source.text(holder_of, holder.get("messageId"), "The message id") or "",
        time_to_live=source.text(holder_of, holder.get("timeToLive"), "The time to live") or "",
    )
