"""Event-based gateways: the first event wins, the others never were."""

from __future__ import annotations

from tests.conformance.combinations.drawing import (
    catch,
    condition,
    end,
    gateway,
    mapping,
    message,
    on,
    start,
    sub,
    timer,
    user,
)
from tests.conformance.combinations.scenario import K, Scenario, one

SCENARIOS = {
    "outputs of the event that won choose what came": Scenario(
        one(
            start(),
            gateway("eventBased", "g"),
            catch("c1", message("m"), mapping(r="v")),
            catch("c2", timer("PT1H")),
            end(),
            end("e2"),
            flows="s-g g-c1 g-c2 c1-e c2-e2",
        ),
        [
            ("start", K),
            ("publish", "m", "k", "PT0S", {"v": 3}),
            ("state", "completed"),
            ("variables", {"r": 3}),
            ("without", "v"),
        ],
    ),
    "a message that waited wins at once": Scenario(
        one(
            start(),
            gateway("eventBased", "g"),
            catch("c1", message("m")),
            catch("c2", timer("PT1H")),
            end(),
            end("e2"),
            flows="s-g g-c1 g-c2 c1-e c2-e2",
        ),
        [
            ("publish", "m", "k", "PT1H"),
            ("start", K),
            ("state", "completed"),
            ("done", {"c1": 1, "g": 1}),
            ("never", "c2"),
            ("order", "g:completed", "c1:activated", "c1:completed"),
        ],
    ),
    "without a key the gateway itself cannot wait": Scenario(
        one(
            start(),
            gateway("eventBased", "g"),
            catch("c1", message("m")),
            catch("c2", timer("PT1H")),
            end(),
            end("e2"),
            flows="s-g g-c1 g-c2 c1-e c2-e2",
        ),
        [("start", {}), ("incident", "p", "g", "EXTRACT_VALUE_ERROR"), ("set", K)],
    ),
    "a border around withdraws all that a gateway waits for": Scenario(
        one(
            start(),
            sub(
                "x",
                start("i"),
                gateway("eventBased", "g"),
                catch("c1", message("m")),
                catch("c2", timer("PT2H")),
                end("y"),
                flows="i-g g-c1 g-c2 c1-y c2-y",
            ),
            on("x", "late", timer("PT1H")),
            user("a"),
            end(),
            end("e2"),
            flows="s-x x-e late-a a-e2",
        ),
        [
            ("start", K),
            ("advance", "PT3H"),
            ("publish", "m", "k"),
            ("active", {"a": 1}),
            ("ended", {"g": 1, "x": 1}),
            ("never", "c1"),
            ("never", "c2"),
        ],
    ),
    "a condition that is true wins at once": Scenario(
        one(
            start(),
            gateway("eventBased", "g"),
            catch("c1", condition("x>1")),
            catch("c2", timer("PT2H")),
            end(),
            end("e2"),
            flows="s-g g-c1 g-c2 c1-e c2-e2",
        ),
        [("start", {"x": 2}), ("state", "completed"), ("done", {"c1": 1})],
    ),
}
