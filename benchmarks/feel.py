"""How fast FEEL is, beside its peers in Python: medians of one run, in microseconds, and the ratios.

    python benchmarks/feel.py
    python -m venv peers && peers/bin/pip install pySFeel bkflow-feel SpiffWorkflow
    python benchmarks/feel.py --peers peers

The peers are no requirements of the product: `--peers` names a throw-away environment that holds them. Each engine
runs as its API is meant to: ours parses once and evaluates often, pySFeel and bkflow-feel read the text every time,
SpiffWorkflow evaluates Python (the text of its line is the same condition in Python; it is no FEEL).
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from orchestrator.feel import Dialect, evaluate, parse, unary_tests

ORDERS = [{"price": n, "quantity": 2} for n in range(1, 11)]
CASES: list[tuple[str, dict[str, Any], str]] = [
    (
        'amount > 1000 and customer.level in ("gold", "silver")',
        {"amount": 1500, "customer": {"level": "gold"}},
        'amount > 1000 and customer["level"] in ("gold", "silver")',
    ),
    ("amount > 1000", {"amount": 1500}, "amount > 1000"),
    ("(price * quantity) * 1.19", {"price": 10, "quantity": 3}, "(price * quantity) * 1.19"),
    (
        'if score >= 700 then "A" else "B"',
        {"score": 650},
        '"A" if score >= 700 else "B"',
    ),
    ("[1, 2, 3, 4][item > 2]", {}, "[item for item in [1, 2, 3, 4] if item > 2]"),
    (
        "sum(for order in orders return order.price * order.quantity)",
        {"orders": ORDERS},
        'sum(order["price"] * order["quantity"] for order in orders)',
    ),
    ('date("2024-01-31") + duration("P1M")', {}, ""),
]
TARGET = 10.0

Evaluate = Callable[[str, dict[str, Any], str], Callable[[], Any]]


def baton(text: str, variables: dict[str, Any], python: str) -> Callable[[], Any]:
    """Parsed once, as a deployed process does."""
    expression = parse(text)
    return lambda: expression.evaluate(variables)


def baton_cold(text: str, variables: dict[str, Any], python: str) -> Callable[[], Any]:
    """Parsed every time, as the peers do."""
    return lambda: parse(text).evaluate(variables)


def pysfeel() -> Evaluate:
    """pySFeel is told its variables in its own language; it answers with its errors and the value."""
    import pySFeel

    def prepare(text: str, variables: dict[str, Any], python: str) -> Callable[[], Any]:
        parser = pySFeel.SFeelParser()
        for name, value in variables.items():
            written = evaluate("string(value)", {"value": value}, dialect=Dialect.DMN).value
            parser.sFeelParse(f"{name} <- {written if not isinstance(value, str) else repr(value)}")
        if parser.sFeelParse(text)[1] is None:
            raise ValueError(f"pySFeel cannot evaluate {text}")
        return lambda: parser.sFeelParse(text)

    return prepare


def bkflow() -> Evaluate:
    """bkflow-feel parses with Lark on every call; it does not mix whole numbers and others."""
    from bkflow_feel.api import parse_expression

    logging.disable(logging.CRITICAL)

    def prepare(text: str, variables: dict[str, Any], python: str) -> Callable[[], Any]:
        floats = json.loads(json.dumps(variables), parse_int=float)
        try:
            parse_expression(text, variables)
        except Exception:  # it computes with floats alone, or compares with whole numbers alone
            return lambda: parse_expression(text, floats)
        return lambda: parse_expression(text, variables)

    return prepare


def spiff() -> Evaluate:
    """SpiffWorkflow's conditions are Python, evaluated in the task's data."""
    from SpiffWorkflow.bpmn.script_engine import TaskDataEnvironment

    environment = TaskDataEnvironment()
    return lambda text, variables, python: lambda: environment.evaluate(python, dict(variables))


PEERS: dict[str, Callable[[], Evaluate]] = {"pySFeel": pysfeel, "bkflow-feel": bkflow, "SpiffWorkflow (Python)": spiff}


def median(run: Callable[[], Any]) -> float:
    """Microseconds of one call: the median of 25 batches of at least 2 ms each."""
    run()
    count = 1
    while (elapsed := batch(run, count)) < 0.002:
        count = max(count * 2, int(count * 0.003 / max(elapsed, 1e-7)))
    return statistics.median(batch(run, count) / count for _ in range(25)) * 1e6


def batch(run: Callable[[], Any], count: int) -> float:
    """Seconds of the processor for that many calls; a machine busy with other work blurs them less than a clock."""
    started = time.process_time()
    for _ in range(count):
        run()
    return time.process_time() - started


def measure(engines: dict[str, Evaluate]) -> dict[str, dict[str, float | None]]:
    """Microseconds by expression and engine, None where an engine fails."""
    table: dict[str, dict[str, float | None]] = {}
    for text, variables, python in CASES:
        row: dict[str, float | None] = {}
        for name, prepare in engines.items():
            try:
                row[name] = median(prepare(text, variables, python)) if python or "Python" not in name else None
            except Exception:  # a peer may fail in any way; its cell stays empty
                row[name] = None
        table[text] = row
    return table


def engines(peers: Path | None) -> tuple[dict[str, Evaluate], list[str]]:
    """Ours, and the peers that can be imported; the names of the others."""
    if peers is not None:
        sys.path += [str(path) for path in sorted(peers.glob("lib/python*/site-packages"))]
    found: dict[str, Evaluate] = {"Baton": baton, "Baton, parsing too": baton_cold}
    absent = []
    for name, load in PEERS.items():
        try:
            found[name] = load()
        except ImportError:
            absent.append(name)
    return found, absent


def main() -> int:
    """Print the table; fail if the first expression takes longer than it may."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--peers", type=Path, help="a virtual environment that holds the peers")
    found, absent = engines(arguments.parse_args().peers)
    table = measure(found)
    for text, row in table.items():
        print(text)
        for name, micros in row.items():
            ours = row["Baton"] or 1.0
            print(f"  {name:24}", "fails" if micros is None else f"{micros:10.2f} µs   {micros / ours:8.1f} x")
    print(f"\nparsing the first expression: {median(lambda: parse(CASES[0][0])):.0f} µs")
    cell = unary_tests("[1..10], > 20", dialect=Dialect.DMN)
    print(f"a decision table's cell `[1..10], > 20`: {median(lambda: cell.test(25, {})):.2f} µs")
    for name in absent:
        print(f"{name} is not installed; the head of this file says how to provide it")
    first = table[CASES[0][0]]["Baton"] or 0.0
    print(f"\n{'ok' if first <= TARGET else 'TOO SLOW'}: {first:.2f} µs of at most {TARGET:.0f} µs")
    return 0 if first <= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
