"""Makes the virtual environment and fills it: python3 orchestrator/devstack/install.py FOLDER REQUIREMENTS

Every version is pinned by hash, and only built packages are taken: an unsupported machine is told in seconds instead of
compiling for minutes. Runs on whatever Python there is, to say what is wrong with it; so it needs nothing of ours.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
PIP = ["install", "-qq", "--no-deps", "--no-compile", "--disable-pip-version-check", "--no-input", "--require-hashes"]


def main(folder: str, requirements: str) -> str | None:
    """What the person has to do, or None when all is well."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        (oldest, newest, here) = (".".join(map(str, version[:2])) for version in (OLDEST, NEWEST, sys.version_info))
        return (
            f"Baton runs on Python {oldest} to {newest} and this is {here}: choose one with make run PYTHON=python3.12"
        )
    environment, wanted = Path(folder), Path(requirements)
    python = environment / "bin" / "python"
    stamp = environment / f".installed-{wanted.resolve().parent.name}-{wanted.stem}"
    content = hashlib.sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()
    if works(python) and stamp.exists() and stamp.read_text() == content:
        return None
    begun = time.monotonic()
    if not works(python):
        try:
            import ensurepip  # noqa: F401 - Debian ships Python without it
            import venv

            venv.create(environment, clear=environment.exists(), with_pip=True, symlinks=True)
        except (ImportError, subprocess.CalledProcessError):
            return "This Python cannot make virtual environments: apt-get install python3-venv"
    if subprocess.call([str(python), "-m", "pip", *PIP, "--only-binary", ":all:", "-r", str(wanted)]):
        return "The packages could not be installed: pip says why above (there are builds for Linux and macOS only)."
    stamp.write_text(content)
    print(f"  {'Python packages':<24}{time.monotonic() - begun:6.1f} s", flush=True)
    return None


def works(python: Path) -> bool:
    """It may be there and point at an interpreter that is gone."""
    return os.access(python, os.X_OK) and subprocess.call([str(python), "-c", ""], stderr=subprocess.DEVNULL) == 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
