"""One operation on many process instances: chosen once, done one by one, each in a transaction of its own.

Batch and items are rows. A worker takes a waiting item with `FOR UPDATE SKIP LOCKED`, does the operation and notes the
result in the same transaction: whatever dies, an item is either done and says so, or still waits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count
from django.db.models.functions import Now

from orchestrator import doorbell
from orchestrator.engine import CommandRejected
from orchestrator.models import (
    Batch,
    BatchItem,
    ElementInstance,
    Incident,
    Job,
    ProcessDefinition,
)
from orchestrator.runtime import definitions, incidents, migration, operations
from orchestrator.runtime.execution import atomically
from orchestrator.runtime.selection import Instances, chosen, cleaned
from orchestrator.runtime.variables import InvalidVariables, checked

logger = logging.getLogger(__name__)

RUN = "orchestrator.tasks.run_batches"
MOST = 100_000  # items of one batch
AT_ONCE = 10.0  # seconds after which a worker looks at what else there is to do
LONGEST = timedelta(days=36_500)
Kind, State, Result = Batch.Kind, Batch.State, BatchItem.State


class InvalidBatch(ValueError):
    """The batch cannot be begun; str() says why, and what to do."""


def begin(
    kind: str,
    filter: Mapping[str, Any],
    parameters: Mapping[str, Any] | None = None,
    *,
    by: AbstractBaseUser | None,
    reason: str = "",
) -> Batch:
    """Chooses the instances and begins; workers do the rest. Raises InvalidBatch, InvalidFilter, InvalidVariables."""
    given = dict(parameters or {})
    if kind not in ACTS:
        raise InvalidBatch(f"There is no operation {kind}; there are {', '.join(ACTS)}")
    instances = chosen(filter, reader=by)  # type: ignore[arg-type]
    definition = ProcessDefinition.objects.filter(key=filter["process"]).latest("version")
    CHECKS.get(kind, _nothing_to_check)(given, definition)
    with transaction.atomic():
        batch = Batch.objects.create(
            kind=kind,
            definition=definition,
            filter=cleaned(filter),
            parameters=given,
            reason=reason[: operations.LONGEST_REASON],
            created_by_id=None if by is None else by.pk,
        )
        found = [item for item, _ in zip(_items(batch, instances), range(MOST + 1), strict=False)]
        if len(found) > MOST:
            raise InvalidBatch(f"More than {MOST:,} would be changed at once: narrow the filter")
        if not found:
            raise InvalidBatch("Nothing fits the filter at this moment")
        BatchItem.objects.bulk_create(found, batch_size=2_000)
        doorbell.ring(RUN)
    return batch


def _items(batch: Batch, instances: Instances) -> Iterable[BatchItem]:
    if batch.kind == Kind.RETRY:
        rows = Incident.objects.filter(process_instance__in=instances, resolved_at=None).order_by("id")
        for pk, instance in rows.values_list("pk", "process_instance")[: MOST + 1]:
            yield BatchItem(batch=batch, process_instance_id=instance, incident_id=pk)
        return
    if batch.kind == Kind.MIGRATE:
        instances = instances.exclude(definition=batch.parameters["target"])
    paused = {Kind.SUSPEND: True, Kind.RESUME: False}.get(Kind(batch.kind))
    if paused is not None:
        instances = instances.filter(suspended_at__isnull=paused)
    for pk in instances.order_by("id").values_list("pk", flat=True)[: MOST + 1]:
        yield BatchItem(batch=batch, process_instance_id=pk)


def run(seconds: float = AT_ONCE) -> int:
    """Does what waits in the batches, for so long; how many items. Any number of workers may do so at a time."""
    until = time.monotonic() + seconds
    done = 0
    for pk in Batch.objects.filter(state=State.RUNNING).order_by("id").values_list("pk", flat=True):
        while _next(pk):
            done += 1
            if time.monotonic() > until:
                doorbell.ring(RUN)
                return done
        _finish(pk)
    return done


def _next(batch_id: int) -> bool:
    """Does one item of the batch; False when none is free."""

    def step() -> bool:
        waiting = BatchItem.objects.filter(batch=batch_id, state=Result.WAITING, batch__state=State.RUNNING)
        item = (
            waiting.select_related("batch__created_by", "process_instance", "incident")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("id")
            .first()
        )
        if item is None:
            return False
        state, message = _do(item)
        BatchItem.objects.filter(pk=item.pk).update(state=state, message=message[:2_000], finished_at=Now())
        return True

    return atomically(step)


def _do(item: BatchItem) -> tuple[str, str]:
    """The operation, or why it could not be done; then nothing of it stays."""
    try:
        with transaction.atomic():
            return Result.DONE, ACTS[item.batch.kind](item.batch, item) or ""
    except (CommandRejected, InvalidVariables, InvalidBatch) as refused:
        return Result.FAILED, str(refused)
    except (OperationalError, InterfaceError):
        raise  # the item waits again
    except Exception as error:  # a fault of ours with one instance must not stop the others
        logger.exception("Batch item %s failed", item.pk)
        return Result.FAILED, f"{type(error).__name__}: {error}"


def _finish(batch_id: int) -> None:
    """Another worker may still have an item in hand: then it is for that one to say."""
    running = Batch.objects.filter(pk=batch_id, state=State.RUNNING)
    running.exclude(items__state=Result.WAITING).update(state=State.DONE, finished_at=Now())


def stop(batch: Batch) -> None:
    """What waits is not done any more. Raises CommandRejected when the batch has ended."""
    with transaction.atomic():
        if not Batch.objects.filter(pk=batch.pk, state=State.RUNNING).update(state=State.STOPPED, finished_at=Now()):
            raise CommandRejected(f"{batch} has ended already")
        BatchItem.objects.filter(batch=batch, state=Result.WAITING).update(state=Result.SKIPPED, finished_at=Now())


def again(batch: Batch) -> int:
    """Tries what failed or was stopped once more; how many items. Raises CommandRejected while the batch still runs."""
    with transaction.atomic():
        ended = Batch.objects.select_for_update().get(pk=batch.pk)
        if ended.state == State.RUNNING:
            raise CommandRejected(f"{batch} still runs: wait until it has ended")
        items = BatchItem.objects.filter(batch=batch, state__in=[Result.FAILED, Result.SKIPPED])
        count = items.update(state=Result.WAITING, message="", finished_at=None)
        if count:
            Batch.objects.filter(pk=batch.pk).update(state=State.RUNNING, finished_at=None)
            doorbell.ring(RUN)
    return count


def progress(batch: Batch) -> dict[str, int]:
    """How many items are in each state."""
    counted = dict(batch.items.order_by().values_list("state").annotate(found=Count("pk")))
    return {state: counted.get(state, 0) for state in Result.values}


# What is done with one item


def _retry(batch: Batch, item: BatchItem) -> None:
    if item.incident is not None:
        given = batch.parameters
        incidents.retry(
            item.incident,
            by=batch.created_by,
            variables=given.get("variables"),
            attempts=given.get("attempts"),
            reason=batch.reason,
        )


def _timer(batch: Batch, item: BatchItem) -> str:
    given = batch.parameters
    timers = Job.objects.filter(
        process_instance=item.process_instance_id, kind=Job.Kind.TIMER, state=Job.State.DUE, element=given["element"]
    )
    changed = 0
    for timer in timers.order_by("id"):
        due = datetime.fromisoformat(given["due_at"]) if given.get("due_at") else timer.due_at
        due += timedelta(seconds=int(given.get("seconds") or 0))
        operations.change_due_date(timer, due, by=batch.created_by, reason=batch.reason)
        changed += 1
    if not changed:
        raise InvalidBatch(f"No timer waits at {given['element']}")
    return f"{changed} timer{'s' if changed > 1 else ''}"


def _modify(batch: Batch, item: BatchItem) -> str:
    """Tokens are named by the elements at which they stand: all that stand there."""
    given = batch.parameters
    moves = dict(given.get("move") or {})
    rows = ElementInstance.objects.filter(process_instance=item.process_instance_id, state="active")
    standing = list(rows.order_by("number").values_list("number", "element"))
    move: list[operations.Move] = [(number, moves[element], {}) for number, element in standing if element in moves]
    terminate = [number for number, element in standing if element in (given.get("terminate") or ())]
    if not move and not terminate and not given.get("activate"):
        raise InvalidBatch("It does not stand at any of these elements")
    operations.modify(
        item.process_instance,
        by=batch.created_by,
        terminate=terminate,
        activate=[(element, {}, None) for element in given.get("activate") or ()],
        move=move,
        reason=batch.reason,
    )
    return f"{len(move) + len(terminate)} token{'s' if len(move) + len(terminate) != 1 else ''} moved"


def _migrate(batch: Batch, item: BatchItem) -> None:
    target = ProcessDefinition.objects.get(pk=batch.parameters["target"])
    migration.migrate(
        item.process_instance, target, batch.parameters["mapping"], by=batch.created_by, reason=batch.reason
    )


def _plain(operation: Callable[..., Any]) -> Callable[[Batch, BatchItem], None]:
    def act(batch: Batch, item: BatchItem) -> None:
        operation(item.process_instance, by=batch.created_by, reason=batch.reason)

    return act


ACTS: dict[str, Callable[[Batch, BatchItem], str | None]] = {
    Kind.CANCEL: _plain(operations.cancel),
    Kind.SUSPEND: _plain(operations.suspend),
    Kind.RESUME: _plain(operations.resume),
    Kind.RETRY: _retry,
    Kind.TIMER: _timer,
    Kind.MODIFY: _modify,
    Kind.MIGRATE: _migrate,
}


# What a batch is checked for before it begins


def _nothing_to_check(given: dict[str, Any], definition: ProcessDefinition) -> None:
    if given:
        raise InvalidBatch(f"This operation takes no {', '.join(sorted(given))}")


def _check_retry(given: dict[str, Any], definition: ProcessDefinition) -> None:
    if "variables" in given:
        given["variables"] = checked(given["variables"])
    attempts = given.get("attempts")
    if attempts is not None and (not isinstance(attempts, int) or not 1 <= attempts <= incidents.MOST_ATTEMPTS):
        raise InvalidBatch(f"The attempts are a whole number from 1 to {incidents.MOST_ATTEMPTS}")


def _check_timer(given: dict[str, Any], definition: ProcessDefinition) -> None:
    if not given.get("element"):
        raise InvalidBatch("Name the element of the timer")
    _check_elements([given["element"]], definition)
    try:
        due = datetime.fromisoformat(given["due_at"]) if given.get("due_at") else None
        seconds = timedelta(seconds=int(given.get("seconds") or 0))
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidBatch("Say when: a time like 2026-12-24T18:00:00+01:00, or by how many seconds") from error
    if due is None and not seconds:
        raise InvalidBatch("Say when the timers shall fire, or by how much later")
    if (due is not None and due.tzinfo is None) or abs(seconds) > LONGEST:
        raise InvalidBatch("The time needs a zone, and the shift may be a hundred years at most")


def _check_modify(given: dict[str, Any], definition: ProcessDefinition) -> None:
    move, lists = given.get("move") or {}, [given.get(name) or [] for name in ("terminate", "activate")]
    if not isinstance(move, dict) or not all(isinstance(each, list | tuple) for each in lists):
        raise InvalidBatch("Give “move” as an object, from element to element; “terminate” and “activate” as lists")
    named = [*move, *move.values(), *lists[0], *lists[1]]
    if not named:
        raise InvalidBatch("Name the elements to move from, to activate or to leave")
    _check_elements(named, definition)


def _check_elements(named: Iterable[Any], definition: ProcessDefinition) -> None:
    """Some version of the process has them; which one an instance is in shows when its turn comes."""
    versions = ProcessDefinition.objects.filter(key=definition.key).order_by("-version").values_list("pk", flat=True)
    missing = list(dict.fromkeys(map(str, named)))
    for pk in versions:
        nodes = definitions.process_of(pk).nodes
        missing = [element for element in missing if element not in nodes]
        if not missing:
            return
    raise InvalidBatch(f"No version of {definition.key} has an element {', '.join(missing)}")


def _check_migrate(given: dict[str, Any], definition: ProcessDefinition) -> None:
    asked = str(given.get("target", ""))
    target = ProcessDefinition.objects.filter(pk=int(asked), key=definition.key).first() if asked.isdigit() else None
    if target is None or not isinstance(given.get("mapping"), dict):
        raise InvalidBatch("Choose another version of the process, and a plan")


CHECKS: dict[str, Callable[[dict[str, Any], ProcessDefinition], None]] = {
    Kind.RETRY: _check_retry,
    Kind.TIMER: _check_timer,
    Kind.MODIFY: _check_modify,
    Kind.MIGRATE: _check_migrate,
}
