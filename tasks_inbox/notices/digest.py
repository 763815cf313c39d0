"""The summary of what is open, at the hour that a person has chosen. Nothing open: no mail.

Those whose hour has come are claimed in batches; one statement reads the tasks of a whole batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks_inbox.deadlines import database_time
from tasks_inbox.models import HumanTask, NoticePreference
from tasks_inbox.notices import letters, links
from tasks_inbox.notices.preferences import Digest, next_digest
from tasks_inbox.zones import zone

BATCH = 50  # people
MOST_BATCHES = 20  # per call
COUNTED = 200  # tasks of one person or group that are looked at
LISTED = 15  # in the mail, of one's own and of those that are offered

# What each person has, or could take, the most urgent first. Whoever is excluded from a task does not see it.
_OPEN = """
    WITH person(id) AS (SELECT unnest(%(people)s::bigint[])),
    principals(person, principal) AS (
        SELECT id, 2 * id FROM person
        UNION ALL
        SELECT m.user_id::bigint, 2 * m.group_id::bigint + 1 FROM person p JOIN auth_user_groups m ON m.user_id = p.id
    ),
    entry AS (
        SELECT DISTINCT p.person, e.task_id, e.mine
        FROM principals p CROSS JOIN LATERAL (
            SELECT task_id, mine, guarded FROM tasks_inbox_inboxentry x
            WHERE x.principal = p.principal AND (x.mine OR x.offered)
            ORDER BY x.priority DESC, x.due_at ASC NULLS LAST, x.task_id LIMIT %(counted)s
        ) e
        WHERE NOT e.guarded OR EXISTS (
            SELECT FROM tasks_inbox_taskrole r
            WHERE r.task_id = e.task_id AND (
                r.user_id = p.person
                OR r.group_id IN (SELECT m.group_id FROM auth_user_groups m WHERE m.user_id = p.person)
            )
            HAVING bool_or(r.role NOT IN ('potential_owner', 'excluded_owner'))
                OR bool_or(r.role = 'potential_owner') AND NOT bool_or(r.role = 'excluded_owner')
        )
    )
    SELECT e.person, t.id, bool_or(e.mine), coalesce(nullif(t.subject, ''), t.name), t.process_name, t.business_key,
           t.due_at
    FROM entry e JOIN tasks_inbox_humantask t ON t.id = e.task_id
    WHERE t.completed_at IS NULL AND t.state <> 'suspended' AND t.held_until IS NULL
      AND (t.actual_owner_id IS NULL OR t.actual_owner_id = e.person)
    GROUP BY e.person, t.id
    ORDER BY e.person, t.priority DESC, t.due_at ASC NULLS LAST, t.id
"""


@dataclass(frozen=True, slots=True)
class Open:
    """A task in somebody's summary."""

    task: int
    mine: bool
    title: str
    process: str
    key: str
    due_at: datetime | None


def write_due(now: datetime | None = None) -> int:
    """Write to everybody whose hour has come at `now` (None: the database's time); how many mails."""
    written = 0
    for _batch in range(MOST_BATCHES):
        with transaction.atomic():
            due = NoticePreference.objects.filter(digest_at__lte=now or Now()).select_related("user__profile")
            locked = due.select_for_update(skip_locked=True, of=("self",)).order_by("digest_at", "pk")
            batch = list(locked[:BATCH])
            if not batch:
                break
            written += _write_all(batch, now or database_time())
    return written


def _write_all(batch: Sequence[NoticePreference], now: datetime) -> int:
    for one in batch:
        weekday = one.digest_weekday if one.digest == Digest.WEEKLY else None
        here = zone(_zone_name(one.user))
        one.digest_at = next_digest(now, one.digest_hour, weekday, here) if one.digest != Digest.OFF else None
    NoticePreference.objects.bulk_update(batch, ["digest_at"])
    users = [one.user for one in batch if one.digest != Digest.OFF and one.user.is_active and one.user.email]
    tasks = open_tasks([user.pk for user in users])
    meant = [user for user in users if tasks.get(user.pk)]
    for user in meant:
        _write(user, tasks[user.pk], now)
    return len(meant)


def open_tasks(people: Sequence[int]) -> Mapping[int, list[Open]]:
    """What is open for each of them, the most urgent first; COUNTED tasks of a person or group at most."""
    found: dict[int, list[Open]] = defaultdict(list)
    if people:
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, {"people": list(people), "counted": COUNTED})
            for person, *row in cursor.fetchall():
                found[person].append(Open(*row))
    return found


def _write(user: User, tasks: Sequence[Open], now: datetime) -> None:
    mine, offered = [one for one in tasks if one.mine], [one for one in tasks if not one.mine]
    late = sum(one.due_at is not None and one.due_at < now for one in tasks)
    with letters.read_by(user):
        subject = ngettext("%(number)s open task", "%(number)s open tasks", len(tasks)) % {"number": _number(tasks)}
        if late:
            subject += ", " + _("%(number)s late") % {"number": late}
        context = {
            "mine": [_line(one, user, now) for one in mine[:LISTED]],
            "mine_number": _number(mine),
            "offered": [_line(one, user, now) for one in offered[:LISTED]],
            "offered_number": _number(offered),
            "late_number": late,
            "url": links.absolute(reverse("inbox")),
        }
        listed = [one.task for one in (*mine[:LISTED], *offered[:LISTED])]
        letters.write("digest", subject, user, context, kind=links.DIGEST, tasks=listed)


def _line(one: Open, user: User, now: datetime) -> dict[str, object]:
    return {
        "title": one.title,
        "process": one.process,
        "key": one.key,
        "due": letters.local(one.due_at, user) if one.due_at else "",
        "late": one.due_at is not None and one.due_at < now,
        "url": links.absolute(HumanTask(pk=one.task).get_absolute_url()),
    }


def _number(tasks: Sequence[Open]) -> str:
    return f"{len(tasks)}+" if len(tasks) >= COUNTED else str(len(tasks))


def _zone_name(user: User) -> str | None:
    profile = getattr(user, "profile", None)
    return profile.time_zone if profile else None
