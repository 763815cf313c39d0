"""What of BPMN executes, as data: the parser, the validation and the documentation read these tables.

What is in none of them is refused at deployment, if it is BPMN, the dialect, or for another engine. Sections are those
of BPMN 2.0.2.
"""

from __future__ import annotations

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA_7 = "http://camunda.org/schema/1.0/bpmn"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

# Namespaces in which another engine is told what to execute.
ENGINES = {
    CAMUNDA_7: "Camunda 7",
    "http://activiti.org/bpmn": "Activiti",
    "http://flowable.org/bpmn": "Flowable",
    "http://operaton.org/schema/1.0/bpmn": "Operaton",
    "http://www.jboss.org/drools": "jBPM",
    "http://spiffworkflow.org/bpmn/schema/1.0/core": "SpiffWorkflow",
    "http://processmaker.com/BPMN/2.0/Schema.xsd": "ProcessMaker",
    "http://www.imixs.org/bpmn2": "Imixs",
    "http://xmlns.oracle.com/bpm/OracleExtensions": "Oracle BPM",
}

# Namespaces that only say how a diagram looks, or what the tool that drew it remembers. Any other is let pass, too, but
# the modeller is told.
LOOKS = frozenset(
    {
        "http://www.omg.org/spec/BPMN/20100524/DI",
        "http://www.omg.org/spec/DD/20100524/DI",
        "http://www.omg.org/spec/DD/20100524/DC",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
        "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://camunda.org/schema/modeler/1.0",
        "http://www.w3.org/XML/1998/namespace",
        XSI,
        "http://www.omg.org/spec/BPMN/non-normative/extensions/i18n/1.0",
        "http://www.signavio.com",
        "http://www.trisotech.com/2014/triso/bpmn",
        "http://www.trisotech.com/2015/triso/modeling",
        "http://trisotech.com/feed",
        "http://purl.org/rss/2.0/",
        "http://www.bpsim.org/schemas/1.0",
        "http://www.w4.eu/spec/BPMN/20110701/MODEL",
        "http://www.w4.eu/spec/BPMN/20110930/GRAPH",
        "http://www.w4.eu/spec/DataComposer/20120927/Diagram/Style",
        "http://www.softwareag.com/aris/ebpmn",
        "http://www.softwareag.com/aris/attributes",
        "http://www.omg.org/XMI",
    }
)

# Flow nodes that execute: tag -> what a modeller calls it.
FLOW_NODES = {
    "startEvent": "start event",
    "endEvent": "end event",
    "intermediateCatchEvent": "intermediate catch event",
    "intermediateThrowEvent": "intermediate throw event",
    "boundaryEvent": "boundary event",
    "task": "task",
    "manualTask": "manual task",
    "userTask": "user task",
    "serviceTask": "service task",
    "sendTask": "send task",
    "receiveTask": "receive task",
    "scriptTask": "script task",
    "businessRuleTask": "business rule task",
    "callActivity": "call activity",
    "subProcess": "sub-process",
    "transaction": "transaction",
    "adHocSubProcess": "ad-hoc sub-process",
    "exclusiveGateway": "exclusive gateway",
    "parallelGateway": "parallel gateway",
    "inclusiveGateway": "inclusive gateway",
    "eventBasedGateway": "event-based gateway",
    "complexGateway": "complex gateway",
}

# Drawn for people; a token never meets them.
DESCRIPTIVE = frozenset(
    {
        "documentation",
        "extensionElements",
        "laneSet",
        "textAnnotation",
        "association",
        "group",
        "category",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "dataStore",
        "dataInputAssociation",
        "dataOutputAssociation",
        "property",
        "ioSpecification",
        "auditing",
        "monitoring",
        "collaboration",
        "itemDefinition",
        "interface",
        "import",
        "relationship",
        "extension",
        "resource",
        "potentialOwner",
        "humanPerformer",
        "performer",
        "resourceRole",
        "incoming",
        "outgoing",
        "dataOutput",
        "dataInput",
        "outputSet",
        "inputSet",
        "endPoint",
        "partnerEntity",
        "partnerRole",
        "correlationProperty",
    }
)

