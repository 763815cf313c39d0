"""Where is what I asked for? The cases that a person has started, each with its open tasks and who has them."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from orchestrator.models import ProcessInstance
from orchestrator.runtime import definitions
from tasks_inbox import rows
from tasks_inbox.rows import RequestRow
from tasks_inbox.usual import Usual, outlook, usual
from tasks_inbox.zones import zone

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LARGEST_PAGE = 200
MOST_WAITS = 50  # open tasks of one case
MOST_PROCESSES = 10  # whose past one page asks for


def my_requests(user: User, *, after: int | None = None, limit: int = 50) -> list[RequestRow]:
    """The cases that this person has started, latest first, each with where it is and with whom; `after` is the
    last id seen.
    """
    instances = ProcessInstance.objects.filter(started_by=user).select_related("definition").order_by("-id")
    if after is not None:
        instances = instances.filter(pk__lt=after)
    found = list(instances[: min(max(limit, 1), LARGEST_PAGE)])
    waits = waiting([instance.pk for instance in found])
    now, local = _now_and_zone(user)
    pasts = _pasts(found, now)
    return [
        _request(instance, waits.get(instance.pk, []), now, local, pasts.get(instance.definition_id))
        for instance in found
    ]


def _pasts(instances: list[ProcessInstance], now: datetime) -> dict[int, Usual]:
    """How the processes of those that run usually go; of the first few, so that a page stays quick."""
    running = {
        instance.definition_id: instance.definition
        for instance in instances
        if instance.state == ProcessInstance.State.ACTIVE and not instance.open_incidents
    }
    return {pk: usual(definition, now) for pk, definition in list(running.items())[:MOST_PROCESSES]}


class Wait(NamedTuple):
    """An open task of a case: `offered` are the names of its potential owners; `late`: its due date has passed."""

    pk: int
    title: str
    owner: str | None
    offered: str | None
    element: str
    since: datetime
    late: bool | None

    @property
    def who(self) -> str:
        return self.owner or self.offered or _("the administrators")


def waiting(instances: list[int]) -> dict[int, list[Wait]]:
    """Per process instance its open tasks."""
    if not instances:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.id, t.id, coalesce(nullif(t.subject, ''), t.name),
                   coalesce(nullif(trim(o.first_name || ' ' || o.last_name), ''), o.username),
                   (SELECT string_agg(
                        coalesce(g.name, nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username), ', '
                        ORDER BY coalesce(g.name, u.username)
                    )
                    FROM tasks_inbox_taskrole r LEFT JOIN auth_group g ON g.id = r.group_id
                    LEFT JOIN auth_user u ON u.id = r.user_id
                    WHERE r.task_id = t.id AND r.role = 'potential_owner'),
                   t.element, t.created_at, t.due_at < now()
            FROM unnest(%s::bigint[]) AS i(id) CROSS JOIN LATERAL (
                SELECT * FROM tasks_inbox_humantask h
                WHERE h.process_instance_id = i.id AND h.completed_at IS NULL
                  AND NOT h.composite AND h.part IN ('', 'approval')
                ORDER BY h.id LIMIT %s
            ) t LEFT JOIN auth_user o ON o.id = t.actual_owner_id
            ORDER BY t.id
            """,
            [instances, MOST_WAITS],
        )
        found: dict[int, list[Wait]] = {}
        for instance, *task in cursor.fetchall():
            found.setdefault(instance, []).append(Wait(*task))
    return found


def _request(
    instance: ProcessInstance, waits: list[Wait], now: datetime, local: tzinfo, past: Usual | None
) -> RequestRow:
    active = instance.state == ProcessInstance.State.ACTIVE
    people = list(dict.fromkeys(wait.who for wait in waits))
    since = min((wait.since for wait in waits), default=None)
    at_work = _("Needs help from an administrator") if instance.open_incidents else _("In progress")
    return RequestRow(
        id=instance.pk,
        ref=str(instance),
        process=instance.definition.name or instance.definition.key,
        subject=instance.subject,
        state=instance.state,
        state_text=(", ".join(dict.fromkeys(wait.title for wait in waits)) or at_work)
        if active
        else instance.get_state_display(),
        with_whom=", ".join(people) if active else "",
        since=rows.span(now - since) if active and since else "",
        started=rows.day(instance.started_at, now, local),
        late=any(wait.late for wait in waits),
        usually=_usually(instance, waits, now, local, past),
    )


def _usually(instance: ProcessInstance, waits: list[Wait], now: datetime, local: tzinfo, past: Usual | None) -> str:
    """“usually over 4 Dec”."""
    if past is None or not past.courses:
        return ""
    process = definitions.process_of(instance.definition_id)
    steps = {wait.element: wait.since for wait in waits}
    by = outlook(past, process, steps, now, local, instance.started_at).by
    return _("usually over %(day)s") % {"day": by} if by else ""


def _now_and_zone(user: User) -> tuple[datetime, tzinfo]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now(), (SELECT f.time_zone FROM tasks_inbox_profile f WHERE f.user_id = %s)", [user.pk])
        now, name = cursor.fetchone()
    return now, zone(name)
