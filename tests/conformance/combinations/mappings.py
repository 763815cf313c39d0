"""Inputs and outputs, listeners and defaults: what an element sees and leaves, and in which order."""

from __future__ import annotations

from tests.bpmn.draw import element
from tests.conformance.combinations.drawing import (
    USER,
    end,
    event_sub,
    gateway,
    heard,
    io,
    job,
    on,
    script,
    signal,
    start,
    sub,
    timer,
    user,
)
from tests.conformance.combinations.scenario import Scenario, one

SCENARIOS = {
    "an output into a context extends the one outside": Scenario(
        one(start(), job("w", ext=io(outputs={"a.c": "r"})), end(), flows="s-w w-e"),
        [("start", {"a": {"b": 1}}), ("job", "w", {"r": 2}), ("variables", {"a": {"b": 1, "c": 2}})],
    ),
    "an output into a context extends the input of its name": Scenario(
        one(start(), job("w", ext=io({"a.b": "1"}, {"a.c": "r"})), end(), flows="s-w w-e"),
        [("start", {"a": {"old": 0}}), ("job", "w", {"r": 2}), ("variables", {"a": {"b": 1, "c": 2}})],
    ),
    "an output into what is no context makes one": Scenario(
        one(start(), job("w", ext=io(outputs={"a.c.d": "r"})), end(), flows="s-w w-e"),
        [("start", {"a": 5}), ("job", "w", {"r": 2}), ("variables", {"a": {"c": {"d": 2}}})],
    ),
    "outputs see those before them": Scenario(
        one(
            start(), job("w", ext=io(outputs={"a": "r", "b": "a+1", "c.d": "b", "c.e": "c.d"})), end(), flows="s-w w-e"
        ),
        [("start", {}), ("job", "w", {"r": 2}), ("variables", {"a": 2, "b": 3, "c": {"d": 3, "e": 3}})],
    ),
    "inputs see those before them and hide what is outside": Scenario(
        one(start(), job("w", ext=io({"y": "x", "x": "y+1"}, {"z": "[x,y]"})), end(), flows="s-w w-e"),
        [("start", {"x": 1}), ("job", "w"), ("variables", {"z": [2, 1], "x": 1}), ("without", "y")],
    ),
    "an input of nothing is null": Scenario(
        one(start(), job("w", ext=io({"a": "unheard"}, {"z": "a"})), end(), flows="s-w w-e"),
        [("start", {}), ("job", "w"), ("state", "completed"), ("variables", {"z": None})],
    ),
    "a result of an input's name stays inside, others leave": Scenario(
        one(start(), element("userTask", "u", USER + io({"n": "n"})), end(), flows="s-u u-e"),
        [("start", {"n": 1}), ("complete", "u", {"n": 2, "m": 3}), ("variables", {"n": 1, "m": 3})],
    ),
    "a script's result is what its outputs see": Scenario(
        one(
            start(),
            script("none", "null"),
            element(
                "scriptTask", "t", '<zeebe:script expression="=1+1" resultVariable="r"/>' + io(outputs={"z": "r*2"})
            ),
            end(),
            flows="s-none none-t t-e",
        ),
        [("start", {"none": 1}), ("variables", {"z": 4, "none": None}), ("without", "r")],
    ),
    "a person may be nobody, and a day no day": Scenario(
        one(
            start(),
            element(
                "userTask",
                "u",
                USER + '<zeebe:assignmentDefinition assignee="=&quot;&quot;" candidateGroups="=[]"/>'
                '<zeebe:taskSchedule dueDate="=null" followUpDate="=&quot;&quot;"/>',
            ),
            end(),
            flows="s-u u-e",
        ),
        [("start", {}), ("active", {"u": 1}), ("complete", "u"), ("state", "completed")],
    ),
    "conditional flows of an activity are all asked, the default when none is true": Scenario(
        one(
            start(),
            element("userTask", "a", USER, attributes='default="a_d"'),
            user("b"),
            user("c"),
            user("d"),
            end(),
            flows="s-a a-b:n>1 a-c:n>2 a-d b-a c-e d-e",
        ),
        [
            ("start", {"n": 3}),
            ("complete", "a"),
            ("active", {"b": 1, "c": 1}),
            ("complete", "b"),
            ("complete", "a", {"n": 0}),
            ("active", {"c": 1, "d": 1}),
        ],
    ),
    "a sub-process listens for its events between its listeners": Scenario(
        one(
            start(),
            sub(
                "m",
                start("i"),
                user("u"),
                end("x"),
                event_sub("es", start("t", signal("S")), user("n"), end("y"), flows="t-n n-y"),
                flows="i-u u-x",
                ext=heard(("start", "l1"), ("end", "l2")),
            ),
            end(),
            flows="s-m m-e",
        ),
        [
            ("start", {}),
            ("signal", "S"),
            ("active", {"m": 1}),
            ("job", "l1"),
            ("active", {"u": 1}),
            ("signal", "S"),
            ("active", {"n": 1}),
            ("complete", "n"),
            ("active", {"m": 1}),
            ("signal", "S"),
            ("job", "l2"),
            ("state", "completed"),
        ],
    ),
    "a join has one listener, however many tokens came": Scenario(
        one(
            start(),
            gateway("parallel", "f"),
            user("a"),
            user("b"),
            gateway("parallel", "j", ext=heard(("start", "l1"))),
            gateway("exclusive", "x", default="d", ext=heard(("start", "l2"))),
            user("c"),
            user("d"),
            end(),
            flows="s-f f-a f-b a-j b-j j-x x-c:v=1 x-d c-e d-e",
        ),
        [
            ("start", {}),
            ("complete", "a"),
            ("active", {"b": 1}),
            ("complete", "b"),
            ("active", {"j": 1}),
            ("job", "l1"),
            ("job", "l2", {"v": 1}),
            ("active", {"c": 1}),
            ("without", "v"),
        ],
    ),
    "events have listeners: what starts leaves a result, what ends keeps its own": Scenario(
        one(
            element("startEvent", "s", heard(("end", "l1"))),
            user("u"),
            end("e", ext=heard(("start", "l2"), ("end", "l3"))),
            flows="s-u u-e",
        ),
        [
            ("start", {}),
            ("job", "l1", {"a": 1}),
            ("complete", "u"),
            ("job", "l2", {"b": 1}),
            ("job", "l3", {"c": 1}),
            ("state", "completed"),
            ("variables", {"a": 1, "c": 1}),
            ("without", "b"),
        ],
    ),
    "a task is offered between its listeners": Scenario(
        one(start(), element("userTask", "u", USER + heard(("start", "l1"), ("end", "l2"))), end(), flows="s-u u-e"),
        [
            ("start", {}),
            ("active", {"u": 1}),
            ("job", "l1", {"a": 1}),
            ("active", {"u": 1}),
            ("complete", "u", {"b": 1}),
            ("active", {"u": 1}),
            ("job", "l2", {"c": 1}),
            ("state", "completed"),
            ("variables", {"b": 1, "c": 1}),
            ("without", "a"),
        ],
    ),
    "a task may still be interrupted before its last listener": Scenario(
        one(
            start(),
            job("w", ext=heard(("end", "l1"))),
            on("w", "late", timer("PT1H")),
            user("n"),
            end(),
            flows="s-w w-e late-n n-e",
        ),
        [("start", {}), ("job", "w"), ("active", {"w": 1}), ("advance", "PT2H"), ("active", {"n": 1})],
    ),
}
