"""An administrator switches the demo's credit service here, and watches a process fail and recover."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from demo.models import CreditService


@admin.register(CreditService)
class CreditServiceAdmin(admin.ModelAdmin[CreditService]):
    list_display = ["__str__"]
    radio_fields = {"mode": admin.VERTICAL}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CreditService | None = None) -> bool:
        return False
