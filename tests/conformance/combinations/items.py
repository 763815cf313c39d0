"""Multi-instance and loops: what every item gets, what it leaves, and when it is enough."""

from __future__ import annotations

from tests.bpmn.draw import element
from tests.conformance.combinations.drawing import (
    TERMINATE,
    again,
    call,
    each,
    end,
    event_sub,
    gateway,
    io,
    job,
    on,
    script,
    signal,
    start,
    sub,
    user,
)
from tests.conformance.combinations.scenario import CHILD, Scenario, one

SCENARIOS = {
    "outputs stay with their item and are what is collected": Scenario(
        one(
            start(),
            job("w", each("[1,2]", collects="rs", result="res"), io(outputs={"res": "r*item"})),
            end(),
            flows="s-w w-e",
        ),
        [
            ("start", {}),
            ("job", "w", {"r": 10}),
            ("job", "w", {"r": 10}),
            ("variables", {"rs": [10, 20]}),
            *(("without", name) for name in ("res", "r", "item", "loopCounter")),
        ],
    ),
    "results without outputs leave at once, one over the other": Scenario(
        one(start(), job("w", each("[1,2]")), end(), flows="s-w w-e"),
        [
            ("start", {}),
            ("job", "w", {"r": 1}),
            ("variables", {"r": 1}),
            ("job", "w", {"r": 2}),
            ("variables", {"r": 2}),
            ("state", "completed"),
        ],
    ),
    "a part of a result is collected, and the result stays inside": Scenario(
        one(start(), job("w", each("[1,2]", collects="rs", result="res.a")), end(), flows="s-w w-e"),
        [
            ("start", {}),
            ("job", "w", {"res": {"a": 1}}),
            ("job", "w", {"res": {"a": 2}}),
            ("variables", {"rs": [1, 2]}),
            ("without", "res"),
        ],
    ),
    "a collection may replace the one it came from": Scenario(
        one(start(), job("w", each("rs", "x", collects="rs", result="x+1")), end(), flows="s-w w-e"),
        [("start", {"rs": [1, 2]}), ("job", "w"), ("job", "w"), ("variables", {"rs": [2, 3]})],
    ),
    "a collection goes to the scope that has its variable": Scenario(
        one(
            start(),
            sub(
                "m",
                start("i"),
                job("w", each("[1,2]", collects="rs", result="item")),
                end("x"),
                flows="i-w w-x",
                ext=io({"rs": "null"}, {"all": "rs"}),
            ),
            end(),
            flows="s-m m-e",
        ),
        [("start", {}), ("job", "w"), ("job", "w"), ("variables", {"all": [1, 2]}), ("without", "rs")],
    ),
    "what is no list is an incident": Scenario(
        one(
            start(),
            gateway("parallel", "f"),
            user("a", each("unheard")),
            user("b", each("item")),
            end(),
            flows="s-f f-a f-b a-e b-e",
        ),
        [("start", {"item": [None]}), ("active", {"b": 1}), ("incident", "p", "a", "EXTRACT_VALUE_ERROR")],
    ),
    "an empty list is passed by everything that can be repeated": Scenario(
        one(
            start(),
            user("u", each("[]", sequential=True, collects="a", result="item")),
            sub("m", start("i"), user("v"), end("x"), flows="i-v v-x", inner=each("[]", collects="b", result="item")),
            call("c", "q", each("[]", collects="d", result="item")),
            user("after"),
            end(),
            flows="s-u u-m m-c c-after after-e",
            q=CHILD,
        ),
        [
            ("start", {}),
            ("active", {"after": 1}),
            ("variables", {"a": [], "b": [], "d": []}),
            ("done", {"u": 0, "m": 0, "c": 0}),
        ],
    ),
    "what needs no work is repeated, too": Scenario(
        one(
            start(),
            element("manualTask", "t", "", each("[1,2,3]", collects="o", result="item*2")),
            script("total", "total+item", each("o", sequential=True)),
            end(),
            flows="s-t t-total total-e",
        ),
        [("start", {"total": 0}), ("variables", {"o": [2, 4, 6], "total": 12}), ("done", {"t": 3, "total": 3})],
    ),
    "half of them are enough": Scenario(
        one(
            start(),
            user("u", each("[1,2,3,4]", until="numberOfCompletedInstances/numberOfInstances&gt;=0.5")),
            end(),
            flows="s-u u-e",
        ),
        [
            ("start", {}),
            ("complete", "u"),
            ("active", {"u": 3}),
            ("complete", "u"),
            ("state", "completed"),
            ("done", {"u": 2}),
            ("ended", {"u": 2}),
        ],
    ),
    "all but one are enough": Scenario(
        one(start(), user("u", each("[1,2,3]", until="numberOfActiveInstances=1")), end(), flows="s-u u-e"),
        [("start", {}), ("complete", "u"), ("active", {"u": 2}), ("complete", "u"), ("ended", {"u": 1})],
    ),
    "a completion condition that says nothing is an incident": Scenario(
        one(start(), user("u", each("[1,2]", until="unheard")), end(), flows="s-u u-e"),
        [("start", {}), ("complete", "u"), ("incident", "p", "u", "EXTRACT_VALUE_ERROR"), ("active", {"u": 1})],
    ),
    "signals beside a multi-instance are each heard and hold up nothing": Scenario(
        one(
            start(),
            user("u", each("[1,2]")),
            on("u", "b", signal("S"), interrupting=False),
            user("n"),
            end(),
            end("e2"),
            flows="s-u u-e b-n n-e2",
        ),
        [
            ("start", {}),
            ("signal", "S"),
            ("signal", "S"),
            ("active", {"u": 2, "n": 2}),
            ("complete", "u"),
            ("complete", "u"),
            ("signal", "S"),
            ("active", {"n": 2}),
            ("complete", "n"),
            ("complete", "n"),
            ("state", "completed"),
            ("done", {"b": 2}),
        ],
    ),
    "the next item waits for what runs beside this one": Scenario(
        one(
            start(),
            sub(
                "m",
                start("i"),
                user("a"),
                end("x"),
                event_sub("es", start("t", signal("S"), interrupting=False), user("n"), end("y"), flows="t-n n-y"),
                flows="i-a a-x",
                inner=each("[1,2]", sequential=True),
            ),
            end(),
            flows="s-m m-e",
        ),
        [
            ("start", {}),
            ("signal", "S"),
            ("complete", "a"),
            ("active", {"n": 1}),
            ("complete", "n"),
            ("active", {"a": 1}),
            ("complete", "a"),
            ("state", "completed"),
            ("done", {"m": 2, "es": 1}),
        ],
    ),
    "answers of called processes are collected and stay inside": Scenario(
        one(start(), call("c", "q", each("[1,2]", collects="rs", result="answer")), end(), flows="s-c c-e", q=CHILD),
        [
            ("start", {}),
            ("complete", "inside", {"answer": "x"}),
            ("complete", "inside", {"answer": "y"}),
            ("variables", {"rs": ["x", "y"]}),
            ("without", "answer"),
        ],
    ),
    "a terminate end event in an item leaves the other items alone": Scenario(
        one(
            start(),
            sub(
                "o",
                start("oi"),
                sub(
                    "m",
                    start("i"),
                    gateway("parallel", "f"),
                    user("a"),
                    user("b"),
                    end("x", TERMINATE),
                    end("y"),
                    flows="i-f f-a f-b a-x b-y",
                    inner=each("[1,2]"),
                ),
                user("then"),
                end("ox"),
                flows="oi-m m-then then-ox",
            ),
            end(),
            flows="s-o o-e",
        ),
        [
            ("start", {}),
            ("complete", "a"),
            ("active", {"a": 1, "b": 1}),
            ("complete", "a"),
            ("active", {"then": 1}),
            ("ended", {"b": 2}),
        ],
    ),
    "a loop counts with what its rounds map outwards": Scenario(
        one(start(), job("w", again("n&lt;3"), io({"n": "n"}, {"n": "n+step"})), end(), flows="s-w w-e"),
        [
            ("start", {"n": 0}),
            ("job", "w", {"step": 1}),
            ("job", "w", {"step": 1}),
            ("job", "w", {"step": 1}),
            ("state", "completed"),
            ("variables", {"n": 3}),
            ("without", "step"),
        ],
    ),
}