# Positions of events (10.5): start of a process, of an event sub-process (interrupting, non-interrupting), catch,
# boundary
# (interrupting, non-interrupting), throw, end.
POSITIONS = {
    "start": "the start event of a process",
    "event sub-process": "the start event of an event sub-process",
    "non-interrupting event sub-process": "the non-interrupting start event of an event sub-process",
    "catch": "an intermediate catch event",
    "boundary": "a boundary event",
    "non-interrupting boundary": "a non-interrupting boundary event",
    "throw": "an intermediate throw event",
    "end": "an end event",
}
_CATCHING = ("event sub-process", "non-interrupting event sub-process", "boundary", "non-interrupting boundary")

EVENT_POSITIONS: dict[str, frozenset[str]] = {
    "messageEventDefinition": frozenset(POSITIONS),
    "timerEventDefinition": frozenset(("start", "catch", *_CATCHING)),
    "signalEventDefinition": frozenset(POSITIONS),
    "conditionalEventDefinition": frozenset(("start", "catch", *_CATCHING)),
    "errorEventDefinition": frozenset(("event sub-process", "boundary", "end")),
    "escalationEventDefinition": frozenset((*_CATCHING, "throw", "end")),
    "linkEventDefinition": frozenset(("catch", "throw")),
    "compensateEventDefinition": frozenset(("boundary", "throw", "end")),
    "cancelEventDefinition": frozenset(("boundary", "end")),
    "terminateEventDefinition": frozenset(("end",)),
}

# Where a timer may say what (the dialect's rules): position -> kinds.
TIMER_KINDS: dict[str, frozenset[str]] = {
    "start": frozenset({"date", "cycle"}),
    "event sub-process": frozenset({"date", "duration"}),
    "non-interrupting event sub-process": frozenset({"date", "duration", "cycle"}),
    "catch": frozenset({"date", "duration"}),
    "boundary": frozenset({"date", "duration"}),
    "non-interrupting boundary": frozenset({"date", "duration", "cycle"}),
}

# Attributes of BPMN's own that are read or that carry no meaning for execution.
ATTRIBUTES = frozenset(
    [
        "id",
        "name",
        "isExecutable",
        "processType",
        "isClosed",
        "definitionalCollaborationRef",
        "default",
        "gatewayDirection",
        "sourceRef",
        "targetRef",
        "isImmediate",
        "attachedToRef",
        "cancelActivity",
        "isInterrupting",
        "parallelMultiple",
        "triggeredByEvent",
        "isForCompensation",
        "startQuantity",
        "completionQuantity",
        "implementation",
        "operationRef",
        "messageRef",
        "signalRef",
        "errorRef",
        "escalationRef",
        "activityRef",
        "waitForCompletion",
        "calledElement",
        "instantiate",
        "eventGatewayType",
        "scriptFormat",
        "isSequential",
        "testBefore",
        "loopMaximum",
        "ordering",
        "cancelRemainingInstances",
        "method",
        "state",
        "behavior",
        "noneBehaviorEventRef",
        "oneBehaviorEventRef",
    ]
)

# Attributes that are understood with one value only: attribute -> the value, and what to do about any other.
FIXED_ATTRIBUTES = {
    "startQuantity": ("1", "a start quantity other than 1 is not executed"),
    "completionQuantity": ("1", "a completion quantity other than 1 is not executed"),
    "parallelMultiple": ("false", "parallel multiple events are not executed: draw one event per trigger"),
    "eventGatewayType": ("Exclusive", "only exclusive event-based gateways are executed"),
    "waitForCompletion": ("true", "compensation is always waited for"),
    "behavior": ("All", "no event is thrown when an instance of a multi-instance completes"),
}

_JOBS = frozenset(
    [
        "serviceTask",
        "businessRuleTask",
        "scriptTask",
        "sendTask",
        "intermediateThrowEvent",
        "endEvent",
        "adHocSubProcess",
    ]
)
_ACTIVITIES = frozenset(
    [
        "task",
        "manualTask",
        "userTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "callActivity",
        "subProcess",
        "transaction",
        "adHocSubProcess",
    ]
)
_EVENTS = frozenset(["startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"])
_GATEWAYS = frozenset(
    ["exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"]
)
_ANYWHERE = _ACTIVITIES | _EVENTS | _GATEWAYS | {"process", "sequenceFlow", "message", "participant", "collaboration"}

