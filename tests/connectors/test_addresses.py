"""Which addresses a connector may dial."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from orchestrator.connectors import ConnectorError, JobRequest
from orchestrator.connectors.http import HttpConnector, addresses
from tests.connectors.neighbour import Neighbour

PRIVATE = [
    *("127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("2002:7f00:1::", "2002:a9fe:a9fe::", "::127.0.0.1"),
]
PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not addresses.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are(address: str) -> None:
    assert addresses.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LOCALHOST.", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1"]
)
def test_however_loopback_is_written_nobody_is_called(
    host: str, system: Neighbour, settings: Settings, request_for: Callable[..., JobRequest]
) -> None:
    settings.CONNECTOR_ALLOWED_HOSTS = []
    port = system.endpoint.rpartition(":")[2]
    with pytest.raises(ConnectorError):
        HttpConnector().call(request_for(url=f"http://{host}:{port}/fine"))
    assert system.asked == []


def _resolves_to(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port)) for answer in answers]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_one_private_address_among_several_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves_to(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(addresses.AddressRefused, match=r"partner\.example"):
        addresses.resolve("partner.example", 443, [])


def test_the_address_that_was_checked_is_the_one_that_is_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolves_to(monkeypatch, "93.184.216.34")
    assert addresses.resolve("partner.example", 443, []) == ["93.184.216.34"]


@pytest.mark.parametrize(
    ("host", "port", "allowed"),
    [
        ("good.test", 8001, True),
        ("GOOD.test.", 8001, True),
        ("good.test", 8002, False),
        ("good.test.evil.test", 8001, False),
        ("evil-good.test", 8001, False),
    ],
)
def test_an_allowed_host_is_meant_exactly(monkeypatch: pytest.MonkeyPatch, host: str, port: int, allowed: bool) -> None:
    _resolves_to(monkeypatch, "10.0.0.1")
    if allowed:
        assert addresses.resolve(host, port, ["good.test:8001"]) == ["10.0.0.1"]
    else:
        with pytest.raises(addresses.AddressRefused):
            addresses.resolve(host, port, ["good.test:8001"])


def test_a_name_that_nobody_knows_may_be_known_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*args: Any, **kwargs: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(ConnectorError, match="is not known") as raised:
        addresses.resolve("nowhere.invalid", 443, [])
    assert not raised.value.permanent
