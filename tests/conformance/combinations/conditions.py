"""Conditional events: when they are asked."""

from __future__ import annotations

from tests.conformance.combinations.drawing import catch, condition, end, event_sub, gateway, io, on, start, sub, user
from tests.conformance.combinations.scenario import Scenario, one

SCENARIOS = {
    "a condition happens on every write that makes it true": Scenario(
        one(
            start(),
            user("a"),
            on("a", "hot", condition("x>10"), interrupting=False),
            user("note"),
            end(),
            end("e2"),
            flows="s-a a-e hot-note note-e2",
        ),
        [
            ("start", {"x": 1}),
            ("set", {"x": 11}),
            ("set", {"x": 5}),
            ("set", {"x": 12}),
            ("set", {"y": 1}),
            ("active", {"a": 1, "note": 2}),
        ],
    ),
    "a condition interrupts every branch of its scope": Scenario(
        one(
            start(),
            sub(
                "x",
                start("i"),
                gateway("parallel", "f"),
                user("a"),
                user("b"),
                end("y"),
                end("y2"),
                event_sub("es", start("h", condition("stop=true")), user("why"), end("z"), flows="h-why why-z"),
                flows="i-f f-a f-b a-y b-y2",
            ),
            end(),
            flows="s-x x-e",
        ),
        [
            ("start", {}),
            ("complete", "a", {"stop": True}),
            ("active", {"why": 1}),
            ("ended", {"b": 1}),
            ("done", {"a": 1}),
        ],
    ),
    "a condition of an event sub-process starts it again and again": Scenario(
        one(
            start(),
            user("a"),
            end(),
            event_sub(
                "es", start("h", condition("x>10"), interrupting=False), user("note"), end("z"), flows="h-note note-z"
            ),
            flows="s-a a-e",
        ),
        [
            ("start", {"x": 1}),
            ("set", {"x": 11}),
            ("set", {"x": 12}),
            ("active", {"a": 1, "note": 2}),
            ("complete", "a"),
            ("state", "active"),
            ("complete", "note"),
            ("complete", "note"),
            ("state", "completed"),
        ],
    ),
    "a value that is written again is no event": Scenario(
        one(
            start(),
            user("a"),
            on("a", "hot", condition("x>10"), interrupting=False),
            user("note"),
            end(),
            end("e2"),
            flows="s-a a-e hot-note note-e2",
        ),
        [("start", {"x": 1}), ("set", {"x": 11}), ("set", {"x": 11}), ("active", {"a": 1, "note": 1})],
    ),
    "a condition that is true interrupts as soon as its activity begins": Scenario(
        one(
            start(),
            user("a"),
            on("a", "hot", condition("x>10")),
            user("b"),
            end(),
            end("e2"),
            flows="s-a a-e hot-b b-e2",
        ),
        [("start", {"x": 11}), ("active", {"b": 1}), ("ended", {"a": 1})],
    ),
    "a condition that is true takes the process over at its start": Scenario(
        one(
            start(),
            user("a"),
            end(),
            event_sub("es", start("h", condition("x>10")), user("b"), end("z"), flows="h-b b-z"),
            flows="s-a a-e",
        ),
        [("start", {"x": 11}), ("active", {"b": 1})],
    ),
    "a condition that is true happens once at the beginning": Scenario(
        one(
            start(),
            user("a"),
            on("a", "hot", condition("x>10"), interrupting=False),
            user("b"),
            end(),
            end("e2"),
            flows="s-a a-e hot-b b-e2",
        ),
        [("start", {"x": 11}), ("active", {"a": 1, "b": 1})],
    ),
    "a variable of the scope hides what is written outside": Scenario(
        one(
            start(),
            sub("x", start("i"), catch("c1", condition("v>3")), end("y"), flows="i-c1 c1-y", ext=io({"v": "1"})),
            user("a"),
            end(),
            flows="s-x x-a a-e",
        ),
        [("start", {}), ("set", {"v": 5}), ("active", {}), ("state", "active")],
    ),
    "two conditions of one activity are asked each": Scenario(
        one(
            start(),
            user("a"),
            on("a", "c1", condition("x>1"), interrupting=False),
            on("a", "c2", condition("x>2"), interrupting=False),
            user("u1"),
            user("u2"),
            end(),
            end("e2"),
            end("e3"),
            flows="s-a a-e c1-u1 u1-e2 c2-u2 u2-e3",
        ),
        [
            ("start", {"x": 0}),
            ("set", {"x": 2}),
            ("active", {"a": 1, "u1": 1}),
            ("set", {"x": 3}),
            ("active", {"a": 1, "u1": 2, "u2": 1}),
        ],
    ),
    "a filter hears of new variables only": Scenario(
        one(
            start(),
            user("a"),
            on(
                "a",
                "c1",
                condition("x>1", "create"),
                interrupting=False,
            ),
            user("u1"),
            end(),
            end("e2"),
            flows="s-a a-e c1-u1 u1-e2",
        ),
        [
            ("start", {}),
            ("set", {"x": 2}),
            ("active", {"a": 1, "u1": 1}),
            ("set", {"x": 3}),
            ("active", {"a": 1, "u1": 1}),
        ],
    ),
}
