"""/healthz and /readyz: what probes learn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from orchestrator import eviction, health
from orchestrator.models import Job

POLICY = "default-src 'self'"


@pytest.mark.django_db
def test_all_is_well(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "migrations": "ok", "jobs": "ok", "redis": "ok"}


def test_the_process_answers_without_its_database(client: Client) -> None:
    assert client.get("/healthz", headers={"host": "10.0.0.7:8000"}).content == b"ok"


def test_probes_need_no_https(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    assert client.get("/login/").status_code == 301


@pytest.mark.django_db
def test_without_redis_people_can_still_come(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["redis"] == "does not answer; work goes on a little later"


@pytest.fixture
def evicting(settings: Settings) -> Iterator[None]:
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.config_set("maxmemory-policy", "allkeys-lru")
        yield
        broker.config_set("maxmemory-policy", "noeviction")


@pytest.mark.django_db
@pytest.mark.usefixtures("evicting")
def test_a_redis_that_may_throw_messages_away_is_told_wherever_one_looks(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    (found,) = run_checks(tags=["redis"])
    assert "allkeys-lru" in found.msg
    assert found.hint is not None
    assert "noeviction" in found.hint
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["redis"].startswith("evicts by allkeys-lru; Set maxmemory-policy noeviction")
    eviction.warn()
    assert "allkeys-lru" in caplog.text


def test_a_redis_that_keeps_everything_or_is_away_is_no_warning(settings: Settings) -> None:
    assert run_checks(tags=["redis"]) == []
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    assert run_checks(tags=["redis"]) == []


@pytest.mark.django_db
def test_jobs_that_nobody_claims_are_seen(client: Client) -> None:
    Job.objects.create(kind=Job.Kind.TASK, due_at=timezone.now() - timedelta(minutes=2))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["jobs"] == "1 overdue: no worker claims them"


@pytest.mark.django_db
def test_a_claimed_job_is_not_overdue(client: Client) -> None:
    now = timezone.now()
    Job.objects.create(kind=Job.Kind.TASK, due_at=now - timedelta(minutes=2), locked_until=now + timedelta(seconds=9))
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_pending_migrations_are_seen(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'orchestrator'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["migrations"] == "pending"


def test_a_database_that_is_away_is_seen(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "database", lambda: "does not answer")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["migrations"] == "unknown"


@pytest.mark.parametrize("path", ["/healthz", "/login/", "/no/such/page/", "/admin/login/"])
@pytest.mark.django_db
def test_every_answer_carries_the_policy(client: Client, path: str) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]
    assert POLICY in policy
    assert "unsafe" not in policy
