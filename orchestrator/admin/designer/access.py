"""Who may draw, and what becomes of what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse

from orchestrator.admin.designer import told
from orchestrator.models import Draft
from orchestrator.process_tests import InvalidTests
from orchestrator.runtime.deployment import DeploymentRefused
from orchestrator.runtime.drafts import Overtaken

PERMISSION = "orchestrator.add_deployment"
GONE = "Somebody deployed or discarded this draft meanwhile."

View = Callable[..., HttpResponseBase]


class Refused(Exception):
    """What was sent cannot be used; the sentence says why."""

    def __init__(self, status: int, sentence: str, **more: Any) -> None:
        self.status, self.more = status, more
        super().__init__(sentence)


def may_draw(request: HttpRequest) -> bool:
    return request.user.has_perm(PERMISSION)


def guarded(view: View) -> View:
    """For the others there is nothing here."""

    def checked(request: HttpRequest, **where: Any) -> HttpResponseBase:
        if not may_draw(request):
            raise Http404
        return view(request, **where)

    return checked


def answering(view: View) -> View:
    """Whatever goes wrong is a JSON answer with a sentence."""

    def answered(request: HttpRequest, **where: Any) -> HttpResponseBase:
        try:
            return view(request, **where)
        except tuple(ANSWERS) as error:
            return next(answer for kind, answer in ANSWERS.items() if isinstance(error, kind))(error)

    return answered


ANSWERS: dict[type[Exception], Callable[[Any], JsonResponse]] = {
    Refused: lambda error: JsonResponse({"error": str(error), **error.more}, status=error.status),
    Overtaken: lambda error: JsonResponse({"conflict": told.saved_state(error.draft)}, status=409),
    DeploymentRefused: lambda error: JsonResponse({"problems": told.listed(error.problems)}, status=422),
    Draft.DoesNotExist: lambda error: JsonResponse({"error": GONE, "gone": True}, status=410),
    InvalidTests: lambda error: JsonResponse({"error": told.mistakes(error)}, status=422),
}
