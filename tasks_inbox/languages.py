"""Which language somebody reads: for what is written to them when no browser says it."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from tasks_inbox.models import Profile


def known(code: str) -> str:
    """The code if the pages exist in it, else ''."""
    return code if code in dict(settings.LANGUAGES) else ""


def of(people: Iterable[int]) -> dict[int, str]:
    """User id -> the language to write to them in, for all of `people`: one query."""
    wanted = list(people)
    chosen = dict(Profile.objects.filter(user__in=wanted).values_list("user", "language"))
    return {pk: known(chosen.get(pk, "")) or settings.LANGUAGE_CODE for pk in wanted}
