"""Redis must not throw away what it holds: told where the product starts, and to probes.

A doorbell that was evicted is only late, since the rows are the truth; but each one costs seconds, and nobody sees why.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

logger = logging.getLogger(__name__)

KEEPS = "noeviction"
HINT = "Set maxmemory-policy noeviction in Redis: then a full memory refuses messages, and the workers find the rows."


def client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.3, socket_connect_timeout=0.3, retry=None)


def policy(connection: redis.Redis) -> str:
    """What Redis does when its memory is full. INFO tells it where CONFIG is not allowed; "" when it does not say."""
    memory: Any = connection.info("memory")
    return str(memory.get("maxmemory_policy", ""))


@register("redis")
def check_policy(app_configs: Any = None, **options: Any) -> Sequence[CheckMessage]:
    """Silent when Redis does not answer: nothing depends on it, and /readyz tells."""
    try:
        with client() as connection:
            found = policy(connection)
    except (redis.RedisError, OSError):
        return []
    if found in (KEEPS, ""):
        return []
    return [Warning(f"Redis evicts by {found} when its memory is full.", hint=HINT, id="orchestrator.W001")]


def warn(**_: object) -> None:
    """A worker says it when it starts: it runs the checks, and shows none of their warnings."""
    for message in check_policy():
        logger.warning("%s %s", message.msg, message.hint)
