"""What the lab's processes look like. People start them with a reference; neighbours are told it and a key."""

from __future__ import annotations

import json

from tests.runtime import diagrams as d

GROUP = "Clerks"
START_FORM = {
    "type": "default",
    "id": "faults-start",
    "schemaVersion": 19,
    "components": [
        {"type": "textfield", "key": "ref", "label": "Reference", "validate": {"required": True}},
        {"type": "textfield", "key": "to", "label": "To"},
    ],
}
NOTE_FORM = {
    "type": "default",
    "id": "faults-note",
    "schemaVersion": 19,
    "components": [{"type": "textfield", "key": "note", "label": "Note"}],
}
THROW = (
    '<bpmn:messageEventDefinition messageRef="message_go"><bpmn:extensionElements>'
    '<zeebe:publishMessage correlationKey="=to" timeToLive="PT20S"/></bpmn:extensionElements>'
    "</bpmn:messageEventDefinition>"
)
GO = d.MESSAGE.format("go").replace("=key", "=ref")
PARALLEL = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
    '<zeebe:loopCharacteristics inputCollection="={}" inputElement="item"/></bpmn:extensionElements>'
    "</bpmn:multiInstanceLoopCharacteristics>"
)


def start() -> str:
    return d.element("startEvent", "s", '<zeebe:formDefinition formId="faults-start"/>')


def check(id: str = "check") -> str:
    """A task for any clerk."""
    extensions = '<zeebe:userTask/><zeebe:formDefinition formId="faults-note"/>'
    extensions += f'<zeebe:assignmentDefinition candidateGroups="{GROUP}"/>'
    return d.element("userTask", id, extensions, attributes=f'name="Check {id}"')


def record(id: str, sink: str, inner: str = "") -> str:
    """An automated task that tells the neighbour. Two seconds at most, many retries, soon."""
    inputs = '<zeebe:input source="POST" target="method"/>'
    inputs += f'<zeebe:input source="{sink}/{id}" target="url"/><zeebe:input source="={{ref: ref}}" target="body"/>'
    headers = {"jobTimeout": "PT2S", "retryBackoff": "PT1S"}
    drawn = d.service(id, "http", retries="8", headers=headers, inputs=inputs)
    return drawn.replace("</bpmn:serviceTask>", f"{inner}</bpmn:serviceTask>")


def mail(id: str, to: str) -> str:
    inputs = f'<zeebe:input source="{to}" target="to"/><zeebe:input source="=ref" target="subject"/>'
    inputs += '<zeebe:input source="Hello." target="text"/>'
    return d.service(id, "email", headers={"jobTimeout": "PT2S", "retryBackoff": "PT1S"}, inputs=inputs)


def files(sink: str) -> dict[str, bytes]:
    """Everything that is deployed before the first fault; `sink` is the address of the neighbour."""
    gateway = d.element("parallelGateway", "fork"), d.element("parallelGateway", "join")
    branches = [f"b{number}" for number in range(4)]
    forked = " ".join(f"fork-{branch} {branch}-join" for branch in branches)
    wait = d.element("eventBasedGateway", "wait")
    timed = d.element("intermediateCatchEvent", "late", inner=d.timer("PT2S"))
    told = d.element("intermediateCatchEvent", "told", inner=d.message("go"))
    drawn = {
        "steps": d.process(
            start(), record("first", sink), check(), record("second", sink), d.end(),
            flows="s-first first-check check-second second-e", id="steps",
        ),
        "forks": d.process(
            start(), gateway[0], *(record(branch, sink) for branch in branches), gateway[1], check(), d.end(),
            flows=f"s-fork {forked} join-check check-e", id="forks",
        ),
        "many": d.process(
            start(), record("each", sink, PARALLEL.format("[1,2,3,4,5,6]")), d.end(),
            flows="s-each each-e", id="many",
        ),
        "waits": d.process(
            start(), wait, timed, told, d.end(), flows="s-wait wait-late wait-told late-e told-e", roots=GO, id="waits",
        ),
        "tells": d.process(
            start(), d.element("intermediateThrowEvent", "tell", inner=THROW), d.end(),
            flows="s-tell tell-e", roots=GO, id="tells",
        ),
        "calls": d.process(
            start(), d.call("call", "called"), d.boundary("refused", "call", d.error("no")), d.end(), d.end("f"),
            flows="s-call call-e refused-f", roots=d.ERROR.format("no"), id="calls",
        ),
        "called": d.process(
            d.start(), record("inside", sink), d.element("exclusiveGateway", "g", attributes='default="g_e"'),
            d.end(), d.end("no", d.error("no")),
            flows='s-inside | inside-g | g-e | g-no:=ends with(ref, "7")', roots=d.ERROR.format("no"), id="called",
        ),
        "posts": d.process(start(), mail("post", "desk@example.com"), d.end(), flows="s-post post-e", id="posts"),
    }  # fmt: skip
    return {
        **{f"{key}.bpmn": content for key, content in drawn.items()},
        **races(),
        **poisons(),
        **runaways(),
        "start.form": json.dumps(START_FORM).encode(),
        "note.form": json.dumps(NOTE_FORM).encode(),
    }


