"""The embedded services are the real thing."""

from __future__ import annotations

import pytest
import redis
from django.conf import settings
from django.db import connection


@pytest.mark.django_db
def test_tests_run_on_a_real_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) >= 150000


def test_tests_run_on_a_real_valkey() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.ping()
