"""Mails of a machine without a mail server, and who may read them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.test import Client

HTML = "<html><head><title>Late</title></head><body><a href='/tasks/7/'>Open</a><script>alert(1)</script></body></html>"


@pytest.fixture
def sent(outbox_dir: Path) -> str:
    """A mail to Alice; the answer is its address."""
    mail = EmailMultiAlternatives("Invoice 7 is late", "Plain words", to=["Alice <alice@example.com>"])
    mail.attach_alternative(HTML, "text/html")
    assert mail.send() == 1
    (path,) = outbox_dir.glob("*.eml")
    return f"/outbox/{path.stem}/"


def test_people_read_what_was_written_to_them(client: Client, sent: str, alice: User) -> None:
    client.force_login(alice)
    assert b"Invoice 7 is late" in client.get("/outbox/").content
    assert b"Open" in client.get(sent).content


def test_a_stranger_finds_nothing(client: Client, sent: str, charlie: User) -> None:
    client.force_login(charlie)
    assert b"Invoice 7" not in client.get("/outbox/").content
    assert client.get(sent).status_code == 404


def test_people_without_an_address_find_nothing(client: Client, sent: str, charlie: User) -> None:
    User.objects.filter(pk=charlie.pk).update(email="")
    client.force_login(charlie)
    assert client.get(sent).status_code == 404


def test_an_administrator_reads_everything(client: Client, sent: str, admin_user: User) -> None:
    client.force_login(admin_user)
    assert b"Invoice 7 is late" in client.get("/outbox/").content


@pytest.mark.django_db
def test_one_has_to_sign_in(client: Client, sent: str) -> None:
    assert client.get("/outbox/").headers["Location"] == "/login/?next=/outbox/"
    assert client.get(sent).headers["Location"].startswith("/login/")


def test_a_mail_runs_nothing_and_opens_its_links_elsewhere(client: Client, sent: str, alice: User) -> None:
    client.force_login(alice)
    answer = client.get(sent)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert b'<base target="_blank">' in answer.content


@pytest.mark.parametrize("key", ["1-00000000", "../secret_key", "1-0000000g"])
def test_an_unknown_mail_is_not_found(client: Client, outbox_dir: Path, alice: User, key: str) -> None:
    client.force_login(alice)
    assert client.get(f"/outbox/{key}/").status_code == 404
