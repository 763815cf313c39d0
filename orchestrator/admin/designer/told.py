"""How the designers are told of drafts, problems and people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from orchestrator.bpmn.difference import Change
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.models import Draft
from orchestrator.process_tests import InvalidTests
from orchestrator.runtime.inspection import DeploymentProblem

ACTIONS = ("save", "deploy", "discard", "difference")
MAX_MISTAKES = 5


def saved_state(draft: Draft) -> dict[str, Any]:
    urls = {name: reverse(f"admin:orchestrator_draft_{name}", args=[draft.pk]) for name in ACTIONS}
    return {
        "pk": draft.pk,
        "version": draft.version,
        "by": person(draft.updated_by),
        "at": when(draft.updated_at),
        "urls": {**urls, "page": reverse("admin:orchestrator_designer", args=[draft.pk])},
    }


def person(user: Any) -> str:
    return str(user.get_full_name() or user.get_username()) if user is not None else "somebody"


def when(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j M, H:i")


def listed(problems: Iterable[DeploymentProblem]) -> list[dict[str, Any]]:
    return [entry(problem) for problem in problems]


def entry(problem: DeploymentProblem) -> dict[str, Any]:
    return {"element": problem.element, "message": problem.message, "line": problem.line}


def change(each: Change) -> dict[str, Any]:
    return {"id": each.id, "what": each.what, "name": each.name, "parts": each.parts}


def mistakes(error: InvalidTests) -> str:
    """The first of them, with their places in what was written."""
    more = len(error.mistakes) - MAX_MISTAKES
    sentences = [f"{each.place.field}: {each.message}" if each.place.field else each.message for each in error.mistakes]
    return ". ".join([*sentences[:MAX_MISTAKES], *([f"And {more} more mistakes"] if more > 0 else [])])


def exactly(answer: Any, status: int = 200) -> HttpResponse:
    """JSON with every digit of its numbers."""
    return HttpResponse(dumps(answer), content_type="application/json", status=status)
