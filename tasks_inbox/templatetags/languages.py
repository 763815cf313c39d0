"""The sentences of scripts in the reader's language, for `frontend/src/lib/words.js`."""

from __future__ import annotations

import gettext
from functools import cache
from typing import cast

from django import template
from django.conf import settings
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale

register = template.Library()
DOMAIN = "djangojs"


@cache
def words(language: str) -> dict[str, str]:
    """English sentence -> the same in this language; empty for English, which needs none."""
    found = gettext.translation(DOMAIN, settings.LOCALE_PATHS[0], [to_locale(language)], fallback=True)
    catalog = cast("dict[str, str]", getattr(found, "_catalog", {}))
    return {text: said for text, said in catalog.items() if text}


@register.simple_tag
def script_words() -> SafeString | str:
    """A block of data for the page; nothing when it is English."""
    known = words(get_language() or settings.LANGUAGE_CODE)
    return json_script(known, "words") if known else ""
