"""The one place where a process instance moves: lock, load, advance, save, in one transaction.

Lock order: the process instance first, then whatever `before` compares and sets (a human task, a job), then the
advisory locks of messages. A step locks one process instance; what concerns another one leaves as a delivery.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.contrib.auth.models import AbstractBaseUser
from django.db import OperationalError, connection

from orchestrator import engine, signals
from orchestrator.engine import (
    CommandRejected,
    InstancesNotLoaded,
    ItemNotLoaded,
    ResultsNotLoaded,
    ScopeNotLoaded,
    Step,
    commands,
    new_state,
)
from orchestrator.engine.environment import Environment
from orchestrator.engine.state import State
from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime import (
    aftermath,
    calendars,
    callers,
    definitions,
    loop_items,
    naming,
    results,
    storage,
    suspension,
    watching,
    wire,
)
from orchestrator.runtime.pending import Pending
from orchestrator.runtime.saving import save
from orchestrator.runtime.storage import Cursor
from orchestrator.runtime.variables import checked
from orchestrator.runtime.writes import Writes
from orchestrator.runtime.zone import local

Result = TypeVar("Result")
Before = Callable[[ProcessInstance], Writes | None]

INITIATOR = "initiator"  # the variable with the user name of whoever started an instance; nobody can pretend another
ATTEMPTS = 5
PAUSE = 0.02  # seconds before the next attempt, doubled each time
_CONFLICTS = {"40001", "40P01"}  # serialization failure, deadlock detected

# By process definition: what the last start read for the sake of its human tasks. The next one will read the same.
_usually_read: dict[int, wire.Statement] = {}


def execute(
    process_instance_id: int,
    command: commands.Command,
    *,
    actor: AbstractBaseUser | None = None,
    before: Before | None = None,
    reads: wire.Statement | None = None,
    job_id: int | None = None,
    in_flight: bool = False,
) -> ProcessInstance:
    """One step. `before` runs under the lock of the process instance; what it raises undoes everything, and what it
    returns is written with the step; `reads` is the statement with which it begins. `job_id` is the job that an
    incident of this step is about. `in_flight`: something outside had begun it, suspended or not.

    Raises CommandRejected when the instance is not where the command believes it to be. Inside a caller's transaction
    the step belongs to it, and the caller must not go on after an exception.
    """

    alone = not connection.in_atomic_block

    def step() -> ProcessInstance:
        with wire.cursor() as cursor:
            instance, around = _locked(cursor, process_instance_id, command, reads)
            suspension.check(instance, command, in_flight=in_flight)
            also = before(instance) if before is not None else None
            _take(cursor, instance, around, command, actor, job_id, also, alone=alone)
        return instance

    return atomically(step)


def start(
    definition: ProcessDefinition,
    variables: Mapping[str, Any],
    *,
    by: AbstractBaseUser | None = None,
    business_key: str = "",
    start_event: str | None = None,
    at: datetime | None = None,
    start_before: Sequence[str] = (),
    correlation_key: str = "",
    parent: ProcessInstance | None = None,
    parent_number: int | None = None,
    generation: int = 0,
) -> ProcessInstance:
    """A new process instance, moved to its first waits. `at` stands in for the database's time, `generation` as in
    `engine.commands`.

    Raises CommandRejected when the definition has no such start event, InvalidVariables.
    """
    if by is not None:
        variables = {**variables, INITIATOR: by.get_username()}
    command = commands.Start(checked(variables), start_event, tuple(start_before), generation)
    alone = not connection.in_atomic_block

    def step() -> ProcessInstance:
        with wire.cursor() as cursor:
            return begin(cursor)

    def begin(cursor: Cursor) -> ProcessInstance:
        id, now = storage.next_instance(cursor, _usually_read.get(definition.id))
        now = at or now
        row = definitions.row(definition.id)
        instance = storage.new_instance(
            id=id,
            definition_id=row.id,
            started_at=now,
            started_by_id=by.pk if by is not None else parent.started_by_id if parent is not None else None,
            correlation_key=correlation_key,
            parent_id=None if parent is None else parent.pk,
            parent_number=parent_number,
            root_id=None if parent is None else parent.root_id or parent.pk,
            depth=0 if parent is None else parent.depth + 1,
        )
        instance._state.fields_cache["definition"] = row
        process = definitions.process_of(definition.id)
        here = local(now, process)
        instance.business_key = business_key[: naming.LONGEST_KEY] or naming.business_key(
            process, instance, command.variables, here
        )
        instance.subject = naming.subject(process, command.variables, here)
        state = new_state(called=parent is not None)
        _save(cursor, instance, state, command, now, by, new=True, alone=alone)
        return instance

    return atomically(step)


def atomically(step: Callable[[], Result]) -> Result:
    """Runs `step` in one transaction, and again after a deadlock; inside a caller's transaction just runs it."""
    if connection.in_atomic_block:
        return step()
    pause = PAUSE
    for _ in range(ATTEMPTS - 1):
        try:
            with wire.Transaction():
                return step()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in _CONFLICTS:
                raise
        time.sleep(pause)
        pause *= 2
    with wire.Transaction():
        return step()


