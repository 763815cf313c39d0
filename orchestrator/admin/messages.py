"""Messages that were published, and who waits for one."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from orchestrator.admin.readonly import ReadOnlyAdmin
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.models import Message, Subscription
from orchestrator.runtime import restricted


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin[Message]):
    list_display = ["name", "correlation_key", "message_id", "published_at", "expires_at"]
    search_fields = ["name", "correlation_key", "message_id"]
    exclude = ["variables"]
    readonly_fields = ["variables_of_the_message"]
    show_full_result_count = False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Message | None:
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            # It belongs to no process yet: what any process keeps from this person is left out.
            found.variables = restricted.without(found.variables, restricted.hidden_anywhere(request.user))
        return found

    @admin.display(description="Variables")
    def variables_of_the_message(self, message: Message) -> str:
        return dumps(message.variables)


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin[Subscription]):
    list_display = ["name", "kind", "correlation_key", "event", "process_instance", "definition", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["process_instance__definition", "definition"]
    search_fields = ["name", "correlation_key"]
    show_full_result_count = False
