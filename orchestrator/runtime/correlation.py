"""Who waits, what waits, and how both meet; always inside somebody's transaction.

A subscriber and a publisher that run at the same time see neither each other's row; both therefore take an advisory
lock on the correlation key (on the name, without a key) before they look. The lock comes after the lock of a process
instance; whoever publishes from outside holds no other lock.

A message is correlated to one subscription per process, across its versions. Correlated means: the message notes the
instance, and a delivery carries it there. If the instance has moved on by then, the message waits again for as long as
it lives.

A message carries its generation (`engine.commands`) to what it leads to, unless it rested in between: what waits for
somebody holds up nobody.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from orchestrator.engine.effects import BroadcastSignal
from orchestrator.engine.state import Variables
from orchestrator.models import Job, Message, ProcessInstance, Subscription
from orchestrator.runtime import wire
from orchestrator.runtime.pending import TIMER_ATTEMPTS, Pending

RESTED = timedelta(seconds=10)  # a message that waited that long begins a new row
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(name, 20100524)) FROM unnest(%s::text[]) AS name"


def lock(waits: Iterable[tuple[str, str]]) -> None:
    """Until the transaction ends nobody else publishes or subscribes to these (name, correlation key) pairs."""
    names = sorted({f"key {key}" if key else f"name {name}" for name, key in waits})
    with wire.cursor() as cursor:
        cursor.execute(_LOCK, [names])


def store(
    name: str, key: str, variables: Variables, time_to_live: timedelta, message_id: str, generation: int = 0
) -> Message | None:
    """The message as a row, or None when its id was published before. The caller holds the lock."""
    if message_id and Message.objects.filter(name=name, correlation_key=key, message_id=message_id).exists():
        return None
    return Message.objects.create(
        name=name,
        correlation_key=key,
        variables=variables,
        message_id=message_id,
        generation=generation,
        expires_at=Now() + time_to_live,
    )


def publish(
    name: str, key: str, variables: Variables, time_to_live: timedelta, message_id: str, generation: int = 0
) -> list[Job]:
    """The deliveries and starts that a message leads to now."""
    lock([(name, key)])
    message = store(name, key, variables, time_to_live, message_id, generation)
    if message is None:
        return []
    made = correlate(message)
    if not made and not time_to_live and not message_id:
        message.delete()  # nobody waited, and it does not wait either
    return made


def _waiting() -> QuerySet[Message]:
    return Message.objects.filter(expires_at__gt=Now()).annotate(age=Now() - F("published_at"))


def _generation(message: Message) -> Variables:
    """For the payload of what it leads to."""
    rested = getattr(message, "age", timedelta(0)) >= RESTED
    return {"generation": message.generation} if message.generation and not rested else {}


def correlate(message: Message) -> list[Job]:
    """Deliveries to whoever waits, at most one per process. The caller holds the lock."""
    taken = set(message.correlated_by.values_list("definition__key", flat=True))
    starts = list(
        Subscription.objects.filter(kind=Subscription.Kind.MESSAGE, name=message.name, definition__isnull=False)
        .select_related("definition")
        .order_by("id")
    )
    if starts:
        taken |= set(_starts(message_id=message.pk).values_list("definition__key", flat=True))
    jobs = [*_to_instances(message, taken), *_to_starts(message, starts, taken)]
    return Job.objects.bulk_create(_spread(jobs))


def _spread(jobs: list[Job]) -> list[Job]:
    """Whom one message or signal in a row leads to counts as often as it leads to somebody (`engine.commands`)."""
    for job in jobs:
        if job.payload.get("generation", 0) > 1:
            job.payload["generation"] *= len(jobs)
    return jobs


def _to_instances(message: Message, taken: set[str]) -> list[Job]:
    jobs = []
    waiting = Subscription.objects.filter(
        kind=Subscription.Kind.MESSAGE, name=message.name, correlation_key=message.correlation_key
    ).select_related("process_instance__definition")
    for subscription in waiting.filter(process_instance__isnull=False).order_by("id"):
        instance = subscription.process_instance
        if instance is not None and instance.definition.key not in taken:
            taken.add(instance.definition.key)
            jobs.append(_delivery(message, subscription))
    return jobs


def _delivery(message: Message, subscription: Subscription) -> Job:
    """A subscription that interrupts is used up by its first message."""
    if subscription.interrupting:
        subscription.delete()
    message.correlated_by.add(subscription.process_instance_id)  # type: ignore[arg-type]
    return Job(
        process_instance_id=subscription.process_instance_id,
        number=subscription.number,
        kind=Job.Kind.DELIVERY,
        type="trigger",
        max_attempts=TIMER_ATTEMPTS,
        payload={
            "event": subscription.event,
            "variables": message.variables,
            "message_id": message.pk,
            **_generation(message),
        },
    )


def _to_starts(message: Message, waiting: list[Subscription], taken: set[str]) -> list[Job]:
    """Of one process at most one running instance is started per correlation key."""
    jobs = []
    for subscription in waiting:
        definition = subscription.definition
        if definition is None or definition.key in taken or _runs(definition.key, message.correlation_key):
            continue
        taken.add(definition.key)
        payload = {"message_id": message.pk, "correlation_key": message.correlation_key, "variables": message.variables}
        jobs.append(_start(definition.pk, subscription.event, "message", payload | _generation(message)))
    return jobs


def _start(definition_id: int, event: str, type: str, payload: Variables) -> Job:
    return Job(
        definition_id=definition_id,
        element=event,
        kind=Job.Kind.START,
        type=type,
        max_attempts=TIMER_ATTEMPTS,
        payload=payload,
    )


def _runs(process: str, key: str) -> bool:
    """Does an instance run, or is one about to start, that a message with this correlation key started?"""
    if not key:
        return False
    running = ProcessInstance.objects.filter(
        definition__key=process, correlation_key=key, state=ProcessInstance.State.ACTIVE
    )
    return running.exists() or _starts(correlation_key=key).filter(definition__key=process).exists()


def _starts(**payload: Any) -> Any:
    """Message starts that have not happened yet."""
    named = {f"payload__{name}": value for name, value in payload.items()}
    return Job.objects.filter(kind=Job.Kind.START, type="message", state=Job.State.DUE, **named)


def after_step(pending: Pending) -> None:
    """What a step subscribed to may wait already; what it published may be waited for."""
    waits = [(row["name"], row["correlation_key"]) for row in pending.subscriptions if row["kind"] == "message"]
    lock([*waits, *((message.name, message.correlation_key) for message in pending.published)])
    if waits:
        pending.rings |= bool(_catch_buffered(pending, waits))
    for message in pending.published:
        jobs = publish(
            message.name,
            message.correlation_key,
            message.variables,
            timedelta(seconds=message.time_to_live),
            message.message_id,
            message.generation,
        )
        pending.rings |= bool(jobs)


def _catch_buffered(pending: Pending, waits: list[tuple[str, str]]) -> list[Job]:
    """Oldest first; a subscription that interrupts takes one message, another all of them."""
    wanted = Q()
    for name, key in set(waits):
        wanted |= Q(name=name, correlation_key=key)
    buffered = list(
        _waiting().filter(wanted).exclude(correlated_by__definition__key=pending.instance.definition.key).order_by("id")
    )
    if not buffered:
        return []
    jobs: list[Job] = []
    numbers = [row["number"] for row in pending.subscriptions]
    mine = Subscription.objects.filter(process_instance=pending.instance, number__in=numbers, kind="message")
    for subscription in mine.order_by("id"):
        fitting = [
            message
            for message in buffered
            if (message.name, message.correlation_key) == (subscription.name, subscription.correlation_key)
        ]
        for message in fitting[:1] if subscription.interrupting else fitting:
            buffered.remove(message)
            jobs.append(_delivery(message, subscription))
    return Job.objects.bulk_create(jobs)


def deliver_signal(
    name: str, variables: Variables, thrown_by: int | None = None, thrown: BroadcastSignal | None = None
) -> list[Job]:
    """One delivery per subscription, in the order of subscribing; starts come last.

    What the throwing process instance subscribed to later, in the same step, was not there to hear it.
    """
    subscriptions = Subscription.objects.filter(kind=Subscription.Kind.SIGNAL, name=name)
    told: Variables = {"variables": variables}
    heard: Container[tuple[int | None, str]] = ()
    if thrown is not None:
        subscriptions = subscriptions.exclude(process_instance_id=thrown_by, number__gt=thrown.until)
        told |= {"thrown_by": thrown_by} | ({"generation": thrown.generation} if thrown.generation else {})
        heard = thrown.heard
    jobs = []
    for subscription in subscriptions.order_by("id"):
        if subscription.process_instance_id == thrown_by and (subscription.number, subscription.event) in heard:
            continue
        if subscription.definition_id is not None:
            jobs.append(_start(subscription.definition_id, subscription.event, "signal", dict(told)))
        else:
            jobs.append(
                Job(
                    process_instance_id=subscription.process_instance_id,
                    number=subscription.number,
                    kind=Job.Kind.DELIVERY,
                    type="trigger",
                    max_attempts=TIMER_ATTEMPTS,
                    payload={"event": subscription.event, **told},
                )
            )
    return Job.objects.bulk_create(_spread(sorted(jobs, key=lambda job: job.kind == Job.Kind.START)))


def look_again(key: str) -> None:
    """An instance that a message started has ended: the next message with its correlation key may start one."""
    Job.objects.create(kind=Job.Kind.DELIVERY, type="correlate", max_attempts=TIMER_ATTEMPTS, payload={"key": key})


def correlate_buffered(key: str) -> list[Job]:
    lock([("", key)])
    buffered = _waiting().filter(correlation_key=key).order_by("id")
    return [job for message in buffered for job in correlate(message)]


def give_back(message_pk: int, process_instance_id: int) -> list[Job]:
    """The instance had moved on: the message waits again, or goes to somebody else."""
    message = Message.objects.filter(pk=message_pk).first()
    if message is None:
        return []
    lock([(message.name, message.correlation_key)])
    message.correlated_by.remove(process_instance_id)
    alive = _waiting().filter(pk=message_pk).first()
    return [] if alive is None else correlate(alive)
