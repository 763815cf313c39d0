"""The calendar feed: the page where a person makes, renews and withdraws its address, and the address itself."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import reverse
from django.views.decorators.http import require_safe

from tasks_inbox import feed
from tasks_inbox.models import CalendarFeed
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, answer


@page("GET", "POST")
def calendar(request: Request) -> HttpResponse:
    """A new address is shown in this answer, and never again."""
    address = ""
    if request.method == "POST" and "revoke" in request.POST:
        feed.revoke(request.user)
    elif request.method == "POST":
        address = f"{settings.BASE_URL}{reverse('calendar_feed', args=[feed.renew(request.user)])}"
    since = CalendarFeed.objects.filter(user=request.user).values_list("created_at", flat=True).first()
    return answer(request, "inbox/calendar.html", "", {"address": address, "since": since})


@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """No session: the address is the key. A calendar that has the newest version is told so."""
    user = feed.owner(secret)
    if user is None:
        raise Http404("There is no such feed.")
    found = feed.feed(user)
    headers = {"ETag": f'"{found.version}"', "Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponseNotModified(headers=headers)
    disposition = {"Content-Disposition": 'inline; filename="baton.ics"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(found.content, content_type="text/calendar; charset=utf-8", headers=headers | disposition)
