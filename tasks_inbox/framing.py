"""Other pages within ours: the address of a page of ours that shows nothing but one of them.

That page has a policy of its own, which lets in the one origin, so that no other page of ours has to. Its address is
signed for the person, so that nobody is led to a frame around a page that no form declares.
"""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.core import signing
from django.urls import reverse

from tasks_inbox.forms.frames import Frame, is_safe

LIVES = 24 * 60 * 60  # seconds


def address(user: User, frame: Frame) -> str:
    signed = signing.dumps(asdict(frame), salt=_salt(user), compress=True)
    return f"{reverse('form_frame')}?{urlencode({'page': signed})}"


def read(user: User, signed: str) -> Frame | None:
    """The frame of an address that was made for this person; None: it is none, or an old one."""
    try:
        found = Frame(**signing.loads(signed, salt=_salt(user), max_age=LIVES))
    except (signing.BadSignature, TypeError):
        return None
    return found if is_safe(found.url) else None


def _salt(user: User) -> str:
    return f"tasks_inbox.framing.{user.pk}"
