"""PostgreSQL's own programs, pointed at the database of the settings."""

from __future__ import annotations

import os
import shutil
import subprocess

from django.conf import settings
from django.core.management.base import CommandError
from django.db import Error, connection

from orchestrator.devstack import places

# What libpq reads from the environment, so that no password stands on a command line.
VARIABLES = ("host", "port", "user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey")


def run(program: str, *options: str) -> None:
    """Raises CommandError with the program's own words."""
    bundled = places.postgres_bin() / program
    path = str(bundled) if bundled.exists() else shutil.which(program)
    if path is None:
        raise CommandError(f"{program} is not installed: apt-get install postgresql-client")
    known = connection.get_connection_params()
    variables = {f"PG{name.upper()}": str(known[name]) for name in VARIABLES if known.get(name)}
    done = subprocess.run(
        [path, f"--dbname={known['dbname']}", *options],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"{program} failed: {done.stderr.strip()}")


def tables() -> list[str]:
    """Raises CommandError when the database does not answer."""
    try:
        return connection.introspection.table_names()
    except Error:
        hint = " Start Baton first: make run" if settings.EMBEDDED_DATABASE else ""
        raise CommandError(f"The database does not answer.{hint}") from None
