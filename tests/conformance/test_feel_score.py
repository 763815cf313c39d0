"""The committed score of the FEEL facts may only rise. Runs where the outside suite lies beside the repository.

python ../shared/suites/feel_harness.py tests/conformance/feel_adapter.py:Peer 20
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT.parent / "shared" / "suites"
SCORE = json.loads((ROOT / "tests" / "conformance" / "feel_score.json").read_text())


@pytest.mark.skipif(not SUITES.exists(), reason="the outside suite is not here")
def test_the_score_of_the_feel_facts_does_not_fall() -> None:
    adapter = f"{ROOT / 'tests' / 'conformance' / 'feel_adapter.py'}:Peer"
    command = [sys.executable, str(SUITES / "feel_harness.py"), adapter, "0"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    match = re.match(r"(\d+) passed, (\d+) failed; value-expected (\d+)/(\d+)", output)
    assert match is not None, output
    passed, failed, right, wanted = map(int, match.groups())
    assert passed >= SCORE["passed"]
    assert passed + failed >= SCORE["total"]
    assert (right, wanted) >= (SCORE["value expected"]["passed"], SCORE["value expected"]["total"])
