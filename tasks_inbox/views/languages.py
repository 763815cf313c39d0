"""The language of a person's pages: what their profile says, else what the browser asks for.

Django's LocaleMiddleware has looked at the cookie and at Accept-Language before; the profile wins. The cookie follows
it, so that pages without a person of ours (the login, the administration, an error) speak the same language.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation

from tasks_inbox.languages import known
from tasks_inbox.views.http import Request

YEAR = 365 * 24 * 3600


def begin(request: Request) -> None:
    if code := known(request.look.language):
        translation.activate(code)
        request.LANGUAGE_CODE = code


def remember(request: Request, response: HttpResponse) -> None:
    code = known(request.look.language)
    if code and request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != code:
        keep(response, code)


def keep(response: HttpResponse, code: str) -> HttpResponse:
    """The cookie; without a code, none."""
    if known(code):
        name, secure = settings.LANGUAGE_COOKIE_NAME, settings.SESSION_COOKIE_SECURE
        response.set_cookie(name, code, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response
