"""The e-mail connector: what it takes for an address, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.connectors import ConnectorError, JobRequest, OutgoingMail
from orchestrator.connectors.email import EmailConnector

Make = Callable[..., JobRequest]


def mail(request: JobRequest) -> OutgoingMail:
    (queued,) = EmailConnector().call(request).mails
    return queued


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("ada@example.com", ("ada@example.com",)),
        ("ada@example.com, bob@example.com", ("ada@example.com", "bob@example.com")),
        ("ada@example.com; bob@example.com", ("ada@example.com", "bob@example.com")),
        (["ada@example.com", "ada@example.com"], ("ada@example.com",)),
        ("Ada Lovelace <ada@example.com>", ("ada@example.com",)),
    ],
)
def test_addresses(request_for: Make, to: Any, expected: tuple[str, ...]) -> None:
    assert mail(request_for(to=to, subject="Hello")).to == expected


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"subject": "x"}, "no recipient"),
        ({"to": [], "subject": "x"}, "no recipient"),
        ({"to": "nobody", "subject": "x"}, "'nobody', which is no address"),
        ({"to": "a@b.example\r\nBcc: c@d.example", "subject": "x"}, "no address"),
        ({"to": [7], "subject": "x"}, "no address and no list"),
        ({"to": [f"p{n}@example.com" for n in range(51)], "subject": "x"}, "51 recipients; 50"),
        ({"to": "a@b.example"}, "no subject"),
        ({"to": "a@b.example", "subject": "x\r\nBcc: c@d.example"}, "more than one line"),
        ({"to": "a@b.example", "subject": "x", "template": "../secret"}, "letters, digits"),
        ({"to": "a@b.example", "subject": "x", "template": "none-such"}, "no mail template none-such"),
    ],
)
def test_bad_inputs_are_permanent_and_named(request_for: Make, inputs: dict[str, Any], words: str) -> None:
    with pytest.raises(ConnectorError, match=words) as raised:
        EmailConnector().call(request_for(**inputs))
    assert raised.value.permanent
