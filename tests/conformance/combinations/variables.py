"""Variables on their way into scopes and out of them."""

from __future__ import annotations

from tests.conformance.combinations.drawing import (
    call,
    end,
    job,
    mapping,
    message,
    on,
    start,
    sub,
    timer,
    user,
)
from tests.conformance.combinations.scenario import CHILD, K, Scenario, one

SCENARIOS = {
    "outputs of a border see what interrupted, and keep the rest out": Scenario(
        one(
            start(),
            user("a"),
            on("a", "stop", message("stop"), ext=mapping(reason="why")),
            user("after"),
            end(),
            end("e2"),
            flows="s-a a-e stop-after after-e2",
        ),
        [
            ("start", K),
            ("publish", "stop", "k", "PT0S", {"why": "rain", "noise": 1}),
            ("active", {"after": 1}),
            ("variables", {"reason": "rain"}),
            ("without", "noise"),
        ],
    ),
    "what a sub-process keeps to itself does not leave it": Scenario(
        one(
            start(),
            sub("x", start("i"), job("a"), end("y"), flows="i-a a-y", ext=mapping(total="a_result+1")),
            end(),
            flows="s-x x-e",
        ),
        [("start", {}), ("job", "a", {"a_result": 1}), ("state", "completed"), ("variables", {"total": 2})],
    ),
    "an interrupting border on a call keeps what the caller knows": Scenario(
        one(
            start(),
            call("c", "q", ext=mapping(result="answer")),
            on("c", "late", timer("PT1H")),
            end(),
            end("e2"),
            flows="s-c c-e late-e2",
            q=CHILD,
        ),
        [("start", {"result": "none"}), ("advance", "PT2H"), ("state", "completed"), ("variables", {"result": "none"})],
    ),
    "a called process gives back what its mapping names": Scenario(
        one(start(), call("c", "q", ext=mapping(result="answer")), end(), flows="s-c c-e", q=CHILD),
        [
            ("start", {"answer": 0}),
            ("complete", "inside", {"answer": 42, "noise": 1}),
            ("state", "completed"),
            ("variables", {"result": 42, "answer": 0}),
            ("without", "noise"),
        ],
    ),
}
