"""Every answer carries the policy of django-csp, and what a view or a page asks for besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from csp.constants import NONCE
from csp.decorators import csp_exempt, csp_replace, csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from orchestrator.policy import HEADER, Policy


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def own(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", headers={HEADER: "default-src 'none'"})


def with_nonce(request: Any) -> HttpResponse:
    return HttpResponse(request.csp_nonce)


VIEWS = [
    plain,
    own,
    csp_exempt()(plain),
    csp_replace({"frame-ancestors": ["'self'"]})(plain),
    csp_update({"img-src": ["https://pictures.example"]})(plain),
]


@pytest.mark.parametrize("view", VIEWS, ids=["plain", "own", "exempt", "replace", "update"])
def test_it_is_the_one_of_the_library(view: Callable[[HttpRequest], HttpResponse]) -> None:
    ours, theirs = (made(view)(RequestFactory().get("/")) for made in (Policy, CSPMiddleware))
    assert ours.headers == theirs.headers


def test_a_nonce_stands_in_it(settings: Settings) -> None:
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"script-src": ["'self'", NONCE]}}
    made = Policy(lambda request: with_nonce(request) if request.path == "/nonce" else plain(request))
    asked = RequestFactory().get("/nonce")
    answer = made(asked)
    assert f"script-src 'self' 'nonce-{answer.content.decode()}'" in answer[HEADER]
    assert "nonce" not in made(RequestFactory().get("/"))[HEADER]
