"""Addresses in mails that work without signing in: signed, each for one person and one purpose.

They are read with any of the keys that settings.SECRET_KEY_FALLBACKS still names, so that a change of the key does not
kill what is under way.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.urls import reverse

from tasks_inbox.notices.kinds import KINDS

STOP = "tasks_inbox.notices.stop"
DIGEST = "digest"

# Headers. The first goes out, for people's filters; the others stay here (`runtime.mails`).
PURPOSE = "X-Baton-Purpose"
PERSON, TASKS = "Baton-Person", "Baton-Tasks"


def absolute(path: str) -> str:
    return f"{settings.BASE_URL.rstrip('/')}{path}"


def stop_url(user: User, kind: str) -> str:
    """Where this person ends the mails of this kind. Without an end: a mail is read when it is read."""
    return absolute(reverse("notices_stop", args=[signing.dumps([user.pk, kind], salt=STOP)]))


def stopped(token: str) -> tuple[User, str] | None:
    """Whose mails of which kind; None: no such address."""
    try:
        pk, kind = signing.loads(token, salt=STOP)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return (user, kind) if user is not None and (kind in KINDS or kind == DIGEST) else None
