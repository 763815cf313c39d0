"""The designers' pages and answers: who may draw, what is said of a draft, how two people share one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from orchestrator.admin import offered
from orchestrator.admin.designer import access, sent
from orchestrator.bpmn import support
from orchestrator.models import DecisionDefinition, Deployment, Draft, FormDefinition, ProcessDefinition, Resource
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from tests.bpmn.draw import chain, element

CHECK = "/admin/orchestrator/draft/check/"
CREATE = "/admin/orchestrator/draft/create/"
LIST = "/admin/orchestrator/draft/"
REVIEW = chain(element("userTask", attributes='name="Review"'))
BROKEN = chain(element("serviceTask", "Charge_card"))
FORM = json.dumps({"type": "default", "id": "leave", "schemaVersion": 19, "components": []}).encode()


def drawing(content: bytes = REVIEW, kind: str = "bpmn", name: str = "Review", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "content": SimpleUploadedFile("content", content), **more}


def begin(client: Client, content: bytes = REVIEW, **more: Any) -> dict[str, Any]:
    response = client.post(CREATE, drawing(content, **more))
    assert response.status_code == 201, response.content
    return dict(response.json())


@pytest.fixture
def erin(db: None) -> User:
    """Staff who may deploy and nothing else."""
    user = User.objects.create_user("erin", "erin@example.com", "pw", is_staff=True, first_name="Erin", last_name="Ek")
    user.user_permissions.add(Permission.objects.get(codename="add_deployment"))
    return user


# -- looking


@pytest.mark.parametrize("kind", ["bpmn", "dmn", "form"])
def test_what_a_blank_page_begins_with_can_be_deployed_and_looking_at_it_stores_nothing(
    as_: Any, erin: User, kind: str
) -> None:
    response = as_(erin).get(reverse("admin:orchestrator_designer_new", args=[kind]))
    assert response.status_code == 200
    settings = response.context["settings"]
    answer = as_(erin).post(CHECK, drawing(settings["content"].encode(), kind)).json()
    assert answer == {"problems": [], "warnings": []}
    assert not Draft.objects.exists()


def test_the_page_brings_no_script_of_its_own(as_: Any, erin: User) -> None:
    response = as_(erin).get(reverse("admin:orchestrator_designer_new", args=["bpmn"]))
    page = response.content.decode()
    assert "style=" not in page
    assert page.count("<script") == page.count("<script src=") + page.count('<script type="module" src=') + 1
    assert '<script id="designer-settings" type="application/json">' in page
    assert "unsafe" not in response["Content-Security-Policy"]


def test_a_name_in_a_diagram_cannot_leave_its_place(as_: Any, erin: User) -> None:
    content = REVIEW.replace(b"Review", b"&lt;/script>&lt;script>alert(1)&lt;/script>")
    begin(as_(erin), content, name="</script><script>alert(1)</script>")
    page = as_(erin).get(reverse("admin:orchestrator_designer", args=[Draft.objects.get().pk])).content.decode()
    assert "<script>alert" not in page


def test_a_deployed_process_is_opened_as_it_was_deployed(as_: Any, alice: User, definition: ProcessDefinition) -> None:
    client = as_(alice)
    page = client.get(reverse("admin:orchestrator_processdefinition_change", args=[definition.pk])).content.decode()
    url = reverse("admin:orchestrator_designer_from", args=[definition.resource_id])
    assert url in page
    settings = client.get(url).context["settings"]
    assert settings["content"].encode() == bytes(definition.resource.content)
    assert settings["draft"] is None
    assert not Draft.objects.exists()


def test_a_draft_that_was_begun_with_it_is_opened_in_its_place(
    as_: Any, alice: User, definition: ProcessDefinition
) -> None:
    client = as_(alice)
    draft = begin(client, base=definition.resource_id)
    response = client.get(reverse("admin:orchestrator_designer_from", args=[definition.resource_id]))
    assert response["Location"] == draft["urls"]["page"]


def test_a_file_in_another_encoding_is_opened(as_: Any, alice: User) -> None:
    xml = REVIEW.decode().replace("Review", "Prüfung").replace("UTF-8", "ISO-8859-1").encode("latin-1")
    definition = deploy({"latin.bpmn": xml}, by=alice).new[0]
    url = reverse("admin:orchestrator_designer_from", args=[definition.resource_id])
    content = as_(alice).get(url).context["settings"]["content"]
    assert "Prüfung" in content
    assert "ISO-8859-1" not in content


def test_menus_are_told_what_executes_by_the_tables_of_the_parser() -> None:
    menus = offered.offered(Resource.Kind.BPMN)
    assert set(menus["nodes"]) == set(support.FLOW_NODES)
    assert "start" not in menus["events"]["errorEventDefinition"]
    assert "jobPriorityDefinition" in menus["refusedExtensions"]
    assert {"sum", "get or else"} <= set(menus["functions"])
    http = next(connector for connector in menus["connectors"] if connector["type"] == "http")
    assert ("url", True) in [(each["name"], each["required"]) for each in http["inputs"]]


# -- one judgement


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("a.bpmn", "bpmn", BROKEN),
        ("a.bpmn", "bpmn", REVIEW),
        ("a.bpmn", "bpmn", b"<not xml"),
        ("a.bpmn", "bpmn", b""),
        ("a.bpmn", "bpmn", chain(element("callActivity", extensions='<zeebe:calledElement processId="missing"/>'))),
        (
            "a.bpmn",
            "bpmn",
            REVIEW.replace(
                b'<bpmn:startEvent id="s"/>',
                b'<bpmn:startEvent id="s"><bpmn:timerEventDefinition><bpmn:timeDate>never</bpmn:timeDate>'
                b"</bpmn:timerEventDefinition></bpmn:startEvent>",
            ),
        ),
        ("a.dmn", "dmn", b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'),
        ("a.form", "form", b'{"type": "default", "id": "f", "components": [{"type": "iframe", "id": "i"}]}'),
        ("a.form", "form", FORM),
    ],
)
def test_the_answer_while_drawing_is_the_answer_of_deploying(
    as_: Any, erin: User, name: str, kind: str, content: bytes
) -> None:
    answer = as_(erin).post(CHECK, drawing(content, kind, "a")).json()
    assert not Resource.objects.exists()
    try:
        told = deploy({name: content}, by=erin).warnings
    except DeploymentRefused as refused:
        told = list(refused.problems)
    assert answer["problems"] + answer["warnings"] == [
        {"element": p.element, "message": p.message, "line": p.line} for p in told
    ]


# -- drafts


def test_a_draft_is_saved_finished_or_not(as_: Any, erin: User) -> None:
    client = as_(erin)
    first = begin(client, BROKEN)
    second = client.post(first["urls"]["save"], drawing(b"<half", name="Half", version=1)).json()
    draft = Draft.objects.get()
    assert (second["version"], second["by"]) == (2, "Erin Ek")
    assert (draft.content, draft.name, draft.version, draft.updated_by) == ("<half", "Half", 2, erin)


def test_two_editors_are_told_of_each_other_and_nothing_is_overwritten(as_: Any, erin: User, alice: User) -> None:
    first = begin(as_(erin))
    assert as_(alice).post(first["urls"]["save"], drawing(REVIEW + b" ", version=1)).status_code == 200
    late = as_(erin).post(first["urls"]["save"], drawing(BROKEN, version=1))
    assert late.status_code == 409
    assert (late.json()["conflict"]["by"], late.json()["conflict"]["version"]) == ("alice", 2)
    assert Draft.objects.get().content == REVIEW.decode() + " "
    for late in (
        as_(erin).post(first["urls"]["deploy"], {"version": 1, "note": ""}),
        as_(erin).post(first["urls"]["discard"], {"version": 1}),
    ):
        assert late.status_code == 409
    assert Draft.objects.count() == 1
    assert not Deployment.objects.exists()


def test_a_draft_that_is_gone_says_so(as_: Any, erin: User) -> None:
    client = as_(erin)
    draft = begin(client)
    assert client.post(draft["urls"]["discard"], {"version": 1}).json()["url"] == LIST
    assert not Draft.objects.exists()
    response = client.post(draft["urls"]["save"], drawing(version=1))
    assert (response.status_code, response.json()["error"]) == (410, access.GONE)


def test_drafts_are_listed_and_discarded_in_the_admin(as_: Any, erin: User) -> None:
    client = as_(erin)
    begin(client, name="Holiday request")
    page = client.get(LIST).content.decode()
    assert "Holiday request" in page
    assert "Draw a new process" in page
    pk = Draft.objects.get().pk
    client.post(LIST, {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"kind": "pdf"}, 400, "It is not known whether this is a process"),
        ({"content": SimpleUploadedFile("content", b"\xff\xfe\xff")}, 400, "no text in UTF-8"),
        ({"content": SimpleUploadedFile("content", b"a\x00b")}, 400, "NUL"),
        ({"content": ""}, 400, "Nothing was sent"),
        ({"base": "77"}, 400, "does not exist"),
        ({"base": "1' or 1=1"}, 400, "does not exist"),
        ({"base": "9" * 40}, 400, "does not exist"),
    ],
)
def test_bad_input_is_told_in_a_sentence_and_not_stored(
    as_: Any, erin: User, fields: dict[str, Any], status: int, sentence: str
) -> None:
    for url in (CREATE, CHECK):
        if getattr(content := fields.get("content"), "seek", None):
            content.seek(0)
        response = as_(erin).post(url, {**drawing(), **fields})
        assert response.status_code == status
        assert sentence in response.json()["error"]
    assert not Draft.objects.exists()


@pytest.mark.parametrize("version", ["", "-1", "one", "9" * 30, "1.0"])
def test_a_version_that_is_none_is_told(as_: Any, erin: User, version: str) -> None:
    draft = begin(as_(erin))
    assert as_(erin).post(draft["urls"]["save"], drawing(version=version)).status_code == 400


def test_more_than_five_megabytes_are_refused_with_a_sentence(as_: Any, erin: User) -> None:
    response = as_(erin).post(CREATE, drawing(b"x" * (5 * 1024 * 1024 + 1)))
    assert (response.status_code, response.json()["error"]) == (413, sent.TOO_BIG)
    assert begin(as_(erin), b"x" * (5 * 1024 * 1024))["version"] == 1


# -- deploying


def test_a_draft_becomes_a_version_and_is_gone(as_: Any, erin: User) -> None:
    client = as_(erin)
    draft = begin(client, name="Holiday request")
    answer = client.post(draft["urls"]["deploy"], {"version": 1, "note": "First try"}).json()
    definition = ProcessDefinition.objects.get()
    assert answer["message"] == f"{definition} is deployed."
    assert answer["url"] == reverse("admin:orchestrator_processdefinition_change", args=[definition.pk])
    assert answer["base"] == definition.resource_id
    assert definition.resource.name == "holiday-request.bpmn"
    assert (definition.resource.deployment.note, definition.resource.deployment.deployed_by) == ("First try", erin)
    assert not Draft.objects.exists()


def test_a_draft_with_problems_stays_a_draft(as_: Any, erin: User) -> None:
    client = as_(erin)
    draft = begin(client, BROKEN)
    response = client.post(draft["urls"]["deploy"], {"version": 1, "note": ""})
    assert response.status_code == 422
    assert "Charge_card" in [problem["element"] for problem in response.json()["problems"]]
    assert Draft.objects.exists()
    assert not Deployment.objects.exists()


def test_a_version_keeps_the_file_name_and_the_same_content_makes_none(
    as_: Any, alice: User, definition: ProcessDefinition
) -> None:
    client = as_(alice)
    same = begin(client, bytes(definition.resource.content), name="Renamed", base=definition.resource_id)
    answer = client.post(same["urls"]["deploy"], {"version": 1, "note": ""}).json()
    assert "no new version was made" in answer["message"]
    changed = bytes(definition.resource.content).replace(b"Review", b"Look at")
    draft = begin(client, changed, base=definition.resource_id)
    client.post(draft["urls"]["deploy"], {"version": 1, "note": ""})
    newest = ProcessDefinition.objects.get(is_latest=True)
    assert (newest.version, newest.resource.name) == (2, "review.bpmn")


def test_decisions_and_forms_are_deployed_the_same_way(as_: Any, erin: User) -> None:
    client = as_(erin)
    for kind in ("dmn", "form"):
        blank = client.get(reverse("admin:orchestrator_designer_new", args=[kind])).context["settings"]["content"]
        draft = begin(client, blank.encode(), kind=kind)
        assert client.post(draft["urls"]["deploy"], {"version": 1, "note": ""}).status_code == 200
    assert DecisionDefinition.objects.count() == FormDefinition.objects.count() == 1


def test_a_long_note_is_told(as_: Any, erin: User) -> None:
    draft = begin(as_(erin))
    response = as_(erin).post(draft["urls"]["deploy"], {"version": 1, "note": "x" * 501})
    assert (response.status_code, "shorten it" in response.json()["error"]) == (422, True)


def test_the_difference_to_the_version_in_force_is_told(
    as_: Any, erin: User, alice: User, definition: ProcessDefinition
) -> None:
    client = as_(erin)
    content = bytes(definition.resource.content)
    draft = begin(client, content.replace(b"Review", b"Look at"), base=definition.resource_id)
    told = client.get(draft["urls"]["difference"]).json()
    assert (told["added"], told["removed"], told["newer"], told["same"]) == ([], [], "", False)
    assert told["changed"] == [{"id": "n1", "what": "userTask", "name": "Look at", "parts": ["name"]}]
    assert [line.strip() for line in told["lines"] if line[0] in "+-"] == [
        '-    <bpmn:userTask id="n1" name="Review"/>',
        '+    <bpmn:userTask id="n1" name="Look at"/>',
    ]

    deploy({"review.bpmn": content.replace(b"Review", b"Examine")}, by=alice)
    newer = client.get(draft["urls"]["difference"]).json()["newer"]
    assert "version 2 was deployed by alice" in newer
    assert "after this draft was begun" in newer


def test_what_was_never_deployed_differs_from_nothing(as_: Any, erin: User) -> None:
    for content in (REVIEW, b"<half"):
        draft = begin(as_(erin), content)
        told = as_(erin).get(draft["urls"]["difference"]).json()
        assert told["latest"] is None
        assert "changed" not in told


def test_a_draft_that_cannot_be_read_is_told_when_it_is_compared(
    as_: Any, alice: User, definition: ProcessDefinition
) -> None:
    draft = begin(as_(alice), b"<half", base=definition.resource_id)
    response = as_(alice).get(draft["urls"]["difference"])
    assert response.status_code == 422
    assert "cannot be told" in response.json()["error"]


def test_decisions_and_forms_are_compared_by_their_elements(as_: Any, erin: User) -> None:
    client = as_(erin)
    blank = client.get(reverse("admin:orchestrator_designer_new", args=["dmn"])).context["settings"]["content"]
    deploy({"d.dmn": blank.encode()}, by=erin)
    draft = begin(client, blank.replace('hitPolicy="FIRST"', 'hitPolicy="UNIQUE"').encode(), kind="dmn")
    changed = client.get(draft["urls"]["difference"]).json()["changed"]
    assert [(change["what"], change["parts"]) for change in changed] == [("decision", ["decisionTable"])]

    blank = client.get(reverse("admin:orchestrator_designer_new", args=["form"])).context["settings"]["content"]
    deploy({"f.form": blank.encode()}, by=erin)
    draft = begin(client, blank.replace('"label": "Text"', '"label": "Reason"').encode(), kind="form")
    changed = client.get(draft["urls"]["difference"]).json()["changed"]
    assert [(change["name"], change["parts"]) for change in changed] == [("Reason", ["label"])]


# -- who may


def addresses(draft: dict[str, Any], resource: int) -> Iterator[tuple[str, str]]:
    yield "get", LIST
    yield "get", reverse("admin:orchestrator_designer_new", args=["bpmn"])
    yield "get", reverse("admin:orchestrator_designer_from", args=[resource])
    yield "get", draft["urls"]["page"]
    yield "get", draft["urls"]["difference"]
    yield "post", CHECK
    yield "post", CREATE
    for action in ("save", "deploy", "discard"):
        yield "post", draft["urls"][action]


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_for_staff_who_may_not_deploy_there_is_nothing(
    as_: Any, alice: User, definition: ProcessDefinition, request: pytest.FixtureRequest, who: str
) -> None:
    draft = begin(as_(alice))
    deployments = Deployment.objects.count()
    stranger = as_(request.getfixturevalue(who))
    for method, url in addresses(draft, definition.resource_id):
        response = getattr(stranger, method)(url, drawing(version=1) if method == "post" else {})
        assert response.status_code == (403 if url == LIST else 404), url
    assert (Draft.objects.count(), Draft.objects.get().version, Deployment.objects.count()) == (1, 1, deployments)
    page = stranger.get("/admin/orchestrator/processdefinition/").content.decode()
    assert "Draw a new process" not in page
    assert "Draft" not in stranger.get("/admin/").content.decode()


def test_others_are_sent_to_the_sign_in(
    as_: Any, alice: User, dora: User, definition: ProcessDefinition, client: Client
) -> None:
    draft = begin(as_(alice))
    for visitor in (as_(dora), Client()):
        for method, url in addresses(draft, definition.resource_id):
            response = getattr(visitor, method)(url, drawing(version=1) if method == "post" else {})
            assert response.status_code == 302, url
            assert "login" in response["Location"]
    assert Draft.objects.get().version == 1


def test_another_site_cannot_save_or_deploy(alice: User, as_: Any) -> None:
    draft = begin(as_(alice))
    hostile = Client(enforce_csrf_checks=True)
    hostile.force_login(alice)
    for url in (CHECK, CREATE, draft["urls"]["save"], draft["urls"]["deploy"], draft["urls"]["discard"]):
        assert hostile.post(url, drawing(version=1)).status_code == 403
    assert Draft.objects.get().version == 1


def test_looking_changes_nothing(as_: Any, alice: User) -> None:
    draft = begin(as_(alice))
    for url in (CHECK, CREATE, draft["urls"]["save"], draft["urls"]["deploy"], draft["urls"]["discard"]):
        assert as_(alice).get(url).status_code == 405
    for url in (draft["urls"]["page"], draft["urls"]["difference"]):
        assert as_(alice).post(url).status_code == 405
    assert (Draft.objects.count(), Draft.objects.get().version) == (1, 1)
