"""Tasks: what they ask of the world, and what becomes of the result."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator import feel
from orchestrator.bpmn import model as m
from orchestrator.engine import CommandRejected, Decided, DecisionError, ResourceNotFound, commands, effects
from tests.engine.build import call, decision, end, message, node, process, script, service, text, throw, user
from tests.engine.memory import World
from tests.engine.play import Play


def test_a_user_task_waits_until_it_is_completed() -> None:
    play = Play(process(flows="start > review > end"), amount=5)
    assert (play.tasks, play.state) == (["review"], "active")
    play.complete("review", ok=True)
    assert (play.state, play.variables) == ("completed", {"amount": 5, "ok": True})


def test_completing_twice_is_rejected() -> None:
    play = Play(process(flows="start > a > b > end"))
    first = play.waiting("a").owner
    play.complete("a")
    with pytest.raises(CommandRejected, match="no longer active"):
        play.do(commands.Complete(first))


def test_what_does_not_wait_for_a_result_cannot_be_completed() -> None:
    play = Play(process(flows="start > review > end"))
    with pytest.raises(CommandRejected, match="process is not waiting to be completed"):
        play.do(commands.Complete(play.active("process").id))


def test_a_process_instance_starts_once() -> None:
    play = Play(process(flows="start > review > end"))
    with pytest.raises(CommandRejected, match="started already"):
        play.do(commands.Start())


def test_a_job_carries_type_retries_headers_and_visible_variables() -> None:
    job = m.Job(text("= system"), text("= 2 + 3"), {"resultVariable": "r"}, (1.0, 5.0), 30.0)
    task = node(m.ServiceTask, "post", job=job, inputs={"sum": "= amount * 2"})
    play = Play(process(task, flows="start > post > end"), amount=4, system="sap")
    (job_effect,) = play.effects(effects.CreateJob)
    assert (job_effect.type, job_effect.retries, job_effect.headers) == ("sap", 5, {"resultVariable": "r"})
    assert (job_effect.retry_backoff, job_effect.timeout) == ((1.0, 5.0), 30.0)
    assert job_effect.variables == {"amount": 4, "system": "sap", "sum": 8}


def test_manual_and_undefined_tasks_pass_straight_through() -> None:
    play = Play(process(node(m.Task, "a"), node(m.ManualTask, "b"), flows="start > a > b > end"))
    assert play.state == "completed"
    assert play.count()["a"] == play.count()["b"] == 1


def test_a_script_writes_its_result() -> None:
    play = Play(process(script("double", "= amount * 2", "twice"), flows="start > double > end"), amount=21)
    assert play.variables == {"amount": 21, "twice": 42}


def test_feel_temporals_become_texts_in_variables() -> None:
    play = Play(process(script("s", '= {day: today(), in: duration("P1D")}'), flows="start > s > end"))
    assert play.variables["s"] == {"day": "2026-01-01", "in": "P1D"}


def test_a_business_rule_task_decides_and_reports() -> None:
    def decide(id: str, binding: m.Binding, variables: dict[str, Any]) -> Decided:
        return Decided({"ok": variables["amount"] < 100}, {"rules": [1]})

    play = Play(process(decision("check", "limits"), flows="start > check > end"), world=World(decide), amount=5)
    assert play.variables["result"] == {"ok": True}
    (record,) = play.effects(effects.RecordDecision)
    assert (record.decision, record.element, record.result) == ("limits", "check", {"rules": [1]})


def test_a_decision_that_fails_is_an_incident_at_the_task() -> None:
    def decide(id: str, binding: m.Binding, variables: dict[str, Any]) -> Decided:
        raise DecisionError("CALLED_DECISION_ERROR", "it is not deployed")

    play = Play(process(decision("check", "limits"), flows="start > check > end"), world=World(decide))
    assert play.incidents == [("check", "CALLED_DECISION_ERROR")]
    assert play.complaint == "The decision limits of check: it is not deployed"


def linking(*links: m.LinkedResource) -> m.Process:
    job = m.Job("robot", headers={"speed": "fast"}, linked=links)
    return process(node(m.ServiceTask, "robot", job=job), flows="start > robot > end")


def test_a_job_is_told_which_files_it_links() -> None:
    tagged = m.LinkedResource("helpers.py", link_name="helpers", binding=m.Binding("versionTag", "1.2"))
    links = m.LinkedResource(feel.parse('"robot-" + country'), "RPA", "main"), tagged
    asked = []

    def link(id: str, binding: m.Binding) -> str:
        asked.append((id, binding))
        return str(len(asked))

    world = World()
    world.bounds["link"] = link
    play = Play(linking(*links), world=world, country="fr")
    (job,) = play.effects(effects.CreateJob)
    assert json.loads(job.headers.pop("linkedResources")) == [
        {"resourceKey": "1", "resourceType": "RPA", "linkName": "main"},
        {"resourceKey": "2", "resourceType": "", "linkName": "helpers"},
    ]
    assert job.headers == {"speed": "fast"}
    assert asked == [("robot-fr", m.Binding()), ("helpers.py", m.Binding("versionTag", "1.2"))]


def test_a_file_that_is_missing_is_an_incident_until_it_is_there() -> None:
    def missing(id: str, binding: m.Binding) -> str:
        raise ResourceNotFound(f"There is no resource {id}")

    world = World()
    world.bounds["link"] = missing
    play = Play(linking(m.LinkedResource("main.rpa", "RPA", "main")), world=world)
    assert (play.tasks, play.incidents) == ([], [("robot", "RESOURCE_NOT_FOUND")])
    assert play.complaint == "The linked resource main of robot is missing: There is no resource main.rpa"
    world.bounds["link"] = lambda id, binding: "7"
    play.retry("robot")
    assert (play.tasks, play.incidents) == (["robot"], [])


CHILD = process(user("work"), flows="start > work > end", id="child")


def test_a_called_process_gets_all_variables_and_gives_all_back() -> None:
    play = Play(process(call("c", "child", inputs={"y": "= 2"}), flows="start > c > end"), CHILD, x=1)
    assert play.waiting("work").effect.variables == {"x": 1, "y": 2}
    play.complete("work", z=3)
    assert play.state == "completed"
    assert play.variables == {"x": 1, "z": 3}  # y came back as y, where it is local to the call


def test_a_call_that_propagates_nothing_passes_inputs_and_outputs_only() -> None:
    task = call(
        "c",
        "= which",
        propagate_all_parent_variables=False,
        propagate_all_child_variables=False,
        inputs={"y": "= x + 1"},
        outputs={"z": "= result"},
    )
    play = Play(process(task, flows="start > c > end"), CHILD, x=1, which="child")
    assert play.waiting("work").effect.variables == {"y": 2}
    play.complete("work", result=9, noise=1)
    assert play.variables == {"x": 1, "which": "child", "z": 9}


def test_a_called_process_that_does_not_exist_is_an_incident_and_a_retry_calls_again() -> None:
    play = Play(process(call("c", "child"), flows="start > c > end"))
    assert play.incidents == [("c", "CALLED_ELEMENT_ERROR")]
    play.world.deploy(CHILD)
    assert play.retry("c").tasks == ["work"]


def test_cancelling_cancels_the_called_process_too() -> None:
    play = Play(process(call("c", "child"), flows="start > c > end"), CHILD)
    play.do(commands.Cancel())
    assert [i.state for i in play.world.instances] == ["terminated", "terminated"]
    assert play.awaited == []


def test_a_send_task_publishes_by_itself() -> None:
    how = m.PublishMessage(text("= order"), "m1", "PT1M")
    sends = node(m.SendTask, "send", message=message("paid", None, how), inputs={"amount": "= 7"})
    play = Play(process(sends, flows="start > send > end"), order=12)
    (published,) = play.effects(effects.PublishMessage)
    assert (published.name, published.correlation_key, published.message_id) == ("paid", "12", "m1")
    assert (published.time_to_live, published.variables) == (60.0, {"amount": 7})
    assert play.state == "completed"


def test_message_throw_and_end_events_publish_or_create_a_job() -> None:
    publishes = message("a", None, m.PublishMessage("k"))
    p = process(
        throw("t", publishes),
        end("e", message(""), job=m.Job("mail")),
        flows="start > t > e",
    )
    play = Play(p)
    assert [x.name for x in play.effects(effects.PublishMessage)] == ["a"]
    assert play.tasks == ["e"]
    assert play.complete("e").state == "completed"


@pytest.mark.parametrize("ttl", ["soon", "-PT1S", "= 5"])
def test_a_time_to_live_must_be_a_duration(ttl: str) -> None:
    how = m.PublishMessage("k", "", text(ttl))
    play = Play(process(throw("t", message("a", None, how)), flows="start > t > end"))
    assert play.incidents == [("t", "EXTRACT_VALUE_ERROR")]
    assert "The time to live of t" in play.complaint


def test_a_job_without_type_or_retries_is_an_incident_that_names_the_attribute() -> None:
    play = Play(process(service("s", type="= missing"), flows="start > s > end"))
    assert play.complaint == "The job type of s (= missing) must be a string, but is null"
    (warning,) = play.instance.warnings
    assert (warning.element, warning.expression) == ("s", "missing")
    play = Play(process(service("s", retries="= 0"), flows="start > s > end"))
    assert play.complaint == "The retries of s must be at least 1, but are 0"
