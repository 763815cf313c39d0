"""Ad-hoc sub-processes: what is chosen, and what ends with them."""

from __future__ import annotations

from typing import Any

from tests.bpmn.draw import element
from tests.conformance.combinations.drawing import (
    ad_hoc,
    call,
    end,
    job,
    message,
    on,
    start,
    sub,
    user,
)
from tests.conformance.combinations.scenario import CHILD, K, Scenario, one


def chosen(*nodes: str, then: str = "", **more: Any) -> dict[str, bytes]:
    """What is in the variable `choice` is chosen in the beginning."""
    inside = ad_hoc("x", *nodes, first="choice", flows=then, **more)
    return one(start(), inside, user("after"), end(), flows="s-x x-after after-e")


UNKNOWN = ("incident", "p", "x", "EXTRACT_VALUE_ERROR")
SCENARIOS = {
    "an ad-hoc sub-process asks its condition when a path has ended": Scenario(
        chosen(user("a"), user("b"), then="a-b", until="true"),
        [
            *[("start", {"choice": ["a"]}), ("complete", "a"), ("active", {"b": 1}), ("complete", "b")],
            *[("active", {"after": 1}), ("done", {"x": 1, "a": 1, "b": 1})],
        ],
    ),
    "a gateway may be chosen in an ad-hoc sub-process": Scenario(
        chosen(element("parallelGateway", "g"), user("a"), user("b"), then="g-a g-b"),
        [
            *[("start", {"choice": ["g"]}), ("active", {"a": 1, "b": 1}), ("complete", "a"), ("active", {"b": 1})],
            *[("complete", "b"), ("active", {"after": 1})],
        ],
    ),
    "the same may be chosen twice": Scenario(
        chosen(user("a"), user("b")),
        [("start", {"choice": ["a", "a"]}), ("active", {"a": 2}), ("complete", "a"), ("complete", "a"), ("never", "b")],
    ),
    "results are collected in the order in which they come": Scenario(
        chosen(job("a"), job("b"), collects="all", result="y"),
        [
            *[("start", {"choice": ["a", "b"]}), ("job", "b", {"y": 2}), ("job", "a", {"y": 1})],
            *[("active", {"after": 1}), ("variables", {"all": [2, 1]}), ("without", "y")],
        ],
    ),
    "a condition sees what has been collected": Scenario(
        chosen(job("a"), job("b"), collects="all", result="y", until="count(all)=1"),
        [("start", {"choice": ["a", "b"]}), ("job", "b", {"y": 2}), ("active", {"after": 1}), ("ended", {"a": 1})],
    ),
    "of what remains the last answer counts": Scenario(
        chosen(job("a"), job("b"), until="enough", keeps=True),
        [
            *[("start", {"choice": ["a", "b"], "enough": False}), ("job", "b", {"enough": True}), ("active", {"a": 1})],
            *[("job", "a", {"enough": False}), ("active", {}), ("state", "active")],
        ],
    ),
    "what is not there cannot be chosen": Scenario(
        chosen(user("a"), user("b")), [("start", {"choice": ["a", "gone"]}), UNKNOWN, ("never", "a")]
    ),
    "what another leads to cannot be chosen": Scenario(
        chosen(user("a"), user("b"), then="a-b"), [("start", {"choice": ["b"]}), UNKNOWN, ("never", "b")]
    ),
    "a choice is a list": Scenario(chosen(user("a")), [("start", {"choice": "a"}), UNKNOWN, ("never", "a")]),
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
