"""Versions of decisions: what deserves a second look, and a form to try them. Trying stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from orchestrator import dmn, feel
from orchestrator.admin.definitions import DefinitionAdmin
from orchestrator.dmn.boxed import Literal
from orchestrator.dmn.item_types import bare
from orchestrator.dmn.result import shown
from orchestrator.dmn.table import DecisionTable, HitPolicy, Rule
from orchestrator.dmn.walk import tables
from orchestrator.feel.types import Simple
from orchestrator.models import DecisionDefinition
from orchestrator.runtime.definitions import file_of

MAX_ROWS, MAX_ROWS_OF_PAGE = 200, 2_000
"""Rules of a table, and of all tables before it, up to which those that did not match are shown, too."""
MAX_TABLES = 20
"""Tables inside a decision, one for each call of a function, that are shown."""


def _field(asked: dmn.Asked) -> forms.CharField:
    kind = bare(asked.type)
    widget = WIDGETS.get(kind.name, _text) if isinstance(kind, Simple) else _text
    parts = [asked.type_name, f"allowed: {asked.allowed}" if asked.allowed else ""]
    return forms.CharField(
        label=asked.name, required=False, max_length=10_000, widget=widget(), help_text=", ".join(filter(None, parts))
    )


def _text() -> forms.Widget:
    return forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"})


WIDGETS: dict[str, Callable[[], forms.Widget]] = {
    "boolean": lambda: forms.Select(choices=[("", "not given"), ("true", "true"), ("false", "false")]),
    "date": lambda: forms.DateInput(attrs={"type": "date"}),
    "number": lambda: forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
}


class TryForm(forms.Form):
    """One field for each value that a decision asks for. What is left empty is not given."""

    def __init__(self, asked: tuple[dmn.Asked, ...], data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        self.asked = {f"input_{number}": item for number, item in enumerate(asked)}
        self.fields.update({name: _field(item) for name, item in self.asked.items()})

    def clean(self) -> dict[str, Any]:
        """The values by the names of the inputs."""
        values = {}
        for name, item in self.asked.items():
            if text := self.cleaned_data.get(name, ""):
                try:
                    values[item.name] = item.read(text)
                except ValueError as error:
                    self.add_error(name, str(error))
        return values


@dataclass(frozen=True)
class Row:
    """A rule as the page shows it; `outputs` pairs the text of a cell with its value, "" where that says no more."""

    number: int
    id: str
    cells: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...]
    notes: str
    matched: bool


@dataclass(frozen=True)
class Table:
    """A decision table with the values that were tested; `hidden` is how many rules are left out."""

    hit_policy: str
    columns: tuple[tuple[str, str], ...]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]
    hidden: int
    value: str


@dataclass(frozen=True)
class Pictured:
    """An evaluated decision as the page shows it; `more` is how many tables are left out."""

    name: str
    inputs: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    more: int
    value: str


def pictured(definitions: dmn.Definitions, result: dmn.DecisionResult) -> Iterator[Pictured]:
    """The decisions that were asked for, the last one first."""
    known, room = {table.id: table for table in tables(definitions)}, MAX_ROWS_OF_PAGE
    for decision in reversed(result.decisions):
        inside = [(known[table.id], table) for table in decision.tables if table.id in known]
        found = [_table(table, evaluated, room // MAX_TABLES) for table, evaluated in inside[:MAX_TABLES]]
        logic = definitions.decisions[decision.id].logic if decision.id in definitions.decisions else None
        if decision.hit_policy and isinstance(logic, DecisionTable):
            found.append(_table(logic, decision, room))
        room -= sum(len(table.rows) for table in found)
        inputs = tuple((item.label, shown(item.value)) for item in decision.inputs)
        more = max(len(inside) - MAX_TABLES, 0)
        yield Pictured(decision.name, inputs, tuple(found), more, shown(decision.value))


def _table(table: DecisionTable, evaluated: dmn.EvaluatedTable | dmn.EvaluatedDecision, room: int) -> Table:
    matched = {rule.index: tuple(shown(value) for _, value in rule.outputs) for rule in evaluated.rules}
    few = len(table.rules) <= min(MAX_ROWS, room)
    rows = tuple(_row(rule, matched.get(rule.index)) for rule in table.rules if few or rule.index in matched)
    values = [shown(item.value) for item in evaluated.inputs]
    labels = [column.label or (column.expression.text if column.expression else "") for column in table.inputs]
    return Table(
        HitPolicy(evaluated.hit_policy).spelling,
        tuple(zip(labels, values, strict=False)),
        tuple(output.label or output.name or "Output" for output in table.outputs),
        rows,
        len(table.rules) - len(rows),
        shown(evaluated.value),
    )


def _row(rule: Rule, values: tuple[str, ...] | None) -> Row:
    notes = "; ".join(filter(None, [rule.description, *(text for _, text in rule.annotations)]))
    texts = [output.text if isinstance(output, Literal) else "" for output in rule.outputs]
    outputs = tuple(
        (text, value if value != text else "") for text, value in zip_longest(texts, values or (), fillvalue="")
    )
    return Row(rule.index, rule.id, tuple(cell.text for cell in rule.tests), outputs, notes, values is not None)


@admin.register(DecisionDefinition)
class DecisionDefinitionAdmin(DefinitionAdmin):
    change_form_template: ClassVar[Any] = "admin/orchestrator/decision.html"

    def picture(self, definition: Any) -> dict[str, Any]:
        if definition is None:
            return {}
        definitions = file_of(definition)
        return {
            "dmn_url": self.source_url(definition),
            "decision": definition.key,
            "problems": dmn.problems(definitions),
            "advice": dmn.advice(definitions),
            "form": TryForm(dmn.asked(definitions, definitions.decision(definition.key))),
            "try_url": reverse("admin:orchestrator_decisiondefinition_try", args=[definition.pk]),
        }

    def get_urls(self) -> list[URLPattern]:
        tried = require_http_methods(["GET", "HEAD", "POST"])(self.try_view)
        return [
            path("<int:pk>/try/", self.admin_site.admin_view(tried), name="orchestrator_decisiondefinition_try"),
            *super().get_urls(),
        ]

    def try_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form, and what the decision says to it."""
        definition = self.get_object(request, str(pk))
        if definition is None or not self.has_view_permission(request, definition):
            raise Http404
        definitions = file_of(definition)
        posted = request.method == "POST"
        form = TryForm(dmn.asked(definitions, definitions.decision(definition.key)), request.POST if posted else None)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": f"Try {definition}",
            "opts": self.opts,
            "original": definition,
            "form": form,
            "try_url": request.path,
        }
        if posted and form.is_valid():
            context.update(outcome(definitions, definition.key, form.cleaned_data))
        status = 422 if posted and form.errors else 200
        return TemplateResponse(request, "admin/orchestrator/decision_try.html", context, status=status)


def outcome(definitions: dmn.Definitions, key: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The result of a decision, or the sentence that says why there is none."""
    environment = feel.Environment(now=timezone.localtime())
    try:
        result = dmn.evaluate(definitions, key, inputs, environment=environment)
    except (dmn.DecisionFailed, feel.LimitExceeded) as error:
        return {"failed": str(error)}
    return {
        "value": shown(result.value),
        "decisions": list(pictured(definitions, result)),
        "warnings": result.warnings,
    }
