"""Jobs and timers: what is due when, what was tried how often, and why it failed."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orchestrator.admin.filters import NamedValues
from orchestrator.admin.readonly import ReadOnlyAdmin
from orchestrator.models import Job
from orchestrator.models.mails import Mail
from orchestrator.runtime import permissions, suspension


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    list_display = ["__str__", "instance", "kind", "state", "due_at", "tries", "finished_at", "last_error"]
    list_filter = ["kind", "state", ("type", NamedValues)]
    list_select_related = ["process_instance__definition"]
    search_fields = ["element", "type", "process_instance__business_key"]
    fields = (
        "instance", "kind", "type", "element", "state", "due_at", "attempts", "max_attempts", "lease",
        "last_error", "created_at", "finished_at",
    )  # fmt: skip
    readonly_fields = fields
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        seen = Q(process_instance__in=permissions.visible_instances(request.user))  # type: ignore[arg-type]
        if request.user.is_superuser:
            seen |= Q(process_instance=None)
        return super().get_queryset(request).filter(seen)

    @admin.display(description="Instance")
    def instance(self, job: Job) -> SafeString | str:
        if job.process_instance_id is None:
            return "–"
        url = reverse("admin:orchestrator_processinstance_change", args=[job.process_instance_id])
        return format_html('<a href="{}">{}</a>', url, job.process_instance)

    @admin.display(description="Locked until")
    def lease(self, job: Job) -> str:
        """A job of a paused instance is locked for longer than anybody lives."""
        if job.locked_until is None:
            return "–"
        if job.locked_until.year > suspension.HELD_BEYOND:
            return "its process instance is resumed"
        return date_format(timezone.localtime(job.locked_until), "DATETIME_FORMAT")

    @admin.display(description="Attempts")
    def tries(self, job: Job) -> str:
        return f"{job.attempts} of {job.max_attempts}"


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin[Mail]):
    list_display = ["subject", "to", "state", "due_at", "sent_at", "attempts", "last_error"]
    list_filter = ["state"]
    search_fields = ["to", "subject", "message_id"]
    show_full_result_count = False
