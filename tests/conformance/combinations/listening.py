"""Listeners: where they hold a token up, what their answers are good for, and what interrupts them."""

from __future__ import annotations

from tests.bpmn.draw import element, file
from tests.conformance.combinations.drawing import (
    USER,
    arrows,
    call,
    each,
    end,
    error,
    event_sub,
    heard,
    job,
    link,
    on,
    signal,
    start,
    sub,
    timer,
    user,
)
from tests.conformance.combinations.scenario import Scenario, one


def heard_process(id: str, *nodes: str, flows: str, listeners: str) -> bytes:
    own = f"<bpmn:extensionElements>{listeners}</bpmn:extensionElements>"
    return file(own + "".join(nodes) + arrows(flows), attributes=f'id="{id}" isExecutable="true"')


def task_listeners(*listeners: tuple[str, str]) -> str:
    drawn = "".join(f'<zeebe:taskListener eventType="{event}" type="{type}"/>' for event, type in listeners)
    return f"<zeebe:taskListeners>{drawn}</zeebe:taskListeners>"


def choice(tag: str) -> dict[str, bytes]:
    gateway = element(tag, "g", heard(("start", "ask")), attributes='default="g_b"')
    return one(start(), gateway, user("a"), user("b"), end(), flows="s-g g-a:x=1 g-b a-e b-e")


BOTH = heard(("start", "first"), ("end", "last"))
CALLED = heard_process("q", start("qs"), end("qe"), flows="qs-qe", listeners=BOTH)

SCENARIOS = {
    "listeners stand around a process, and what they answer is its own": Scenario(
        {"p": heard_process("p", start(), job("a"), end(), flows="s-a a-e", listeners=BOTH)},
        [
            *[("start", {}), ("active", {"p": 1}), ("job", "first", {"v": 5}), ("active", {"a": 1})],
            *[("job", "a"), ("active", {"p": 1}), ("job", "last", {"z": 2}), ("state", "completed")],
            ("variables", {"v": 5, "z": 2}),
            ("order", "p:activated", "s:activated", "e:completed", "p:completed"),
        ],
    ),
    "listeners of a called process answer its caller": Scenario(
        one(start(), call("c", "q"), user("after"), end(), flows="s-c c-after after-e", q=CALLED),
        [
            *[("start", {}), ("job", "first", {"v": 1}), ("job", "last", {"z": 2}), ("active", {"after": 1})],
            ("variables", {"v": 1, "z": 2}),
        ],
    ),
    "an error of the last listener of a called process is caught by its caller": Scenario(
        one(start(), call("c", "q"), on("c", "b", error("E")), user("n"), end(), flows="s-c c-e b-n n-e", q=CALLED),
        [
            *[("start", {}), ("job", "first"), ("throw", "last", "E"), ("active", {"n": 1})],
            ("counts", "q", {"terminated": 1}),
        ],
    ),
    "a gateway decides with what its listener answers": Scenario(
        choice("exclusiveGateway"),
        [("start", {}), ("active", {"g": 1}), ("job", "ask", {"x": 1}), ("active", {"a": 1})],
    ),
    "an inclusive gateway takes its default after its listener": Scenario(
        choice("inclusiveGateway"), [("start", {}), ("job", "ask", {"x": 2}), ("active", {"b": 1})]
    ),
    "an event-based gateway waits from its listener's answer on": Scenario(
        one(
            start(),
            element("eventBasedGateway", "g", heard(("start", "ask"))),
            element("intermediateCatchEvent", "c", inner=timer("PT1H")),
            element("intermediateCatchEvent", "d", inner=signal("x")),
            end(),
            flows="s-g g-c g-d c-e d-e",
        ),
        [
            *[("start", {}), ("advance", "PT2H"), ("signal", "x"), ("active", {"g": 1}), ("job", "ask")],
            *[("state", "active"), ("advance", "PT1H"), ("state", "completed"), ("never", "d")],
        ],
    ),
    "both ends of a link have listeners": Scenario(
        one(
            start(),
            element("intermediateThrowEvent", "t", BOTH, link("x")),
            element("intermediateCatchEvent", "k", heard(("end", "caught")), link("x")),
            end(),
            flows="s-t k-e",
        ),
        [
            ("start", {}),
            ("job", "first"),
            ("job", "last"),
            ("active", {"k": 1}),
            ("job", "caught"),
            ("state", "completed"),
        ],
    ),
    "an event sub-process works between its listeners": Scenario(
        one(
            start(),
            user("u"),
            end(),
            event_sub("es", start("i", signal("g")), user("w"), end("z"), flows="i-w w-z", ext=BOTH),
            flows="s-u u-e",
        ),
        [
            *[("start", {}), ("signal", "g"), ("ended", {"u": 1}), ("active", {"es": 1}), ("job", "first")],
            *[("active", {"w": 1}), ("complete", "w"), ("active", {"es": 1}), ("job", "last"), ("state", "completed")],
        ],
    ),
    "each item of a sequence has its listener": Scenario(
        one(
            start(),
            sub(
                *("m", start("i"), user("u"), end("x")),
                flows="i-u u-x",
                inner=each("[1,2]", sequential=True),
                ext=heard(("start", "first")),
            ),
            end(),
            flows="s-m m-e",
        ),
        [
            *[("start", {}), ("job", "first"), ("active", {"u": 1}), ("complete", "u"), ("active", {"m": 1})],
            *[("job", "first"), ("complete", "u"), ("state", "completed")],
        ],
    ),
    "a listener is taken away with what is around it": Scenario(
        one(
            start(),
            sub("m", start("i"), job("u", ext=BOTH), end("x"), flows="i-u u-x"),
            on("m", "b", timer("PT1H")),
            end(),
            flows="s-m m-e b-e",
        ),
        [("start", {}), ("active", {"u": 1}), ("advance", "PT1H"), ("state", "completed"), ("ended", {"u": 1, "m": 1})],
    ),
    "nobody has a task while its listeners have their say": Scenario(
        one(
            start(),
            element("userTask", "a", USER + task_listeners(("creating", "made"), ("completing", "done")) + BOTH),
            end(),
            flows="s-a a-e",
        ),
        [
            *[("start", {}), ("job", "first"), ("active", {"a": 1}), ("job", "made"), ("active", {"a": 1})],
            *[("complete", "a", {"v": 1}), ("active", {"a": 1}), ("job", "done"), ("job", "last")],
            *[("state", "completed"), ("variables", {"v": 1})],
        ],
    ),
}
