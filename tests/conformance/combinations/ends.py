"""Terminate end events: what ends with them."""

from __future__ import annotations

from tests.conformance.combinations.drawing import (
    TERMINATE,
    call,
    each,
    end,
    gateway,
    start,
    sub,
    user,
)
from tests.conformance.combinations.scenario import CHILD, Scenario, one

SCENARIOS = {
    "a terminate end event ends its own iteration": Scenario(
        one(
            start(),
            sub(
                "m",
                start("i"),
                gateway("parallel", "f"),
                user("a"),
                user("b"),
                end("t", TERMINATE),
                end("x"),
                flows="i-f f-a f-b a-t b-x",
                inner=each("[1,2]"),
            ),
            user("after"),
            end(),
            flows="s-m m-after after-e",
        ),
        [
            ("start", {}),
            ("complete", "a"),
            ("active", {"a": 1, "b": 1}),
            ("complete", "a"),
            ("active", {"after": 1}),
            ("ended", {"b": 2}),
            ("done", {"m": 2, "t": 2}),
        ],
    ),
    "a terminate end event in a sub-process leaves the rest alone": Scenario(
        one(
            start(),
            gateway("parallel", "f"),
            sub(
                "x",
                start("i"),
                gateway("parallel", "g"),
                user("a"),
                call("c", "q"),
                end("t", TERMINATE),
                end("y"),
                flows="i-g g-a g-c a-t c-y",
            ),
            user("b"),
            gateway("parallel", "j"),
            end(),
            flows="s-f f-x f-b x-j b-j j-e",
            q=CHILD,
        ),
        [
            ("start", {}),
            ("complete", "a"),
            ("active", {"b": 1}),
            ("counts", "q", {"terminated": 1}),
            ("done", {"x": 1}),
            ("complete", "b"),
            ("state", "completed"),
        ],
    ),
    "a terminate end event of the process ends everything": Scenario(
        one(
            start(),
            gateway("parallel", "f"),
            user("a"),
            call("c", "q"),
            end("t", TERMINATE),
            end(),
            flows="s-f f-a f-c a-t c-e",
            q=CHILD,
        ),
        [
            ("start", {}),
            ("complete", "a"),
            ("state", "completed"),
            ("counts", "q", {"terminated": 1}),
            ("ended", {"c": 1}),
        ],
    ),
}
