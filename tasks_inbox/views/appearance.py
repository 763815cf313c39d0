"""Light, dark, or as the system: a choice that is kept in a cookie."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request

THEMES = ("light", "dark")
YEAR = 365 * 24 * 3600


@page("POST")
def set_theme(request: Request) -> HttpResponse:
    theme, target = request.POST.get("theme", ""), request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = redirect(target if safe else "/")
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response
