"""Whom and what a model may name: real groups, people, forms, policies, calendars, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from orchestrator.models import (
    DecisionDefinition,
    Draft,
    FormDefinition,
    ProcessDefinition,
    Resource,
    ResourceDefinition,
)
from orchestrator.models.calendars import BusinessCalendar
from orchestrator.runtime import definitions, drafts
from tasks_inbox import forms
from tasks_inbox.allocation import STRATEGIES
from tasks_inbox.forms.schema import everything as components
from tasks_inbox.models import EscalationPolicy

MOST = 500
FORMS_READ = 100  # whose fields are told
PEOPLE = 20
KINDS = {"forms": FormDefinition, "decisions": DecisionDefinition, "processes": ProcessDefinition}
DRAFTS = {"forms": Resource.Kind.FORM, "decisions": Resource.Kind.DMN, "processes": Resource.Kind.BPMN}

Choice = dict[str, Any]


def everything() -> dict[str, Any]:
    return {
        "groups": list(Group.objects.order_by("name").values_list("name", flat=True)[:MOST]),
        "allocation": ["offer", *STRATEGIES],
        "policies": [_kept(row, "admin:tasks_inbox_escalationpolicy_change") for row in EscalationPolicy.objects.all()],
        "calendars": [
            _kept(row, "admin:orchestrator_businesscalendar_change") for row in BusinessCalendar.objects.all()[:MOST]
        ],
        **{name: [*_deployed(name), *_drawn(name)] for name in KINDS},
        "resources": [
            {
                "value": row.key,
                "label": row.name,
                "url": reverse("admin:orchestrator_resourcedefinition_change", args=[row.pk]),
            }
            for row in ResourceDefinition.objects.filter(is_latest=True).order_by("name", "key")[:MOST]
        ],
        "new": {name: reverse("admin:orchestrator_designer_new", args=[kind]) for name, kind in DRAFTS.items()},
    }


def people(words: str) -> list[Choice]:
    """Active people whose names begin with these words."""
    found = User.objects.filter(is_active=True)
    for word in words.replace("\x00", "").split()[:4]:
        found = found.filter(
            Q(first_name__istartswith=word) | Q(last_name__istartswith=word) | Q(username__istartswith=word)
        )
    return [
        {"value": user.get_username(), "label": user.get_full_name() or user.get_username()}
        for user in found.order_by("first_name", "last_name", "username")[:PEOPLE]
    ]


def _kept(row: EscalationPolicy | BusinessCalendar, route: str) -> Choice:
    try:
        url = reverse(route, args=[row.pk])
    except NoReverseMatch:
        url = ""
    return {"value": row.name, "label": row.name, "url": url}


def _deployed(name: str) -> Iterator[Choice]:
    rows = KINDS[name]._default_manager.filter(is_latest=True).order_by("name", "key")[:MOST]
    for number, row in enumerate(rows):
        url = reverse("admin:orchestrator_designer_from", args=[row.resource_id])
        choice: Choice = {"value": row.key, "label": row.name or row.key, "url": url}
        if isinstance(row, FormDefinition) and number < FORMS_READ:
            choice["fields"] = sorted(_fields(row))
        yield choice


def _fields(form: FormDefinition) -> set[str]:
    """The variables that the form writes or shows."""
    tree = forms.read(definitions.form_schema(form))
    return {component.path[0] for component in components(tree.components) if component.path}


def _drawn(name: str) -> Iterator[Choice]:
    """What is drawn and not deployed yet: it can be named, and goes up together with what names it."""
    known = set(KINDS[name]._default_manager.filter(is_latest=True).values_list("key", flat=True))
    for draft in Draft.objects.filter(kind=DRAFTS[name]).select_related("base")[:50]:
        for key in drafts.keys(drafts.drawn(draft)):
            if key not in known:
                url = reverse("admin:orchestrator_designer", args=[draft.pk])
                yield {"value": key, "label": draft.name, "url": url, "draft": True}
