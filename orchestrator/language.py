"""The administration is in English: half of its pages are Django's and would follow the browser, ours would not."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import translation

LANGUAGE = "en"
Answer = Callable[[HttpRequest], HttpResponseBase]


def administration(answer: Answer) -> Answer:
    """Stands behind LocaleMiddleware, which begins every request anew."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(reverse("admin:index")):
            translation.activate(LANGUAGE)
            request.LANGUAGE_CODE = LANGUAGE
        return answer(request)

    return answered
