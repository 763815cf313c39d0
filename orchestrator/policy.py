"""The Content-Security-Policy of every answer: django-csp's, made once, for all answers that ask for nothing else."""

from __future__ import annotations

from typing import Any

from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

HEADER = "Content-Security-Policy"


class Policy(CSPMiddleware):
    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.usual: str = super().process_response(HttpRequest(), HttpResponse())[HEADER]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """A view that wants another one has said so in its answer, a page with a nonce in its request."""
        if any(name.startswith("_csp") for name in vars(response)) or "_csp_nonce" in vars(request):
            answer: HttpResponseBase = super().process_response(request, response)
            return answer
        response.headers.setdefault(HEADER, self.usual)
        return response