EXTENSIONS: dict[str, frozenset[str]] = {
    "taskDefinition": _JOBS,
    "taskHeaders": _JOBS | {"userTask"},
    "ioMapping": (_ACTIVITIES | _EVENTS) - {"task", "manualTask"},
    "properties": _ANYWHERE,
    "subscription": frozenset({"message"}),
    "loopCharacteristics": frozenset({"multiInstanceLoopCharacteristics"}),
    "calledElement": frozenset({"callActivity"}),
    "calledDecision": frozenset({"businessRuleTask"}),
    "script": frozenset({"scriptTask"}),
    "userTask": frozenset({"userTask"}),
    "assignmentDefinition": frozenset({"userTask"}),
    "taskSchedule": frozenset({"userTask"}),
    "priorityDefinition": frozenset({"userTask"}),
    "formDefinition": frozenset({"userTask", "startEvent"}),
    "executionListeners": _ACTIVITIES | _EVENTS | _GATEWAYS | {"process"},
    "taskListeners": frozenset({"userTask"}),
    "userTaskForm": frozenset({"process"}),
    "versionTag": frozenset({"process"}),
    "adHoc": frozenset({"adHocSubProcess"}),
    "conditionalFilter": frozenset({"conditionalEventDefinition"}),
    "linkedResources": _JOBS,
    "publishMessage": frozenset({"messageEventDefinition", "sendTask", "intermediateThrowEvent", "endEvent"}),
}

_LISTENER = ("eventType", "type", "retries")
_BINDING = ("bindingType", "versionTag")

# What each extension may say, beside an id: its attributes, those of its parts, the parts. Any other would be ignored.
EXTENSION_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "taskDefinition": ("type", "retries"),
    "header": ("key", "value"),
    "input": ("source", "target"),
    "output": ("source", "target"),
    "property": ("name", "value"),
    "subscription": ("correlationKey",),
    "loopCharacteristics": ("inputCollection", "inputElement", "outputCollection", "outputElement"),
    "calledElement": ("processId", "propagateAllParentVariables", "propagateAllChildVariables", *_BINDING),
    "calledDecision": ("decisionId", "resultVariable", *_BINDING),
    "script": ("expression", "resultVariable"),
    "assignmentDefinition": ("assignee", "candidateUsers", "candidateGroups"),
    "taskSchedule": ("dueDate", "followUpDate"),
    "priorityDefinition": ("priority",),
    "formDefinition": ("formId", "formKey", "externalReference", *_BINDING),
    "executionListener": _LISTENER,
    "taskListener": _LISTENER,
    "versionTag": ("value",),
    "adHoc": ("activeElementsCollection", "outputCollection", "outputElement"),
    "conditionalFilter": ("variableEvents", "variableNames"),
    "publishMessage": ("messageId", "correlationKey", "timeToLive"),
    "linkedResource": ("resourceId", "resourceType", "linkName", *_BINDING),
}
EXTENSION_PARTS: dict[str, tuple[str, ...]] = {
    "taskHeaders": ("header",),
    "ioMapping": ("input", "output"),
    "properties": ("property",),
    "executionListeners": ("executionListener",),
    "taskListeners": ("taskListener",),
    "linkedResources": ("linkedResource",),
    "executionListener": ("taskHeaders", "headers"),
    "taskListener": ("taskHeaders", "headers"),
    "headers": ("header",),
}

# Extensions that are known and not executed: the sentence says what to do instead.
REFUSED_EXTENSIONS = {
    "jobPriorityDefinition": "job priorities are not executed",
    "agentDefinition": "agents are not executed",
}

# Attributes of the dialect on BPMN elements themselves: they name the template that a tool used.
ZEEBE_ATTRIBUTES = frozenset(
    [
        "modelerTemplate",
        "modelerTemplateVersion",
        "modelerTemplateIcon",
        "modelerConfigurationTemplate",
        "modelerConfigurationName",
        "retryCounter",
    ]
)
