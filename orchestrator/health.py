"""What a load balancer and an operator ask: /healthz (the process answers) and /readyz (people can be sent here).

Both are answered before ALLOWED_HOSTS and the redirect to https: a probe knows neither name nor certificate.
"""

from __future__ import annotations

from collections.abc import Callable

import redis
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from orchestrator import eviction

OVERDUE = 60  # seconds that a due job may wait, beyond every lease and every round
_LATE = """
SELECT count(*) FROM orchestrator_job
WHERE state = 'due' AND due_at < now() - make_interval(secs => %s) AND (locked_until IS NULL OR locked_until < now())
"""
Answer = Callable[[HttpRequest], HttpResponseBase]


def healthz(request: HttpRequest) -> HttpResponse:
    """Touches nothing else, so that an outage of the database restarts no container."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """503 when the database, the migrations or the claiming of jobs is not well. Redis is told, not demanded."""
    checks = {"database": database(), "migrations": "unknown", "jobs": "unknown", "redis": broker()}
    if checks["database"] == "ok":
        checks["migrations"] = migrations()
    if checks["migrations"] == "ok":
        checks["jobs"] = jobs()
    ready = {checks[name] for name in ("database", "migrations", "jobs")} == {"ok"}
    return JsonResponse(checks, status=200 if ready else 503)


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        connection.close()
        return "does not answer"
    return "ok"


def migrations() -> str:
    executor = MigrationExecutor(connection)
    return "pending" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"


def jobs() -> str:
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [OVERDUE])
        (late,) = cursor.fetchone()
    return f"{late} overdue: no worker claims them" if late else "ok"


def broker() -> str:
    try:
        with eviction.client() as client:
            found = eviction.policy(client)
    except (redis.RedisError, OSError):
        return "does not answer; work goes on a little later"
    return "ok" if found in (eviction.KEEPS, "") else f"evicts by {found}; {eviction.HINT}"


PROBES: dict[str, Answer] = {"/healthz": healthz, "/readyz": readyz}


def probes(get_response: Answer) -> Answer:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        return PROBES.get(request.path_info, get_response)(request)

    return middleware
