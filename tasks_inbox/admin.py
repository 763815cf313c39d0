"""The inbox in the Django admin: people, groups, departments and escalation policies are kept here; human tasks are
only looked at.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Count, Q, QuerySet, TextField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

import tasks_inbox.notices.administration  # noqa: F401 - registers itself
from tasks_inbox import people
from tasks_inbox.models import (
    Department,
    Escalation,
    EscalationLevel,
    EscalationPolicy,
    HumanTask,
    Profile,
    TaskComment,
    TaskEvent,
    TaskRole,
)

admin.site.unregister(User)
admin.site.unregister(Group)


class NamesField(forms.CharField):
    """A list of names, written with commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return list(dict.fromkeys(people.names(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(people.names(initial) != people.names(data))


class ProfileForm(forms.ModelForm[Profile]):
    language = forms.ChoiceField(
        required=False, choices=[("", _("As the browser asks")), *settings.LANGUAGES], label=_("Language")
    )
    skills = NamesField(
        required=False, max_length=2000, help_text="Separated by commas: Italian, Law. User tasks can require them."
    )


class ProfileInline(admin.StackedInline[Profile, User]):
    model = Profile
    fk_name = "user"
    can_delete = False
    autocomplete_fields = ["manager", "department"]
    form = ProfileForm
    fields = ["manager", "department", "title", "phone", "skills", "time_zone", "language", "theme", "density"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    """People. Deactivate those who leave: what they did stays theirs."""

    inlines = [ProfileInline]
    list_display = ["username", "full_name", "email", "department", "manager", "is_active"]
    list_filter = ["is_active", "is_superuser", "profile__department", "groups"]
    list_select_related = ["profile__department", "profile__manager"]
    search_fields = ["username", "first_name", "last_name", "email"]

    @admin.display(description="name", ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="department", ordering="profile__department__name")
    def department(self, user: User) -> str:
        profile = getattr(user, "profile", None)
        return str(profile.department or "") if profile else ""

    @admin.display(description="manager", ordering="profile__manager__username")
    def manager(self, user: User) -> str:
        profile = getattr(user, "profile", None)
        return _name(profile.manager) if profile else ""


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Groups are what a model names as candidates: their members share one queue."""

    list_display = ["name", "active_members"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(n=Count("user", filter=Q(user__is_active=True)))

    @admin.display(description="active members", ordering="n")
    def active_members(self, group: Group) -> int:
        return getattr(group, "n", 0)


@admin.register(Department)
class DepartmentAdmin(admin.ModelAdmin[Department]):
    list_display = ["name", "manager", "people"]
    list_select_related = ["manager"]
    search_fields = ["name"]
    autocomplete_fields = ["manager"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        return super().get_queryset(request).annotate(n=Count("members", filter=Q(members__user__is_active=True)))

    @admin.display(ordering="n")
    def people(self, department: Department) -> int:
        return getattr(department, "n", 0)


class LevelInline(admin.StackedInline[EscalationLevel, EscalationPolicy]):
    model = EscalationLevel
    extra = 1
    formfield_overrides = {TextField: {"widget": AdminTextareaWidget(attrs={"rows": 2})}}
    autocomplete_fields = ["target_user", "target_group"]
    fields = [
        ("position", "action"),
        ("after", "working_time", "relative_to"),
        ("target_user", "target_group", "priority"),
        ("deadline", "condition"),
        ("repeat_every", "repeat_times"),
    ]


@admin.register(EscalationPolicy)
class EscalationPolicyAdmin(admin.ModelAdmin[EscalationPolicy]):
    inlines = [LevelInline]
    list_display = ["name", "description", "calendar", "levels_text", "waiting"]
    list_select_related = ["calendar"]
    search_fields = ["name", "description"]
    autocomplete_fields = ["calendar"]
    formfield_overrides = {TextField: {"widget": AdminTextareaWidget(attrs={"rows": 2})}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[EscalationPolicy]:
        waiting = Count("levels__waiting", filter=Q(levels__waiting__state="due"))
        return super().get_queryset(request).annotate(n=waiting).prefetch_related("levels")

    @admin.display(description="levels")
    def levels_text(self, policy: EscalationPolicy) -> str:
        return "; ".join(
            f"{level.time} from {level.relative_to}: {level.get_action_display()}" for level in policy.levels.all()
        )

    @admin.display(description="waiting", ordering="n")
    def waiting(self, policy: EscalationPolicy) -> int:
        return getattr(policy, "n", 0)


class ReadOnly:
    """Rows of the running system are looked at, never edited: what people may do with them is done in the inbox."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RoleInline(ReadOnly, admin.TabularInline[TaskRole, HumanTask]):
    model = TaskRole
    extra = 0
    fields = readonly_fields = ("role", "user", "group")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskRole]:
        return super().get_queryset(request).select_related("user", "group")


class EventInline(ReadOnly, admin.TabularInline[TaskEvent, HumanTask]):
    model = TaskEvent
    verbose_name_plural = "history"
    extra = 0
    fields = readonly_fields = ("at", "kind", "actor", "data")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskEvent]:
        return super().get_queryset(request).select_related("actor")


class CommentInline(ReadOnly, admin.TabularInline[TaskComment, HumanTask]):
    model = TaskComment
    extra = 0
    fields = readonly_fields = ("created_at", "author", "text")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskComment]:
        return super().get_queryset(request).select_related("author")


class EscalationInline(ReadOnly, admin.TabularInline[Escalation, HumanTask]):
    model = Escalation
    extra = 0
    fields = readonly_fields = ("level", "due_at", "state", "done_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Escalation]:
        return super().get_queryset(request).select_related("level__policy")


_SECTIONS: dict[str | None, list[str]] = {
    None: ["title", "description", "state", "in_inbox"],
    "Case": ["process_name", "business_key", "process_instance", "element", "number", "initiator"],
    "Who": ["actual_owner", "completed_by"],
    "When": ["created_at", "started_at", "due_at", "follow_up_at", "suspended_until", "completed_at"],
    "How": ["priority", "escalated", "form", "outcomes", "outcome", "comment", "output", "properties"],
}


@admin.register(HumanTask)
class HumanTaskAdmin(ReadOnly, admin.ModelAdmin[HumanTask]):
    list_display = ["title", "state", "process_name", "business_key", "actual_owner", "priority", "due_at", "escalated"]
    list_filter = ["state", "escalated", "process_name", "created_at"]
    list_select_related = ["actual_owner"]
    search_fields = ["name", "subject", "business_key", "process_name"]
    date_hierarchy = "created_at"
    show_full_result_count = False
    inlines = [RoleInline, EventInline, CommentInline, EscalationInline]
    fieldsets = [(title, {"fields": tuple(names)}) for title, names in _SECTIONS.items()]
    readonly_fields = [name for names in _SECTIONS.values() for name in names]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HumanTask]:
        related = ("process_instance__definition", "initiator", "actual_owner", "completed_by", "form")
        return super().get_queryset(request).select_related(*related).defer("search")

    @admin.display(description="inbox")
    def in_inbox(self, task: HumanTask) -> str:
        return format_html('<a href="{}">Open in the inbox</a>', task.get_absolute_url())


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else ""
