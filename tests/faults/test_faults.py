"""A short selection of `make faults`, with every run of the tests; and that it cannot pass without having hurt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import oracles
from tests.faults.bench import Result, Row
from tests.faults.journal import ACKNOWLEDGED, Journal

ROOT = Path(__file__).resolve().parents[2]
OURS = ("STATE_DIR", "DATABASE_URL", "REDIS_URL", "DEVSTACK_TEST_STATE", "DJANGO_SETTINGS_MODULE")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_is_killed_in_the_middle_loses_nothing_and_doubles_nothing() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", "F04", "F06"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 faults held" in done.stdout


def test_a_fault_that_did_not_bite_proves_nothing() -> None:
    row = Row("F00", "nothing", Result(0, "nobody was killed"), [], oracles.Findings(), 1.0)
    assert row.wrong == ["it did not bite: nobody was killed"]


def test_what_was_acknowledged_is_asked_for(tmp_path: Path) -> None:
    journal, found = Journal(tmp_path / "journal"), oracles.Findings()
    call = journal.sent("F00", "start", "F00-1")
    journal.answered(call, ACKNOWLEDGED, 302, 0.1)
    journal.close()
    oracles._once(call, 0, found)
    oracles._once(call, 2, found)
    assert (found.missing, found.double) == (1, 1)
    assert '"answer": "acknowledged"' in (tmp_path / "journal").read_text()
