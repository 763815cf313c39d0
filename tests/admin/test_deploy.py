"""Uploading files: problems come back with their place, and nothing is stored until there are none."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from orchestrator.models import Deployment, ProcessDefinition, Resource
from tests.bpmn.draw import chain, element

DEPLOY = "/admin/orchestrator/deployment/add/"


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_diagram_is_deployed(as_: Any, alice: User) -> None:
    files = [upload("review.bpmn", chain(element("userTask")))]
    response = as_(alice).post(DEPLOY, {"resources": files, "note": "first"}, follow=True)
    assert "version 1 is deployed" in response.content.decode()
    deployment = Deployment.objects.get()
    assert (deployment.note, deployment.deployed_by) == ("first", alice)
    assert ProcessDefinition.objects.get().is_latest


def test_problems_are_shown_with_their_element_and_nothing_is_stored(as_: Any, alice: User) -> None:
    files = [
        upload("good.bpmn", chain(element("userTask"))),
        upload("bad.bpmn", chain(element("serviceTask", "Charge_card"))),
    ]
    response = as_(alice).post(DEPLOY, {"resources": files})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Charge_card" in page
    assert "choose a connector or name a job worker" in page
    assert not Deployment.objects.exists()
    assert not Resource.objects.exists()


def test_what_can_be_deployed_like_this_but_is_doubtful_is_told(as_: Any, alice: User) -> None:
    lonely = chain(element("userTask")).replace(b"</bpmn:process>", b'<bpmn:task id="alone"/></bpmn:process>')
    page = as_(alice).post(DEPLOY, {"resources": [upload("review.bpmn", lonely)]}, follow=True).content.decode()
    assert "version 1 is deployed" in page
    assert "In review.bpmn, alone: No token ever reaches alone" in page


def test_the_same_file_again_makes_no_new_version(as_: Any, alice: User) -> None:
    client = as_(alice)
    for _ in range(2):
        page = client.post(DEPLOY, {"resources": [upload("a.bpmn", chain(element("userTask")))]}, follow=True)
    assert "is unchanged" in page.content.decode()
    assert ProcessDefinition.objects.count() == 1


def test_two_files_of_one_name_are_refused(as_: Any, alice: User) -> None:
    files = [upload("a.bpmn", chain(element("userTask"))), upload("a.bpmn", chain(element("task")))]
    response = as_(alice).post(DEPLOY, {"resources": files})
    assert response.status_code == 422
    assert "Two files are called a.bpmn" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.bpmn", b'<?xml version="1.0"?>\n<!DOCTYPE x><x/>', "DOCTYPE is not allowed, line 2"),
        ("a.bpmn", b"<a>" + b"x" * 6 * 1024 * 1024 + b"</a>", "at most 5 MB"),
        ("a.form", b"no json", "a.form"),
        ("a.dmn", b"<x/>", "a.dmn"),
        ("a.rpa", b"{}", "The file has no id"),
    ],
)
def test_bad_files_get_a_sentence(as_: Any, alice: User, name: str, content: bytes, sentence: str) -> None:
    response = as_(alice).post(DEPLOY, {"resources": [upload(name, content)]})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Resource.objects.exists()


def test_nothing_chosen_is_told(as_: Any, alice: User) -> None:
    response = as_(alice).post(DEPLOY, {"note": "empty"})
    assert response.status_code == 422
    assert "This field is required" in response.content.decode()


def test_a_file_comes_back_byte_for_byte(as_: Any, alice: User, definition: ProcessDefinition) -> None:
    url = reverse("admin:orchestrator_resource_download", args=[definition.resource_id])
    page = reverse("admin:orchestrator_deployment_change", args=[definition.resource.deployment_id])
    assert f'href="{url}"' in as_(alice).get(page).content.decode()
    response = as_(alice).get(url)
    assert b"".join(response.streaming_content) == bytes(definition.resource.content)
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_staff_without_the_permission_cannot_deploy(as_: Any, request: pytest.FixtureRequest, who: str) -> None:
    client = as_(request.getfixturevalue(who))
    before = Deployment.objects.count()
    assert client.post(DEPLOY, {"resources": [upload("x.bpmn", chain(element("userTask")))]}).status_code in (403, 404)
    assert Deployment.objects.count() == before


def test_others_are_sent_to_the_sign_in(as_: Any, dora: User) -> None:
    response = as_(dora).get(DEPLOY)
    assert response.status_code == 302
    assert "login" in response["Location"]
