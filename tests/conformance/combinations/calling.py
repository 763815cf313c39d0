"""Call activities: what the called process gets, and what comes back."""

from __future__ import annotations

from tests.bpmn.draw import element
from tests.conformance.combinations.drawing import (
    TERMINATE,
    call,
    end,
    gateway,
    heard,
    io,
    process,
    script,
    start,
    sub,
    user,
)
from tests.conformance.combinations.scenario import CHILD, Scenario, one


def copies(name: str) -> bytes:
    """A process that writes into `y` what it knows as `name`."""
    return process("q", start("qs"), script("y", f"if {name} = null then 0 else {name}"), end("qe"), flows="qs-y y-qe")


def reserved(attributes: str, ext: str = "") -> str:
    return element("callActivity", "c", f'<zeebe:calledElement processId="q" {attributes}/>{ext}')


SCENARIOS = {
    "a call passes everything that its place sees": Scenario(
        one(
            start(),
            sub("m", start("i"), call("c", "q"), end("x"), flows="i-c c-x", ext=io({"v": "n+1"})),
            end(),
            flows="s-m m-e",
            q=copies("v"),
        ),
        [("start", {"n": 1}), ("variables", {"y": 2, "n": 1}), ("without", "v")],
    ),
    "a call may hide what its caller knows": Scenario(
        one(
            start(),
            reserved('propagateAllParentVariables="false"', io({"w": "x"})),
            end(),
            flows="s-c c-e",
            q=copies("x"),
        ),
        [("start", {"x": 5}), ("variables", {"y": 0, "x": 5}), ("state", "completed")],
    ),
    "a call may keep what was found out": Scenario(
        one(
            start(),
            reserved('propagateAllChildVariables="false"'),
            end(),
            flows="s-c c-e",
            q=copies("x"),
        ),
        [("start", {"x": 5}), ("without", "y"), ("state", "completed")],
    ),
    "outputs of a call see the result, whatever else is kept": Scenario(
        one(
            start(),
            reserved('propagateAllChildVariables="false"', io(outputs={"z": "y"})),
            end(),
            flows="s-c c-e",
            q=copies("x"),
        ),
        [("start", {"x": 5}), ("variables", {"z": 5}), ("without", "y")],
    ),
    "an input of a call is another variable than the caller's": Scenario(
        one(start(), call("c", "q", ext=io({"x": "x*2"})), end(), flows="s-c c-e", q=copies("x")),
        [("start", {"x": 5}), ("variables", {"x": 5, "y": 10})],
    ),
    "a result goes to the scope that has its variable": Scenario(
        one(
            start(),
            sub("m", start("i"), call("c", "q"), end("x"), flows="i-c c-x", ext=io({"v": "1"}, {"w": "v"})),
            end(),
            flows="s-m m-e",
            q=CHILD,
        ),
        [("start", {}), ("complete", "inside", {"v": 7}), ("variables", {"w": 7}), ("without", "v")],
    ),
    "a process may call itself": Scenario(
        one(
            start(),
            gateway("exclusive", "x", default="e"),
            script("next", "n+1"),
            call("c", "p", ext=io({"n": "next"}, {"deepest": "next"})),
            end(),
            flows="s-x x-next:n<3 next-c c-e x-e",
        ),
        [("start", {"n": 1}), ("state", "completed"), ("counts", "p", {"completed": 3})],
    ),
    "a call of nothing is an incident": Scenario(
        one(start(), call("c", "=&quot;nowhere&quot;"), end(), flows="s-c c-e"),
        [("start", {}), ("incident", "p", "c", "CALLED_ELEMENT_ERROR")],
    ),
    "a terminate end event takes the called process along": Scenario(
        one(
            start(),
            gateway("parallel", "f"),
            call("c", "q"),
            user("a"),
            end("stop", TERMINATE),
            end(),
            flows="s-f f-c f-a a-stop c-e",
            q=CHILD,
        ),
        [("start", {}), ("complete", "a"), ("state", "completed"), ("counts", "q", {"terminated": 1})],
    ),
    "listeners stand before and behind a called process": Scenario(
        one(start(), call("c", "q", ext=heard(("start", "l1"), ("end", "l2"))), end(), flows="s-c c-e", q=CHILD),
        [
            ("start", {}),
            ("active", {"c": 1}),
            ("job", "l1", {"v": 1}),
            ("active", {"inside": 1}),
            ("complete", "inside", {"v": 2, "w": 3}),
            ("active", {"c": 1}),
            ("job", "l2", {"w": 9}),
            ("state", "completed"),
            ("variables", {"w": 9}),
            ("without", "v"),
        ],
    ),
}
