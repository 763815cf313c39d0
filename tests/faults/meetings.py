"""F44, F50, F52: branches meet, models change, people leave."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from functools import partial

from tests.faults import models
from tests.faults.bench import Bench, Result
from tests.faults.journal import REFUSED
from tests.faults.lab import until
from tests.faults.load import mark
from tests.faults.races import AGREED, overlap, together

ROUNDS = 8


def branches_meet(bench: Bench) -> Result:
    """F44: all tasks of one instance are completed at the same moment."""
    people = [bench.clerks[number % 3].twin() for number in range(4)]
    result, met, rounds = Result(), 0, 0
    for process in ("race-parallel", "race-inclusive", "race-many"):
        for _ in range(ROUNDS):
            case = bench.begin(process)
            tasks = bench.tasks_of(case)
            acts = [
                partial(person.complete, bench.fault, task, mark(bench.fault))
                for person, task in zip(people, tasks, strict=True)
            ]
            calls = together(acts)
            answers = Counter(call.status for call in calls)
            result.expect(answers == {302: 4}, f"{process}: {dict(answers)}")
            result.expect(bench.ended(case), f"{process}: the instance {case} is stuck")
            met, rounds = met + overlap(*calls), rounds + 1
    result.bites, result.what = met, f"{met} of {rounds} rounds were meetings of four"
    result.expect(met >= AGREED * rounds, "they hardly met")
    return result


DUE = """SELECT d.version, d.is_latest, count(j.id) FILTER (WHERE j.state = 'due') FROM orchestrator_processdefinition d
LEFT JOIN orchestrator_job j ON j.definition_id = d.id AND j.kind = 'start' WHERE d.key = %s GROUP BY d.id ORDER BY 1"""


def deployed_again(bench: Bench) -> Result:
    """F50: while its timer start is alive and an instance waits for a timer."""
    name, result = mark("again"), Result()
    with bench.load(pace=0.25):
        case = bench.begin("race-timer")
        content = models.cycle(name, 4, "PT1S")
        bench.deploy({f"{name}.bpmn": content})
        bench.deploy({f"{name}.bpmn": content})
        same = bench.ask(DUE, name)
        result.expect(len(same) == 1, f"the same file made {len(same)} versions")
        result.expect(same and same[0][2] == 1, "the same file did something to the timer")
        time.sleep(1.5)
        bench.deploy({f"{name}.bpmn": content.replace(b'id="done"', b'id="done" name="Changed"')})
        changed = bench.ask(DUE, name)
        result.expect([row[2] for row in changed] == [0, 1], f"timers per version: {changed}")
        time.sleep(6)
        result.expect(case and bench.ended(case), "the timer of a running instance was lost")
    starts = bench.number(STARTS, name)
    result.expect(4 <= starts <= 6, f"{starts} starts of a cycle of four, deployed again after one or two")
    result.expect(not bench.number(TWICE, name), "an occurrence started twice")
    result.bites, result.what = len(changed) - 1, f"{len(changed)} versions, {starts} starts"
    return result


STARTS = """SELECT count(*) FROM orchestrator_processinstance p JOIN orchestrator_processdefinition d
ON d.id = p.definition_id WHERE d.key = %s"""
TWICE = """SELECT count(*) FROM (
SELECT started_at - lag(started_at) OVER (PARTITION BY d.id ORDER BY started_at) AS pause
FROM orchestrator_processinstance p JOIN orchestrator_processdefinition d ON d.id = p.definition_id
WHERE d.key = %s) pauses WHERE pause < interval '50 ms'"""


def people_leave(bench: Bench) -> Result:
    """F52: who had a task is gone, then everybody whom it could be offered to; and managers in a circle."""
    from django.contrib.auth.models import Group, User
    from django.db import connections

    result = Result()
    ana, ben = bench.clerks[0], bench.clerks[1].twin()
    connections.close_all()
    case = bench.begin("race-one")
    (task,) = bench.tasks_of(case)
    ana.twin().claim(bench.fault, task)
    group = Group.objects.get(name=models.GROUP)
    members = list(group.user_set.all())
    try:
        User.objects.filter(username="ana").update(is_active=False)
        result.expect(ana.twin().complete(bench.fault, task, mark(bench.fault)).answer == REFUSED, "she still works")
        free = until(lambda: bench.number(OPEN.format("actual_owner_id IS NULL"), task), 10)
        result.expect(free, "the task stays with somebody who left")
        result.expect(task in ben.offered(), "the task is not offered to the others again")
        group.user_set.clear()
        told = until(lambda: bench.number(ADMINISTERED, task), 10)
        result.expect(told, "a task that nobody can do is with nobody who administers it")
        result.expect(task not in ben.offered(), "who left the group still sees its task")
    finally:
        User.objects.filter(username="ana").update(is_active=True)
        group.user_set.set(members)
    above = _managers_in_a_circle(task, ("ana", "ben", "cleo"))
    result.expect(above, "nobody is asked where managers stand in a circle")
    result.bites = int(free) + int(told) + len(above)
    result.what = f"an owner deactivated, a group emptied, managers in a circle: {', '.join(above)} asked"
    return result


def _managers_in_a_circle(task: int, circle: Sequence[str]) -> list[str]:
    """Who is asked about a task whose owner's managers are above each other, and all away."""
    from django.contrib.auth.models import User

    from tasks_inbox import recipients
    from tasks_inbox.models import Absence, HumanTask, Profile

    people = [User.objects.get(username=name) for name in circle]
    try:
        for person, manager in zip(people, (*people[1:], people[0]), strict=True):
            Profile.objects.update_or_create(user=person, defaults={"manager": manager})
            Absence.objects.create(user=person, note="circle")
        owned = HumanTask.objects.get(pk=task)
        owned.actual_owner = people[0]  # as it would be: nobody stores it
        return [user.username for user in recipients.managers(owned)[0]]
    finally:
        Absence.objects.filter(note="circle").delete()
        Profile.objects.filter(user__in=people).update(manager=None)


OPEN = "SELECT count(*) FROM tasks_inbox_humantask WHERE id = %s AND completed_at IS NULL AND {}"
ADMINISTERED = """SELECT count(*) FROM tasks_inbox_inboxentry e JOIN auth_user u ON e.principal = 2 * u.id
WHERE e.task_id = %s AND u.is_superuser"""
