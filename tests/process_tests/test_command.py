"""`manage.py test_process`, as a modeller calls it: no database, files found, a report, an exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.process_tests.build import chain, process, task, user

ROOT = Path(__file__).resolve().parents[2]
CALL = task("call", "callActivity", '<zeebe:calledElement processId="child" />')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of processes and one of tests beside it; the process under test calls another one."""
    (tmp_path / "processes").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "processes" / "p.bpmn").write_bytes(process(CALL, chain("start", "call", "end")))
    (tmp_path / "processes" / "c.bpmn").write_bytes(process(user("ask"), chain("start", "ask", "end"), id="child"))
    write(tmp_path, "p", {"process": "p", "tests": [{"name": "It ends", "steps": [{"completeUserTask": "ask"}]}]})
    return tmp_path


def write(folder: Path, name: str, content: Any) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "tests" / f"{name}.json").write_text(text)


def run(folder: Path, capsys: pytest.CaptureFixture[str], *options: str, model: str = "processes/p.bpmn") -> str:
    call_command("test_process", str(folder / model), str(folder / "tests"), *options)
    return capsys.readouterr().out


def test_tests_that_pass_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(folder, capsys)
    assert "ok    It ends" in told
    assert "1 test, all passed" in told
    assert "Coverage" not in told


def test_coverage_names_what_was_not_reached(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "p", {"process": "p", "tests": [{"name": "It calls"}]})
    told = run(folder, capsys, "--coverage")
    assert "p       66 % (2/3)   50 % (1/2)" in told
    assert "elements not reached: end" in told
    assert "sequence flows not taken: call-end" in told
    assert "child" in told, "the called process was run, too"


def test_a_failing_test_ends_with_status_1_and_says_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "p", '{"process": "p", "tests": [{"name": "It ends",\n"expect": {\n"state": "completed"}}]}')
    with pytest.raises(SystemExit) as ended:
        run(folder, capsys)
    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert "FAIL  It ends" in told
    assert "at the end, expect.state (line 3)" in told
    assert "stands at: call" in told
    assert "1 test, 1 failed" in told


def test_a_file_with_a_mistake_ends_with_status_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "p", {"process": "p", "tests": [{"nam": "It ends"}]})
    with pytest.raises(CommandError, match="did you mean “name”") as refused:
        run(folder, capsys)
    assert refused.value.returncode == 2


def test_mistakes_of_all_files_are_told_at_once(folder: Path) -> None:
    write(folder, "p", '{"process": "p",\n"tests": [{"name": "It ends", "expect": {"stat": 1}}]}')
    write(folder, "q", "{,}")
    with pytest.raises(CommandError) as refused:
        call_command("test_process", str(folder / "processes/p.bpmn"), str(folder / "tests"))
    first, second = str(refused.value).splitlines()
    assert "p.json, line 2, test “It ends”, expect.stat: “stat” is not known here; did you mean “state”?" in first
    assert "q.json, line 1: This is no JSON: a name in double quotes is needed, in column 2" in second


@pytest.mark.parametrize(
    ("model", "tests", "told"),
    [
        ("nowhere.bpmn", "tests", "There is no file or folder"),
        ("tests", "tests", r"There is no BPMN file \(.bpmn\) in the folder"),
        ("tests/p.json", "tests", "is no BPMN file: its name must end in .bpmn"),
        ("processes", "processes", r"There is no JSON file \(.json\) in the folder"),
        ("processes/c.bpmn", "tests", "No file in .* is about child"),
    ],
)
def test_what_is_not_there_is_told(folder: Path, model: str, tests: str, told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("test_process", str(folder / model), str(folder / tests))


def test_files_about_other_processes_are_passed_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "c", {"process": "child", "tests": [{"name": "Other"}]})
    told = run(folder, capsys)
    assert "c.json is about child, which is not under test" in told
    assert "1 test, all passed" in told
    assert "2 tests, all passed" in run(folder, capsys, model="processes")


def test_a_file_that_is_no_utf8_is_told(folder: Path) -> None:
    (folder / "tests" / "p.json").write_bytes(b'{"tests": "\xff"}')
    with pytest.raises(CommandError, match="is not written in UTF-8"):
        call_command("test_process", str(folder / "processes"), str(folder / "tests"))


def test_no_database_is_needed() -> None:
    """With a database that does not exist the demo's tests run."""
    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1",
    }
    command = [sys.executable, "manage.py", "test_process", "demo/processes", "demo/tests", "--coverage"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "20 tests, all passed" in done.stdout
    assert done.stdout.count("100 %") == 10
