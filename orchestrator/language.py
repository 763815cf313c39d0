"""The administration is in English: half of its pages are Django's and would follow the browser, ours would not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponseBase
from django.urls import get_script_prefix, reverse
from django.utils import translation

LANGUAGE = "en"
Answer = Callable[[HttpRequest], HttpResponseBase]


@cache
def _pages() -> str:
    """Where they begin, below the path at which the product lives."""
    return reverse("admin:index").removeprefix(get_script_prefix().removesuffix("/"))


def administration(answer: Answer) -> Answer:
    """Stands behind LocaleMiddleware, which begins every request anew."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(_pages()):
            translation.activate(LANGUAGE)
            request.LANGUAGE_CODE = LANGUAGE
        return answer(request)

    return answered
