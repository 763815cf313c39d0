"""Batches: one operation on everything that fits a filter, its progress, and what became of each instance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from orchestrator.admin import modifying
from orchestrator.admin.instance_operations import moment
from orchestrator.admin.readonly import ReadOnlyAdmin
from orchestrator.engine import CommandRejected
from orchestrator.models import Batch, BatchItem
from orchestrator.runtime import batches, permissions
from orchestrator.runtime.batches import InvalidBatch
from orchestrator.runtime.selection import STATES, InvalidFilter, chosen, cleaned
from orchestrator.runtime.variables import InvalidVariables

PAGE = 100
_OPERATIONS = [choice for choice in Batch.Kind.choices if choice[0] != Batch.Kind.MIGRATE]  # has a page of its own
_FILTER = ("process", "version", "state", "element", "incident", "business_key", "started_after", "started_before",
    "variable", "value")  # fmt: skip


class BatchForm(forms.Form):
    """The filter, the operation, and what the operation needs to know."""

    process = forms.ChoiceField()
    version = forms.IntegerField(required=False, min_value=1, max_value=10**8)
    state = forms.ChoiceField(required=False, choices=[("", "any"), *((state, state) for state in STATES)])
    element = forms.CharField(required=False, max_length=255, help_text="The id of an element where it stands.")
    incident = forms.CharField(
        required=False, max_length=255, help_text="The kind of an open incident, or words of it."
    )
    business_key = forms.CharField(required=False, max_length=255)
    started_after = forms.CharField(required=False, max_length=40, help_text="Like 2026-12-24 18:00.")
    started_before = forms.CharField(required=False, max_length=40)
    variable = forms.CharField(required=False, max_length=255, help_text="The name of a variable of the process.")
    value = forms.CharField(required=False, max_length=500, help_text='Its value: 12, true, "red" or red.')
    kind = forms.ChoiceField(label="Operation", choices=_OPERATIONS)
    attempts = forms.IntegerField(required=False, min_value=1, max_value=100, help_text="Retry: how often in all.")
    variables = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text='Retry with these: {"amount": 12}.'
    )
    timer = forms.CharField(required=False, max_length=255, help_text="Change timers: the id of the timer event.")
    due_at = forms.CharField(required=False, max_length=40, help_text="Change timers: to this time.")
    seconds = forms.IntegerField(required=False, help_text="Change timers: by so many seconds, later or (-) earlier.")
    move_from = forms.CharField(required=False, max_length=255, help_text="Move tokens: the id of an element.")
    move_to = forms.CharField(required=False, max_length=255, help_text="Move tokens: where they go on.")
    reason = forms.CharField(required=False, max_length=500, help_text="Why, for the history of each instance.")

    def __init__(self, *args: Any, processes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["process"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = processes

    def filter(self) -> dict[str, Any]:
        return cleaned({name: self.cleaned_data.get(name) for name in _FILTER})

    def parameters(self) -> dict[str, Any]:
        """Raises InvalidBatch."""
        read = _PARAMETERS.get(self.cleaned_data["kind"])
        return {} if read is None else read(self.cleaned_data)


def _retry(data: dict[str, Any]) -> dict[str, Any]:
    wrong: list[str] = []
    variables = modifying.variables(data["variables"], wrong)
    if wrong:
        raise InvalidBatch(wrong[0])
    return {"variables": variables} | ({"attempts": data["attempts"]} if data["attempts"] else {})


def _timer(data: dict[str, Any]) -> dict[str, Any]:
    try:
        due = moment(data["due_at"]).isoformat() if data["due_at"] else ""
    except ValueError as error:
        raise InvalidBatch(str(error)) from error
    return {"element": data["timer"], "due_at": due, "seconds": data["seconds"] or 0}


def _modify(data: dict[str, Any]) -> dict[str, Any]:
    if not (data["move_from"] and data["move_to"]):
        raise InvalidBatch("Name the element to move from and the one to move to")
    return {"move": {data["move_from"]: data["move_to"]}}


_PARAMETERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    Batch.Kind.RETRY: _retry,
    Batch.Kind.TIMER: _timer,
    Batch.Kind.MODIFY: _modify,
}


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin[Batch]):
    """For whoever administers the instances of a process; to others its batches do not exist."""

    list_display = ["__str__", "definition", "state", "created_at", "created_by", "reason", "finished_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["definition", "created_by"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        keys = permissions.administered(request.user).values("key")  # type: ignore[arg-type]
        return super().get_queryset(request).filter(definition__key__in=keys).select_related("definition", "created_by")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Batch | None = None) -> bool:
        user: Any = request.user
        if obj is not None:
            return permissions.may_administer(user, obj.definition)
        return permissions.administered(user).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "orchestrator_batch"
        return [
            path("<int:pk>/progress/", wrap(self.progress_view), name=f"{name}_progress"),
            path("<int:pk>/stop/", wrap(require_POST(self.stop_view)), name=f"{name}_stop"),
            path("<int:pk>/again/", wrap(require_POST(self.again_view)), name=f"{name}_again"),
            *super().get_urls(),
        ]

    def find(self, request: HttpRequest, pk: int | str) -> Batch:
        batch = self.get_object(request, str(pk))
        if batch is None:
            raise Http404
        return batch

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise Http404
        user: Any = request.user
        latest = permissions.administered(user).filter(is_latest=True).order_by("name", "key")
        processes = [(row.key, f"{row.name or row.key}") for row in latest]
        data = request.POST if request.method == "POST" else None
        form = BatchForm(data, processes=processes, initial=request.GET.dict())
        fitting = None
        if form.is_valid():
            try:
                if "count" in request.POST:
                    fitting = chosen(form.filter(), reader=user).count()
                else:
                    batch = batches.begin(
                        form.cleaned_data["kind"],
                        form.filter(),
                        form.parameters(),
                        by=user,
                        reason=form.cleaned_data["reason"],
                    )
                    return HttpResponseRedirect(reverse("admin:orchestrator_batch_change", args=[batch.pk]))
            except (InvalidBatch, InvalidFilter, InvalidVariables) as refused:
                form.add_error(None, f"{str(refused).removesuffix('.')}.")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Begin a batch",
            "form": form,
            "fitting": fitting,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/orchestrator/batch_new.html", context, status=status)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **self.told(request, object_id)}
        return TemplateResponse(request, "admin/orchestrator/batch.html", context)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that changes; 286 ends the polling once nothing moves any more."""
        told = self.told(request, pk)
        status = 200 if told["batch"].state == Batch.State.RUNNING else 286
        return TemplateResponse(request, "admin/orchestrator/batch.html#progress", told, status=status)

    def told(self, request: HttpRequest, pk: int | str) -> dict[str, Any]:
        batch = self.find(request, pk)
        counted = batches.progress(batch)
        items = batch.items.select_related("process_instance__definition").order_by("id")
        if (state := request.GET.get("state", "")) in BatchItem.State.values:
            items = items.filter(state=state)
        return {
            "title": str(batch),
            "batch": batch,
            "counted": counted,
            "counts": [(BatchItem.State(state).label, state, count) for state, count in counted.items() if count],
            "all": sum(counted.values()),
            "finished": sum(counted.values()) - counted[BatchItem.State.WAITING],
            "items": Paginator(items, PAGE).get_page(request.GET.get("page")),
            "shown": state,
        }

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.act(request, pk, batches.stop, "is stopped")

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.act(request, pk, batches.again, "tries again what was not done")

    def act(self, request: HttpRequest, pk: int, act: Any, done: str) -> HttpResponse:
        batch = self.find(request, pk)
        try:
            act(batch)
            messages.success(request, f"{batch} {done}.")
        except CommandRejected as late:
            messages.warning(request, f"{late}.")
        return HttpResponseRedirect(reverse("admin:orchestrator_batch_change", args=[pk]))
