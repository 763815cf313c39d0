"""Addresses in mails, for which nobody need sign in: the end of one kind of mail, and deciding a task."""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orchestrator import sign_in
from orchestrator.engine import CommandRejected
from orchestrator.runtime.suspension import InstanceSuspended
from tasks_inbox import facts, languages
from tasks_inbox.deadlines import database_time
from tasks_inbox.errors import InvalidForm, NotPermitted, TooLate
from tasks_inbox.notices import deciding, letters, links, preferences
from tasks_inbox.notices.deciding import DeadLink, Link, NeedsSignIn
from tasks_inbox.notices.kinds import KINDS
from tasks_inbox.views.http import name

logger = logging.getLogger(__name__)
COOKIE = "baton_decide"
P = ParamSpec("P")
Open = Callable[Concatenate[HttpRequest, P], HttpResponse]


def from_mail(view: Open[P]) -> Open[P]:
    """The address is a key: it is told to no other site, kept in no cache and found by no search."""

    @wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return cast("Open[P]", answered)


@csrf_exempt  # a mail program presses it, and has no cookie (RFC 8058); the signature says who means it
@require_http_methods(["GET", "HEAD", "POST"])
@from_mail
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST ends the mails of one kind."""
    found = links.stopped(token)
    if found is None:
        raise Http404("There is no such address.")
    user, kind = found
    if request.method == "POST":
        preferences.silence(user, kind)
    label = KINDS[kind].label if kind in KINDS else _("The summary of open tasks")
    context = {"label": label, "person": name(user), "done": request.method == "POST"}
    return render(request, "inbox/notices_stop.html", context)


@require_safe
@from_mail
def decide_from_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Look at the task. Whoever is signed in as the person of the mail sees it in their inbox."""
    link = _follow(request, token)
    if isinstance(link, HttpResponse):
        return link
    if request.user.is_authenticated:
        return redirect("task", link.task.pk)
    return _decision(request, link, token)


# Not by Django's cookie: a page that tells no other site where it is sends forms without their origin, and nobody is
# signed in whose name a form from elsewhere could use. The address is the key, and the page has a cookie of its own.
@csrf_exempt
@require_POST
@from_mail
def decide(request: HttpRequest) -> HttpResponse:
    """The address comes in the body from here on: no log and no history has it once more."""
    sent = request.POST
    token, outcome = sent.get("token", ""), sent.get("outcome", "")
    link = _follow(request, token)
    if isinstance(link, HttpResponse):
        return link
    comment = sent.get("comment", "").replace("\x00", "").replace("\r\n", "\n")
    typed = {"typed": sent.get("number", "").strip(), "outcome": outcome, "comment": comment}
    tried = sign_in.trial(request, f"{link.task.pk} {token}")  # guessing costs time here too
    with _reading(link):
        if pause := math.ceil(sign_in.wait(tried)):
            wait = _("Too many tries. Wait %(seconds)s seconds and try again.") % {"seconds": pause}
            return _decision(request, link, token, {"number": [wait]}, typed)
        try:
            cookie = request.COOKIES.get(COOKIE, "")
            held = deciding.decide(link, token=token, page=sent.get("page", ""), cookie=cookie, **typed)
        except InvalidForm as problem:
            if "number" not in problem.errors:
                sign_in.forgive(tried)
            return _decision(request, link, token, problem.errors, typed)
        except (TooLate, InstanceSuspended, CommandRejected, NotPermitted) as problem:
            return _dead(request, _("Nothing was decided"), str(problem), 409)
        logger.info("%s decided task %s from a mail: %s", link.user, link.task.pk, outcome)
        sign_in.forgive(tried)
        deciding.receipt(link, outcome)
        label = next(one["label"] for one in link.task.outcomes if one["value"] == outcome)
        return render(request, "inbox/notices_decided.html", {"task": link.task, "outcome": label, "held": held})


def _follow(request: HttpRequest, token: str) -> Link | HttpResponse:
    try:
        link = deciding.follow(token)
    except DeadLink as dead:
        return _dead(request, _("This address leads nowhere any more"), str(dead), 410)
    except NeedsSignIn as guarded:
        return redirect_to_login(reverse("task", args=[guarded.task]))
    if request.user.is_authenticated and request.user.pk != link.user.pk:
        text = _("It was written to somebody else. You are signed in with an account that it was not meant for.")
        return _dead(request, _("This mail was not for you"), text, 404)
    return link


def _decision(
    request: HttpRequest,
    link: Link,
    token: str,
    errors: Mapping[str, Sequence[str]] | None = None,
    sent: Mapping[str, str] | None = None,
) -> HttpResponse:
    task, now, zone = link.task, database_time(), preferences.zone_of(link.user)
    cookie = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(16)
    with _reading(link), timezone.override(zone):
        context = {
            "task": task,
            "person": name(link.user),
            "asked_by": name(task.initiator),
            "due": letters.local(task.due_at, link.user) if task.due_at else "",
            "late": task.due_at is not None and task.due_at < now,
            "facts": facts.facts(deciding.variables(task), zone, facts.words(deciding.form_of(task))),
            "token": token,
            "page": deciding.page_key(link, cookie),
            "errors": errors or {},
            "sent": sent or {},
            "needs_comment": _(" or ").join(one["label"] for one in task.outcomes if one["comment_required"]),
        }
        response = render(request, "inbox/notices_decide.html", context, status=422 if errors else 200)
    lasts = int(deciding.PAGE_LASTS.total_seconds())
    response.set_cookie(
        COOKIE, cookie, lasts, path=reverse("decide"), secure=settings.HTTPS, httponly=True, samesite="Strict"
    )
    return response


def _dead(request: HttpRequest, title: str, text: str, status: int) -> HttpResponse:
    return render(request, "inbox/notices_dead.html", {"title": title, "text": text}, status=status)


def _reading(link: Link) -> AbstractContextManager[None]:
    return translation.override(languages.of([link.user.pk])[link.user.pk])
