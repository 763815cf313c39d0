"""Builds the front end where its sources changed: `python -m orchestrator.devstack.frontend`.

What was built is remembered by the content of what it was built from, so a fresh clone and a changed branch build, and
everything else costs a few milliseconds.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

from orchestrator.devstack import npm, privilege
from orchestrator.devstack.places import ServiceError

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("package.json", "package-lock.json", ".npmrc")
# Besides frontend/: whatever names a style's class or an icon.
SOURCES = ("frontend/**/*", "templates/**/*", "orchestrator/**/*.py", "tasks_inbox/**/*.py")
GENERATED = "frontend/meta.json"


def digest(root: Path, paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            found.update(f"{path.relative_to(root)} {content}\n".encode())
    return found.hexdigest()


def build(root: Path = ROOT) -> bool:
    """Whether anything had to be done. Raises ServiceError."""
    packages = digest(root, [root / name for name in PACKAGES])
    sources = [path for pattern in SOURCES for path in root.glob(pattern) if path != root / GENERATED]
    wanted = packages + digest(root, sources)
    installed, built = root / "node_modules" / ".baton", root / "static" / "dist" / ".baton"
    if _read(built) == wanted:
        return False
    if _read(installed) != packages:
        _run([*npm.npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], root, "npm ci")
        installed.write_text(packages)
    _run([str(npm.node()), "frontend/build.mjs"], root, "The build of the front end")
    built.write_text(wanted)
    return True


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _run(argv: list[str], root: Path, what: str) -> None:
    done = subprocess.run(
        privilege.tied(argv), cwd=root, env=npm.environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ServiceError(f"{what} failed: {(done.stderr or done.stdout).strip()[-2000:]}")


if __name__ == "__main__":
    try:
        build()
    except ServiceError as error:
        raise SystemExit(str(error)) from None
