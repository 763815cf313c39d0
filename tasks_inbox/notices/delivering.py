"""When the time of a notice has come: is it still wanted, is it still true, and in which form is it told?

One person at a time, with all that is due for them: what comes in a bundle is one mail. A person whose notices cannot
be told holds up nobody else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Container, Iterable, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from tasks_inbox import lifecycle
from tasks_inbox.deadlines import database_time
from tasks_inbox.models import ChatChannel, Notice, NoticePreference, TaskRole
from tasks_inbox.notices import chat, messages, preferences, standing
from tasks_inbox.notices.kinds import ASSIGNED, LATE, OFFERED, wants

logger = logging.getLogger(__name__)
AT_ONCE = 200  # people and groups, per round
OF_ONE = 2_000  # notices of a person at a time
LASTS = 30.0  # seconds, for one round: mails that were made before it want to go out too
FEW = 3  # more new tasks than that are told in one mail
LATER = timedelta(minutes=5)  # what failed is tried again
KEPT = timedelta(days=30)

_RELATED = ("user__profile", "group", "by", "task__process_instance__definition", "task__actual_owner", "task__form")
_TASKS = (ASSIGNED, OFFERED)


def deliver_due(now: datetime | None = None) -> int:
    """Deliver every notice that is due at `now` (None: the database's time); to how many people and groups."""
    delivered, began = 0, time.monotonic()
    while delivered < AT_ONCE and time.monotonic() - began < LASTS:
        first: Notice | None = None
        try:
            with transaction.atomic():
                first = _due(now).order_by("due_at", "pk").first()
                if first is None:
                    return delivered
                of_them = _due(now).filter(user=first.user_id, group=first.group_id).order_by("pk")
                due = list(of_them.select_related(*_RELATED)[:OF_ONE])
                _to_group(due) if first.group_id else _to_person(due, now or database_time())
            delivered += 1
        except Exception:  # whatever is wrong with this one, the others wait too
            if first is None:
                raise
            logger.exception("The notices for %s cannot be told", first.user or first.group)
            _due(now).filter(user=first.user_id, group=first.group_id).update(due_at=Now() + LATER)
    return delivered


def forget() -> int:
    """What was told a month ago."""
    return Notice.objects.filter(~Q(state=Notice.State.DUE), created_at__lt=Now() - KEPT).delete()[0]


def _due(now: datetime | None) -> QuerySet[Notice]:
    due = Notice.objects.filter(state=Notice.State.DUE, due_at__lte=now or Now())
    return due.select_for_update(skip_locked=True, of=("self",))


def _to_person(due: Sequence[Notice], now: datetime) -> None:
    user = due[0].user
    assert user is not None
    chosen, here = preferences.of(user), preferences.zone_of(user)
    theirs = standing.having(user, {one.task_id for one in due if one.kind in _TASKS and one.task_id})
    told: list[Notice] = []
    seen: set[tuple[str, int | None]] = set()
    dropped: list[Notice] = []
    for notice in due:
        if wait := preferences.held_until(chosen, notice.kind, now, here):
            Notice.objects.filter(pk=notice.pk).update(due_at=wait)
        elif _is_told(notice, user, chosen, theirs) and _key(notice) not in seen:
            seen.add(_key(notice))
            told.append(notice)
        else:
            dropped.append(notice)
    new = [notice for notice in told if notice.kind in _TASKS]
    bundled = new if len(new) > FEW else []
    if user.email:
        if bundled:
            messages.bundle(user, bundled)
        for notice in told:
            if notice not in bundled:
                messages.write(user, notice)
    if chosen.chat and (channel := ChatChannel.objects.filter(user=user, active=True).first()):
        chat.post(channel, told, few=FEW)
    _settle(told, Notice.State.TOLD)
    _settle(dropped, Notice.State.WITHDRAWN)


def _to_group(due: Sequence[Notice]) -> None:
    group = due[0].group
    assert group is not None
    channel = ChatChannel.objects.filter(group=group, active=True).first()
    told = [notice for notice in due if channel is not None and _is_for(group, notice)]
    if channel is not None and told:
        chat.post(channel, told, few=FEW)
    _settle(told, Notice.State.TOLD)
    _settle((notice for notice in due if notice not in told), Notice.State.WITHDRAWN)


def _is_for(group: Group, notice: Notice) -> bool:
    """Offered to it still; or late, and the group may look at it."""
    task = notice.task
    if task is None or not task.is_open:
        return False
    held = TaskRole.objects.filter(task=task, group=group)
    if notice.kind == LATE:
        return held.exclude(role=lifecycle.EXCLUDED_OWNER).exists()
    taken = task.actual_owner_id is not None or task.state != lifecycle.READY
    return not taken and held.filter(role=lifecycle.POTENTIAL_OWNER).exists()


def _is_told(notice: Notice, user: User, chosen: NoticePreference, theirs: Container[int | None]) -> bool:
    """`theirs`: the tasks that they have or could take, asked for all of them at once."""
    if not user.is_active or not wants(chosen.kinds, notice.kind):
        return False
    if notice.kind not in _TASKS or notice.task is None:
        return standing.is_told(notice.kind, user, notice.task)
    offered = notice.kind == OFFERED
    return notice.task_id in theirs and not (offered and notice.task.actual_owner_id is not None)


def _key(notice: Notice) -> tuple[str, int | None]:
    """A task that was given away and back is told once."""
    return (notice.kind, notice.task_id) if notice.kind in _TASKS else (notice.kind, -notice.pk)


def _settle(notices: Iterable[Notice], state: Notice.State) -> None:
    if pks := [notice.pk for notice in notices]:
        Notice.objects.filter(pk__in=pks).update(state=state)
