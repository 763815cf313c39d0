"""Variables on their way into scopes and out of them."""

from __future__ import annotations

from tests.bpmn.draw import element
from tests.conformance.combinations.drawing import (
    call,
    catch,
    end,
    io,
    job,
    mapping,
    message,
    on,
    signal,
    start,
    sub,
    throw,
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
    "inputs of an activity hide nothing from its border": Scenario(
        one(
            start(),
            job("a", ext=io({"foo": "bar"})),
            on("a", "late", timer("PT1H"), ext=mapping(out="foo")),
            end(),
            end("e2"),
            flows="s-a a-e late-e2",
        ),
        [("start", {"foo": 1, "bar": 2}), ("advance", "PT2H"), ("state", "completed"), ("variables", {"out": 1})],
    ),
    "a none event maps": Scenario(
        one(start(), throw("t", "", mapping(y="x+1")), end(), flows="s-t t-e"),
        [("start", {"x": 1}), ("variables", {"y": 2})],
    ),
    "an end event maps": Scenario(
        one(start(), end("e", "", mapping(y="x+1")), flows="s-e"), [("start", {"x": 1}), ("variables", {"y": 2})]
    ),
    "a start event maps": Scenario(
        one(element("startEvent", "s", mapping(y="x+1")), end(), flows="s-e"),
        [("start", {"x": 1}), ("variables", {"y": 2, "x": 1})],
    ),
    "an output extends a context": Scenario(
        one(start(), catch("c1", message("m"), io({}, {"a.b": "v"})), end(), flows="s-c1 c1-e"),
        [
            ("start", {"key": "k", "a": {"c": 1}}),
            ("publish", "m", "k", "PT0S", {"v": 3}),
            ("variables", {"a": {"b": 3, "c": 1}}),
        ],
    ),
    "what a signal brings goes where such a variable is": Scenario(
        one(
            start(),
            sub("x", start("i"), catch("c1", signal("g")), end("y"), flows="i-c1 c1-y", ext=io({"v": "0"}, {"w": "v"})),
            end(),
            flows="s-x x-e",
        ),
        [("start", {}), ("signal", "g", {"v": 9}), ("state", "completed"), ("variables", {"w": 9}), ("without", "v")],
    ),
    "an output goes where such a variable is": Scenario(
        one(
            start(),
            sub(
                "x",
                start("i"),
                catch("c1", message("m"), mapping(local="v")),
                end("y"),
                flows="i-c1 c1-y",
                ext=io({"local": "0"}),
            ),
            end(),
            flows="s-x x-e",
        ),
        [
            ("start", K),
            ("publish", "m", "k", "PT0S", {"v": 5}),
            ("state", "completed"),
            ("without", "v"),
            ("without", "local"),
        ],
    ),
}
