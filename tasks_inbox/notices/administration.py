"""Chat channels and their messages in the Django admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orchestrator.connectors import secrets
from tasks_inbox.models import ChatChannel, ChatMessage


class ChannelForm(forms.ModelForm[ChatChannel]):
    """A channel is chosen from the secrets that the operator has set; what they are is shown to nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [*secrets.names(), *([self.instance.webhook] if self.instance.webhook else [])]
        self.fields["webhook"] = forms.ChoiceField(
            label=_("Webhook"),
            choices=[("", "---------"), *((name, name) for name in dict.fromkeys(known))],
            help_text=_("The secret that holds its address. An operator sets it as BATON_SECRET_ and this name."),
        )


@admin.register(ChatChannel)
class ChatChannelAdmin(admin.ModelAdmin[ChatChannel]):
    form = ChannelForm
    autocomplete_fields = ["user", "group"]
    fields = ["group", "user", "service", "webhook", "details", "active"]
    list_display = ["__str__", "service", "webhook", "details", "active"]
    list_filter = ["service", "active"]
    list_select_related = ["user", "group"]
    search_fields = ["user__username", "group__name", "webhook"]


@admin.register(ChatMessage)
class ChatMessageAdmin(admin.ModelAdmin[ChatMessage]):
    """What was sent, and what was not and why: only looked at."""

    list_display = ["title", "channel", "state", "attempts", "due_at", "sent_at", "last_error"]
    list_filter = ["state", "created_at"]
    list_select_related = ["channel__user", "channel__group"]
    fields = ["channel", "title", "text", "state", "attempts", "due_at", "sent_at", "last_error", "created_at"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ChatMessage | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ChatMessage | None = None) -> bool:
        return False
