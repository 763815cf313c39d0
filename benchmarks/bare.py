"""The floor of `benchmarks.inbox_http`: the product's server and middleware, a session and its user, and no work."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from orchestrator.wsgi import application

__all__ = ["application", "urlpatterns"]

settings.ROOT_URLCONF = __name__
PAGE = "<p>" + "x" * 60_000


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE if request.user.is_authenticated else "", status=200 if request.user.pk else 403)


urlpatterns = [path("", bare), path("", include("orchestrator.urls"))]  # the first that fits answers
