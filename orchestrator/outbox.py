"""E-mail for a machine without a mail server: one .eml file a message, shown at /outbox/ to those it was written to."""

from __future__ import annotations

import email
import email.policy
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.mail import EmailMessage as OutgoingMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

SHOWN = 100
# Nothing of a mail runs or loads; its links open in a tab of their own.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[OutgoingMessage]) -> int:
        folder = Path(settings.OUTBOX_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.eml"
            partial = folder / f".{name}"
            partial.write_bytes(message.message().as_bytes())
            partial.rename(folder / name)  # readers never see half a message
        return len(email_messages)


@dataclass(frozen=True)
class Sent:
    key: str
    subject: str
    to: str
    date: datetime


def read(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=email.policy.default)


def may_read(user: User, message: EmailMessage) -> bool:
    """One's own mails; administrators read all."""
    addresses = {address.lower() for _, address in getaddresses(message.get_all("to", []) + message.get_all("cc", []))}
    return user.is_superuser or (bool(user.email) and user.email.lower() in addresses)


def messages_of(user: User) -> Iterator[tuple[str, EmailMessage]]:
    for path in sorted(Path(settings.OUTBOX_DIR).glob("[0-9]*.eml"), reverse=True):
        message = read(path)
        if may_read(user, message):
            yield path.stem, message


@require_GET
@login_required
def index(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    sent: list[Sent] = []
    for key, message in messages_of(request.user):
        sent.append(Sent(key, str(message["subject"]), str(message["to"]), message["date"].datetime))
        if len(sent) == SHOWN:
            break
    return render(request, "outbox.html", {"sent": sent, "everything": request.user.is_superuser})


@require_GET
@login_required
@xframe_options_sameorigin
def body(request: HttpRequest, key: str) -> HttpResponse:
    assert isinstance(request.user, User)
    path = Path(settings.OUTBOX_DIR) / f"{key}.eml"
    if not path.exists() or not may_read(request.user, message := read(path)):
        raise Http404
    part = message.get_body(("html", "plain"))
    content = part.get_content() if part else ""
    html = part is not None and part.get_content_type() == "text/html"
    if html:
        content = re.sub(r"(<head[^>]*>)", r'\1<base target="_blank">', content, count=1, flags=re.IGNORECASE)
    kind = "text/html" if html else "text/plain"
    return HttpResponse(content, content_type=f"{kind}; charset=utf-8", headers={"Content-Security-Policy": POLICY})
