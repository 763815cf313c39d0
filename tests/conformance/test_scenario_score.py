"""The committed score of the engine scenarios may only rise. Runs where the suite lies beside the repository."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT.parent / "shared" / "suites" / "bpmn" / "run_scenarios.py"
SCORE = json.loads((ROOT / "tests" / "conformance" / "scenario_score.json").read_text())


@pytest.mark.skipif(not RUNNER.exists(), reason="the outside suite is not here")
def test_the_score_of_the_engine_scenarios_does_not_fall(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    driver = ROOT / "tests" / "conformance" / "core_driver.py"
    command = [sys.executable, str(RUNNER), "--driver", str(driver), "--json", str(found)]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=False)
    results = json.loads(found.read_text())
    failing = {result["id"]: result["why"] for result in results if result["result"] != "pass"}
    assert len(results) >= SCORE["passed"] + SCORE["failed"]
    assert failing.keys() <= set(SCORE["failing"]), failing
