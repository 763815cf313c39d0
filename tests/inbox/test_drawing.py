"""A form as people will see it, beside the canvas of a designer: filled in there, nothing is stored."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from orchestrator.models import Document, Draft
from orchestrator.runtime.deployment import deploy
from tests.bpmn.draw import chain, element
from tests.test_routes import refuse_writes

FORM, CHOICES = "/drawing/form/", "/drawing/choices/"
LEAVE = {
    "type": "default",
    "id": "leave",
    "schemaVersion": 19,
    "components": [
        {"type": "number", "id": "a", "key": "days", "label": "Days", "validate": {"required": True}},
        {"type": "textfield", "id": "b", "key": "why", "label": "Why", "conditional": {"hide": "=days < 5"}},
    ],
}


@pytest.fixture
def drawer(client: Client, db: None) -> Client:
    erin = User.objects.create_user("erin", first_name="Erin", last_name="Ek")
    erin.user_permissions.add(Permission.objects.get(codename="add_deployment"))
    client.force_login(erin)
    return client


def said(**more: str) -> dict[str, str]:
    given = {"schema": json.dumps(LEAVE), "outcomes": "yes=Approve; no=Reject!", "act": "complete", "title": "Leave"}
    return {**given, **more}


def answers(page: str) -> Any:
    found = re.search(r'data-answers="([^"]*)"', page)
    assert found, page
    return json.loads(html.unescape(found[1]))


def test_a_form_is_shown_with_its_variables_and_buttons(drawer: Client) -> None:
    page = drawer.post(FORM, said(variables='{"days": 12.50}', by="ann")).content.decode()
    assert 'value="12.50"' in page or 'value="12.5"' in page
    assert 'value="ann"' in page
    assert re.search(r'name="outcome" value="yes">Approve', page)
    assert 'name="f.why"' in page
    assert "style=" not in page


def test_what_is_filled_in_comes_back_exactly_and_is_stored_nowhere(drawer: Client) -> None:
    sent = {**said(), "filled": "yes", "f.days": "3.10", "by": "ann", "outcome": "yes"}
    with connection.execute_wrapper(refuse_writes):
        found = answers(drawer.post(FORM, sent).content.decode())
    assert found == {"by": "ann", "outcome": "yes", "comment": "", "data": '{"days":3.10}'}


def test_what_is_wrong_is_said_at_the_field(drawer: Client) -> None:
    empty = drawer.post(FORM, {**said(), "filled": "yes", "f.days": "", "outcome": "yes"})
    assert empty.status_code == 422
    assert "data-answers" not in empty.content.decode()
    assert "Days" in empty.content.decode()
    without = drawer.post(FORM, {**said(), "filled": "yes", "f.days": "2", "outcome": "no"})
    assert (without.status_code, "“Reject” needs a comment." in without.content.decode()) == (422, True)
    foreign = drawer.post(FORM, {**said(), "filled": "yes", "f.days": "2", "f.other": "x", "outcome": "yes"})
    assert (foreign.status_code, "f.other" in foreign.content.decode()) == (422, True)


def test_a_change_shows_what_it_brings(drawer: Client) -> None:
    for days, shown in (("2", False), ("7", True)):
        part = drawer.post(f"{FORM}?fields", {**said(), "filled": "yes", "f.days": days}).content.decode()
        assert ('name="f.why"' in part) is shown
        assert part.lstrip().startswith("<form")
        assert html.escape(json.dumps(LEAVE)) in part


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"schema": "{"}, "JSON"),
        ({"schema": '{"type": "default", "id": "x", "components": [{"type": "iframe", "id": "i"}]}'}, "iframe"),
        ({"variables": "{"}, "The variables cannot be read"),
        ({"variables": "[]"}, "The variables must be an object"),
    ],
)
def test_a_form_that_is_none_is_told(drawer: Client, more: dict[str, str], sentence: str) -> None:
    response = drawer.post(FORM, said(**more))
    assert response.status_code == 200
    assert sentence in html.unescape(response.content.decode())


def test_the_page_may_stand_in_a_frame_of_ours_and_in_no_other(drawer: Client) -> None:
    response = drawer.post(FORM, said())
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


def test_what_a_human_task_may_name_is_listed(drawer: Client) -> None:
    Group.objects.create(name="Finance")
    User.objects.create_user("gone", first_name="Erika", is_active=False)
    deploy({"leave.form": json.dumps(LEAVE).encode(), "p.bpmn": chain(element("userTask"))}, by=None)
    Draft.objects.create(kind="form", name="Other", content=json.dumps({**LEAVE, "id": "other"}))
    found = drawer.get(CHOICES).json()
    assert found["groups"] == ["Finance"]
    leave, other = found["forms"]
    assert (leave["value"], leave["fields"]) == ("leave", ["days", "why"])
    assert (other["value"], other["draft"]) == ("other", True)
    assert [each["value"] for each in found["processes"]] == ["p"]
    assert "round robin" in found["allocation"]
    for choice in (leave, other, *found["processes"]):
        assert choice["url"].startswith("/admin/orchestrator/draft/")
    assert drawer.get(CHOICES, {"people": "eri"}).json() == {"people": [{"value": "erin", "label": "Erin Ek"}]}
    assert drawer.get(CHOICES, {"people": "er\x00i ekk"}).json() == {"people": []}


def test_strangers_find_nothing(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("charlie"))
    assert client.get(CHOICES).status_code == 404
    assert client.get(CHOICES, {"people": "a"}).status_code == 404
    assert client.post(FORM, said()).status_code == 404
    assert client.post(f"{FORM}?fields", said()).status_code == 404


def test_a_file_in_a_form_that_is_tried_is_stored_nowhere(drawer: Client) -> None:
    picker = {"type": "filepicker", "key": "scan", "label": "Scan", "accept": ".pdf", "id": "a"}
    note = {"type": "textfield", "key": "note", "label": "Note", "validate": {"required": True}, "id": "b"}
    schema = json.dumps({"type": "default", "id": "f", "components": [picker, note]})
    said = {"schema": schema, "filled": "yes", "act": "complete"}
    wrong = drawer.post(FORM, {**said, "f.scan": SimpleUploadedFile("a.pdf", b"%PDF-1.7")})
    assert wrong.status_code == 422
    page = wrong.content.decode()
    (known,) = re.findall(r'name="documents" value="([^"]+)"', page)
    (token,) = re.findall(r'name="f.scan" value="([^"]+)"', page)
    sent = {**said, "documents": html.unescape(known), "f.scan": token, "f.note": "x"}
    done = drawer.post(FORM, sent).content.decode()
    (answers,) = re.findall(r'data-answers="([^"]+)"', done)
    (scan,) = json.loads(json.loads(html.unescape(answers))["data"])["scan"]
    assert (scan["storeId"], scan["metadata"]["fileName"]) == ("trial", "a.pdf")
    assert not Document.objects.exists()
    assert drawer.post(FORM, {**sent, "documents": "[]"}).status_code == 404
