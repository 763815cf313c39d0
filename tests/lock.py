"""Pins what requirements.in and tests/requirements.in ask for, with hashes, for every supported platform: `make lock`.

The resolver lives in a throw-away environment; no address of a registry gets into the files.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIN = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        subprocess.check_call([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"])
        pin(python, "requirements.in", "requirements.txt")
        # What is tested is what is shipped: the second file keeps the versions of the first.
        pin(python, "tests/requirements.in", "tests/requirements.txt", "--constraint", "requirements.txt")


def pin(python: Path, asked: str, pinned: str, *options: str) -> None:
    subprocess.check_call([python, "-m", "uv", *PIN, *options, *sys.argv[1:], asked, "-o", pinned], cwd=ROOT)
    path = ROOT / pinned
    text = re.sub(r"(?m)^ *#.*-c requirements\.txt$\n?", "", path.read_text())
    if re.search(r"https?://|--(extra-)?index-url|--find-links", text):
        raise SystemExit(f"{pinned} names the address of a registry; nothing but names and hashes belongs there.")
    path.write_text(text)


if __name__ == "__main__":
    main()
