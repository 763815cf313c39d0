"""Messages and signals: who hears them, and when."""

from __future__ import annotations

from tests.conformance.combinations.drawing import (
    catch,
    end,
    message,
    on,
    process,
    signal,
    start,
    sub,
    throw,
    user,
)
from tests.conformance.combinations.scenario import K, Scenario, one

SCENARIOS = {
    "a message that waited interrupts a task as soon as it begins": Scenario(
        one(
            start(),
            user("first"),
            user("a"),
            on("a", "stop", message("stop")),
            user("after"),
            end(),
            end("e2"),
            flows="s-first first-a a-e stop-after after-e2",
        ),
        [
            ("start", K),
            ("publish", "stop", "k", "PT1H"),
            ("active", {"first": 1}),
            ("complete", "first"),
            ("active", {"after": 1}),
            ("ended", {"a": 1}),
        ],
    ),
    "a message that waited too long is forgotten": Scenario(
        one(start(), user("first"), catch("get", message("m")), end(), flows="s-first first-get get-e"),
        [
            ("start", K),
            ("publish", "m", "k", "PT1H"),
            ("advance", "PT2H"),
            ("complete", "first"),
            ("state", "active"),
            ("publish", "m", "k", "PT1H"),
            ("state", "completed"),
        ],
    ),
    "messages that waited reach a border that interrupts nothing one after the other": Scenario(
        one(
            start(),
            user("first"),
            user("a"),
            on("a", "note", message("m"), interrupting=False),
            user("seen"),
            end(),
            end("e2"),
            flows="s-first first-a a-e note-seen seen-e2",
        ),
        [
            ("start", K),
            ("publish", "m", "k", "PT1H"),
            ("publish", "m", "k", "PT1H"),
            ("complete", "first"),
            ("active", {"a": 1, "seen": 2}),
        ],
    ),
    "a message that was published before the process knew its key is found": Scenario(
        one(start(), user("a"), catch("get", message("m")), user("after"), end(), flows="s-a a-get get-after after-e"),
        [
            ("publish", "m", "k", "PT1H", {"from": "early"}),
            ("start", {}),
            ("complete", "a", K),
            ("active", {"after": 1}),
            ("variables", {"from": "early"}),
        ],
    ),
    "a signal starts one process and wakes another": Scenario(
        one(
            start(),
            catch("get", signal("go")),
            user("after"),
            end(),
            flows="s-get get-after after-e",
            q=process("q", start("qs", signal("go")), user("inside"), end("qe"), flows="qs-inside inside-qe"),
        ),
        [
            ("start", {}),
            ("signal", "go", {"v": 1}),
            ("active", {"after": 1, "inside": 1}),
            ("variables", {"v": 1}),
            ("signal", "go"),
            ("counts", "q", {"active": 2}),
        ],
    ),
    "a process tells another one and does not wait": Scenario(
        one(
            start(),
            throw("tell", message("m", '<zeebe:publishMessage correlationKey="=key" timeToLive="PT1M"/>')),
            user("after"),
            end(),
            flows="s-tell tell-after after-e",
            q=process("q", start("qs", message("m")), user("inside"), end("qe"), flows="qs-inside inside-qe"),
        ),
        [("start", K), ("active", {"after": 1, "inside": 1})],
    ),
    "one key has one running instance, and the next message starts the next": Scenario(
        one(
            start(),
            end(),
            flows="s-e",
            q=process("q", start("qs", message("m")), user("inside"), end("qe"), flows="qs-inside inside-qe"),
        ),
        [
            ("publish", "m", "k", "PT1H"),
            ("publish", "m", "k", "PT1H"),
            ("publish", "m", "j", "PT1H"),
            ("active", {"inside": 2}),
            ("complete", "inside"),
            ("complete", "inside"),
            ("active", {"inside": 1}),
            ("counts", "q", {"active": 1, "completed": 2}),
        ],
    ),
    "a message reaches one instance of each process": Scenario(
        one(
            start(),
            catch("get", message("m")),
            end(),
            flows="s-get get-e",
            q=process("q", start("qs"), catch("get", message("m")), end("qe"), flows="qs-get get-qe"),
        ),
        [
            ("start", K),
            ("start", K, "q"),
            ("start", K, "q"),
            ("publish", "m", "k"),
            ("counts", "p", {"completed": 1}),
            ("counts", "q", {"completed": 1, "active": 1}),
        ],
    ),
    "a signal that a sub-process throws interrupts the sub-process around it": Scenario(
        one(
            start(),
            sub("x", start("i"), throw("shout", signal("stop")), user("a"), end("y"), flows="i-shout shout-a a-y"),
            on("x", "heard", signal("stop")),
            user("after"),
            end(),
            end("e2"),
            flows="s-x x-e heard-after after-e2",
        ),
        [("start", {}), ("active", {"after": 1}), ("never", "a")],
    ),
}
