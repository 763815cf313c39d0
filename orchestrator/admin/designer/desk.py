"""The list of drafts, and the addresses of the designers below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from orchestrator.admin.designer import answers, library, pages, steps, testing, together, trying
from orchestrator.admin.designer.access import View, answering, guarded, may_draw
from orchestrator.models import Draft


@admin.register(Draft)
class DraftAdmin(admin.ModelAdmin[Draft]):
    list_display = ["title", "kind", "based_on", "updated_at", "updated_by", "export"]
    list_display_links = None
    list_filter = ["kind"]
    search_fields = ["name"]
    list_select_related = ["base", "updated_by"]
    change_list_template = "admin/orchestrator/drafts.html"
    actions = ["deploy_together"]

    @admin.display(description="Name", ordering="name")
    def title(self, draft: Draft) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:orchestrator_designer", args=[draft.pk]), draft.name)

    @admin.display(description="Began with")
    def based_on(self, draft: Draft) -> str:
        return str(draft.base or "–")

    @admin.display(description="File")
    def export(self, draft: Draft) -> SafeString:
        return format_html('<a href="{}">Export</a>', reverse("admin:orchestrator_draft_file", args=[draft.pk]))

    @admin.action(description="Deploy the selected drafts together…")
    def deploy_together(self, request: HttpRequest, queryset: QuerySet[Draft]) -> HttpResponseRedirect:
        chosen = "&".join(f"draft={pk}" for pk in queryset.values_list("pk", flat=True)[: together.MAX_DRAFTS])
        return HttpResponseRedirect(f"{reverse('admin:orchestrator_draft_deploy_together')}?{chosen}")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_draw(request)

    def has_view_permission(self, request: HttpRequest, obj: Draft | None = None) -> bool:
        return may_draw(request)

    def has_delete_permission(self, request: HttpRequest, obj: Draft | None = None) -> bool:
        return may_draw(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Draft | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Draft]:
        return super().get_queryset(request).defer("content", "base__content")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Drafts", **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        draft = self.get_object(request, object_id)
        if draft is None or not may_draw(request):
            raise Http404
        return HttpResponseRedirect(reverse("admin:orchestrator_designer", args=[draft.pk]))

    def get_urls(self) -> list[URLPattern]:
        return [*(self._address(*row) for row in ADDRESSES), *super().get_urls()]

    def _address(self, route: str, view: View, name: str, kind: str) -> URLPattern:
        return path(route, self.admin_site.admin_view(guarded(KINDS[kind](view))), name=f"orchestrator_{name}")


# What an address is for: a page to look at, a form of Django's kind, a question or an act of the designer.
KINDS: dict[str, Callable[[View], View]] = {
    "page": require_safe,
    "form": lambda view: view,
    "post": require_POST,
    "ask": lambda view: require_safe(answering(view)),
    "act": lambda view: require_POST(answering(view)),
}
ADDRESSES: tuple[tuple[str, View, str, str], ...] = (
    ("library/", library.page, "library", "page"),
    ("library/import/", library.take, "library_import", "post"),
    ("library/processes/<int:pk>/picture.svg", library.process_picture, "library_picture", "page"),
    ("library/templates/<str:key>/picture.svg", library.template_picture, "library_template_picture", "page"),
    ("library/templates/<str:key>/", library.start_from, "library_start", "post"),
    ("new/<slug:kind>/", pages.new_page, "designer_new", "page"),
    ("from/<int:resource>/", pages.from_page, "designer_from", "page"),
    ("<int:pk>/design/", pages.draft_page, "designer", "page"),
    ("<int:pk>/file/", pages.draft_file, "draft_file", "page"),
    ("deploy-together/", together.page, "draft_deploy_together", "form"),
    ("<int:pk>/difference/", answers.difference, "draft_difference", "ask"),
    ("check/", answers.check, "draft_check", "act"),
    ("create/", answers.create, "draft_create", "act"),
    ("<int:pk>/save/", answers.save, "draft_save", "act"),
    ("<int:pk>/deploy/", answers.deploy, "draft_deploy", "act"),
    ("<int:pk>/discard/", answers.discard, "draft_discard", "act"),
    ("try/", trying.play, "draft_try", "act"),
    ("try/step/", steps.try_step, "step_try", "act"),
    ("tests/", testing.index, "process_tests", "ask"),
    ("tests/file/", testing.export, "process_tests_file", "ask"),
    ("tests/run/", testing.run, "process_tests_run", "act"),
    ("tests/save/", testing.save, "process_tests_save", "act"),
    ("tests/import/", testing.take, "process_tests_import", "act"),
    ("tests/<int:pk>/", testing.one, "process_test", "ask"),
    ("tests/<int:pk>/rename/", testing.rename, "process_test_rename", "act"),
    ("tests/<int:pk>/delete/", testing.delete, "process_test_delete", "act"),
)
