"""A machine that cannot run Baton is told so in one sentence, before anything is downloaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.stack.product import ROOT

SCRIPT = ROOT / "orchestrator" / "devstack" / "install.py"


def install(preparation: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """install.py on a Python that `preparation` has changed."""
    code = f"""
import runpy, sys
{preparation}
sys.argv = [{str(SCRIPT)!r}, {str(folder)!r}, 'requirements.txt']
runpy.run_path(sys.argv[0], run_name='__main__')
"""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_an_old_python_is_told_in_one_sentence(tmp_path: Path) -> None:
    told = install("sys.version_info = (3, 9, 2, 'final', 0)", tmp_path / "venv")
    assert told.returncode == 1
    assert told.stderr == (
        "Baton runs on Python 3.11 to 3.14 and this is 3.9: choose one with make run PYTHON=python3.12\n"
    )
    assert not (tmp_path / "venv").exists()


def test_a_python_without_venv_is_told_in_one_sentence(tmp_path: Path) -> None:
    told = install("sys.modules['ensurepip'] = None", tmp_path / "venv")
    assert told.returncode == 1
    assert told.stderr == "This Python cannot make virtual environments: apt-get install python3-venv\n"
    assert not (tmp_path / "venv").exists()
