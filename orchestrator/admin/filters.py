"""Filters beside the lists of the admin that several lists share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.utils.translation import gettext as _


class NamedValues(admin.AllValuesFieldListFilter):
    """Every value that occurs. A link without a text is none for who hears the page: the empty value has a name too."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield choice if choice["display"] else {**choice, "display": _("none")}
