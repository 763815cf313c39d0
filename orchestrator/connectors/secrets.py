"""Named secrets: `BATON_SECRET_<NAME>` in the environment, or settings.CONNECTOR_SECRETS. They are read at the
moment of a call, never stored, and blotted out of every text that leaves a connector.

`BATON_SECRET_<NAME>_HOSTS` (host:port, separated by commas) says where a secret may be sent; without it, anywhere that
a connector may connect to.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from django.conf import settings

from orchestrator.connectors.base import ConnectorError

PREFIX = "BATON_SECRET_"
BLOT = "***"
SHORTEST = 4  # shorter secrets would blot out ordinary text
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


def read(name: str, endpoint: str) -> str:
    """The secret of that name, for a call to that host:port. Raises ConnectorError (permanent)."""
    value = held(name)
    hosts = _setting(f"{name}_HOSTS")
    if hosts and endpoint not in {host.strip().lower() for host in hosts.split(",")}:
        raise ConnectorError(f"The secret {name} may not be sent to {endpoint}", permanent=True)
    return value


def held(name: str) -> str:
    """The secret of that name, to find out where it goes. Raises ConnectorError (permanent)."""
    if not _NAME.fullmatch(name):
        raise ConnectorError("The name of a secret has letters, digits and underscores only", permanent=True)
    value = _setting(name)
    if not value:
        raise ConnectorError(f"There is no secret {name}: an operator sets {PREFIX}{name.upper()}", permanent=True)
    return value


def names() -> list[str]:
    """What secrets there are, for a list to choose from; never what they are."""
    found = {name.removeprefix(PREFIX) for name in os.environ if name.startswith(PREFIX)}
    known: dict[str, str] = getattr(settings, "CONNECTOR_SECRETS", {})
    return sorted(name for name in found | set(known) if not name.endswith("_HOSTS"))


def _setting(name: str) -> str | None:
    known: dict[str, str] = getattr(settings, "CONNECTOR_SECRETS", {})
    return known.get(name) or os.environ.get(PREFIX + name.upper())


def blot(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, BLOT)
    return text
