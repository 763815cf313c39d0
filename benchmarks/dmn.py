"""How fast decision tables are, how that grows with the rules, and how it compares with pyDMNrules.

    python benchmarks/dmn.py
    python -m venv peers && peers/bin/pip install pyDMNrules
    python benchmarks/dmn.py --peers peers

The peer is no requirement of the product: `--peers` names a throw-away environment that holds it, and it runs in that
environment's own Python. Both read the same file once and decide often; ours keeps its record for the auditor.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from orchestrator import dmn

SIZES = (10, 100, 1000, 2800)
RATIO, GROWTH = 10.0, 3.0
"""How many times faster than the peer at 100 rules; how many times slower 1,000 rules may be than 100."""
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="fees" name="fees" namespace="urn:fees">'
    '<inputData id="amount" name="amount"><variable id="v1" name="amount" typeRef="number"/></inputData>'
    '<inputData id="kind" name="kind"><variable id="v2" name="kind" typeRef="string"/></inputData>'
    '<decision id="fee" name="fee"><variable id="v3" name="fee" typeRef="string"/>'
    '<informationRequirement id="r1"><requiredInput href="#amount"/></informationRequirement>'
    '<informationRequirement id="r2"><requiredInput href="#kind"/></informationRequirement>'
    '<decisionTable id="table" hitPolicy="UNIQUE">'
    '<input id="i1" label="amount"><inputExpression id="e1" typeRef="number"><text>amount</text></inputExpression>'
    '</input><input id="i2" label="kind"><inputExpression id="e2" typeRef="string"><text>kind</text></inputExpression>'
    '</input><output id="o1" label="fee" name="fee" typeRef="string"/>'
)


def table(rules: int) -> str:
    """A file with one table: an interval of the amount, one of two kinds, a text."""
    rows = "".join(
        f'<rule id="rule{i}"><inputEntry id="a{i}"><text>[{10 * i}..{10 * i + 10})</text></inputEntry>'
        f'<inputEntry id="b{i}"><text>"A","B"</text></inputEntry>'
        f'<outputEntry id="c{i}"><text>"fee {i}"</text></outputEntry></rule>'
        for i in range(rules)
    )
    return f"{HEAD}{rows}</decisionTable></decision></definitions>"


def inputs(rules: int) -> list[dict[str, Any]]:
    """Inputs that hit rules all over the table."""
    return [{"amount": (10 * rules * step) // 20 + 5, "kind": "AB"[step % 2]} for step in range(20)]


def micros(run: Callable[[dict[str, Any]], Any], data: list[dict[str, Any]], rounds: int) -> float:
    """Microseconds of the processor for one call: the median of the rounds."""
    for item in data:
        run(item)
    found = []
    for _ in range(rounds):
        started = time.process_time()
        for item in data:
            run(item)
        found.append((time.process_time() - started) / len(data))
    return statistics.median(found) * 1e6


def ours(rules: int) -> tuple[float, float, float]:
    """Milliseconds to read the file and to decide first, microseconds to decide then."""
    started = time.process_time()
    definitions = dmn.parse(table(rules).encode())
    read = time.process_time()
    first = dmn.evaluate(definitions, "fee", {"amount": 5, "kind": "A"})
    assert first.value == "fee 0"
    decided = time.process_time()
    steady = micros(lambda data: dmn.evaluate(definitions, "fee", data), inputs(rules), 25)
    return (read - started) * 1e3, (decided - read) * 1e3, steady


def every_cell(rules: int) -> float:
    """Microseconds when every rule is asked, one after the other: what the index saves."""
    definitions = dmn.parse(table(rules).encode())
    logic: Any = definitions.decision("fee").logic
    cells = [(rule.tests[0].tests, rule.tests[1].tests) for rule in logic.rules]

    def decide(data: dict[str, Any]) -> int:
        hits = (a.test(data["amount"], {}).value is True and b.test(data["kind"], {}).value is True for a, b in cells)
        return sum(hits)

    return micros(decide, inputs(rules), 3)


PEER = """
import json, statistics, sys, time
import pyDMNrules
rules, data = json.load(sys.stdin)
model = pyDMNrules.DMN()
started = time.process_time()
status = model.useXML(rules)
assert not status.get("errors"), status
read = time.process_time() - started
def decide(item):
    status, found = model.decide(dict(item))
    assert not status.get("errors"), status
    return found
decide(data[0])
rounds = []
for _ in range(3):
    started = time.process_time()
    for item in data:
        decide(item)
    rounds.append((time.process_time() - started) / len(data))
print(json.dumps([read * 1e3, statistics.median(rounds) * 1e6]))
"""


def peer(python: Path, rules: int) -> tuple[float, float]:
    """Milliseconds to read, microseconds to decide."""
    given = json.dumps([table(rules), inputs(rules)])
    done = subprocess.run([python, "-c", PEER], input=given, capture_output=True, text=True, timeout=600, check=True)
    read, decided = json.loads(done.stdout.splitlines()[-1])
    return read, decided


def main() -> int:
    """Print the figures; fail if we are too slow."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--peers", type=Path, help="a virtual environment that holds pyDMNrules")
    peers = arguments.parse_args().peers
    print(f"{'rules':>6} {'read':>10} {'first':>10} {'then':>10} {'every cell':>12}")
    steady = {}
    for rules in SIZES:
        read, first, steady[rules] = ours(rules)
        print(f"{rules:6} {read:7.1f} ms {first:7.1f} ms {steady[rules]:7.0f} µs {every_cell(rules):9.0f} µs")
    growth = steady[1000] / steady[100]
    fine = growth <= GROWTH
    print(f"1,000 rules take {growth:.1f} times as long as 100 (at most {GROWTH:.0f})")
    if peers is None:
        print("pyDMNrules is not compared; the head of this file says how")
    else:
        read, decided = peer(peers / "bin" / "python", 100)
        ratio = decided / steady[100]
        fine = fine and ratio >= RATIO
        print(f"pyDMNrules, 100 rules: read {read:.1f} ms, then {decided:.0f} µs: {ratio:.0f} times ours (at least 10)")
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
