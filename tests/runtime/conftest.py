"""After every story: what ended left nothing behind, and what runs waits for something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Count, F, Q

from orchestrator.models import ElementInstance, Incident, Job, JoinToken, LoopItem, ProcessInstance, Subscription
from orchestrator.runtime.liveness import stalled


@pytest.fixture(autouse=True)
def oracles(db: None) -> Iterator[None]:
    yield
    if transaction.get_connection().needs_rollback:
        return
    ended = ~Q(process_instance__state="active")
    assert not ElementInstance.objects.filter(ended, state="active").exists(), "an ended instance has active elements"
    assert not Subscription.objects.filter(ended, definition=None).exists(), "an ended instance waits for a message"
    assert not JoinToken.objects.filter(ended).exists(), "an ended instance has tokens at a join"
    assert not LoopItem.objects.filter(ended).exists(), "an ended instance has items"
    assert not Incident.objects.filter(ended, resolved_at=None).exists(), "an ended instance has an incident"
    open_jobs = Job.objects.filter(ended, process_instance__isnull=False, kind__in=["task", "timer"])
    assert not open_jobs.filter(state__in=["due", "failed"]).exists(), "an ended instance has open jobs"
    assert not stalled(timedelta(0)), "a running instance waits for nothing"
    counted = ProcessInstance.objects.annotate(found=Count("incidents", filter=Q(incidents__resolved_at=None)))
    assert not counted.exclude(open_incidents=F("found")).exists(), "open incidents are miscounted"
