"""Mail against a real SMTP server that says yes, later, or never."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from django.db import transaction
from pytest_django import Settings

from orchestrator.models import HistoryEvent, Mail
from orchestrator.runtime import jobs, mails
from tests.runtime import diagrams as d
from tests.runtime.cases import later, play
from tests.runtime.processes import together

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Server:
    """`answers`: what it says to the next messages after their data; then it takes everything."""

    taken: list[Envelope] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)  # recipient -> answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return self.answers.pop(0) if self.answers else "250 OK"

    @property
    def ids(self) -> list[str]:
        return [message_from_bytes(envelope.content)["Message-ID"] for envelope in self.taken]  # type: ignore[arg-type]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    found = Server()
    controller = Controller(found, hostname="127.0.0.1", port=_free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 2
    yield found
    controller.stop()


def queue(to: str = "ada@example.com", subject: str = "Hello") -> Mail:
    return mails.queue([to], subject, "World", "<p>World</p>")


def test_a_mail_goes_out_once(server: Server) -> None:
    mail = queue()
    assert mails.send_due() == 1
    assert mails.send_due() == 0
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("sent", 1)
    assert mail.sent_at is not None
    (envelope,) = server.taken
    message = message_from_bytes(envelope.content)  # type: ignore[arg-type]
    assert (message["To"], message["Subject"], message["Message-ID"]) == ("ada@example.com", "Hello", mail.message_id)
    assert message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.get_payload()] == ["text/plain", "text/html"]  # type: ignore[union-attr]


def test_a_mail_of_a_transaction_that_is_undone_is_never_sent(server: Server) -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert mails.send_due() == 0
    assert server.taken == []


def test_not_now_is_tried_again_later_under_the_same_id(server: Server) -> None:
    server.answers = ["451 Try again later"]
    mail = queue()
    assert mails.send_due() == 0
    mail.refresh_from_db()
    assert (mail.state, "451" in mail.last_error) == ("due", True)
    assert mails.send_due() == 0
    assert len(server.taken) == 1
    later(minutes=2)
    assert mails.send_due() == 1
    assert server.ids == [mail.message_id] * 2


def test_never_is_believed(server: Server) -> None:
    server.answers = ["554 No such thing"]
    mail = queue()
    assert mails.send_due() == 0
    mail.refresh_from_db()
    assert (mail.state, "554" in mail.last_error) == ("failed", True)
    later(days=1)
    mails.send_due()
    assert len(server.taken) == 1
    assert mails.retry(mail)
    assert mails.send_due() == 1


def test_a_recipient_whom_nobody_knows_parks_one_mail_and_holds_up_no_other(server: Server) -> None:
    server.refuses = {"gone@example.com": "550 Unknown", "full@example.com": "452 Mailbox full"}
    gone, full, fine = queue("gone@example.com"), queue("full@example.com"), queue()
    assert mails.send_due() == 1
    for mail in (gone, full, fine):
        mail.refresh_from_db()
    assert [mail.state for mail in (gone, full, fine)] == ["failed", "due", "sent"]


def test_a_server_that_is_away_loses_nothing(settings: Settings, server: Server) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    mail = queue()
    assert mails.send_due() == 0
    settings.EMAIL_PORT = port
    later(minutes=2)
    assert mails.send_due() == 1
    mail.refresh_from_db()
    assert mail.attempts == 2


def test_a_crash_between_the_servers_yes_and_our_commit_sends_again_with_the_same_id(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = queue()

    def crash(*args: Any, **kwargs: Any) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(mails, "_close", crash)
        with pytest.raises(KeyboardInterrupt):
            mails.send_due()
    assert mails.send_due() == 0, "the lease of the dead worker still holds"
    Mail.objects.update(locked_until=None)
    assert mails.send_due() == 1
    assert server.ids == [mail.message_id] * 2
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("sent", 2)


def test_nobody_gets_what_they_are_no_longer_entitled_to(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mails, "entitled", [lambda mail: mail.human_task_id is None])
    mail = mails.queue(["ada@example.com"], "Task", "Please look", human_task_id=7)
    other = queue()
    assert mails.send_due() == 1
    mail.refresh_from_db()
    other.refresh_from_db()
    assert (mail.state, other.state) == ("withdrawn", "sent")


def test_two_senders_send_each_mail_once(server: Server) -> None:
    queued = [queue(subject=f"Mail {n}") for n in range(12)]
    assert sum(together(mails.send_due, mails.send_due)) == 12
    assert sorted(server.ids) == sorted(mail.message_id for mail in queued)


def test_a_process_sends_a_mail(server: Server) -> None:
    send = d.element(
        "sendTask",
        "n1",
        '<zeebe:taskDefinition type="email"/><zeebe:ioMapping>'
        '<zeebe:input source="=customer" target="to"/>'
        '<zeebe:input source="=&quot;Order &quot; + number" target="subject"/>'
        '<zeebe:input source="Thank you." target="text"/></zeebe:ioMapping>',
    )
    case = play(d.chain(send), customer="kim@example.com", number="17")
    jobs.sweep()
    assert case.state == "completed"
    assert mails.send_due() == 1
    message = message_from_bytes(server.taken[0].content)  # type: ignore[arg-type]
    assert (message["To"], message["Subject"]) == ("kim@example.com", "Order 17")
    assert HistoryEvent.objects.get(kind="mail sent").data == {"to": ["kim@example.com"], "subject": "Order 17"}


def test_a_mail_without_a_recipient_is_an_incident_in_words() -> None:
    send = d.element(
        "sendTask",
        "n1",
        '<zeebe:taskDefinition type="email"/><zeebe:ioMapping><zeebe:input source="=customer" target="to"/>'
        '<zeebe:input source="Hello" target="subject"/></zeebe:ioMapping>',
    )
    case = play(d.chain(send))
    jobs.sweep()
    assert case.incidents[0].message == "The mail has no recipient: the input “to” is empty"