def _locked(
    cursor: Cursor, process_instance_id: int, command: Any, reads: wire.Statement | None
) -> tuple[ProcessInstance, list[tuple[Any, ...]] | None]:
    """The process instance under its lock; with what stands around the commanded element instance where that is all
    that is needed, and nobody was faster.
    """
    if type(command) in LOADERS:
        return storage.lock(cursor, process_instance_id), None
    return storage.take(cursor, process_instance_id, command.instance, reads)


def _take(
    cursor: Cursor,
    instance: ProcessInstance,
    around: list[tuple[Any, ...]] | None,
    command: Any,
    actor: AbstractBaseUser | None,
    job_id: int | None,
    also: Writes | None,
    *,
    alone: bool,
) -> None:
    instance._state.fields_cache["definition"] = definitions.row(instance.definition_id)
    if instance.state != ProcessInstance.State.ACTIVE:
        raise CommandRejected(f"The process instance {instance} has ended")
    state = new_state(called=instance.parent_id is not None)
    state.last_id = instance.last_number
    if around is not None:
        now = storage.fill(cursor, instance.id, state, around)
    else:
        now = LOADERS.get(type(command), _load_instance)(cursor, instance, command, state)
    if now is None:
        told = "it was completed, withdrawn or left in the meantime"
        raise CommandRejected(f"What this was meant for is no longer active in the process instance {instance}: {told}")
    _save(cursor, instance, state, command, now, actor, job_id=job_id, also=also, alone=alone)


def _save(
    cursor: Cursor,
    instance: ProcessInstance,
    before: State,
    command: commands.Command,
    now: datetime,
    actor: AbstractBaseUser | None,
    *,
    job_id: int | None = None,
    new: bool = False,
    also: Writes | None = None,
    alone: bool = False,
) -> None:
    """`alone`: the transaction is that of this step. Where nothing follows the rows, it ends with them."""
    process = definitions.process_of(instance.definition_id)
    here = local(now, process)
    environment = Environment(
        now=here,
        decide=definitions.decide(instance.definition, here),
        catches_above=partial(callers.catch, instance),
        interrupts_above=partial(callers.interrupts, instance),
        calendar=calendars.calendar,
        link=partial(definitions.link, instance.definition),
        has_form=partial(definitions.has_form, instance.definition),
    )
    known = before.last_id
    step = _advance(cursor, instance, before, command, environment)
    pending = Pending(instance, process, _elements(before, step), known, now, job_id)
    for effect in step.effects:
        pending.add(effect)
    actor_id = None if actor is None else actor.pk
    if isinstance(command, commands.Retry):
        aftermath.renew_jobs(pending, command.instance)
    offers = Writes()
    if not pending.settled:
        _tell(pending, offers)
    if new and offers.read is not None:
        _usually_read[instance.definition_id] = offers.read
    changed = {} if new or pending.end is not None else watching.changed(process, before, step)
    more = changed or pending.settled or instance.suspended_at is not None or aftermath.follows(pending)
    last = alone and not more
    new_jobs = save(cursor, pending, before, step, actor_id=actor_id, new=new, also=also, offers=offers, last=last)
    if changed:
        watching.tell(instance, changed)
    aftermath.messages_and_calls(pending)
    if instance.suspended_at is not None:
        suspension.hold(cursor, instance.pk)
    if pending.settled:
        _settle(cursor, pending)
    aftermath.ring(pending, new_jobs)


