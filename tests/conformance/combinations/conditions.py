"""Conditional events: when they are asked."""

from __future__ import annotations

from tests.conformance.combinations.drawing import (
    condition,
    end,
    event_sub,
    gateway,
    on,
    start,
    sub,
    user,
)
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
}
