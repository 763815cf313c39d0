"""Messages into Slack and Teams, at a real sink: who hears what, what is never said, and what happens when it fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from orchestrator.connectors.http import breaker
from orchestrator.models import Mail
from tasks_inbox import escalation, operations
from tasks_inbox.models import ChatChannel, ChatMessage, EscalationLevel, EscalationPolicy
from tasks_inbox.notices import MENTION, chat, delivering, news, preferences, tell
from tests.inbox.cases import offer

pytestmark = pytest.mark.django_db
ADDRESS = "/services/T000/B000/secretpath"


class Sink(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, Any]] = []
        self.answers: list[int] = []


class Handler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    server = Sink()
    worker = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    worker.start()
    place = f"127.0.0.1:{server.server_address[1]}"
    settings.CONNECTOR_SECRETS = {"FINANCE": f"http://{place}{ADDRESS}"}
    settings.CONNECTOR_ALLOWED_HOSTS = [place]
    settings.BASE_URL = "https://baton.example"
    breaker.forget()
    news.read_on()
    yield server
    server.shutdown()
    server.server_close()
    worker.join()
    breaker.forget()


@pytest.fixture
def channel(finance: Group, sink: Sink) -> ChatChannel:
    return ChatChannel.objects.create(group=finance, service="slack", webhook="FINANCE")


def round_() -> int:
    news.read_on()
    delivering.deliver_due(timezone.now() + timedelta(minutes=1))
    return chat.send_due()


def test_a_group_hears_of_what_is_offered_to_it(alice: User, channel: ChatChannel, sink: Sink) -> None:
    task = offer(groups="Finance", subject="Pay <Acme>", due="2026-12-24T17:00:00Z")
    offer(assignee="alice", subject="Not the group's")
    assert round_() == 1
    assert round_() == 0
    path, body = sink.got[0]
    assert path == ADDRESS
    lines = body["text"].splitlines()
    assert lines == [
        "*New for Finance: who takes it?*",
        "Pay &lt;Acme&gt;",
        f"https://baton.example/tasks/{task.pk}/",
    ]
    assert ChatMessage.objects.get().state == "sent"


def test_more_is_said_only_where_it_is_allowed(alice: User, channel: ChatChannel, sink: Sink) -> None:
    ChatChannel.objects.update(details=True)
    offer(groups="Finance", subject="Pay", due="2026-12-24T17:00:00Z")
    round_()
    text = sink.got[0][1]["text"]
    assert "Invoice approval · INV-1042" in text
    assert "Due: 24 December 2026, 17:00 (UTC)" in text


def test_of_a_confidential_task_there_is_no_title(alice: User, channel: ChatChannel, sink: Sink) -> None:
    ChatChannel.objects.update(details=True)
    offer(groups="Finance", subject="Dismissal of Bob", confidential="true", due="2026-12-24T17:00:00Z")
    round_()
    text = sink.got[0][1]["text"]
    assert "Dismissal" not in text
    assert "INV-1042" not in text
    assert "Invoice approval" in text


def test_a_group_hears_of_what_is_late_when_a_policy_says_so(
    alice: User, bob: User, finance: Group, channel: ChatChannel, sink: Sink
) -> None:
    User.objects.update(email="")
    policy = EscalationPolicy.objects.create(name="Chat")
    EscalationLevel.objects.create(policy=policy, after=timedelta(hours=1), action="notify", target_group=finance)
    task = offer(assignee="alice", subject="Pay", escalation="Chat")
    assert escalation.escalate_due(timezone.now() + timedelta(hours=2)) == 1
    assert task.events.get(kind="escalated").data["text"] == "Told the chat of Finance."
    assert round_() == 1
    assert sink.got[0][1]["text"].startswith("*Not done yet*\nPay\n")


def test_many_at_once_are_one_message(alice: User, channel: ChatChannel, sink: Sink) -> None:
    for n in range(12):
        offer(groups="Finance", subject=f"Invoice {n}", business_key=f"I-{n}")
    assert round_() == 1
    text = sink.got[0][1]["text"]
    assert text.startswith("*12 new tasks*")
    assert "… and 2 more" in text


def test_what_somebody_has_taken_meanwhile_is_not_offered(alice: User, channel: ChatChannel, sink: Sink) -> None:
    task = offer(groups="Finance")
    news.read_on()
    operations.claim(task=task, user=alice)
    assert round_() == 0
    assert sink.got == []


def test_what_goes_elsewhere_before_it_is_sent_is_withdrawn(
    alice: User, charlie: User, channel: ChatChannel, sink: Sink
) -> None:
    task = offer(groups="Finance")
    news.read_on()
    delivering.deliver_due(timezone.now() + timedelta(minutes=1))
    operations.forward(task=task, user=alice, to=charlie)
    assert chat.send_due() == 0
    assert sink.got == []
    assert ChatMessage.objects.get().state == "withdrawn"


def test_a_person_hears_it_in_teams_and_by_mail_until_they_switch_it_off(alice: User, bob: User, sink: Sink) -> None:
    ChatChannel.objects.create(user=alice, service="teams", webhook="FINANCE")
    task = offer(groups="Finance", subject="Check it")
    tell(MENTION, alice, task, by=bob, text="secret words")
    assert round_() == 1
    card = json.dumps(sink.got[0][1], ensure_ascii=False)
    assert "AdaptiveCard" in card
    assert "Bob Brown mentions you" in card
    assert "secret words" not in card
    assert Mail.objects.count() == 1
    preferences.keep(alice, preferences.Choices(kinds={MENTION: True}, chat=False))
    tell(MENTION, alice, task, by=bob)
    assert round_() == 0
    assert Mail.objects.count() == 2


@pytest.mark.parametrize(("status", "state"), [(500, "due"), (429, "due"), (404, "failed"), (302, "failed")])
def test_a_channel_that_fails_is_tried_again_when_that_can_help(
    status: int, state: str, alice: User, channel: ChatChannel, sink: Sink
) -> None:
    sink.answers = [status]
    offer(groups="Finance")
    assert round_() == 0
    message = ChatMessage.objects.get()
    assert (message.state, message.attempts) == (state, 1)
    assert str(status) in message.last_error
    assert "secretpath" not in message.last_error
    if state == "due":
        assert chat.send_due() == 0, "not at once"
        ChatMessage.objects.update(due_at=timezone.now())
        assert chat.send_due() == 1
        assert len(sink.got) == 2


def test_after_the_last_attempt_it_has_failed(alice: User, channel: ChatChannel, sink: Sink) -> None:
    offer(groups="Finance")
    news.read_on()
    delivering.deliver_due(timezone.now() + timedelta(minutes=1))
    ChatMessage.objects.update(attempts=chat.MAX_ATTEMPTS - 1)
    sink.answers = [503]
    chat.send_due()
    assert ChatMessage.objects.get().state == "failed"


def test_a_secret_that_nobody_has_set_is_said_in_a_sentence(alice: User, channel: ChatChannel, sink: Sink) -> None:
    ChatChannel.objects.update(webhook="MARKETING")
    offer(groups="Finance")
    round_()
    assert "There is no secret MARKETING" in ChatMessage.objects.get().last_error


def test_a_channel_that_is_switched_off_hears_nothing(alice: User, channel: ChatChannel, sink: Sink) -> None:
    ChatChannel.objects.update(active=False)
    offer(groups="Finance")
    assert round_() == 0
    assert not ChatMessage.objects.exists()


def test_a_channel_is_of_a_person_or_of_a_group(alice: User, finance: Group) -> None:
    for holder in ({}, {"user": alice, "group": finance}):
        with pytest.raises(ValidationError, match="either a person or a group"):
            ChatChannel(service="slack", webhook="X", **holder).full_clean()


def test_administrators_set_channels_up_from_the_secrets_that_there_are(
    client: Client, root: User, finance: Group, sink: Sink
) -> None:
    client.force_login(root)
    page = client.get("/admin/tasks_inbox/chatchannel/add/").content.decode()
    assert '<option value="FINANCE">' in page
    assert "secretpath" not in page
    sent = {"group": finance.pk, "service": "slack", "webhook": "FINANCE", "active": "on"}
    assert client.post("/admin/tasks_inbox/chatchannel/add/", sent).status_code == 302
    assert client.get("/admin/tasks_inbox/chatchannel/").status_code == 200
    assert client.get("/admin/tasks_inbox/chatmessage/").status_code == 200
    assert client.get("/admin/tasks_inbox/chatmessage/add/").status_code == 403


def test_a_stranger_sets_nothing_up(client: Client, charlie: User) -> None:
    client.force_login(charlie)
    assert client.post("/admin/tasks_inbox/chatchannel/add/", {"service": "slack"}).status_code == 302
    assert not ChatChannel.objects.exists()
