"""What a person has chosen; whoever has chosen nothing is told what is usual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now

from orchestrator.models import Mail
from orchestrator.runtime import mails
from tasks_inbox.deadlines import database_time
from tasks_inbox.models import Notice, NoticePreference, Profile
from tasks_inbox.notices.kinds import KINDS, of_purpose, wants
from tasks_inbox.notices.links import PERSON, PURPOSE
from tasks_inbox.notices.quiet import Quiet, over
from tasks_inbox.zones import zone

Digest = NoticePreference.Digest
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything on the page of notices, checked."""

    kinds: Mapping[str, bool] = field(default_factory=dict)
    digest: Digest = Digest.OFF
    hour: int = 8
    weekday: int = 0
    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_weekends: bool = False
    quiet_escalations: bool = False
    decide_by_mail: bool = True
    chat: bool = True


def of(user: User) -> NoticePreference:
    """Theirs, or unsaved the usual ones."""
    return NoticePreference.objects.filter(user=user).first() or NoticePreference(user=user)


def of_many(people: Iterable[int]) -> dict[int, NoticePreference]:
    """The same for many, in one statement."""
    wanted = list(people)
    found = {one.user_id: one for one in NoticePreference.objects.filter(user__in=wanted)}
    return {pk: found.get(pk) or NoticePreference(user_id=pk) for pk in wanted}


def zone_of(user: User) -> ZoneInfo:
    return zone(Profile.objects.filter(user=user).values_list("time_zone", flat=True).first())


def wanting(kind: str, users: Iterable[User]) -> tuple[list[User], list[User]]:
    """Those who want to be mailed about this, and those who do not, in their order."""
    asked = list(users)
    chosen = of_many(user.pk for user in asked)
    told = [user for user in asked if wants(chosen[user.pk].kinds, kind)]
    return told, [user for user in asked if user not in told]


@transaction.atomic
def keep(user: User, choices: Choices) -> NoticePreference:
    """From now on so. What quiet hours hold back is looked at anew."""
    weekday = choices.weekday if choices.digest == Digest.WEEKLY else None
    now, here, next_one = database_time(), zone_of(user), None
    if choices.digest != Digest.OFF:
        next_one = next_digest(now, choices.hour, weekday, here)
    kept, _made = NoticePreference.objects.update_or_create(
        user=user,
        defaults={
            # What is chosen as it is usual is kept as chosen: it stays so when the usual changes.
            "kinds": {name: bool(choices.kinds.get(name, kind.usual)) for name, kind in KINDS.items()},
            "digest": choices.digest,
            "digest_hour": choices.hour,
            "digest_weekday": choices.weekday,
            "digest_at": next_one,
            "quiet_from": choices.quiet_from,
            "quiet_until": choices.quiet_until,
            "quiet_weekends": choices.quiet_weekends,
            "quiet_escalations": choices.quiet_escalations,
            "decide_by_mail": choices.decide_by_mail,
            "chat": choices.chat,
        },
    )
    Notice.objects.filter(user=user, state=Notice.State.DUE, due_at__gt=Now()).update(due_at=Now())
    held = Mail.objects.filter(state=Mail.State.DUE, due_at__gt=Now(), attempts=0)
    for mail in held.filter(headers__contains={PERSON: str(user.pk)}, headers__has_key=PURPOSE):
        kind = of_purpose(mail.headers[PURPOSE])
        mails.postpone(mail, (kind and held_until(kept, kind, now, here)) or now)
    return kept


@transaction.atomic
def silence(user: User, kind: str) -> None:
    """No more mails of this kind; “digest” is one too."""
    kept, _made = NoticePreference.objects.select_for_update().get_or_create(user=user)
    if kind == "digest":
        NoticePreference.objects.filter(pk=kept.pk).update(digest=Digest.OFF, digest_at=None)
    else:
        NoticePreference.objects.filter(pk=kept.pk).update(kinds={**kept.kinds, KINDS[kind].name: False})


def held_until(chosen: NoticePreference, kind: str, now: datetime, here: ZoneInfo) -> datetime | None:
    """When this may be told; None: now."""
    if KINDS[kind].urgent and not chosen.quiet_escalations:
        return None
    return over(Quiet(chosen.quiet_from, chosen.quiet_until, chosen.quiet_weekends), now, here)


def next_digest(after: datetime, hour: int, weekday: int | None, here: ZoneInfo) -> datetime:
    """The first moment behind `after` at which it is this hour there, on this weekday (None: on any day)."""
    day = after.astimezone(here).date()
    for _ in range(9):
        at = datetime.combine(day, time(hour), here)
        # An hour that a change of the clocks leaves out comes an hour later, and one that it repeats comes once.
        if at.timestamp() > after.timestamp() and weekday in (None, day.weekday()):
            return at
        day += _DAY
    raise AssertionError("a week has every weekday")