def _advance(
    cursor: Cursor, instance: ProcessInstance, state: State, command: commands.Command, environment: Environment
) -> Step:
    process = definitions.process_of(instance.definition_id)
    while True:
        try:
            return engine.advance(process, state, command, environment)
        except ScopeNotLoaded as missing:
            if missing.scope in state.complete_scopes:
                raise RuntimeError(f"The children of element instance {missing.scope} were loaded") from missing
            storage.load_children(cursor, instance.pk, missing.scope, state)
        except InstancesNotLoaded as missing:
            if all(missing.elements <= state.inside.get(scope, frozenset()) for scope in missing.scopes):
                raise RuntimeError(f"What is inside {missing.scopes} was loaded") from missing
            storage.load_inside(cursor, instance.pk, missing, state)
        except ItemNotLoaded as missing:
            loop_items.load(cursor, instance.pk, missing.body, missing.iteration, state)
            if missing.iteration not in state.items[missing.body]:
                raise RuntimeError(f"{missing}, and it is not there") from missing
        except ResultsNotLoaded as missing:
            if missing.body in state.results:
                raise RuntimeError(f"The results of element instance {missing.body} were loaded") from missing
            state.results[missing.body] = results.load(cursor, instance.pk, missing.body)


def _elements(before: State, step: Step) -> dict[int, tuple[str, int | None]]:
    found = {i.id: (i.element, i.iteration) for i in before.instances.values()}
    found.update((i.id, (i.element, i.iteration)) for i in (*step.entered, *step.changed))
    found.update((left.instance.id, (left.instance.element, left.instance.iteration)) for left in step.left)
    return found


def _tell(pending: Pending, offers: Writes) -> None:
    """The inbox hears what was withdrawn before it hears what is new."""
    for reason, numbers in pending.withdrawn_tasks.items():
        signals.user_tasks_withdrawn.send(
            sender=ProcessInstance, instance=pending.instance, numbers=numbers, reason=reason
        )
    if pending.tasks:
        signals.user_tasks_created.send(
            sender=ProcessInstance,
            instance=pending.instance,
            process=pending.process,
            tasks=pending.tasks,
            writes=offers,
        )


def _settle(cursor: Cursor, pending: Pending) -> None:
    """The inbox hears what was asked of a task before, and what was decided about it after all else."""
    asked = [settled for settled in pending.settled if settled.request is not None]
    if asked:
        signals.user_tasks_settled.send(sender=ProcessInstance, instance=pending.instance, settled=asked)
    offers = Writes()
    _tell(pending, offers)
    offers.run(cursor)
    if decided := [settled for settled in pending.settled if settled.request is None]:
        signals.user_tasks_settled.send(sender=ProcessInstance, instance=pending.instance, settled=decided)


# What a step begins with: the commanded element instances with all scopes around them. The rest follows when asked for.


def _load_instance(cursor: Cursor, instance: ProcessInstance, command: Any, state: State) -> datetime | None:
    return storage.load_around(cursor, instance.pk, [command.instance], state)


def _load_all(cursor: Cursor, instance: ProcessInstance, command: commands.Command, state: State) -> datetime | None:
    return storage.load_all(cursor, instance.pk, state)


LOADERS: dict[type, Callable[[Cursor, ProcessInstance, Any, State], datetime | None]] = {
    commands.Cancel: _load_all,
    commands.Modify: _load_all,
    commands.Migrate: _load_all,
}
