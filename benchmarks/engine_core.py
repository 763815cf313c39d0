"""How many commands per second the pure engine advances, and that a step costs the same whatever is around it.

python benchmarks/engine_core.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from orchestrator.bpmn import model as m
from orchestrator.engine import CommandRejected, Environment, State, advance, commands, effects, new_state
from tests.engine.build import each, parallel, process, service, user, xor

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def no_decision(*_: object) -> None:
    raise CommandRejected("there are no decisions here")


ENVIRONMENT = Environment(NOW, no_decision, activations=100_000)  # type: ignore[arg-type]


def play(drawn: m.Process, variables: dict[str, object]) -> int:
    """One instance from start to end, tasks and jobs completed as they appear; the number of commands."""
    step = advance(drawn, new_state(), commands.Start(dict(variables)), ENVIRONMENT)
    count, todo = 1, _tasks(step.effects)
    while todo:
        step = advance(drawn, step.state, commands.Complete(todo.pop(), {"done": True}), ENVIRONMENT)
        todo += _tasks(step.effects)
        count += 1
    return count


def _tasks(found: tuple[effects.Effect, ...]) -> list[int]:
    return [e.instance for e in found if isinstance(e, effects.CreateUserTask | effects.CreateJob)]


def per_second(work: Callable[[], int], seconds: float = 2.0) -> float:
    """Per second of CPU time: other programs on the machine do not count."""
    work()
    done, begin = 0, time.process_time()
    while time.process_time() - begin < seconds:
        done += work()
    return done / (time.process_time() - begin)


FORK = process(parallel("f"), parallel("j"), flows="start > f > a > j > c > end\nf > b > j")
APPROVAL = process(
    user("review", assignee="= clerk"),
    xor("ok", default="reject"),
    service("pay"),
    user("reject"),
    flows="start > review > ok\nok > pay if amount < 1000 and done\nok > reject > end\npay > end",
)


def one_of(siblings: int, **collected: str) -> tuple[m.Process, State, int]:
    """A parallel multi-instance with that many iterations, loaded as a shell loads it for one of them."""
    marker = each("for i in 1..n return i", "i", **collected)
    drawn = process(user("ask", multi_instance=marker), flows="start > ask > end")
    step = advance(drawn, new_state(), commands.Start({"n": siblings}), ENVIRONMENT)
    last = step.entered[-1]
    root, body = step.entered[0], step.entered[1]
    return drawn, State({i.id: i for i in (root, body, last)}, last_id=step.last_id), last.id


def after(rounds: int) -> tuple[m.Process, State, int]:
    """A task in a loop that was completed that many times."""
    drawn = process(xor("again", default="a"), flows="start > a > again > a\nagain > end if stop")
    step = advance(drawn, new_state(), commands.Start({"stop": False}), ENVIRONMENT)
    for _ in range(rounds):
        step = advance(drawn, step.state, commands.Complete(_tasks(step.effects)[-1]), ENVIRONMENT)
    return drawn, step.state, _tasks(step.effects)[-1]


def step_of(drawn: m.Process, state: State, id: int) -> Callable[[], int]:
    """Complete that element instance, again and again from the same state."""

    def work() -> int:
        advance(drawn, state, commands.Complete(id), ENVIRONMENT)
        return 1

    return work


def main() -> None:
    figures = {
        "fork and join": per_second(lambda: play(FORK, {})),
        "approval with FEEL": per_second(lambda: play(APPROVAL, {"clerk": "ann", "amount": 10})),
        **{f"one of {n:,} siblings": per_second(step_of(*one_of(n)), 1.0) for n in (10, 100, 1_000, 10_000)},
        "one of 10,000, results": per_second(
            step_of(*one_of(10_000, output_collection="all", output_element="= i")), 1.0
        ),
        **{f"after {n:,} steps": per_second(step_of(*after(n)), 1.0) for n in (10, 1_000, 10_000)},
    }
    for what, rate in figures.items():
        print(f"{what:24s}{rate:>10,.0f} commands/s")


if __name__ == "__main__":
    main()
