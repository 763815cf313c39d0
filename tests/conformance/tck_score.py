"""Runs the DMN Technology Compatibility Kit against our decisions, and keeps the score.

    python -m tests.conformance.tck_score            the whole kit: what fails, and the totals
    python -m tests.conformance.tck_score --write    the same, and the committed score is written anew
    TCK=folder python -m tests.conformance.tck_score with another copy of the kit (the folder that holds TestCases)

The kit and its harness lie beside the repository, in ../shared/suites.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT.parent / "shared" / "suites"
CASES = Path(os.environ.get("TCK", SUITES / "tck")) / "TestCases"
SCORE = Path(__file__).with_suffix(".json")
LEVELS = ("compliance-level-2", "compliance-level-3", "non-compliant")


def run(only: str = "") -> dict[str, Any]:
    """What the harness reports of the cases whose name matches a pattern."""
    with tempfile.TemporaryDirectory() as folder:
        cases = Path(folder)
        for level in LEVELS:
            if (CASES / level).exists():
                (cases / level).symlink_to(CASES / level)
            else:
                (cases / level).mkdir()  # the harness lists all three
        report = cases / "report.json"
        command = [sys.executable, str(SUITES / "tck_harness.py"), "--root", folder, "--json", str(report), "--quiet"]
        command += ["--adapter", str(ROOT / "tests" / "conformance" / "tck_adapter.py")]
        command += ["--only", only] if only else []
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
        if not report.exists():
            raise RuntimeError(done.stderr)
        return dict(json.loads(report.read_text()))


def summary(report: dict[str, Any]) -> dict[str, Any]:
    """The part of a report that is committed."""
    totals = report["totals"]
    return {
        "passed": totals["total"][0],
        "total": totals["total"][1],
        "value expected": {"passed": totals["value_expected"][0], "total": totals["value_expected"][1]},
        "null expected": {"passed": totals["null_expected"][0], "total": totals["null_expected"][1]},
        "failing": sorted(f"{failure['folder']}#{failure['id']}" for failure in report["failures"]),
        "command": "python -m tests.conformance.tck_score",
    }


def main() -> None:
    report = run()
    for failure in report["failures"]:
        for node in failure["nodes"]:
            where = f"{failure['folder']}#{failure['id']} {node['node']}"
            print(f"{where}: expected {node['expected']}, got {node['actual']} ({node['why']})")
    found = summary(report)
    print(f"{found['passed']} of {found['total']} passed in {report['seconds']} s")
    if "--write" in sys.argv:
        SCORE.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
