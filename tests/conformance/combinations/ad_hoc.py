"""Ad-hoc sub-processes: what is chosen, and what ends with them."""

from __future__ import annotations

from tests.conformance.combinations.drawing import (
    call,
    end,
    message,
    on,
    start,
    sub,
    user,
)
from tests.conformance.combinations.scenario import CHILD, K, Scenario, one

SCENARIOS = {
    "an ad-hoc sub-process ends when its condition holds, and takes the rest along": Scenario(
        one(
            start(),
            sub(
                "x",
                user("a"),
                user("b"),
                user("c"),
                flows="a-b",
                tag="adHocSubProcess",
                ext='<zeebe:adHoc activeElementsCollection="=[&quot;a&quot;,&quot;c&quot;]"/>',
                inner="<bpmn:completionCondition>=enough=true</bpmn:completionCondition>",
            ),
            user("after"),
            end(),
            flows="s-x x-after after-e",
        ),
        [
            ("start", {}),
            ("active", {"a": 1, "c": 1}),
            ("complete", "a"),
            ("active", {"b": 1, "c": 1}),
            ("adhoc", "x", ["a"]),
            ("active", {"a": 1, "b": 1, "c": 1}),
            ("complete", "b", {"enough": True}),
            ("active", {"after": 1}),
            ("ended", {"a": 1, "c": 1}),
        ],
    ),
    "an ad-hoc sub-process in sequence does one thing at a time": Scenario(
        one(
            start(),
            sub(
                "x",
                user("a"),
                user("b"),
                user("c"),
                flows="a-b",
                tag="adHocSubProcess",
                ext='<zeebe:adHoc activeElementsCollection="=[&quot;a&quot;,&quot;c&quot;]"/>',
                attributes='ordering="Sequential"',
            ),
            user("after"),
            end(),
            flows="s-x x-after after-e",
        ),
        [
            ("start", {}),
            ("active", {"a": 1}),
            ("adhoc", "x", ["a"]),
            ("complete", "a"),
            ("active", {"b": 1}),
            ("complete", "b"),
            ("active", {"c": 1}),
            ("complete", "c"),
            ("active", {"a": 1}),
            ("complete", "a"),
            ("complete", "b"),
            ("active", {"after": 1}),
            ("done", {"a": 2, "b": 2, "c": 1}),
        ],
    ),
    "an ad-hoc sub-process is interrupted with what was chosen": Scenario(
        one(
            start(),
            sub(
                "x",
                user("a"),
                call("b", "q"),
                tag="adHocSubProcess",
                ext='<zeebe:adHoc activeElementsCollection="=[&quot;b&quot;]"/>',
            ),
            on("x", "stop", message("stop")),
            user("after"),
            end(),
            end("e2"),
            flows="s-x x-e stop-after after-e2",
            q=CHILD,
        ),
        [
            ("start", K),
            ("adhoc", "x", ["a"]),
            ("active", {"a": 1, "inside": 1}),
            ("publish", "stop", "k"),
            ("active", {"after": 1}),
            ("counts", "q", {"terminated": 1}),
        ],
    ),
}
