"""Timers: when they are due, and what they find then."""

from __future__ import annotations

from tests.conformance.combinations.drawing import (
    call,
    catch,
    end,
    gateway,
    message,
    on,
    process,
    receive,
    script,
    start,
    sub,
    timer,
    user,
)
from tests.conformance.combinations.scenario import CHILD, K, Scenario, one

SCENARIOS = {
    "a timer of no time is due at once": Scenario(
        one(start(), catch("c", timer("PT0S")), user("a"), end(), flows="s-c c-a a-e"),
        [("start", {}), ("active", {"a": 1})],
    ),
    "a timer of the past is due at once": Scenario(
        one(
            start(),
            catch(
                "c",
                timer("2001-01-01T00:00:00Z", "timeDate"),
            ),
            user("a"),
            end(),
            flows="s-c c-a a-e",
        ),
        [("start", {}), ("active", {"a": 1})],
    ),
    "a cycle of two fires twice": Scenario(
        one(
            start(),
            user("a"),
            on("a", "tick", timer("R2/PT1M"), interrupting=False),
            script("n", "1"),
            end(),
            end("e2"),
            flows="s-a a-e tick-n n-e2",
        ),
        [("start", {}), ("advance", "PT10M"), ("done", {"tick": 2})],
    ),
    "two timers of one moment both happen, in their order": Scenario(
        one(
            start(),
            user("a"),
            on("a", "t1", timer("PT1H"), interrupting=False),
            on("a", "t2", timer("PT1H")),
            user("b"),
            user("c"),
            end(),
            end("e2"),
            flows="s-a a-e t1-b b-e2 t2-c c-e2",
        ),
        [("start", {}), ("advance", "PT2H"), ("active", {"b": 1, "c": 1})],
    ),
    "a duration is computed": Scenario(
        one(
            start(),
            catch(
                "c",
                timer("=duration(d)"),
            ),
            end(),
            flows="s-c c-e",
        ),
        [
            ("start", {"d": "PT5M"}),
            ("advance", "PT4M"),
            ("state", "active"),
            ("advance", "PT2M"),
            ("state", "completed"),
        ],
    ),
    "a duration that says nothing is an incident": Scenario(
        one(
            start(),
            catch("c", timer("=d")),
            end(),
            flows="s-c c-e",
        ),
        [("start", {"d": "soon"}), ("incident", "p", "c", "EXTRACT_VALUE_ERROR")],
    ),
    "a cycle starts two instances": Scenario(
        one(
            start(),
            end(),
            flows="s-e",
            q=process("q", start("qs", timer("R2/PT1H")), user("a"), end("qe"), flows="qs-a a-qe"),
        ),
        [("advance", "PT5H"), ("active", {"a": 2})],
    ),
    "a timer reminds of a call": Scenario(
        one(
            start(),
            call("c", "q"),
            on("c", "tick", timer("PT1H"), interrupting=False),
            user("a"),
            end(),
            end("e2"),
            flows="s-c c-e tick-a a-e2",
            q=CHILD,
        ),
        [
            ("start", {}),
            ("advance", "PT2H"),
            ("active", {"inside": 1, "a": 1}),
            ("complete", "inside"),
            ("complete", "a"),
            ("state", "completed"),
        ],
    ),
    "a date is computed from the present": Scenario(
        one(
            start(),
            catch(
                "c",
                timer('=now() + duration("PT1H")', "timeDate"),
            ),
            end(),
            flows="s-c c-e",
        ),
        [("start", {}), ("advance", "PT50M"), ("state", "active"), ("advance", "PT20M"), ("state", "completed")],
    ),
    "a cycle is computed": Scenario(
        one(
            start(),
            user("a"),
            on(
                "a",
                "tick",
                timer('=cycle(3, duration("PT1H"))', "timeCycle"),
                interrupting=False,
            ),
            script("n", "1"),
            end(),
            end("e2"),
            flows="s-a a-e tick-n n-e2",
        ),
        [("start", {}), ("advance", "PT10H"), ("done", {"tick": 3})],
    ),
    "an outer timer that comes first takes the inner one along": Scenario(
        one(
            start(),
            sub(
                "x",
                start("i"),
                receive("r", "m"),
                on("r", "late", timer("PT2H")),
                end("y"),
                end("y2"),
                flows="i-r r-y late-y2",
            ),
            on("x", "very", timer("PT1H")),
            user("a"),
            end(),
            end("e2"),
            flows="s-x x-e very-a a-e2",
        ),
        [
            ("start", K),
            ("advance", "PT3H"),
            ("active", {"a": 1}),
            ("never", "late"),
            ("publish", "m", "k"),
            ("active", {"a": 1}),
        ],
    ),
    "every round has a timer of its own": Scenario(
        one(
            start(),
            gateway("exclusive", "m"),
            user("a"),
            on("a", "tick", timer("PT1H"), interrupting=False),
            script("n", "1"),
            gateway("exclusive", "g", "e"),
            end(),
            end("e2"),
            flows="s-m m-a a-g g-m:more=true g-e tick-n n-e2",
        ),
        [
            ("start", {}),
            ("advance", "PT90M"),
            ("complete", "a", {"more": True}),
            ("advance", "PT30M"),
            ("done", {"tick": 1}),
            ("advance", "PT1H"),
            ("done", {"tick": 2}),
        ],
    ),
    "a border leads back to its activity": Scenario(
        one(
            start(),
            gateway("exclusive", "m"),
            user("a"),
            on("a", "late", timer("PT1H")),
            end(),
            flows="s-m m-a a-e late-m",
        ),
        [
            ("start", {}),
            ("advance", "PT150M"),
            ("active", {"a": 1}),
            ("done", {"late": 2}),
            ("ended", {"a": 2}),
            ("complete", "a"),
            ("state", "completed"),
        ],
    ),
    "a process starts by a timer and by a message": Scenario(
        one(
            start(),
            end(),
            flows="s-e",
            q=process(
                "q",
                start("t1", timer("R1/PT1H")),
                start("m1", message("m")),
                user("a"),
                user("b"),
                end("qe"),
                end("qe2"),
                flows="t1-a a-qe m1-b b-qe2",
            ),
        ),
        [("publish", "m", "k"), ("active", {"b": 1}), ("advance", "PT2H"), ("active", {"a": 1, "b": 1})],
    ),
    "a called process ends before the call that is interrupted": Scenario(
        one(
            start(), call("c", "q"), on("c", "late", timer("PT1H")), end(), end("e2"), flows="s-c c-e late-e2", q=CHILD
        ),
        [
            ("start", {}),
            ("advance", "PT2H"),
            (
                "order",
                "c:activated",
                "inside:activated",
                "inside:terminated",
                "q:terminated",
                "c:terminated",
                "late:activated",
                "late:completed",
            ),
        ],
    ),
}
