"""What people read when the database is away or too busy: come back in a moment, and not that something broke."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

RETRY_AFTER = 3  # seconds


def error(request: HttpRequest) -> HttpResponse:
    """The project's `handler500`, called while the exception is being handled. Touches no database.

    A connection that was lost, a lock or a statement that took too long: 503 with Retry-After. Whether the last step
    was carried out is then not known; a task may be completed again, for it is completed once.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        page = render_to_string("503.html", {"request": request})
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return server_error(request)
