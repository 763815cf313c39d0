"""A wrong variable ends in one sentence that says what to write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.check import PRODUCTION
from tests.stack.product import ROOT

LAPTOP: dict[str, str] = {}
REFUSED = [
    (PRODUCTION | {"SECRET_KEY": ""}, "SECRET_KEY is missing"),
    (PRODUCTION | {"SECRET_KEY": "secret"}, "SECRET_KEY is too short"),
    (PRODUCTION | {"SECRET_KEY_FILE": "/nowhere/key"}, "both SECRET_KEY and SECRET_KEY_FILE are set"),
    (PRODUCTION | {"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere/key"}, "/nowhere/key, which cannot be read"),
    (PRODUCTION | {"DEBUG": "true"}, "switch DEBUG off"),
    (PRODUCTION | {"BASE_URL": "http://baton.example.com"}, "need an https:// address"),
    (PRODUCTION | {"EMAIL_URL": ""}, "EMAIL_URL is missing"),
    (PRODUCTION | {"EMAIL_URL": "carrier-pigeon://nest"}, "EMAIL_URL is 'carrier-pigeon://nest'; write smtp"),
    (PRODUCTION | {"ALLOWED_HOSTS": "*"}, "name the hosts"),
    (LAPTOP | {"BASE_URL": "baton.example.com"}, "BASE_URL is 'baton.example.com'; write the address"),
    (LAPTOP | {"DEBUG": "maybe"}, "DEBUG is 'maybe'; write true or false"),
    (LAPTOP | {"PORT": "http"}, "PORT is 'http'; write a whole number"),
    (LAPTOP | {"DATABASE_URL": "sqlite:///db.sqlite3"}, "Baton's promises need PostgreSQL"),
    (LAPTOP | {"DATABASE_URL": "baton"}, "DATABASE_URL is 'baton'; write postgres://"),
    (LAPTOP | {"REDIS_URL": "localhost"}, "REDIS_URL is 'localhost'; write redis://"),
    (LAPTOP | {"TIME_ZONE": "Europe/Atlantis"}, "TIME_ZONE is 'Europe/Atlantis'; write a zone like Europe/Berlin"),
    (LAPTOP | {"BATON_PROCESS": "wbe"}, "BATON_PROCESS is 'wbe'; write web or worker"),
    (LAPTOP | {"BATON_LOG_LEVEL": "loud"}, "BATON_LOG_LEVEL is 'LOUD'"),
    (LAPTOP | {"BATON_BEHIND_PROXI": "true"}, "no variable BATON_BEHIND_PROXI; did you mean BATON_BEHIND_PROXY?"),
]


def read(variables: dict[str, str], state: Path, expression: str = "''") -> subprocess.CompletedProcess[str]:
    """The settings as a new process reads them, and an expression of them."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", f"from orchestrator import settings as s; print({expression})"],
        cwd=ROOT,
        env={**clean, "STATE_DIR": str(state), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("variables", "sentence"), REFUSED, ids=[sentence[:40] for _, sentence in REFUSED])
def test_a_wrong_variable_is_refused_in_one_sentence(variables: dict[str, str], sentence: str, tmp_path: Path) -> None:
    told = read(variables, tmp_path)
    assert told.returncode == 1
    assert told.stderr.startswith("Baton does not start: ")
    assert sentence in told.stderr
    assert told.stderr.count("\n") == 1
    assert PRODUCTION["SECRET_KEY"] not in told.stderr


def test_production_differs_by_variables_only(tmp_path: Path) -> None:
    wanted = "(s.DEBUG, s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_NAME, s.DEMO)"
    assert read(PRODUCTION, tmp_path, wanted).stdout == "(False, True, True, '__Host-baton_session', False)\n"
    assert not list(tmp_path.iterdir())  # no secret of its own


def test_a_laptop_makes_its_secret_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    first, second = (read(LAPTOP, tmp_path / "var", "s.SECRET_KEY").stdout for _ in range(2))
    assert first == second
    assert len(first) > 50
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_secrets_can_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(PRODUCTION["SECRET_KEY"] + "\n")
    told = read(PRODUCTION | {"SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")}, tmp_path, "s.SECRET_KEY")
    assert told.stdout.strip() == PRODUCTION["SECRET_KEY"]


def test_secrets_of_connectors_may_have_any_name(tmp_path: Path) -> None:
    assert read({"BATON_SECRET_CRM_TOKEN": "x"}, tmp_path).returncode == 0


def test_every_variable_is_documented(tmp_path: Path) -> None:
    asked = read({}, tmp_path, r"'\n'.join(sorted(s.env._asked))").stdout.split()
    page = (ROOT / "docs" / "operators" / "configuration.md").read_text()
    missing = [name for name in asked if f"`{name.removesuffix('_FILE')}`" not in page]
    assert len(asked) > 20
    assert not missing


@pytest.mark.parametrize("process", ["", "web", "worker"])
def test_every_connection_gives_up_in_time(process: str, tmp_path: Path) -> None:
    told = read({"BATON_PROCESS": process}, tmp_path, "s.DATABASES['default']['OPTIONS']['options']").stdout
    assert "idle_in_transaction_session_timeout=10s" in told
    assert f"statement_timeout={ {'': '0', 'web': '5s', 'worker': '60s'}[process] }" in told
    assert f"lock_timeout={ {'': '5s', 'web': '2s', 'worker': '5s'}[process] }" in told


def test_every_tick_names_a_task_that_exists() -> None:
    from orchestrator.celery import app

    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
    assert {queue.name for queue in app.conf.task_queues} >= {route["queue"] for route in app.conf.task_routes.values()}
