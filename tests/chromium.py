"""Finds the Chromium that browser tests drive, and installs Debian's where it may: python -m tests.chromium"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING = (
    "NO BROWSER: the browser tests are skipped. Install one (apt-get install chromium) or set CHROMIUM to its path."
)


@functools.cache
def find() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Debian's, where this is Debian and we are root, in silence."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run(
            ["apt-get", "--quiet", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    find.cache_clear()


if __name__ == "__main__":
    if find() is None:
        install()
    if find() is None:
        print(MISSING)
        sys.exit(1 if os.environ.get("CI") else 0)  # a green CI has seen the pages
