"""Messages and signals from outside: published, and carried to whoever waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from orchestrator import doorbell
from orchestrator.models import Job, Message, ProcessInstance
from orchestrator.runtime import correlation, jobs
from orchestrator.runtime.aftermath import SWEEP
from orchestrator.runtime.execution import atomically
from orchestrator.runtime.variables import checked

MAX_NAME = 255
LONGEST = timedelta(days=36_500)  # that a message lives
KEPT = timedelta(days=7)  # after a message has expired


def publish(
    name: str,
    correlation_key: str = "",
    variables: Mapping[str, Any] | None = None,
    *,
    time_to_live: timedelta = timedelta(0),
    message_id: str = "",
) -> list[ProcessInstance]:
    """The process instances that the message reached or started.

    A message with an id is published once; again it reaches nobody. With a time to live it waits for those who are not
    there yet. Inside a caller's transaction it is carried after the commit, and instances that it starts are not in the
    answer. Raises ValueError with a sentence for a name, key, id or time to live that cannot be, InvalidVariables.
    """
    if not name:
        raise ValueError("The message has no name.")
    for what, text in (("name", name), ("correlation key", correlation_key), ("id", message_id)):
        _check(f"The {what} of the message", text)
    if not timedelta(0) <= time_to_live <= LONGEST:
        raise ValueError(f"A message lives from no time at all to {LONGEST.days} days, not {time_to_live}.")
    exact = checked(variables or {})
    made = atomically(lambda: correlation.publish(name, correlation_key, exact, time_to_live, message_id))
    _carry(made)
    messages = {job.payload["message_id"] for job in made}
    reached = {job.process_instance_id for job in made if job.process_instance_id is not None}
    reached |= set(Message.objects.filter(pk__in=messages).values_list("correlated_by", flat=True)) - {None}
    return list(ProcessInstance.objects.filter(pk__in=reached).order_by("id"))


def broadcast_signal(name: str, variables: Mapping[str, Any] | None = None) -> list[ProcessInstance]:
    """The running process instances that the signal went to; those that it starts are not in the answer. Raises
    ValueError with a sentence, InvalidVariables.
    """
    if not name:
        raise ValueError("The signal has no name.")
    _check("The name of the signal", name)
    exact = checked(variables or {})
    made = atomically(lambda: correlation.deliver_signal(name, exact))
    _carry(made)
    reached = {job.process_instance_id for job in made if job.process_instance_id is not None}
    return list(ProcessInstance.objects.filter(pk__in=reached).order_by("id"))


def forget_expired(limit: int = 500) -> int:
    """Deletes messages that expired long ago; from then on their ids may be published again. How many."""
    old = Message.objects.filter(expires_at__lt=Now() - KEPT).order_by("expires_at")
    numbers = list(old.values_list("pk", flat=True)[:limit])
    if numbers:
        Message.objects.filter(pk__in=numbers).delete()
    return len(numbers)


def _check(what: str, text: str) -> None:
    """Whatever can be stored and looked for."""
    if not isinstance(text, str):
        raise ValueError(f"{what} must be a text, not {text!r}.")
    if len(text) > MAX_NAME or "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"{what} has more than {MAX_NAME} characters, or one that cannot be stored.")


def _carry(made: list[Job]) -> None:
    if not made:
        return
    if connection.in_atomic_block:
        doorbell.ring(SWEEP)
    else:
        jobs.run_now([job.pk for job in made])
