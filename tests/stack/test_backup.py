"""A backup brings everything back, and never overwrites anything."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from tests import services
from tests.stack.product import ROOT


@pytest.fixture
def empty() -> Iterator[str]:
    """The address of a migrated database beside the test's own, as `make run ARGS=--no-demo` leaves it."""
    name, server = f"{connection.settings_dict['NAME']}_restored", connection.settings_dict
    dsn = f"host={server['HOST']} user={server['USER']} password={server['PASSWORD'] or 'none'} dbname=postgres"
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {services.migrated()}")
        yield f"postgres://{server['USER']}@/{name}?host={server['HOST']}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="makes a database on the embedded server")
@pytest.mark.django_db(transaction=True)
def test_a_backup_brings_everything_back(empty: str, tmp_path: Path) -> None:
    User.objects.create(username="kept")
    call_command("backup", tmp_path / "baton.dump", verbosity=0)
    assert (tmp_path / "baton.dump").stat().st_mode & 0o777 == 0o600
    told = manage(empty, "restore", str(tmp_path / "baton.dump"))
    assert told.returncode == 0, told.stderr
    found = manage(
        empty, "shell", "-v", "0", "-c", "from django.contrib.auth.models import User; print(User.objects.get())"
    )
    assert found.stdout.strip() == "kept", found.stderr


@pytest.mark.django_db
def test_a_backup_never_overwrites_another_one(tmp_path: Path) -> None:
    (tmp_path / "baton.dump").write_text("last week's")
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", tmp_path / "baton.dump")
    assert (tmp_path / "baton.dump").read_text() == "last week's"


@pytest.mark.django_db
def test_a_backup_is_not_restored_over_living_data(tmp_path: Path, alice: User) -> None:
    (tmp_path / "baton.dump").write_text("")
    with pytest.raises(CommandError, match="not empty"):
        call_command("restore", tmp_path / "baton.dump")
