"""How every page answers: who may come in, and what becomes of an error. One table, one decorator."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from orchestrator.engine import CommandRejected
from orchestrator.runtime.suspension import InstanceSuspended
from orchestrator.runtime.variables import InvalidVariables
from tasks_inbox import forms
from tasks_inbox.errors import InTransition, InvalidForm, NotPermitted, TooLate
from tasks_inbox.filters import InvalidFilter
from tasks_inbox.permissions import answering, get_task_or_404
from tasks_inbox.views import detail, languages
from tasks_inbox.views.http import Request
from tasks_inbox.visitors import clock_and_look, found_out

logger = logging.getLogger(__name__)
P = ParamSpec("P")
View = Callable[Concatenate[Request, P], HttpResponse]
Plain = Callable[Concatenate[HttpRequest, P], HttpResponse]


class InvalidAnswers(Exception):
    """A form was sent whose answers cannot be taken."""

    def __init__(self, submission: forms.Submission, errors: dict[str, list[str]] | None = None) -> None:
        self.submission, self.errors = submission, errors or {}


def page(*methods: str) -> Callable[[View[P]], Plain[P]]:
    """A view for people who have signed in. It may raise what ERRORS knows."""

    def decorate(view: View[P]) -> Plain[P]:
        @wraps(view)
        def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            known: Request = request  # type: ignore[assignment]
            known.user = found_out(known.user)
            answering(known.user)
            known.clock, known.look = clock_and_look(known.user)
            languages.begin(known)
            with timezone.override(known.clock.zone):
                try:
                    response = view(known, *args, **kwargs)
                except tuple(ERRORS) as error:
                    kind = next(kind for kind in type(error).__mro__ if kind in ERRORS)
                    response = ERRORS[kind](known, error, kwargs.get("pk"))
            languages.remember(known, response)
            patch_vary_headers(response, ["HX-Request", "Cookie"])
            patch_cache_control(response, private=True, no_cache=True)
            return response

        heads = ["HEAD"] if "GET" in methods else []
        return cast("Plain[P]", require_http_methods([*methods, *heads])(answer))

    return decorate


def _not_permitted(request: Request, error: NotPermitted, pk: Any) -> HttpResponse:
    """Whoever may never do this is answered as if there were nothing."""
    raise Http404("There is no such page.") from error


def _too_late(request: Request, error: TooLate, pk: Any) -> HttpResponse:
    when = f" ({error.at.astimezone(request.clock.zone):%H:%M})" if error.at else ""
    told = {"what": f"{str(error).removesuffix('.')}{when}"}
    if error.by == request.user:
        text = _("%(what)s. Nothing was done twice.") % told
        return detail.nothing(request, _("You have done this already"), text, status=409, icon="circle-check")
    text = _("%(what)s, before you. Nothing of yours was stored.") % told
    return detail.nothing(request, _("Somebody was first"), text, status=409, icon="clock")


def _in_transition(request: Request, error: InTransition, pk: Any) -> HttpResponse:
    return detail.nothing(request, _("The process checks this task"), str(error), status=409, icon="clock")


def _overtaken(request: Request, error: CommandRejected, pk: Any) -> HttpResponse:
    text = _("Its process has gone on meanwhile. Nothing of yours was stored.")
    return detail.nothing(request, _("This is no longer possible"), text, status=409, icon="clock")


def _paused(request: Request, error: InstanceSuspended, pk: Any) -> HttpResponse:
    text = _("Nothing of yours was stored. Try again when those who administer its process let it go on.")
    return detail.nothing(request, _("This case is paused"), text, status=409, icon="pause")


def _invalid(request: Request, error: InvalidForm, pk: Any) -> HttpResponse:
    """The task again, with what was typed and why it cannot be taken."""
    task = get_task_or_404(request.user, pk)
    return detail.show(request, task, status=422, sent=detail.Sent.of(request.POST), errors=error.errors)


def _invalid_answers(request: Request, error: InvalidAnswers, pk: Any) -> HttpResponse:
    if error.submission.refused:
        logger.warning(
            "%s sent fields that are not theirs to %s: %s", request.user, request.path, error.submission.refused
        )
    task = get_task_or_404(request.user, pk)
    sent = detail.Sent.of(request.POST)
    return detail.show(request, task, status=422, sent=sent, submission=error.submission, errors=error.errors)


def _invalid_variables(request: Request, error: InvalidVariables, pk: Any) -> HttpResponse:
    return detail.nothing(request, _("This cannot be stored"), str(error), status=422, icon="circle-alert")


def _invalid_filter(request: Request, error: InvalidFilter, pk: Any) -> HttpResponse:
    """The address asks for what cannot be asked: the sentence, and the list without it."""
    kept = request.GET.copy()
    for name in ("f", "sort", "cols", "view"):
        kept.pop(name, None)
    request.GET = kept  # type: ignore[assignment]
    return detail.nothing(request, _("This filter cannot be used"), str(error), status=400, icon="circle-alert")


#: What an operation raises -> the answer.
ERRORS: dict[type[Exception], Callable[..., HttpResponse]] = {
    NotPermitted: _not_permitted,
    InTransition: _in_transition,
    TooLate: _too_late,
    InstanceSuspended: _paused,
    CommandRejected: _overtaken,
    InvalidForm: _invalid,
    InvalidFilter: _invalid_filter,
    InvalidAnswers: _invalid_answers,
    InvalidVariables: _invalid_variables,
}
