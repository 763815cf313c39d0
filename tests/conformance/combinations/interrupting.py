"""What interrupts a scope: what is gone with it, and what still happens to it."""

from __future__ import annotations

from tests.conformance.combinations.drawing import (
    call,
    catch,
    each,
    end,
    event_sub,
    message,
    on,
    signal,
    start,
    sub,
    timer,
    user,
)
from tests.conformance.combinations.scenario import CHILD, K, Scenario, one

SCENARIOS = {
    "what is interrupted is gone before the event sub-process begins": Scenario(
        one(
            start(),
            user("a"),
            end(),
            event_sub("es", start("h", message("m")), user("b"), end("z"), flows="h-b b-z"),
            flows="s-a a-e",
        ),
        [
            ("start", K),
            ("publish", "m", "k"),
            ("order", "a:terminated", "es:activated", "h:activated", "h:completed", "b:activated"),
        ],
    ),
    "what an event sub-process interrupted waits for nothing, and it begins once": Scenario(
        one(
            start(),
            user("a"),
            on("a", "late", timer("PT1H")),
            user("x"),
            end(),
            end("e2"),
            event_sub("es", start("h", message("m")), user("b"), end("z"), flows="h-b b-z"),
            flows="s-a a-e late-x x-e2",
        ),
        [
            ("start", K),
            ("publish", "m", "k"),
            ("publish", "m", "k"),
            ("advance", "PT3H"),
            ("active", {"b": 1}),
            ("done", {"h": 1}),
            ("never", "late"),
        ],
    ),
    "one event sub-process interrupts another that is the last to run": Scenario(
        one(
            start(),
            user("a"),
            end(),
            event_sub("n", start("h", message("m"), interrupting=False), user("b"), end("z"), flows="h-b b-z"),
            event_sub("i", start("g", signal("s1")), user("c"), end("y"), flows="g-c c-y"),
            flows="s-a a-e",
        ),
        [
            ("start", K),
            ("publish", "m", "k"),
            ("complete", "a"),
            ("signal", "s1"),
            ("active", {"c": 1}),
            ("ended", {"b": 1, "n": 1}),
            ("complete", "c"),
            ("state", "completed"),
        ],
    ),
    "an event sub-process interrupts a sequence of iterations": Scenario(
        one(
            start(),
            user("a", each("[1,2,3]", sequential=True)),
            end(),
            event_sub("es", start("h", message("m")), user("b"), end("z"), flows="h-b b-z"),
            flows="s-a a-e",
        ),
        [
            ("start", K),
            ("complete", "a"),
            ("publish", "m", "k"),
            ("active", {"b": 1}),
            ("done", {"a": 1}),
            ("ended", {"a": 1}),
        ],
    ),
    "an incident is over when its scope is interrupted": Scenario(
        one(
            start(),
            sub("x", start("i"), catch("g", message("nokey")), end("y"), flows="i-g g-y"),
            on("x", "late", timer("PT1H")),
            user("after"),
            end(),
            end("e2"),
            flows="s-x x-e late-after after-e2",
            key="none",
        ),
        [("start", {}), ("state", "incident"), ("advance", "PT2H"), ("active", {"after": 1}), ("state", "active")],
    ),
    "an event sub-process interrupts a call and what its border began": Scenario(
        one(
            start(),
            call("c", "q"),
            on("c", "note", message("n"), interrupting=False),
            user("nn"),
            end(),
            end("e2"),
            event_sub("es", start("h", message("m")), user("b"), end("z"), flows="h-b b-z"),
            flows="s-c c-e note-nn nn-e2",
            q=CHILD,
        ),
        [
            ("start", K),
            ("publish", "n", "k"),
            ("active", {"inside": 1, "nn": 1}),
            ("publish", "m", "k"),
            ("active", {"b": 1}),
            ("counts", "q", {"terminated": 1}),
            ("ended", {"c": 1, "nn": 1}),
        ],
    ),
    "after one event sub-process interrupted no other begins": Scenario(
        one(
            start(),
            user("a"),
            end(),
            event_sub("t", start("h", timer("PT1H"), interrupting=False), user("b"), end("z"), flows="h-b b-z"),
            event_sub("m", start("g", message("m")), user("c"), end("y"), flows="g-c c-y"),
            flows="s-a a-e",
        ),
        [("start", K), ("publish", "m", "k"), ("advance", "PT3H"), ("active", {"c": 1})],
    ),
    "a border still interrupts a scope of which only an event sub-process is left": Scenario(
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
            on("x", "late", timer("PT1H")),
            user("after"),
            end(),
            end("e2"),
            flows="s-x x-e late-after after-e2",
        ),
        [
            ("start", K),
            ("publish", "m", "k"),
            ("complete", "a"),
            ("advance", "PT2H"),
            ("active", {"after": 1}),
            ("ended", {"b": 1, "es": 1, "x": 1}),
        ],
    ),
}
