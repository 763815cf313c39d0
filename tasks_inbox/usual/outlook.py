"""What the past says about one case: the steps that usually follow, and when it will probably be over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from orchestrator.bpmn.model import Process
from tasks_inbox import rows, spoken
from tasks_inbox.usual.past import END, FEWEST, Course, Usual

MOST_STEPS = 6  # of the way that is shown
LEAST = 0.05  # share from which another way is worth a word


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the usual way. `here`: the case is there now. `instead` names what else happens after it."""

    name: str
    lasts: str
    instead: str = ""
    here: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """Texts for a page; `steps` is empty where too little is known, and `basis` says so."""

    steps: tuple[Step, ...] = ()
    end: str = ""
    basis: str = ""
    by: str = ""  # the day by which half of such cases would be over


def outlook(
    usual: Usual, process: Process, open_steps: Mapping[str, datetime], now: datetime, zone: tzinfo, began: datetime
) -> Outlook:
    """For a case that runs since `began`. `open_steps`: the element ids where it is, since when."""
    if not usual.courses:
        few = _("Not enough past cases yet to say what usually happens: %(cases)s of %(fewest)s are over.")
        return Outlook(basis=few % {"cases": usual.cases, "fewest": FEWEST})
    known = {id: since for id, since in open_steps.items() if id in usual.courses and id in process.nodes}
    remaining = {id: usual.courses[id].rest.median - (now - since) for id, since in known.items()}
    slowest = max(remaining, key=lambda id: remaining[id]) if remaining else process.id
    course, since = usual.courses.get(slowest), known.get(slowest, began)
    if course is None:
        return Outlook()
    left, most = (max(span - (now - since), timedelta()) for span in (course.rest.median, course.rest.most))
    return Outlook(
        steps=(*_here(usual, process, known, slowest), *_steps(usual, process, slowest, set(known))),
        end=_end(left, most, now, zone),
        basis=_("From the last %(cases)s cases that are over.") % {"cases": usual.cases},
        by=_day(now + left, now, zone) if left else "",
    )


def _here(usual: Usual, process: Process, known: Mapping[str, datetime], slowest: str) -> Iterator[Step]:
    """The other steps where the case is too: branches that run beside the slowest one."""
    for step in sorted(known.keys() - {slowest}, key=lambda id: known[id])[:MOST_STEPS]:
        yield Step(_name(process, step), _lasts(usual.courses[step]), here=True)


def _end(left: timedelta, most: timedelta, now: datetime, zone: tzinfo) -> str:
    if not most:
        return _("It takes longer than nine of ten such cases did.")
    worst = _day(now + most, now, zone)
    if not left:
        return _("It takes longer than usual; nine of ten such cases would be over by %(worst)s.") % {"worst": worst}
    said = {"span": rows.span(left), "day": _day(now + left, now, zone), "worst": worst}
    return _("Usually over in %(span)s (%(day)s), in nine of ten cases by %(worst)s.") % said


def _day(at: datetime, now: datetime, zone: tzinfo) -> str:
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return _("today %(time)s") % {"time": f"{local:%H:%M}"}
    return spoken.short_day(local) if local.year == today.year else spoken.short_day_of_a_year(local)


def _steps(usual: Usual, process: Process, here: str, open_now: set[str]) -> Iterator[Step]:
    """The most frequent way from here to the end, without going in circles."""
    seen: set[str] = set()
    step = here
    while len(seen) < MOST_STEPS and step not in seen:
        seen.add(step)
        course = usual.courses.get(step)
        if course is None:
            return
        first, *others = course.next
        if step in process.nodes:
            yield Step(_name(process, step), _lasts(course), _instead(process, others), step in open_now)
        step = first[0] if first[0] not in open_now or len(course.next) == 1 else others[0][0]
        if step == END or step not in process.nodes:
            return


def _lasts(course: Course) -> str:
    median, most = rows.span(course.lasts.median), rows.span(course.lasts.most)
    if median == most:
        return _("usually %(median)s") % {"median": median}
    return _("usually %(median)s, at most %(most)s in nine of ten") % {"median": median, "most": most}


def _instead(process: Process, others: list[tuple[str, float]]) -> str:
    told = [
        _("%(percent)s %%: %(step)s") % {"percent": round(share * 100), "step": _name(process, step)}
        for step, share in others[:2]
        if share >= LEAST and (step == END or step in process.nodes)
    ]
    return ", ".join(told)


def _name(process: Process, step: str) -> str:
    if step == END:
        return _("the end")
    return " ".join((process.nodes[step].name or step).split())
