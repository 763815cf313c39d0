"""Light, dark, high contrast, or as the system: kept in the profile, and in a cookie for pages without a person."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from tasks_inbox.models import Profile
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request

THEMES = (Profile.Theme.LIGHT, Profile.Theme.DARK, Profile.Theme.CONTRAST)
YEAR = 365 * 24 * 3600


@page("POST")
def set_theme(request: Request) -> HttpResponse:
    theme, target = request.POST.get("theme", ""), request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    kept = theme if theme in THEMES else Profile.Theme.SYSTEM
    Profile.objects.update_or_create(user=request.user, defaults={"theme": kept})
    return remember(redirect(target if safe else "/"), kept)


def remember(response: HttpResponse, theme: str) -> HttpResponse:
    """The cookie lets every page, the login page too, begin in the right colours."""
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response
