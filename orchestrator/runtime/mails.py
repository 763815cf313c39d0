"""Outgoing mail: a row in the transaction that decides it, sent afterwards, one message at a time.

SMTP knows no transactions: a crash between the server's yes and our commit sends a message again. It then bears the
same Message-ID, by which mail systems drop or mark it.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from orchestrator import doorbell
from orchestrator.models import HistoryEvent, Mail, ProcessInstance

SEND = "orchestrator.tasks.send_mails"
LEASE = timedelta(minutes=2)  # longer than any conversation with a mail server may take
BACKOFF = (60, 300, 900, 3600)  # seconds; the last one repeats
MAX_ATTEMPTS = 12
MAX_ERROR = 1_000
NOTE = "Baton-"  # headers whose names begin so are notes for `entitled`: they never go out

#: Asked at the moment of sending: may this mail still go out? The inbox adds its own.
entitled: list[Callable[[Mail], bool]] = []


def queue(
    to: Sequence[str],
    subject: str,
    text: str,
    html: str = "",
    *,
    cc: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    process_instance: ProcessInstance | None = None,
    number: int | None = None,
    human_task_id: int | None = None,
) -> Mail:
    """The mail goes out when the caller's transaction commits."""
    mail = Mail.objects.create(
        to=list(to),
        cc=list(cc),
        subject=" ".join(subject.split())[:500],
        text=text,
        html=html,
        headers=dict(headers or {}),
        message_id=make_msgid(domain=settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"),
        process_instance=process_instance,
        number=number,
        human_task_id=human_task_id,
    )
    doorbell.ring(SEND)
    return mail


def postpone(mail: Mail, until: datetime) -> None:
    """A mail of this transaction goes out later."""
    Mail.objects.filter(pk=mail.pk, state=Mail.State.DUE).update(due_at=until)


def send_due(limit: int = 100) -> int:
    """Sends what is due, oldest first; how many went out."""
    connection = get_connection()
    sent = 0
    try:
        for _ in range(limit):
            mail = _claim()
            if mail is None:
                break
            sent += _send(mail, connection)
    finally:
        connection.close()
    return sent


def _claim() -> Mail | None:
    """Under a lease, with the attempt counted before anything is tried."""
    due = Mail.objects.filter(
        Q(locked_until=None) | Q(locked_until__lte=Now()), state=Mail.State.DUE, due_at__lte=Now()
    )
    with transaction.atomic():
        mail = due.order_by("due_at", "id").select_for_update(skip_locked=True).first()
        if mail is None:
            return None
        mail.attempts += 1
        mail.fence += 1
        Mail.objects.filter(pk=mail.pk).update(attempts=mail.attempts, fence=mail.fence, locked_until=Now() + LEASE)
    return mail


def _send(mail: Mail, connection: BaseEmailBackend) -> bool:
    if mail.attempts > MAX_ATTEMPTS:
        return _close(mail, Mail.State.FAILED, "The worker stopped whenever it sent this mail")
    if not all(allows(mail) for allows in entitled):
        return _close(mail, Mail.State.WITHDRAWN, "Nobody is entitled to it any more")
    try:
        connection.send_messages([_message(mail)])
    except (smtplib.SMTPException, OSError) as error:
        return _not_sent(mail, error, connection)
    except ValueError as error:  # a header that cannot be one
        return _close(mail, Mail.State.FAILED, str(error))
    with transaction.atomic():
        _close(mail, Mail.State.SENT, "", sent_at=Now())
        if mail.process_instance_id is not None and mail.human_task_id is None:
            HistoryEvent.objects.create(
                process_instance_id=mail.process_instance_id,
                number=mail.number,
                kind="mail sent",
                data={"to": mail.to, "subject": mail.subject},
            )
    return True


def _message(mail: Mail) -> EmailMultiAlternatives:
    headers = {name: value for name, value in mail.headers.items() if not name.startswith(NOTE)}
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        to=mail.to,
        cc=mail.cc,
        headers={"Auto-Submitted": "auto-generated", **headers, "Message-ID": mail.message_id},
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def _not_sent(mail: Mail, error: Exception, connection: BaseEmailBackend) -> bool:
    """A server that says never (5xx) is believed; everything else may be different later."""
    with suppress(smtplib.SMTPException, OSError):
        connection.close()  # the next mail begins a new conversation
    if _is_permanent(error) or mail.attempts >= MAX_ATTEMPTS:
        return _close(mail, Mail.State.FAILED, str(error))
    pause = BACKOFF[min(mail.attempts, len(BACKOFF)) - 1]
    Mail.objects.filter(pk=mail.pk, fence=mail.fence, state=Mail.State.DUE).update(
        due_at=Now() + timedelta(seconds=pause), locked_until=None, last_error=str(error)[:MAX_ERROR]
    )
    return False


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _close(mail: Mail, state: str, error: str, **columns: Any) -> bool:
    """By the fencing token; False, because nothing was sent by it."""
    Mail.objects.filter(pk=mail.pk, fence=mail.fence, state=Mail.State.DUE).update(
        state=state, last_error=error[:MAX_ERROR], locked_until=None, **columns
    )
    return False


def retry(mail: Mail) -> bool:
    """An operator tries a failed mail again."""
    again = Mail.objects.filter(pk=mail.pk, state=Mail.State.FAILED)
    return bool(again.update(state=Mail.State.DUE, due_at=Now(), attempts=0, fence=F("fence") + 1, locked_until=None))
