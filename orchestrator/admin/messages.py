"""Messages that were published, and who waits for one."""

from __future__ import annotations

from django.contrib import admin

from orchestrator.admin.readonly import ReadOnlyAdmin
from orchestrator.models import Message, Subscription


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin[Message]):
    list_display = ["name", "correlation_key", "message_id", "published_at", "expires_at"]
    search_fields = ["name", "correlation_key", "message_id"]
    show_full_result_count = False


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin[Subscription]):
    list_display = ["name", "kind", "correlation_key", "event", "process_instance", "definition", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["process_instance__definition", "definition"]
    search_fields = ["name", "correlation_key"]
    show_full_result_count = False
