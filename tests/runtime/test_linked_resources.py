"""Files that tasks link: deployed like models, pinned when the job is created, read by whoever does it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from orchestrator.models import Deployment, FormDefinition, ProcessDefinition, Resource, ResourceDefinition
from orchestrator.runtime import incidents, jobs, linked_resources
from orchestrator.runtime.deployment import DeploymentRefused, deploy
from orchestrator.runtime.execution import start
from orchestrator.runtime.rollback import deploy_again
from tests.runtime import diagrams as d
from tests.runtime.cases import Case, play
from tests.runtime.workers import answers, worker

pytestmark = pytest.mark.django_db


def robot(tag: str = "", **more: Any) -> bytes:
    return json.dumps({"id": "robot", "name": "Robot", "versionTag": tag, **more}).encode()


def linking(*links: str) -> bytes:
    found = "".join(f"<zeebe:linkedResource {link}/>" for link in links)
    extensions = f'<zeebe:taskDefinition type="test-robot"/><zeebe:linkedResources>{found}</zeebe:linkedResources>'
    return d.process(d.start(), d.element("serviceTask", "work", extensions), d.user("after"), d.end(), flows=FLOWS)


FLOWS = "s-work work-after after-e"
MAIN = 'resourceId="robot" resourceType="RPA" linkName="main"'


def headers(case: Case) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(case.jobs[0].payload["headers"]["linkedResources"])
    return found


def versions(rows: Iterable[Any]) -> list[tuple[str, int, str, str]]:
    return [(row.key, row.version, row.version_tag, row.name) for row in rows]


def test_any_other_file_is_deployed_beside_the_models_and_gets_versions() -> None:
    files = {"robot.rpa": robot("1"), "helpers.py": b"def help(): ...", "rates.json": b'{"id": "rates", "eur": 1}'}
    found = deploy({**files, "p.bpmn": linking(MAIN)}, by=None)
    assert versions(row for row in found.new if isinstance(row, ResourceDefinition)) == [
        ("robot", 1, "1", "Robot"),
        ("helpers.py", 1, "", "helpers.py"),
        ("rates", 1, "", "rates.json"),
    ]
    again = deploy({**files, "robot.rpa": robot("2")}, by=None)
    assert versions(again.new) == [("robot", 2, "2", "Robot")]
    assert {row.key for row in again.unchanged} == {"helpers.py", "rates"}
    assert ResourceDefinition.objects.get(key="robot", is_latest=True).version == 2
    assert not FormDefinition.objects.exists()


def test_a_json_file_that_is_a_form_stays_one() -> None:
    deploy({"order.json": b'{"id": "order", "type": "default", "components": []}'}, by=None)
    assert (FormDefinition.objects.count(), ResourceDefinition.objects.count()) == (1, 0)


def test_two_files_of_one_id_are_refused() -> None:
    with pytest.raises(DeploymentRefused, match=r"The resource robot is in a\.rpa too"):
        deploy({"a.rpa": robot(), "b.rpa": robot("2")}, by=None)


def test_a_job_reads_the_versions_that_were_in_force_when_it_was_created() -> None:
    deploy({"robot.rpa": robot("1"), "helpers.py": b"first"}, by=None)
    case = play(linking(MAIN, 'resourceId="= file" linkName="helpers"'), file="helpers.py")
    deploy({"robot.rpa": robot("2"), "helpers.py": b"second"}, by=None)
    main, helpers = headers(case)
    assert (main["resourceType"], main["linkName"], helpers["resourceType"]) == ("RPA", "main", "")
    assert linked_resources.content(main["resourceKey"]) == robot("1")
    with worker("test-robot", answers({})) as asked:
        jobs.sweep()
    main_file, helpers_file = linked_resources.linked(asked[0].headers)
    assert (main_file.link_name, main_file.type, main_file.id, main_file.version) == ("main", "RPA", "robot", 1)
    assert (helpers_file.file, helpers_file.content) == ("helpers.py", b"first")
    assert linked_resources.linked({}) == ()
    assert case.active == ["after"]


def test_a_version_is_chosen_by_its_tag_or_by_the_deployment() -> None:
    deploy({"robot.rpa": robot("1")}, by=None)
    deploy({"robot.rpa": robot("2")}, by=None)
    tagged = 'resourceId="robot" bindingType="versionTag" versionTag="1"'
    together = 'resourceId="robot" bindingType="deployment"'
    found = deploy({"p.bpmn": linking(tagged, together), "robot.rpa": robot("3")}, by=None)
    assert versions(found.new)[1:] == [("robot", 3, "3", "Robot")]
    deploy({"robot.rpa": robot("4")}, by=None)
    case = Case(start(ProcessDefinition.objects.get(key="p"), {}).pk)
    keys = [int(one["resourceKey"]) for one in headers(case)]
    assert [ResourceDefinition.objects.get(pk=key).version for key in keys] == [1, 3]


@pytest.mark.parametrize(
    ("binding", "words"),
    [
        ("", "There is no resource robot: deploy it, then retry"),
        ('bindingType="versionTag" versionTag="7"', "There is no resource robot with the version tag 7: deploy it"),
        ('bindingType="deployment"', "There is no resource robot in the same deployment: deploy both together"),
    ],
)
def test_a_file_that_is_missing_is_an_incident(binding: str, words: str) -> None:
    case = play(linking(f'resourceId="= name" linkName="main" {binding}'), name="robot")
    (incident,) = case.incidents
    assert (incident.kind, incident.element) == ("RESOURCE_NOT_FOUND", "work")
    assert incident.message.startswith(f"The linked resource main of work is missing: {words}")
    assert not case.jobs


def test_a_retry_links_what_was_deployed_since() -> None:
    case = play(linking('resourceId="= name"'), name="robot")
    (incident,) = case.incidents
    deploy({"robot.rpa": robot()}, by=None)
    incidents.retry(incident, by=User.objects.create_superuser("alice"))
    assert headers(case)[0]["resourceKey"] == str(ResourceDefinition.objects.get().pk)
    assert not case.incidents


def test_an_older_file_is_deployed_again_alone() -> None:
    deploy({"robot.rpa": robot("1"), "helpers.py": b"first"}, by=None)
    deploy({"robot.rpa": robot("2")}, by=None)
    older = Resource.objects.filter(name="robot.rpa").earliest("pk")

    assert versions(deploy_again(older, by=None).new) == [("robot", 3, "1", "Robot")]


def test_the_command_deploys_files_together_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "p.bpmn").write_bytes(linking(MAIN + ' bindingType="deployment"'))
    (tmp_path / "robot.rpa").write_bytes(robot())
    User.objects.create_user("alice")
    with pytest.raises(CommandError, match=r"Nothing was deployed\.\np\.bpmn, work: The resource robot is bound"):
        call_command("deploy", str(tmp_path / "p.bpmn"))
    for files, words in (
        (["nothing.bpmn"], "cannot be read"),
        ([str(tmp_path / "robot.rpa"), str(tmp_path / "robot.rpa")], "Two files are called robot.rpa"),
        ([str(tmp_path / "robot.rpa"), "--by", "nobody"], "There is no account nobody"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("deploy", *files)
    assert not Deployment.objects.exists()
    for said in ("is deployed.", "is unchanged"):
        out = StringIO()
        call_command("deploy", str(tmp_path / "p.bpmn"), str(tmp_path / "robot.rpa"), "--by", "alice", stdout=out)
        assert out.getvalue().count(said) == 2
    assert Deployment.objects.get().deployed_by.username == "alice"  # type: ignore[union-attr]
    (tmp_path / "p.bpmn").write_bytes(linking(MAIN.replace("robot", "later")))
    err = StringIO()
    call_command("deploy", str(tmp_path / "p.bpmn"), stdout=StringIO(), stderr=err)
    assert "Warning: p.bpmn, work: There is no resource later" in err.getvalue()
