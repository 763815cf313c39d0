"""A process instance goes on in another version of its process: the plan, the dry run, and the run itself.

What `engine.migration` decides is written here: element instances, jobs, timers, subscriptions, incidents and tokens at
joins are renamed, waits that are gone are closed, and the step that follows opens those that the target adds. All of it
is one transaction under the lock of the process instance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, QuerySet

from orchestrator import signals
from orchestrator.bpmn.model import Process, UserTask
from orchestrator.engine import CommandRejected, commands, migration, new_state
from orchestrator.engine.behaviours import compensation
from orchestrator.engine.migration import Misfit, Translation
from orchestrator.engine.state import State
from orchestrator.models import ElementInstance, HistoryEvent, Incident, ProcessDefinition, ProcessInstance
from orchestrator.runtime import definitions, results, saving, storage, wire
from orchestrator.runtime import writes as parts
from orchestrator.runtime.execution import execute
from orchestrator.runtime.storage import Cursor
from orchestrator.runtime.variables import text
from orchestrator.runtime.writes import array, rows

Mapped = Mapping[str, str]
LONGEST_REASON = 500
SHOWN = 5  # misfits in one sentence

_MARK = "~"  # before a new name while old ones are still there, so that two events can change places

RENAME_INSTANCES = """UPDATE orchestrator_elementinstance e SET element = r.element, element_type = r.element_type,
 data = r.data::jsonb FROM jsonb_to_recordset(%s::jsonb) AS r(number bigint, element text, element_type text, data text)
WHERE e.process_instance_id = %s AND e.number = r.number"""

RENAME_EVENTS = (
    """UPDATE orchestrator_subscription s SET event = %s || r.new FROM jsonb_to_recordset(%s::jsonb)
 AS r(number bigint, old text, new text)
WHERE s.process_instance_id = %s AND s.number = r.number AND s.event = r.old""",
    """UPDATE orchestrator_subscription SET event = substr(event, 2) WHERE process_instance_id = %s
AND left(event, 1) = %s AND number = ANY(%s::bigint[])""",
    """UPDATE orchestrator_job j SET element = %s || r.new FROM jsonb_to_recordset(%s::jsonb)
 AS r(number bigint, old text, new text) WHERE j.process_instance_id = %s AND j.number = r.number
AND j.element = r.old AND j.state IN ('due', 'failed')""",
    """UPDATE orchestrator_job SET element = substr(element, 2) WHERE process_instance_id = %s