LOAD = ("steps", "forks", "many", "waits", "calls", "posts")  # what people start; each `waits` is told now and then


#: Processes that begin with the wait for a timer -> its seconds.
TIMERS = {"waits": 2.0, "race-timer": 1.5}


def races() -> dict[str, bytes]:
    """Where several people meet in one instance."""
    tasks = [f"t{number}" for number in range(4)]

    def joined(kind: str, condition: str = "") -> bytes:
        flows = " ".join(f"fork-{task}{condition} {task}-join" for task in tasks)
        gateways = d.element(kind, "fork"), d.element(kind, "join")
        return d.process(
            start(), gateways[0], *map(check, tasks), gateways[1], d.end(),
            flows=f"s-fork {flows} join-e", id="race-" + kind.removesuffix("Gateway"),
        )  # fmt: skip

    several = check("each").replace("</bpmn:userTask>", PARALLEL.format("[1,2,3,4]") + "</bpmn:userTask>")
    timed = d.boundary("late", "check", d.timer("PT1.5S"))
    return {
        "race-parallel.bpmn": joined("parallelGateway"),
        "race-inclusive.bpmn": joined("inclusiveGateway", ":=true"),
        "race-many.bpmn": d.process(start(), several, d.end(), flows="s-each each-e", id="race-many"),
        "race-one.bpmn": d.process(start(), check(), d.end(), flows="s-check check-e", id="race-one"),
        "race-moved.bpmn": d.process(start(), check(), d.end(), flows="s-check check-e", id="race-moved"),
        "race-timer.bpmn": d.process(
            start(), check(), timed, d.end(), d.end("f"), flows="s-check check-e late-f", id="race-timer"
        ),
    }


POISONS = ("exit", "segfault", "recursion", "object", "giant", "endless")
DEADLY, ENDLESS = ("exit", "segfault"), ("endless",)


def poisons() -> dict[str, bytes]:
    headers = {"jobTimeout": "PT1S", "retryBackoff": "PT1S"}
    return {
        f"poison-{kind}.bpmn": d.process(
            start(), d.service("work", f"poison-{kind}", headers=headers), d.end(),
            flows="s-work work-e", id=f"poison-{kind}",
        )
        for kind in POISONS
    }  # fmt: skip


RUNAWAYS = ("loop", "calls", "many", "echo")


def runaways() -> dict[str, bytes]:
    """Models that would never rest."""
    step = d.element("task", "step")
    again = d.element("exclusiveGateway", "again", attributes='default="again_merge"')
    giant = d.element("task", "each", inner=PARALLEL.format("for i in 1..1000000 return i"))
    echo = d.element("intermediateThrowEvent", "tell", inner=THROW.replace("=to", "=ref"))
    heard = d.element("intermediateCatchEvent", "heard", inner=d.message("go"))
    merge = d.element("exclusiveGateway", "merge")
    return {
        "runaway-loop.bpmn": d.process(
            start(), merge, step, again, d.end(),
            flows="s-merge | merge-step | step-again | again-merge | again-e:=false", id="runaway-loop",
        ),
        "runaway-calls.bpmn": d.process(
            start(), d.call("call", "runaway-calls"), d.end(), flows="s-call call-e", id="runaway-calls"
        ),
        "runaway-many.bpmn": d.process(start(), giant, d.end(), flows="s-each each-e", id="runaway-many"),
        "runaway-echo.bpmn": d.process(
            start(), merge, echo, heard, flows="s-merge merge-tell tell-heard heard-merge", roots=GO, id="runaway-echo"
        ),
    }  # fmt: skip


def cycle(id: str, repeats: int, every: str) -> bytes:
    """A process that starts itself."""
    return d.process(
        d.start(d.timer(f"R{repeats}/{every}", "timeCycle")), d.element("task", "done"), d.end(),
        flows="s-done done-e", id=id,
    )  # fmt: skip
