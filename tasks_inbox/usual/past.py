"""How the last cases of a process went: per step how long it took, what came next, how long it was until the end.

Two statements, the second over at most `MOST_CASES` cases and `MOST_STEPS` element instances of each; kept for an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection

from orchestrator.models import ProcessDefinition

FEWEST = 5  # cases from which something can be said
MOST_CASES = 200
MOST_STEPS = 300
STEPS = ("userTask", "callActivity", "receiveTask", "intermediateCatchEvent")  # what takes time
END = ""  # in the place of a next step

_PAST = """
WITH past AS MATERIALIZED (
    SELECT p.id, p.ended_at FROM orchestrator_processinstance p
    WHERE p.definition_id = ANY(%(versions)s::bigint[]) AND p.state = 'completed'
    ORDER BY p.id DESC LIMIT %(cases)s
), steps AS (
    SELECT e.element, extract(epoch FROM e.left_at - e.entered_at) AS lasted,
           extract(epoch FROM past.ended_at - e.entered_at) AS rest,
           coalesce((
               SELECT n.element FROM orchestrator_elementinstance n
               WHERE n.process_instance_id = past.id AND n.element_type = ANY(%(steps)s) AND n.iteration IS NULL
                 AND n.state = 'completed'
                 AND n.number > CASE WHEN e.scope IS NULL THEN e.number ELSE e.left_number END
               ORDER BY n.number LIMIT 1
           ), '') AS next
    FROM past CROSS JOIN LATERAL (
        SELECT i.element, i.element_type, i.scope, i.iteration, i.state, i.number, i.left_number, i.entered_at,
               i.left_at
        FROM orchestrator_elementinstance i WHERE i.process_instance_id = past.id ORDER BY i.number LIMIT %(rows)s
    ) e
    WHERE (e.element_type = ANY(%(steps)s) OR e.scope IS NULL) AND e.iteration IS NULL AND e.state = 'completed'
      AND e.left_at IS NOT NULL
)
SELECT element, next, count(*),
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY lasted),
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY rest)
FROM steps GROUP BY GROUPING SETS ((element), (element, next))
"""


@dataclass(frozen=True, slots=True)
class Span:
    """Half of the cases needed at most `median`, nine of ten at most `most`."""

    median: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True)
class Course:
    """How a step went so far: `count` times, `lasts`, and `rest` from its beginning until the end of the case. `next`
    are the steps that followed, END for none, with their shares of 1, the most frequent first.
    """

    count: int
    lasts: Span
    rest: Span
    next: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Usual:
    """`courses` by element id; that of the process itself is the way to the first step."""

    cases: int = 0
    courses: Mapping[str, Course] = field(default_factory=dict)


def usual(definition: ProcessDefinition, now: datetime) -> Usual:
    """Of all versions of the process. Without courses as long as fewer than `FEWEST` cases are over."""
    return _usual(definition.pk, definition.key, definition.created_at, now.replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=500)
def _usual(definition_id: int, key: str, created_at: datetime, since: datetime) -> Usual:
    versions = list(ProcessDefinition.objects.filter(key=key).values_list("pk", flat=True))  # the planner knows each
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {
            "versions": versions,
            "cases": MOST_CASES,
            "rows": MOST_STEPS,
            "steps": list(STEPS),
        }
        cursor.execute(_PAST, parameters)
        rows = cursor.fetchall()
    counts: dict[str, int] = {}
    spans: dict[str, tuple[Span, Span]] = {}
    follow: dict[str, list[tuple[str, int]]] = {}
    for element, following, count, lasted, rest in rows:
        if following is None:
            counts[element], spans[element] = count, (_span(lasted), _span(rest))
        else:
            follow.setdefault(element, []).append((following, count))
    cases = counts.get(key, 0)
    if cases < FEWEST:
        return Usual(cases)
    return Usual(cases, {name: Course(counts[name], *spans[name], _shares(follow[name])) for name in counts})


def _shares(counted: list[tuple[str, int]]) -> tuple[tuple[str, float], ...]:
    total = sum(count for _, count in counted)
    return tuple((name, count / total) for name, count in sorted(counted, key=lambda pair: (-pair[1], pair[0])))


def _span(seconds: list[float]) -> Span:
    median, most = (timedelta(seconds=max(float(value), 0)) for value in seconds)
    return Span(median, most)
