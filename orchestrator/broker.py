"""Celery's Redis transport, deaf to rubbish.

Whoever can write to the broker could end every worker with one malformed entry: the transport takes an entry from the
list before it looks at it, and what it cannot read it raises through the worker. Here it is dropped, with a line in the
log. A genuine message that gets lost this way costs a second, like any other: the rows are the truth.
"""

from __future__ import annotations

import logging
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis

log = logging.getLogger(__name__)


class Channel(redis.Channel):
    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]  # the stubs show the public half
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.error("Dropped an entry of the queue that is not a message of Celery's (%r)", error)
            return True


class Transport(redis.Transport):
    Channel = Channel


def use() -> None:
    """Must be called before the first connection."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))