AND left(element, 1) = %s AND number = ANY(%s::bigint[])""",
)

RENAME_DELIVERIES = """UPDATE orchestrator_job j SET payload = jsonb_set(payload, '{event}', to_jsonb(r.new))
FROM jsonb_to_recordset(%s::jsonb) AS r(number bigint, old text, new text) WHERE j.process_instance_id = %s
AND j.number = r.number AND j.kind = 'delivery' AND j.state = 'due' AND payload->>'event' = r.old"""

RENAME_INCIDENTS = """UPDATE orchestrator_incident i SET element = r.new FROM jsonb_to_recordset(%s::jsonb)
 AS r(number bigint, new text) WHERE i.process_instance_id = %s AND i.number = r.number AND i.resolved_at IS NULL"""

DROP_TOKENS = "DELETE FROM orchestrator_jointoken WHERE process_instance_id = %s"


class MigrationRefused(CommandRejected):
    """Nothing has changed; `misfits` holds every reason."""

    def __init__(self, misfits: Iterable[Misfit]) -> None:
        self.misfits = tuple(misfits)
        told = sentences(self.misfits)
        more = f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
        super().__init__("; ".join(told[:SHOWN]) + more)


def sentences(misfits: Iterable[Misfit]) -> list[str]:
    """Each once, however many element instances it is about."""
    counted = Counter(misfit.message for misfit in misfits)
    return [f"{message} ({count} times)" if count > 1 else message for message, count in counted.items()]


@dataclass(frozen=True, slots=True)
class Report:
    """What a migration would do with one instance: `misfits` keep it from happening, `told` says what changes."""

    instance: ProcessInstance
    misfits: tuple[Misfit, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def reasons(self) -> list[str]:
        return sentences(self.misfits)


def propose(source: ProcessDefinition, target: ProcessDefinition) -> dict[str, str]:
    """The plan that suggests itself: elements of the same id, kind and scope."""
    return migration.propose(definitions.process_of(source.pk), definitions.process_of(target.pk))


def problems(source: ProcessDefinition, target: ProcessDefinition, mapped: Mapped) -> list[Misfit]:
    """What is wrong with a plan, whatever is active."""
    if source.pk == target.pk:
        return [Misfit("", f"It is in version {target.version} already")]
    if source.key != target.key:
        return [Misfit("", "A process instance can only go on in another version of its own process")]
    return migration.unfit(definitions.process_of(source.pk), definitions.process_of(target.pk), mapped)


def dry_run(instance: ProcessInstance, target: ProcessDefinition, mapped: Mapped) -> Report:
    """What would happen to this instance as it stands now: migrated in a transaction that is rolled back."""
    source = definitions.row(instance.definition_id)
    wrong = problems(source, target, mapped)
    if instance.state != ProcessInstance.State.ACTIVE:
        wrong.append(Misfit("", "It has ended"))
    if wrong:
        return Report(instance, tuple(wrong))
    old, new = definitions.process_of(source.pk), definitions.process_of(target.pk)
    with wire.cursor() as cursor:
        state = _state(cursor, instance)
    if wrong := migration.misfits(old, new, mapped, state):
        return Report(instance, tuple(wrong))
    told = _told(state, migration.translate(old, new, mapped, state))
    try:
        return Report(instance, told=(*told, *_rehearsed(instance, target, mapped)))
    except CommandRejected as refused:
        return Report(instance, (Misfit("", str(refused)),))


class _Undone(Exception):
    """The rehearsal is over."""


def _rehearsed(instance: ProcessInstance, target: ProcessDefinition, mapped: Mapped) -> list[str]:
    """What the step itself would lead to. Raises CommandRejected as `migrate` would."""
    told: list[str] = []
    trouble = Incident.objects.filter(process_instance=instance, resolved_at=None).order_by("id")
    known = set(trouble.values_list("pk", flat=True))
    try:
        with transaction.atomic():
            after = migrate(instance, target, mapped, by=None)
            if after.state != ProcessInstance.State.ACTIVE:
                told.append("It ends: nothing is left to wait for")
            told += [f"{each.element} needs help: {each.message}" for each in trouble if each.pk not in known]
            raise _Undone
    except _Undone:
        return told


def migrate(
    instance: ProcessInstance,
    target: ProcessDefinition,
    mapped: Mapped,
    *,
    by: AbstractBaseUser | None,
    reason: str = "",
) -> ProcessInstance:
    """Raises MigrationRefused when something active has no place in the target, CommandRejected."""
    moved: dict[int, str] = {}

    def translate(locked: ProcessInstance) -> None:
        """Under the lock, before the step loads: rows become those of the target."""
        if locked.state != ProcessInstance.State.ACTIVE:
            raise CommandRejected(f"The process instance {locked} has ended")
        source = definitions.row(locked.definition_id)
        if wrong := problems(source, target, mapped):
            raise MigrationRefused(wrong)
        moved.update(_rewrite(locked, source, target, mapped))
        data = {
            "from": source.version,
            "to": target.version,
            "mapping": {old: new for old, new in mapped.items() if old != new},
            "reason": reason[:LONGEST_REASON],
        }
        actor = None if by is None else by.pk
        HistoryEvent.objects.create(process_instance=locked, kind="migrated", actor_id=actor, data=data)
        if moved:
            signals.user_tasks_migrated.send(
                sender=ProcessInstance, instance=locked, process=definitions.process_of(target.pk), elements=moved
            )

    return execute(instance.pk, commands.Migrate(), actor=by, before=translate)


def _rewrite(
    locked: ProcessInstance, source: ProcessDefinition, target: ProcessDefinition, mapped: Mapped
) -> dict[int, str]:
    """The numbers of user tasks, with their new elements."""
    old, new = definitions.process_of(source.pk), definitions.process_of(target.pk)
    with wire.cursor() as cursor:
        state = _state(cursor, locked)
        if wrong := migration.misfits(old, new, mapped, state):
            raise MigrationRefused(wrong)
        done = migration.translate(old, new, mapped, state)
        _write(cursor, locked, old, new, state, done)
    locked.definition_id = target.pk
    ProcessInstance.objects.filter(pk=locked.pk).update(definition=target.pk)
    moved = done.state.instances.values()
    return {i.id: i.element for i in moved if isinstance(new.nodes.get(i.element), UserTask)}


def _write(
    cursor: Cursor, locked: ProcessInstance, old: Process, new: Process, before: State, done: Translation
) -> None:
    mine = locked.pk
    instances: list[dict[str, Any]] = []
    names = [(number, event, other) for number, event, other in done.renamed]
    for id, instance in done.state.instances.items():
        was = before.instances[id]
        if instance.element != was.element or instance.data != was.data:
            type = saving.element_type(new, instance)
            data = instance.data if instance.loop is None else results.with_progress(instance.data, instance.loop)
            row = {"number": id, "element": instance.element, "element_type": type, "data": text(data)}
            instances.append(row)
        if instance.element != was.element:
            names.append((id, was.element, instance.element))
    gone = [{"number": number, "event": event} for number, event in done.gone]
    if gone:
        cursor.execute("SELECT statement_timestamp()")
        (now,) = cursor.fetchone()
        for statement, *parameters in (
            parts.WITHDRAW_EVENTS.of(gone, now, mine),
            parts.UNSUBSCRIBE_EVENTS.of(gone, mine),
        ):
            cursor.execute(statement, parameters)
    if instances:
        cursor.execute(RENAME_INSTANCES, [rows(instances), mine])
    for body, rounds in done.state.results.items():
        results.keep(cursor, mine, body, before.results[body], rounds)
    if names:
        _rename(cursor, mine, list(dict.fromkeys(names)))
    if done.state.joins != before.joins:
        cursor.execute(DROP_TOKENS, [mine])
        statement, *parameters = parts.KEEP_TOKENS.of(_tokens(done.state), mine)
        cursor.execute(statement, parameters)


def _rename(cursor: Cursor, mine: int, names: list[tuple[int, str, str]]) -> None:
    records = rows({"number": number, "old": old, "new": new} for number, old, new in names)
    numbers = array(sorted({number for number, *_ in names}))
    for index, statement in enumerate(RENAME_EVENTS):
        cursor.execute(statement, [mine, _MARK, numbers] if index % 2 else [_MARK, records, mine])
    cursor.execute(RENAME_DELIVERIES, [records, mine])
    cursor.execute(RENAME_INCIDENTS, [records, mine])


def _tokens(state: State) -> list[dict[str, Any]]:
    return [
        {"scope": scope, "gateway": gateway, "flow": flow, "count": count}
        for (scope, gateway), flows in state.joins.items()
        for flow, count in flows.items()
    ]


def _state(cursor: Cursor, instance: ProcessInstance) -> State:
    """Complete, with what can be compensated. Raises CommandRejected when nothing is active."""
    state = new_state(called=instance.parent_id is not None)
    state.last_id = instance.last_number
    if storage.load_all(cursor, instance.pk, state) is None:
        raise CommandRejected(f"The process instance {instance} has ended")
    bodies = [body for each in state.instances.values() for body in compensation.bodies_of(each)]
    while bodies:
        body = bodies.pop()
        rounds = state.results[body] = results.load(cursor, instance.pk, body)
        bodies += [inner for round in rounds.values() for inner in compensation.bodies(round.done)]
    return state


def _told(state: State, done: Translation) -> list[str]:
    """Sentences about what differs; nothing for what goes on under its name."""
    told = []
    for id, instance in done.state.instances.items():
        if instance.scope is not None and instance.element != state.instances[id].element:
            told.append(f"{state.instances[id].element} goes on as {instance.element}")
        told += [f"{instance.element} begins to wait for {e}" for e in instance.data.get(migration.TO_AWAIT, ())]
    told += [f"{state.instances[id].element} no longer waits for {event}" for id, event in done.gone]
    told += [f"{activity} was completed and can no longer be compensated" for activity in done.forgotten]
    return list(dict.fromkeys(told))


def active_elements(definition: ProcessDefinition) -> dict[str, int]:
    """Where the running instances of a version stand: element -> how many element instances."""
    rows = ElementInstance.objects.filter(
        process_instance__definition=definition, process_instance__state="active", state="active", scope__isnull=False
    )
    return dict(rows.values_list("element").annotate(found=Count("number")).order_by("element"))


def other_versions(definition: ProcessDefinition) -> QuerySet[ProcessDefinition]:
    """Where a running instance of this version could go on, newest first."""
    return ProcessDefinition.objects.filter(key=definition.key).exclude(pk=definition.pk).order_by("-version")[:50]
