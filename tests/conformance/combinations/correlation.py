"""Messages: which instance, which event, and how long they wait."""

from __future__ import annotations

from tests.bpmn.draw import element
from tests.conformance.combinations.drawing import (
    catch,
    end,
    event_sub,
    gateway,
    message,
    on,
    process,
    receive,
    start,
    user,
)
from tests.conformance.combinations.scenario import K, Scenario, one

SCENARIOS = {
    "two catch events in a row need two messages": Scenario(
        one(start(), catch("c1", message("m")), catch("c2", message("m")), end(), flows="s-c1 c1-c2 c2-e"),
        [
            ("start", K),
            ("publish", "m", "k", "PT1H"),
            ("done", {"c1": 1, "c2": 0}),
            ("publish", "m", "k", "PT1H"),
            ("state", "completed"),
        ],
    ),
    "two messages that waited go to two catch events in a row": Scenario(
        one(start(), catch("c1", message("m")), catch("c2", message("m")), end(), flows="s-c1 c1-c2 c2-e"),
        [
            ("publish", "m", "k", "PT1H", {"n": 1}),
            ("publish", "m", "k", "PT1H", {"n": 2}),
            ("start", K),
            ("state", "completed"),
            ("variables", {"n": 2}),
        ],
    ),
    "an instance that waits comes before a new one": Scenario(
        one(
            start(),
            start("ms", message("m")),
            user("a"),
            catch("c1", message("m")),
            user("b"),
            end(),
            end("e2"),
            flows="s-c1 c1-b b-e ms-a a-e2",
        ),
        [("start", K), ("publish", "m", "k"), ("active", {"b": 1}), ("counts", "p", {"active": 1})],
    ),
    "messages without a key each start an instance": Scenario(
        one(
            start(),
            end(),
            flows="s-e",
            q=process("q", start("s1", message("m")), user("a"), end("qe"), flows="s1-a a-qe"),
        ),
        [("publish", "m", ""), ("publish", "m", ""), ("active", {"a": 2})],
    ),
    "a message that does not wait is lost while its key is busy": Scenario(
        one(
            start(),
            end(),
            flows="s-e",
            q=process("q", start("s1", message("m")), user("a"), end("qe"), flows="s1-a a-qe"),
        ),
        [
            ("publish", "m", "k"),
            ("publish", "m", "k"),
            ("complete", "a"),
            ("active", {}),
            ("counts", "q", {"completed": 1}),
        ],
    ),
    "the scope hears a message before what is inside": Scenario(
        one(
            start(),
            catch("c1", message("m")),
            end(),
            event_sub("es", start("h", message("m"), interrupting=False), user("b"), end("z"), flows="h-b b-z"),
            flows="s-c1 c1-e",
        ),
        [("start", K), ("publish", "m", "k"), ("active", {"b": 1}), ("done", {"c1": 0})],
    ),
    "a number is a key": Scenario(
        one(start(), catch("c1", message("m")), end(), flows="s-c1 c1-e"),
        [("start", {"key": 42}), ("publish", "m", "42"), ("state", "completed")],
    ),
    "a key is read when the waiting begins": Scenario(
        one(start(), catch("c1", message("m")), end(), flows="s-c1 c1-e"),
        [
            ("start", K),
            ("set", {"key": "j"}),
            ("publish", "m", "j"),
            ("state", "active"),
            ("publish", "m", "k"),
            ("state", "completed"),
        ],
    ),
    "a receive task has a border for another message": Scenario(
        one(
            start(),
            receive("r", "m"),
            on("r", "note", message("n"), interrupting=False),
            user("b"),
            end(),
            end("e2"),
            flows="s-r r-e note-b b-e2",
        ),
        [
            ("start", K),
            ("publish", "n", "k"),
            ("publish", "n", "k"),
            ("active", {"b": 2}),
            ("publish", "m", "k"),
            ("done", {"r": 1}),
            ("publish", "n", "k"),
            ("active", {"b": 2}),
        ],
    ),
    "a message end event reaches who waits": Scenario(
        one(
            start(),
            end("e", message("m", '<zeebe:publishMessage correlationKey="=key"/>')),
            flows="s-e",
            q=process("q", start("qs"), catch("c", message("m")), end("qe"), flows="qs-c c-qe"),
        ),
        [("start", K, "q"), ("start", K), ("counts", "q", {"completed": 1})],
    ),
    "one message starts two processes": Scenario(
        one(
            start(),
            end(),
            flows="s-e",
            q=process("q", start("qs", message("m")), user("a"), end("qe"), flows="qs-a a-qe"),
            r=process("r", start("rs", message("m")), user("b"), end("re"), flows="rs-b b-re"),
        ),
        [("publish", "m", "k"), ("active", {"a": 1, "b": 1})],
    ),
    "the first of two borders withdraws the other": Scenario(
        one(
            start(),
            user("a"),
            on("a", "m1", message("x")),
            on("a", "m2", message("y")),
            user("b"),
            user("c"),
            end(),
            end("e2"),
            end("e3"),
            flows="s-a a-e m1-b b-e2 m2-c c-e3",
        ),
        [("start", K), ("publish", "y", "k"), ("active", {"c": 1}), ("publish", "x", "k"), ("active", {"c": 1})],
    ),
    "two branches that wait for one message need two": Scenario(
        one(
            start(),
            gateway("parallel", "f"),
            catch("c1", message("m")),
            catch("c2", message("m")),
            gateway("parallel", "j"),
            end(),
            flows="s-f f-c1 f-c2 c1-j c2-j j-e",
        ),
        [
            ("start", K),
            ("publish", "m", "k"),
            ("state", "active"),
            ("done", {"c1": 1, "c2": 0}),
            ("publish", "m", "k"),
            ("state", "completed"),
        ],
    ),
    "messages of one key start one instance after the other": Scenario(
        one(
            start(),
            end(),
            flows="s-e",
            q=process("q", start("qs", message("m")), user("a"), end("qe"), flows="qs-a a-qe"),
        ),
        [
            ("publish", "m", "k", "PT1H", {"n": 1}),
            ("publish", "m", "k", "PT1H", {"n": 2}),
            ("publish", "m", "k", "PT1H", {"n": 3}),
            ("active", {"a": 1}),
            ("complete", "a"),
            ("active", {"a": 1}),
            ("complete", "a"),
            ("active", {"a": 1}),
            ("complete", "a"),
            ("counts", "q", {"completed": 3}),
        ],
    ),
    "a send task's message waits for who comes later": Scenario(
        one(
            start(),
            element(
                "sendTask",
                "t",
                '<zeebe:publishMessage correlationKey="=key" messageId="=&quot;x&quot;" timeToLive="PT1H"/>',
                "",
                'messageRef="message_m"',
            ),
            end(),
            flows="s-t t-e",
            q=process("q", start("qs"), catch("c", message("m")), end("qe"), flows="qs-c c-qe"),
        ),
        [("start", K), ("state", "completed"), ("start", K, "q"), ("counts", "q", {"completed": 1})],
    ),
}
