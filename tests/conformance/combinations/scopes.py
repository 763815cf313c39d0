"""Event sub-processes and boundary events: who interrupts whom, and what is left behind."""

from __future__ import annotations

from tests.conformance.combinations.drawing import (
    call,
    end,
    event_sub,
    gateway,
    message,
    on,
    script,
    signal,
    start,
    sub,
    timer,
    user,
)
from tests.conformance.combinations.scenario import CHILD, K, Scenario, one

SCENARIOS = {
    "a timer inside a scope comes before the one on its border": Scenario(
        one(
            start(),
            sub(
                "x",
                start("i"),
                user("a"),
                end("y"),
                event_sub("es", start("h", timer("PT1H")), user("late"), end("z"), flows="h-late late-z"),
                flows="i-a a-y",
            ),
            on("x", "very", timer("PT2H")),
            user("after"),
            end(),
            end("e2"),
            flows="s-x x-e very-after after-e2",
        ),
        [
            ("start", {}),
            ("advance", "PT90M"),
            ("active", {"late": 1}),
            ("advance", "PT1H"),
            ("active", {"after": 1}),
            ("ended", {"a": 1, "late": 1, "es": 1, "x": 1}),
        ],
    ),
    "a scope waits for the event sub-process that runs beside it": Scenario(
        one(
            start(),
            sub(
                "x",
                start("i"),
                user("a"),
                end("y"),
                event_sub("es", start("h", message("m"), interrupting=False), user("b"), end("z"), flows="h-b b-z"),
                flows="i-a a-y",
            ),
            user("after"),
            end(),
            flows="s-x x-after after-e",
        ),
        [
            ("start", K),
            ("publish", "m", "k"),
            ("publish", "m", "k"),
            ("active", {"a": 1, "b": 2}),
            ("complete", "a"),
            ("active", {"b": 2}),
            ("complete", "b"),
            ("complete", "b"),
            ("active", {"after": 1}),
        ],
    ),
    "a scope whose own work is done still hears messages while its event sub-process runs": Scenario(
        one(
            start(),
            sub(
                "x",
                start("i"),
                user("a"),
                end("y"),
                event_sub("es", start("h", message("m"), interrupting=False), user("b"), end("z"), flows="h-b b-z"),
                flows="i-a a-y",
            ),
            end(),
            flows="s-x x-e",
        ),
        [("start", K), ("publish", "m", "k"), ("complete", "a"), ("publish", "m", "k"), ("active", {"b": 2})],
    ),
    "reminders before the deadline": Scenario(
        one(
            start(),
            user("a"),
            on("a", "remind", timer("R/PT1H"), interrupting=False),
            on("a", "late", timer("PT150M")),
            user("after"),
            end(),
            end("e2"),
            end("e3"),
            flows="s-a a-e remind-e2 late-after after-e3",
        ),
        [
            ("start", {}),
            ("advance", "PT6H"),
            ("active", {"after": 1}),
            ("done", {"remind": 2, "late": 1}),
            ("ended", {"a": 1}),
        ],
    ),
    "two tokens in one sub-process are two scopes": Scenario(
        one(
            start(),
            gateway("parallel", "f"),
            user("b1"),
            user("b2"),
            gateway("exclusive", "m"),
            sub("x", start("i"), user("a"), end("y"), flows="i-a a-y"),
            on("x", "stop", message("stop")),
            user("after"),
            end(),
            end("e2"),
            flows="s-f f-b1 f-b2 b1-m b2-m m-x x-e stop-after after-e2",
        ),
        [
            ("start", K),
            ("complete", "b1"),
            ("complete", "b2"),
            ("active", {"a": 2}),
            ("publish", "stop", "k"),
            ("active", {"a": 1, "after": 1}),
            ("complete", "a"),
            ("complete", "after"),
            ("state", "completed"),
            ("done", {"x": 1, "e": 1, "e2": 1}),
            ("ended", {"x": 1}),
        ],
    ),
    "an interrupting event sub-process of the process cancels what was called": Scenario(
        one(
            start(),
            call("c", "q"),
            end(),
            event_sub("es", start("h", signal("halt")), user("why"), end("z"), flows="h-why why-z"),
            flows="s-c c-e",
            q=CHILD,
        ),
        [
            ("start", {}),
            ("signal", "halt"),
            ("active", {"why": 1}),
            ("counts", "q", {"terminated": 1}),
            ("complete", "why"),
            ("state", "completed"),
            ("never", "e"),
        ],
    ),
    "a timer cycle of an event sub-process runs beside the process and stops with it": Scenario(
        one(
            start(),
            user("a"),
            end(),
            event_sub(
                "es", start("h", timer("R/PT1H"), interrupting=False), script("n", "1"), end("z"), flows="h-n n-z"
            ),
            flows="s-a a-e",
        ),
        [
            ("start", {}),
            ("advance", "PT150M"),
            ("complete", "a"),
            ("state", "completed"),
            ("done", {"es": 2, "h": 2}),
            ("advance", "PT3H"),
            ("done", {"es": 2}),
        ],
    ),
}
