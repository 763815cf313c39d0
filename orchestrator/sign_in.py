"""Guessing passwords costs time: after a few failures everybody has to wait, and longer after each further one.

Counted are the failures of the last hour, in the database, so that no restart and no empty cache forgives them. Nobody
can lock somebody else out: a browser in which a person has signed in before is known by a signed cookie, and for them
there count only the failures of that very browser. Known and unknown names are treated alike.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import user_logged_in, views
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Count, Max, Q
from django.db.models.functions import Now
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from orchestrator.models import SignInFailure

WINDOW = timedelta(hours=1)
KEPT = timedelta(days=1)
KNOWN_FOR = 180 * 24 * 3600  # seconds
SALT = "orchestrator.sign_in"
LONGEST_NAME = 254


@dataclass(frozen=True, slots=True)
class Rule:
    """So many failures are free; then `first` seconds, doubled with each further one, `longest` at most."""

    free: int
    longest: int
    first: float = 1.0

    def pause(self, failures: int, ago: float) -> float:
        """Seconds to wait from now, `ago` seconds after the last failure."""
        if failures < self.free:
            return 0.0
        return max(0.0, min(self.longest, self.first * 2.0 ** (failures - self.free)) - ago)


HERE = Rule(free=5, longest=900)  # this name from this address, or from this known browser
NAME = Rule(free=20, longest=300)  # this name from anywhere
ADDRESS = Rule(free=50, longest=300)  # any name from this address; many people may share one

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 20100525))"


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody at the door: digests, and the known browser's mark."""

    name: str
    address: str
    device: str = ""


def wait(tried: Try) -> float:
    """Seconds until this may be tried; 0.0: now, and it is counted as a failure until it has worked.

    The tries for one name come one after the other, so that a hundred at once are a hundred.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK, [tried.name])
        pause = max(rule.pause(*_failures(which)) for rule, which in _rules(tried))
        if not pause:
            SignInFailure.objects.create(name=tried.name, address=tried.address, device=tried.device)
    return pause


def _rules(tried: Try) -> Iterable[tuple[Rule, Q]]:
    if tried.device:
        return [(HERE, Q(name=tried.name, device=tried.device))]
    same = Q(name=tried.name)
    return [(HERE, same & Q(address=tried.address)), (NAME, same), (ADDRESS, Q(address=tried.address))]


def _failures(which: Q) -> tuple[int, float]:
    """How many, and how many seconds ago the last one was."""
    recent = SignInFailure.objects.filter(which, at__gt=Now() - WINDOW)
    found = recent.aggregate(count=Count("pk"), ago=Now() - Max("at"))
    return found["count"], found["ago"].total_seconds() if found["ago"] else 0.0


def forgive(tried: Try) -> None:
    """It was the right password. Whatever is old goes as well."""
    mine = Q(name=tried.name, device=tried.device) if tried.device else Q(name=tried.name, address=tried.address)
    SignInFailure.objects.filter(mine | Q(at__lt=Now() - KEPT)).delete()


# Of a request


def trial(request: HttpRequest, username: str) -> Try:
    name = _digest("name", username.strip().casefold()[:LONGEST_NAME])
    return Try(name, _digest("address", address(request)), _device(request, name))


def address(request: HttpRequest) -> str:
    """Whom we talk to; behind a proxy, whom the proxy talks to. What stands further left anybody can write."""
    told = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return told.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def _digest(what: str, text: str) -> str:
    return salted_hmac(f"{SALT}.{what}", text, algorithm="sha256").hexdigest()


def _cookie() -> str:
    return settings.SESSION_COOKIE_NAME.replace("session", "known")


def _device(request: HttpRequest, name: str) -> str:
    """The mark of a browser that this person has used; '' for every other."""
    try:
        owner, mark = signing.loads(request.COOKIES.get(_cookie(), ""), salt=SALT, max_age=KNOWN_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(mark) if owner == name else ""


def remember(request: HttpRequest, response: HttpResponse, name: str) -> None:
    value = signing.dumps([name, _device(request, name) or secrets.token_hex(16)], salt=SALT)
    response.set_cookie(
        _cookie(), value, max_age=KNOWN_FOR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


class Doorkeeper:
    """The first of the AUTHENTICATION_BACKENDS: may send everybody away, whichever page they use.

    Knows nobody: a `get_user` that finds none would end every session that is begun without a password.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        username = credentials.get("username")
        if request is None or username is None:
            return
        request.throttled = wait(trial(request, username))  # type: ignore[attr-defined]
        if request.throttled:  # type: ignore[attr-defined]
            raise PermissionDenied


@receiver(user_logged_in)
def let_in(sender: type[Any], request: HttpRequest | None, user: AbstractBaseUser, **more: Any) -> None:
    if request is not None and hasattr(request, "throttled"):
        forgive(trial(request, user.get_username()))


def seconds(request: HttpRequest | None) -> int:
    """To wait, in whole ones; 0: it was the password."""
    return math.ceil(getattr(request, "throttled", 0.0))


class SignInForm(AuthenticationForm):
    def get_invalid_login_error(self) -> ValidationError:
        if pause := seconds(self.request):
            return ValidationError(_("Too many tries. Wait %(seconds)s seconds and try again.") % {"seconds": pause})
        return super().get_invalid_login_error()


class AdminSignInForm(SignInForm, AdminAuthenticationForm):
    """The admin's own door."""


class SignIn(views.LoginView):
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        if pause := seconds(self.request):
            response.status_code, response["Retry-After"] = 429, str(pause)
        return response

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        remember(self.request, response, trial(self.request, form.get_user().get_username()).name)
        return response
