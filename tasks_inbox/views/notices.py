"""What a person is told, and how and when: the page where they say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from tasks_inbox.models import ChatChannel, NoticePreference
from tasks_inbox.notices import preferences
from tasks_inbox.notices.kinds import KINDS, wants
from tasks_inbox.notices.preferences import Choices, Digest
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request, answer

HOURS = tuple(range(24))


@page("GET", "POST")
def notices(request: Request) -> HttpResponse:
    if request.method != "POST":
        return _page(request, preferences.of(request.user), {})
    errors: dict[str, str] = {}
    choices = _read(request.POST, errors)
    if errors:
        return _page(request, _unsaved(choices), errors, status=422)
    preferences.keep(request.user, choices)
    messages.success(request, _("Saved. It holds from the next mail on."))
    return redirect("notices")


def _page(request: Request, chosen: NoticePreference, errors: dict[str, str], *, status: int = 200) -> HttpResponse:
    context = {
        "kinds": [(kind, wants(chosen.kinds, kind.name)) for kind in KINDS.values()],
        "chosen": chosen,
        "digests": Digest.choices,
        "hours": [(hour, f"{hour:02}:00") for hour in HOURS],
        "weekdays": list(WEEKDAYS.items()),
        "zone": str(request.clock.zone),
        "channel": ChatChannel.objects.filter(user=request.user, active=True).first(),
        "errors": errors,
    }
    return answer(request, "inbox/notices.html", "", context, status=status)


def _read(sent: Mapping[str, str], errors: dict[str, str]) -> Choices:
    """What the page sent; what cannot be meant is told in `errors`, by the field's name."""
    begins, ends = (_clock(sent, field, errors) for field in ("quiet_from", "quiet_until"))
    if (begins is None) != (ends is None) and not errors:
        errors["quiet_from"] = _("Quiet hours have a beginning and an end: fill in both, or none.")
    if begins is not None and begins == ends:
        errors["quiet_from"] = _("Quiet hours that begin when they end are none, or all of the day.")
    digest = sent.get("digest", Digest.OFF)
    if digest not in Digest.values:
        errors["digest"] = _("Choose one of the list.")
        digest = Digest.OFF
    return Choices(
        kinds={kind: f"kind-{kind}" in sent for kind in KINDS},
        digest=Digest(digest),
        hour=_one_of(HOURS, sent, "digest_hour", errors, 8),
        weekday=_one_of(tuple(WEEKDAYS), sent, "digest_weekday", errors, 0),
        quiet_from=begins,
        quiet_until=ends,
        quiet_weekends="quiet_weekends" in sent,
        quiet_escalations="quiet_escalations" in sent,
        decide_by_mail="decide_by_mail" in sent,
        chat="chat" in sent,
    )


def _clock(sent: Mapping[str, str], field: str, errors: dict[str, str]) -> time | None:
    text = sent.get(field, "").strip()
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        errors[field] = _("Write a time of day such as 18:30.")
        return None


def _one_of(known: Sequence[int], sent: Mapping[str, str], field: str, errors: dict[str, str], usual: int) -> int:
    text = sent.get(field, str(usual))
    if text in map(str, known):
        return int(text)
    errors[field] = _("Choose one of the list.")
    return usual


def _unsaved(choices: Choices) -> NoticePreference:
    """The page as it was sent."""
    return NoticePreference(
        kinds=dict(choices.kinds),
        digest=choices.digest,
        digest_hour=choices.hour,
        digest_weekday=choices.weekday,
        quiet_from=choices.quiet_from,
        quiet_until=choices.quiet_until,
        quiet_weekends=choices.quiet_weekends,
        quiet_escalations=choices.quiet_escalations,
        decide_by_mail=choices.decide_by_mail,
        chat=choices.chat,
    )
