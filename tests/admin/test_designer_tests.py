"""Process tests kept with a process: saved from a run, run on the drawing, shared as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orchestrator.models import ProcessTest
from tests.admin.test_designer_trying import REVIEW, erin, trying  # noqa: F401

TESTS = "/admin/orchestrator/draft/tests/"
RUN = {"start": {"by": "erin"}, "steps": [{"completeUserTask": "n1", "outcome": "yes", "data": {"days": 2}}]}
CHANGED = REVIEW.replace(b'name="Review"', b'name="Look"').replace(b"yes=Yes; ", b"fine=Fine; ")


def saved(client: Client, name: str = "It is approved", run: Any = RUN, **more: Any) -> Any:
    return client.post(f"{TESTS}save/", trying(run=run, test=name, **more))


def test_a_run_is_saved_and_runs_on_every_later_drawing(as_: Any, erin: User) -> None:  # noqa: F811
    client = as_(erin)
    assert saved(client).status_code == 201
    (listed,) = client.get(TESTS, {"process": "p"}).json()["tests"]
    assert (listed["name"], listed["by"], listed["process"]) == ("It is approved", "erin", "p")

    good = client.post(f"{TESTS}run/", trying()).json()
    assert (good["failed"], [test["passed"] for test in good["tests"]]) == (0, [True])
    assert (good["coverage"][0]["elements"], good["coverage"][0]["missing"]) == (100, [])
    assert {"s", "n1", "e"} <= set(good["reached"])

    bad = client.post(f"{TESTS}run/", trying(CHANGED)).json()
    assert bad["failed"] == 1
    (miss,) = bad["tests"][0]["misses"]
    assert (miss["where"], miss["happened"]) == (
        "step 1",
        "n1 has no outcome “yes”; its outcomes are: fine, no",
    )
    assert "n1" not in [*bad["coverage"][0]["missing"]]


def test_a_test_of_what_is_gone_fails_with_a_sentence(as_: Any, erin: User) -> None:  # noqa: F811
    client = as_(erin)
    saved(client)
    gone = client.post(f"{TESTS}run/", trying(REVIEW.replace(b"n1", b"look"))).json()
    assert gone["failed"] == 1
    assert "There is no user task “n1”" in gone["tests"][0]["misses"][0]["happened"]


def test_a_run_that_is_refused_is_no_test(as_: Any, erin: User) -> None:  # noqa: F811
    client = as_(erin)
    response = saved(client, run={"steps": [{"completeUserTask": "n1", "outcome": "no"}]})
    assert response.status_code == 422
    assert "needs a “comment”" in response.json()["error"]
    assert saved(client, name="  ").json()["error"].startswith("The test needs a name")
    assert not ProcessTest.objects.exists()


def test_a_name_is_taken_once_and_replaced_only_when_that_is_asked(as_: Any, erin: User) -> None:  # noqa: F811
    client = as_(erin)
    saved(client)
    again = saved(client, run={"start": {}, "steps": []})
    assert (again.status_code, again.json()["exists"]) == (422, True)
    assert "completeUserTask" in ProcessTest.objects.get().content
    assert saved(client, run={"start": {}, "steps": []}, replace="yes").status_code == 201
    assert "completeUserTask" not in ProcessTest.objects.get().content


def test_a_test_is_renamed_opened_and_deleted(as_: Any, erin: User) -> None:  # noqa: F811
    client = as_(erin)
    urls = saved(client).json()["urls"]
    saved(client, "Another")
    assert client.post(urls["rename"], {"test": "Another"}).status_code == 422
    assert client.post(urls["rename"], {"test": "Renamed"}).json()["name"] == "Renamed"
    opened = client.get(urls["one"]).json()
    assert json.loads(opened["start"]) == {"by": "erin"}
    assert [json.loads(step)["outcome"] for step in opened["steps"]] == ["yes"]
    assert json.loads(opened["content"])["tests"][0]["name"] == "Renamed"
    assert client.post(urls["delete"]).status_code == 200
    assert client.post(urls["delete"]).status_code == 410
    assert client.get(urls["one"]).status_code == 410
    assert ProcessTest.objects.count() == 1


def test_files_of_tests_come_in_and_go_out(as_: Any, erin: User) -> None:  # noqa: F811
    client = as_(erin)
    model = Path("demo/processes/insurance-claim.bpmn").read_bytes()
    text = Path("demo/tests/insurance-claim.json").read_text()
    names = [test["name"] for test in json.loads(text)["tests"]]
    decisions = Path("demo/decisions/claim-rules.dmn").read_text()
    client.post("/admin/orchestrator/draft/create/", {
        "kind": "dmn", "name": "Rules", "content": SimpleUploadedFile("content", decisions.encode())
    })  # fmt: skip
    called = Path("demo/processes/claim-payment.bpmn").read_bytes()
    client.post("/admin/orchestrator/draft/create/", trying(called))
    upload = trying(model, tests=SimpleUploadedFile("tests.json", text.encode()))
    assert client.post(f"{TESTS}import/", upload).json() == {"taken": len(names)}
    result = client.post(f"{TESTS}run/", trying(model)).json()
    assert [(test["name"], test["misses"]) for test in result["tests"] if not test["passed"]] == []
    assert len(result["tests"]) == len(names)

    out = client.get(f"{TESTS}file/", {"process": "insurance-claim"})
    assert "insurance-claim.tests.json" in out["Content-Disposition"]
    assert sorted(test["name"] for test in out.json()["tests"]) == sorted(names)
    assert client.get(f"{TESTS}file/", {"process": "nothing"}).status_code == 404


@pytest.mark.parametrize("text", ["", "[]", '{"tests": []}', '{"tests": [{"name": "x", "steps": [{"a": 1}]}]}', "{"])
def test_a_file_that_is_none_is_refused_whole(as_: Any, erin: User, text: str) -> None:  # noqa: F811
    upload = trying(tests=SimpleUploadedFile("t.json", text.encode()))
    response = as_(erin).post(f"{TESTS}import/", upload)
    assert response.status_code in (400, 422)
    assert response.json()["error"]
    assert not ProcessTest.objects.exists()


def test_strangers_find_no_tests(as_: Any, erin: User, charlie: User) -> None:  # noqa: F811
    urls = saved(as_(erin)).json()["urls"]
    stranger = as_(charlie)
    for url in (TESTS, f"{TESTS}file/?process=p", urls["one"]):
        assert stranger.get(url).status_code == 404
    for url in (f"{TESTS}run/", f"{TESTS}save/", f"{TESTS}import/", urls["rename"], urls["delete"]):
        assert stranger.post(url, trying(run=RUN, test="Mine")).status_code == 404
    assert [row.name for row in ProcessTest.objects.all()] == ["It is approved"]
    hostile = Client(enforce_csrf_checks=True)
    hostile.force_login(erin)
    assert hostile.post(urls["delete"]).status_code == 403
