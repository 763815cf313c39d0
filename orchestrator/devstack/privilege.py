"""PostgreSQL refuses to run as root: how it runs all the same where `make run` is started by root."""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from orchestrator.devstack.places import ServiceError, digest, socket_dir

CHILD = str(Path(__file__).with_name("child.py"))


def tied(argv: list[str], *, stop_signal: str = "SIGTERM", options: tuple[str, ...] = ()) -> list[str]:
    """The command, run by child.py: it ends when this process ends."""
    return [sys.executable, "-I", "-S", CHILD, stop_signal, str(os.getpid()), *options, "--", *argv]


@functools.cache
def child_options() -> tuple[str, ...]:
    """How child.py has to start PostgreSQL on this machine."""
    if os.geteuid() != 0:
        return ()
    if not os.environ.get("DEVSTACK_NO_NAMESPACE"):
        probe = tied(["/bin/true"], options=("--unprivileged",))
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return ("--unprivileged",)
    return ("--unprivileged", "--nobody")


def postgres_home(state: Path) -> Path:
    """Where the cluster and its socket live: below `state`, unless only root may enter there."""
    if "--nobody" not in child_options():
        return state
    home = Path("/var/tmp") / f"baton-nobody-{digest(state)}"
    home.mkdir(mode=0o700, exist_ok=True)
    nobody = pwd.getpwnam("nobody")
    if home.stat().st_uid not in (0, nobody.pw_uid):
        raise ServiceError(f"{home} belongs to another user; set STATE_DIR to a folder of your own.")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return home


def postgres_socket_dir(state: Path) -> Path:
    return postgres_home(state) if "--nobody" in child_options() else socket_dir(state)


def as_postgres_user(argv: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(tied(argv, options=child_options()), text=True, capture_output=True, check=False, cwd="/")


def reachable_binaries(bin_dir: Path, home: Path) -> Path:
    """`nobody` cannot enter /root: give it a copy of the server of its own there."""
    if "--nobody" not in child_options() or as_postgres_user([str(bin_dir / "postgres"), "--version"]).returncode == 0:
        return bin_dir
    # The package's layout is kept: its programs look for <package>.libs beside it.
    install, package = bin_dir.parent, bin_dir.parent.parent
    copy = home / "server"
    if not copy.exists():
        partial = home / "server.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(install, partial / package.name / install.name, symlinks=True)
        libs = package.with_name(f"{package.name}.libs")
        if libs.is_dir():
            shutil.copytree(libs, partial / libs.name)
        partial.rename(copy)
    return copy / package.name / install.name / "bin"
