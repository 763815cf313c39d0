"""Where a connector may connect to: public addresses, and what the operator allows by host and port.

Names are resolved here, every address of a name must be allowed, and the connection goes to the very address that was
checked, so that a name which changes its mind between check and dial gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from orchestrator.connectors.base import ConnectorError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


class AddressRefused(ConnectorError):
    def __init__(self, host: str) -> None:
        super().__init__(
            f"The address of {host} is not allowed: an operator may add it to CONNECTOR_ALLOWED_HOSTS", True
        )


def normal(host: str) -> str:
    """The host as it is compared: IDNA, lower case, no trailing dot, no brackets. Raises ConnectorError."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ConnectorError(f"{host!r} is no name of a host", permanent=True) from None


def resolve(host: str, port: int, allowed: Iterable[str]) -> list[str]:
    """The addresses to try, in order. Raises AddressRefused, and ConnectorError for a name that is not known."""
    name = normal(host)
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ConnectorError(f"The name {name} is not known") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if f"{name}:{port}" not in {entry.strip().lower() for entry in allowed}:
        for address in addresses:
            if not is_public(ipaddress.ip_address(address.split("%")[0])):
                raise AddressRefused(name)
    return addresses


def is_public(address: Address) -> bool:
    """Reachable by everybody on the internet, and so is the IPv4 address that an IPv6 address may carry inside."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
