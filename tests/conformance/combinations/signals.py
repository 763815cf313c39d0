"""Signals: everybody who waits hears them, the thrower too."""

from __future__ import annotations

from tests.conformance.combinations.drawing import (
    call,
    catch,
    each,
    end,
    event_sub,
    gateway,
    on,
    process,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)
from tests.conformance.combinations.scenario import Scenario, one

SCENARIOS = {
    "a signal end event wakes the branch beside it": Scenario(
        one(
            start(),
            gateway("parallel", "f"),
            catch("c", signal("go")),
            end("x", signal("go")),
            user("a"),
            end(),
            flows="s-f f-c f-x c-a a-e",
        ),
        [("start", {}), ("active", {"a": 1})],
    ),
    "who waits later does not hear a signal": Scenario(
        one(start(), throw("t", signal("go")), catch("c", signal("go")), end(), flows="s-t t-c c-e"),
        [("start", {}), ("state", "active"), ("signal", "go"), ("state", "completed")],
    ),
    "a signal reaches two borders at once": Scenario(
        one(
            start(),
            gateway("parallel", "f"),
            sub("x", start("i"), user("a"), end("y"), flows="i-a a-y"),
            on("x", "stop", signal("go")),
            user("b"),
            on("b", "stop2", signal("go")),
            end(),
            end("e2"),
            user("c"),
            user("d"),
            flows="s-f f-x f-b x-e b-e stop-c c-e2 stop2-d d-e2",
        ),
        [("start", {}), ("signal", "go"), ("active", {"c": 1, "d": 1})],
    ),
    "a signal wins at an event-based gateway": Scenario(
        one(
            start(),
            gateway("eventBased", "g"),
            catch("c1", signal("go")),
            catch("c2", timer("PT1H")),
            user("a"),
            end(),
            end("e2"),
            flows="s-g g-c1 g-c2 c1-a a-e c2-e2",
        ),
        [
            ("start", {}),
            ("signal", "go", {"v": 1}),
            ("active", {"a": 1}),
            ("variables", {"v": 1}),
            ("advance", "PT3H"),
            ("active", {"a": 1}),
            ("never", "c2"),
        ],
    ),
    "a signal interrupts a multi-instance": Scenario(
        one(
            start(),
            user("a", each("[1,2]")),
            on("a", "stop", signal("go")),
            user("b"),
            end(),
            end("e2"),
            flows="s-a a-e stop-b b-e2",
        ),
        [("start", {}), ("signal", "go"), ("active", {"b": 1}), ("ended", {"a": 2})],
    ),
    "a signal is heard in the caller and in the called process": Scenario(
        one(
            start(),
            call("c", "q"),
            end(),
            event_sub("es", start("h", signal("g"), interrupting=False), user("b"), end("z"), flows="h-b b-z"),
            flows="s-c c-e",
            q=process(
                "q",
                start("qs"),
                user("inside"),
                end("qe"),
                event_sub("es", start("h", signal("g"), interrupting=False), user("d"), end("z"), flows="h-d d-z"),
                flows="qs-inside inside-qe",
            ),
        ),
        [("start", {}), ("signal", "g"), ("active", {"inside": 1, "b": 1, "d": 1})],
    ),
    "a called process throws the signal that interrupts its call": Scenario(
        one(
            start(),
            call("c", "q"),
            on("c", "stop", signal("g")),
            user("b"),
            end(),
            end("e2"),
            flows="s-c c-e stop-b b-e2",
            q=process(
                "q", start("qs"), throw("t", signal("g")), user("inside"), end("qe"), flows="qs-t t-inside inside-qe"
            ),
        ),
        [("start", {}), ("active", {"b": 1}), ("counts", "q", {"terminated": 1})],
    ),
    "a signal end event interrupts its own scope": Scenario(
        one(
            start(),
            sub("x", start("i"), end("y", signal("g")), flows="i-y"),
            on("x", "stop", signal("g")),
            user("b"),
            user("after"),
            end(),
            end("e2"),
            flows="s-x x-after after-e stop-b b-e2",
        ),
        [("start", {}), ("active", {"b": 1})],
    ),
    "a scope hears the signal with which it ends": Scenario(
        one(
            start(),
            sub("x", start("i"), end("y", signal("g")), flows="i-y"),
            on("x", "also", signal("g"), interrupting=False),
            event_sub("es", start("h", signal("g"), interrupting=False), user("c"), end("z"), flows="h-c c-z"),
            user("b"),
            user("after"),
            end(),
            end("e2"),
            flows="s-x x-after after-e also-b b-e2",
        ),
        [("start", {}), ("active", {"b": 1, "c": 1, "after": 1})],
    ),
    "a caller hears the signal of a called process before its end": Scenario(
        one(
            start(),
            call("c", "q"),
            on("c", "also", signal("g"), interrupting=False),
            user("b"),
            user("after"),
            end(),
            end("e2"),
            flows="s-c c-after after-e also-b b-e2",
            q=process("q", start("qs"), end("qe", signal("g")), flows="qs-qe"),
        ),
        [("start", {}), ("active", {"b": 1, "after": 1}), ("counts", "q", {"completed": 1})],
    ),
    "a branch that begins together with the thrower hears its signal": Scenario(
        one(
            start(),
            gateway("parallel", "f"),
            throw("t", signal("g")),
            catch("c", signal("g")),
            user("a"),
            end(),
            flows="s-f f-t f-c t-e c-a a-e",
        ),
        [("start", {}), ("active", {"a": 1})],
    ),
}
