"""At each stop point everything that can go wrong goes wrong; afterwards the case has gone its way, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.db import Error, connection, transaction
from django.db.models import F
from pytest_django import Settings

from orchestrator.models import ElementInstance, Job, Mail, ProcessInstance
from orchestrator.runtime import jobs, mails
from orchestrator.runtime.deployment import deploy
from orchestrator.runtime.execution import start
from tasks_inbox import operations
from tasks_inbox.errors import NotPermitted, TooLate
from tasks_inbox.models import HumanTask, TaskEvent
from tests.faults import models
from tests.faults.sinks import Sink
from tests.faults.stop_points import points
from tests.runtime import diagrams as d

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = ("b0", "b1")


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    sink = Sink(pause=0.0)
    yield sink
    sink.stop()


@pytest.fixture
def control() -> Iterator[points.Control]:
    control = points.Control("")
    uninstall = points.install(control)
    yield control
    uninstall()


def model(sink: Sink) -> bytes:
    """A timer, two automated steps that meet, a human task, a mail."""
    forked = " ".join(f"fork-{step} {step}-join" for step in STEPS)
    return d.process(
        d.start(),
        d.element("intermediateCatchEvent", "wait", inner=d.timer("PT1S")),
        d.element("parallelGateway", "fork"),
        *(models.record(step, f"http://{sink.host}") for step in STEPS),
        d.element("parallelGateway", "join"),
        models.check(),
        models.mail("post", "desk@example.com"),
        d.end(),
        flows=f"s-wait wait-fork {forked} join-check check-post post-e",
    )


@pytest.mark.parametrize("act", ["raise", "40001", "drop"])
@pytest.mark.parametrize("point", points.POINTS)
def test_whatever_happens_there_happens_whole(
    point: str, act: str, sink: Sink, control: points.Control, settings: Settings
) -> None:
    settings.CONNECTOR_ALLOWED_HOSTS = [sink.host]
    ana = User.objects.create_user("ana", "ana@example.com", "secret")
    ana.groups.add(Group.objects.create(name=models.GROUP))
    definition, *_ = deploy({"p.bpmn": model(sink), "note.form": json.dumps(models.NOTE_FORM).encode()}, by=None).new
    before = sum(sink.keys.values())
    control.arm(f"{point}:{act}")
    case = attempt(lambda: start(definition, {"ref": "r"})) or attempt(lambda: start(definition, {"ref": "r"}))
    for _ in range(8):
        some_time_passes()
        attempt(jobs.sweep)
        attempt(lambda: complete(ana))
        attempt(mails.send_due)
    assert len(control.bitten) == 1 or point == "rung"  # rings are carried by another thread
    assert ProcessInstance.objects.get(pk=case.pk).state == "completed"
    assert ProcessInstance.objects.count() == 1
    done = ElementInstance.objects.filter(state="completed", element__in=[*STEPS, "join", "check", "post", "wait"])
    assert sorted(done.values_list("element", flat=True)) == ["b0", "b1", "check", "join", "post", "wait"]
    assert TaskEvent.objects.filter(kind="complete").count() == HumanTask.objects.count() == 1
    told = {key: times for key, times in sink.keys.items() if key.startswith(f"{case.pk}:")}
    assert len(told) == 2
    assert sum(sink.keys.values()) - before <= 3  # one more, if the fault hit the call
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 1


def attempt(act):  # type: ignore[no-untyped-def]
    """As a worker or a request does: what fails is over, the connection is looked at anew."""
    try:
        return act()
    except (Error, RuntimeError, TooLate, NotPermitted):
        return None
    finally:
        if connection.connection is not None and connection.connection.closed:
            connection.close()
        assert not transaction.get_connection().in_atomic_block


def some_time_passes() -> None:
    """More than any lease, any pause, the timer."""
    moved = timedelta(seconds=200)
    Job.objects.filter(state="due").update(due_at=F("due_at") - moved, locked_until=None)
    Mail.objects.filter(state="due").update(due_at=F("due_at") - moved, locked_until=None)


def complete(person: User) -> None:
    for task in HumanTask.objects.filter(completed_at=None):
        operations.complete(task=task, user=person, data={"note": "seen"})
