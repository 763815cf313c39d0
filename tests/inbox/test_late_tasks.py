"""“The manager is told when it is not done within 24 hours”, both ways in which it can be modelled, to the mail
that goes out.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db.models.functions import Now
from django.utils import timezone

from orchestrator.models import Job, Mail
from orchestrator.runtime import execution, jobs, mails
from tasks_inbox import escalation, operations
from tasks_inbox.models import EscalationPolicy, HumanTask, Profile
from tests.bpmn import draw
from tests.inbox.cases import definition, offer, user_task

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def late(alice: User, charlie: User) -> HumanTask:
    """Alice has a task; her manager Charlie is told after a day."""
    Profile.objects.create(user=alice, manager=charlie)
    policy = EscalationPolicy.objects.create(name="IT account")
    policy.levels.create(position=1, after=DAY, action="mail_manager")
    return offer(assignee="alice", name="Create IT account", escalation="IT account", subject="IT account: Ada")


def a_day_passes() -> None:
    escalation.escalate_due(timezone.now() + DAY)


def test_by_an_escalation_policy(late: HumanTask, mailoutbox: list[EmailMessage]) -> None:
    a_day_passes()
    assert mails.send_due() == 1

    (sent,) = mailoutbox
    assert sent.to == ["charlie@baton.example"]
    assert sent.subject == "Not done yet: IT account: Ada"
    assert "Alice Adams has this task" in sent.body
    a_day_passes()
    assert mails.send_due() == 0


def test_not_when_the_task_is_done_in_time(late: HumanTask, alice: User, mailoutbox: list[EmailMessage]) -> None:
    operations.complete(task=late, user=alice, data={})
    a_day_passes()

    assert mails.send_due() == 0
    assert mailoutbox == []


def test_nor_when_it_is_done_before_the_mail_goes_out(
    late: HumanTask, alice: User, mailoutbox: list[EmailMessage]
) -> None:
    a_day_passes()
    operations.complete(task=HumanTask.objects.get(pk=late.pk), user=alice, data={})

    assert mails.send_due() == 0
    assert mailoutbox == []
    assert Mail.objects.get().state == Mail.State.WITHDRAWN


def test_by_a_timer_and_a_mail_in_the_model(alice: User, mailoutbox: list[EmailMessage]) -> None:
    inputs = "".join(
        f'<zeebe:input source="{source}" target="{target}"/>'
        for source, target in {
            "=manager": "to",
            "=&quot;Not done yet: &quot; + what": "subject",
            "=&quot;Please see to it.&quot;": "text",
        }.items()
    )
    mail = f'<zeebe:taskDefinition type="email"/><zeebe:ioMapping>{inputs}</zeebe:ioMapping>'
    timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT24H</bpmn:timeDuration></bpmn:timerEventDefinition>"
    xml = draw.chain(
        user_task(assignee="alice"),
        extra=draw.element("boundaryEvent", "late", inner=timer, attributes='attachedToRef="n1" cancelActivity="false"')
        + draw.element("sendTask", "tell", mail)
        + draw.flow("late", "tell")
        + '<bpmn:endEvent id="told"/>'
        + draw.flow("tell", "told"),
    )
    instance = execution.start(definition(xml), {"manager": "charlie@baton.example", "what": "IT account"})
    jobs.sweep()
    mails.send_due()
    assert mailoutbox == []

    Job.objects.filter(kind=Job.Kind.TIMER).update(due_at=Now())
    jobs.sweep()
    jobs.sweep()
    mails.send_due()

    assert [(sent.to, sent.subject) for sent in mailoutbox] == [(["charlie@baton.example"], "Not done yet: IT account")]
    operations.complete(task=HumanTask.objects.get(process_instance=instance), user=alice, data={})
    instance.refresh_from_db()
    assert instance.state == instance.State.COMPLETED
