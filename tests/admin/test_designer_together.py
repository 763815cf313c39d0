"""Drafts that need each other are deployed together, and who may start what is deployed is said there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from orchestrator.admin.designer import starters
from orchestrator.models import DecisionDefinition, Deployment, Draft, FormDefinition, ProcessDefinition
from orchestrator.runtime import permissions
from orchestrator.runtime.deployment import deploy
from tests.admin.test_designer_trying import FEE, FORM, REVIEW, RULE, erin  # noqa: F401

PAGE = "/admin/orchestrator/draft/deploy-together/"


@pytest.fixture
def drafts(db: None) -> list[Draft]:
    """A process whose form and decision are drafts as well."""
    process, form, fee = REVIEW.decode(), json.dumps(FORM), FEE.decode()
    contents = [("bpmn", "Leave", process), ("form", "Leave form", form), ("dmn", "Fee", fee)]
    return [Draft.objects.create(kind=kind, name=name, content=content) for kind, name, content in contents]


def test_what_one_draft_names_stands_in_another(as_: Any, erin: User, drafts: list[Draft]) -> None:  # noqa: F811
    client = as_(erin)
    process, form, _ = drafts
    alone = client.get(PAGE, {"draft": [process.pk]}).content.decode()
    assert "It can be deployed like this, but:" in alone
    assert "There is no form leave" in alone
    both = {"draft": [process.pk, form.pk]}
    page = client.get(PAGE, both).content.decode()
    assert "There is no form leave" not in page
    assert not Deployment.objects.exists()
    response = client.post(PAGE, {**both, "deploy": "1", "note": "Both", "seen": [f"{process.pk}:1", f"{form.pk}:1"]})
    deployment = Deployment.objects.get()
    assert response["Location"] == reverse("admin:orchestrator_deployment_change", args=[deployment.pk])
    assert (deployment.note, deployment.resources.count()) == ("Both", 2)
    assert [draft.name for draft in Draft.objects.all()] == ["Fee"]


def test_all_of_them_or_none(as_: Any, erin: User, drafts: list[Draft]) -> None:  # noqa: F811
    process, form, fee = drafts
    client = as_(erin)
    Draft.objects.filter(pk=fee.pk).update(content=fee.content.replace("amount *", "amount * *"))
    refused = client.post(PAGE, {"draft": [process.pk, fee.pk], "deploy": "1"})
    assert refused.status_code == 422
    changed = client.post(PAGE, {"draft": [process.pk, form.pk], "deploy": "1", "seen": [f"{process.pk}:7"]})
    assert "was saved by" in changed.content.decode()
    assert Draft.objects.count() == 3
    assert not Deployment.objects.exists()


def test_what_is_missing_is_told_once_more_when_it_is_deployed(as_: Any, erin: User, drafts: list[Draft]) -> None:  # noqa: F811
    response = as_(erin).post(PAGE, {"draft": [drafts[0].pk], "deploy": "1"})
    deployed, warning = map(str, get_messages(response.wsgi_request))
    assert deployed.endswith("is deployed.")
    assert "There is no form leave" in warning


def test_the_list_of_drafts_leads_there(as_: Any, erin: User, drafts: list[Draft]) -> None:  # noqa: F811
    chosen = [draft.pk for draft in drafts]
    response = as_(erin).post(
        "/admin/orchestrator/draft/", {"action": "deploy_together", "_selected_action": chosen}, follow=True
    )
    page = response.content.decode()
    assert all(draft.name in page for draft in drafts)
    assert "This is the first version." in page


def test_two_drafts_of_one_name_are_two_files(as_: Any, erin: User) -> None:  # noqa: F811
    rows = [
        Draft.objects.create(kind="form", name="Same", content=json.dumps({**FORM, "id": id})) for id in ("one", "two")
    ]
    as_(erin).post(PAGE, {"draft": [row.pk for row in rows], "deploy": "1"})
    names = Deployment.objects.get().resources.values_list("name", flat=True)
    assert sorted(names) == ["same-2.form", "same.form"]
    assert FormDefinition.objects.count() == 2


def test_from_the_designer_others_go_along(as_: Any, erin: User, drafts: list[Draft]) -> None:  # noqa: F811
    client = as_(erin)
    process, form, fee = drafts
    others = client.get(reverse("admin:orchestrator_draft_difference", args=[process.pk])).json()["others"]
    assert [(each["name"], each["needed"]) for each in others] == [("Leave form", True), ("Fee", False)]
    url = reverse("admin:orchestrator_draft_deploy", args=[process.pk])
    assert client.post(url, {"version": 1, "with": f"{form.pk}:9"}).status_code == 409
    assert client.post(url, {"version": 1, "with": "x"}).status_code == 400
    assert not Deployment.objects.exists()
    answer = client.post(url, {"version": 1, "with": f"{form.pk}:1,{fee.pk}:1"}).json()
    assert answer["base"] == ProcessDefinition.objects.get().resource_id
    assert DecisionDefinition.objects.count() == FormDefinition.objects.count() == 1
    assert not Draft.objects.exists()


def test_who_may_start_is_said_where_it_is_deployed(as_: Any, alice: User, dora: User) -> None:
    finance, others = (Group.objects.create(name=name) for name in ("Finance", "Others"))
    dora.groups.add(finance)
    client = as_(alice)
    for groups, starts in ((f"{finance.pk}", True), (f"{others.pk}", False)):
        draft = Draft.objects.create(kind="bpmn", name="Fee", content=RULE.decode().replace("n1", f"rule{groups}"))
        deploy({"fee.dmn": FEE}, by=alice)
        told = client.get(reverse("admin:orchestrator_draft_difference", args=[draft.pk])).json()["starters"]
        assert [each["name"] for each in told] == ["Finance", "Others"]
        url = reverse("admin:orchestrator_draft_deploy", args=[draft.pk])
        client.post(url, {"version": 1, "starting": "chosen", "starters": groups})
        definition = ProcessDefinition.objects.get(is_latest=True)
        assert permissions.may_start(dora, definition) is starts
    draft = Draft.objects.create(kind="bpmn", name="Fee", content=RULE.decode())
    told = client.get(reverse("admin:orchestrator_draft_difference", args=[draft.pk])).json()["starters"]
    assert [each["may"] for each in told] == [False, True]


def test_who_may_start_is_said_for_each_of_several(as_: Any, alice: User, drafts: list[Draft]) -> None:
    finance = Group.objects.create(name="Finance")
    process, form, _ = drafts
    client = as_(alice)
    page = client.get(PAGE, {"draft": [process.pk, form.pk]}).content.decode()
    assert page.count("Who may start it") == 1
    fields = {f"starting-{process.pk}": "chosen", f"starters-{process.pk}": [finance.pk], "deploy": "1"}
    client.post(PAGE, {"draft": [process.pk, form.pk], **fields})
    assert starters.groups_of(["p"]) == {finance.pk}


def test_who_may_not_grant_says_nothing_of_it(as_: Any, erin: User) -> None:  # noqa: F811
    draft = Draft.objects.create(kind="dmn", name="Fee", content=FEE.decode())
    client = as_(erin)
    assert client.get(reverse("admin:orchestrator_draft_difference", args=[draft.pk])).json()["starters"] is None
    url = reverse("admin:orchestrator_draft_deploy", args=[draft.pk])
    assert client.post(url, {"version": 1, "starting": "chosen", "starters": "1"}).status_code == 403
    assert not Deployment.objects.exists()


def test_strangers_find_no_such_page(as_: Any, charlie: User, drafts: list[Draft]) -> None:
    for method in ("get", "post"):
        assert getattr(as_(charlie), method)(PAGE, {"draft": [drafts[0].pk]}).status_code == 404
    assert Client().get(PAGE).status_code == 302
    assert not Deployment.objects.exists()
