"""What must hold after a fault, asked of the database, the journal, the neighbours and `manage.py check_rows`: I1 to
I7, I13.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from tests.faults.journal import ACKNOWLEDGED, REFUSED, Call
from tests.faults.lab import LEASE, TIMEOUT, Lab, until
from tests.faults.models import TIMERS

PENDING = "SELECT count(*) FROM orchestrator_job WHERE state = 'due' AND due_at <= now()"
MAILS = "SELECT count(*) FROM orchestrator_mail WHERE state = 'due' AND due_at <= now()"
OCCURRENCE = re.compile(r"^\d+:[^:]+:\d+:\d+")  # instance, element, iteration, number


@dataclass(slots=True)
class Findings:
    """What the oracles found; every sentence of `wrong` is a broken promise."""

    missing: int = 0
    double: int = 0
    wrong: list[str] = field(default_factory=list)
    late: float = 0.0  # seconds, of the latest timer

    def expect(self, holds: object, sentence: str) -> None:
        if not holds:
            self.wrong.append(sentence)


def quiesce(lab: Lab, slow: float) -> bool:
    """Whether everything that is due has been done in time (I4, I8)."""

    def idle() -> bool:
        try:
            with psycopg.connect(lab.dsn(), autocommit=True) as db:
                return _number(db, PENDING) == 0 and _number(db, MAILS) == 0
        except psycopg.OperationalError:
            return False

    return until(idle, (LEASE + TIMEOUT + 10) * slow, every=0.2)


def _number(db: psycopg.Connection[Any], sql: str, *parameters: Any) -> int:
    row = db.execute(sql, parameters or None).fetchone()
    return int(row[0] or 0) if row else 0


def judge(
    lab: Lab, calls: list[Call], since: datetime, *, hits: int, place: int, deadlocks: bool = False, slow: float = 1.0
) -> Findings:
    """Everything that happened since then, and what the processes have said from that place in their log on. `hits` is
    how many times a call may have been hit by the fault; `deadlocks`: they are what it is about.
    """
    found = Findings()
    with psycopg.connect(lab.dsn(), autocommit=True) as db:
        _starts(db, calls, found)
        _completions(db, calls, found)
        _operations(db, calls, found)
        for number, sentence, sql in CONSERVATION:
            found.expect(not (count := _number(db, sql)), f"{number}: {count} {sentence}")
        left = _number(db, LEFT, (LEASE + 10) * slow)
        found.expect(not left, f"I4: {left} jobs that are due and were left")
        _stalled(found)
        _rows(found)
        _timers(db, calls, since, found, slow)
        _neighbours(db, lab, since, found, hits)
        _mails(db, lab, calls, since, found, hits)
        found.expect(not _number(db, IDLE), "I13: a transaction has been idle for more than ten seconds")
        broken = [f"{call.act} {call.mark}" for call in calls if call.status == 500]
        found.expect(not broken, f"{len(broken)} answers with status 500: {broken[:3]}")
        found.expect(not lab.heard(LEFT_IDLE, place), "I13: PostgreSQL ended a transaction that was left idle")
        if not deadlocks:
            found.expect(not (met := lab.heard(DEADLOCK, place)), f"I13: {met} deadlocks")
    return found


def _starts(db: psycopg.Connection[Any], calls: list[Call], found: Findings) -> None:
    """I1: a start that was acknowledged is there, and nothing is there more than once."""
    asked = [call for call in calls if call.act == "start"]
    counts = dict(db.execute(STARTED, [[call.mark for call in asked]]).fetchall())
    for call in asked:
        _once(call, counts.get(call.mark, 0), found)


def _completions(db: psycopg.Connection[Any], calls: list[Call], found: Findings) -> None:
    """I1: a completion that was acknowledged ended its task, with what was written, once; one that was refused did
    not.
    """
    asked = [call for call in calls if call.act == "complete"]
    rows = db.execute(COMPLETED, [[call.task for call in asked]]).fetchall()
    done = {task: (note, events) for task, note, events in rows}
    for task, (_, events) in done.items():
        if events > 1:
            found.double += 1
            found.wrong.append(f"I1: task {task} was completed {events} times")
    for mark, same in _by_mark(asked).items():
        note, events = done.get(same[0].task, (None, 0))
        applied = int(events > 0 and note == mark)
        if any(call.answer == ACKNOWLEDGED for call in same) and not applied:
            found.missing += 1
            found.wrong.append(f"I1: the completion {mark} of task {same[0].task} was acknowledged and is not there")
        if all(call.answer == REFUSED for call in same) and applied:
            found.wrong.append(f"I1: the completion {mark} was refused and is there")
    winners = Counter(call.task for call in asked if call.answer == ACKNOWLEDGED and call.status == 302)
    for task, times in winners.items():
        if times > 1:
            found.double += 1
            found.wrong.append(f"I1: {times} people were told that they completed task {task}")


def _operations(db: psycopg.Connection[Any], calls: list[Call], found: Findings) -> None:
    """I1: whoever was told that they claimed a task, or cancelled a case, stands in its history."""
    for act, sql in DONE.items():
        asked = {(call.task, call.person) for call in calls if call.act == act and call.answer == ACKNOWLEDGED}
        stand = set(db.execute(sql, [[task for task, _ in asked]]).fetchall())
        for task, person in sorted(asked - stand):
            found.missing += 1
            found.wrong.append(f"I1: {person} was told of the {act} of task {task} and it is not there")


def _by_mark(calls: list[Call]) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for call in calls:
        found.setdefault(call.mark, []).append(call)
    return found


def _once(call: Call, times: int, found: Findings) -> None:
    if times > 1:
        found.double += 1
        found.wrong.append(f"I1: {call.act} {call.mark} happened {times} times")
    if call.answer == ACKNOWLEDGED and not times:
        found.missing += 1
        found.wrong.append(f"I1: {call.act} {call.mark} was acknowledged and is not there")
    if call.answer == REFUSED and times:
        found.wrong.append(f"I1: {call.act} {call.mark} was refused and is there")


def _stalled(found: Findings) -> None:
    """I3, by the product's own judgement, too."""
    from datetime import timedelta

    from orchestrator.runtime.liveness import stalled

    for instance in stalled(timedelta(0)):
        found.wrong.append(f"I3: the process instance {instance.pk} ({instance}) waits for nothing")


def _rows(found: Findings) -> None:
    """I6, by the rules that no step proves."""
    from django.utils.module_loading import autodiscover_modules

    from orchestrator import soundness

    autodiscover_modules("soundness")
    for broken in soundness.broken():
        found.wrong.append(f"I6: {broken.rule.sentence}: not so in {broken.count} rows, such as {broken.examples}")


def _timers(db: psycopg.Connection[Any], calls: list[Call], since: datetime, found: Findings, slow: float) -> None:
    """I5: never early, by the journal's clock, too; and not much later than whatever is due."""
    early, late = db.execute(FIRED, [since]).fetchone() or (0, 0)
    found.expect(not early, f"I5: {early} timers fired early")
    found.late = float(late or 0)
    found.expect(found.late <= (LEASE + TIMEOUT + 10) * slow, f"I5: a timer fired {found.late:.1f} s late")
    begun = {call.mark: call for call in calls if call.process in TIMERS}
    for ref, fired in db.execute(FIRED_FOR, [list(begun)]).fetchall():
        waited = fired - begun[ref].at
        found.expect(
            waited >= TIMERS[begun[ref].process], f"I5: the timer of {ref} fired {waited:.2f} s after it began"
        )


def _neighbours(db: psycopg.Connection[Any], lab: Lab, since: datetime, found: Findings, hits: int) -> None:
    """I6: every completed step was told to the neighbour under one key; again only when a fault hit the call, and then
    as often as it was claimed; and nothing was told that is no step.
    """
    with lab.sink.lock:
        keys = dict(lab.sink.keys)
    occurrences: dict[str, set[str]] = {}
    for key in keys:
        part = OCCURRENCE.match(key)
        if part:
            occurrences.setdefault(part[0], set()).add(key)
    twice = [name for name, same in occurrences.items() if len(same) > 1]
    found.expect(not twice, f"I6: more than one key for {twice[:3]}")
    rows = db.execute(CALLED, [since]).fetchall()
    untold = [key for key, state, _ in rows if state == "done" and key not in keys]
    found.expect(not untold, f"I6: done and never told: {untold[:3]}")
    often = {key: keys[key] for key, _, attempts in rows if keys.get(key, 0) > min(1 + hits, attempts)}
    found.double += len(often)
    found.expect(not often, f"I6: told too often: {dict(list(often.items())[:3])}")
    steps = {key for (key,) in db.execute(STEPS).fetchall()}
    found.expect(keys.keys() <= steps, f"I6: told of what is no step: {sorted(keys.keys() - steps)[:3]}")


def _mails(
    db: psycopg.Connection[Any], lab: Lab, calls: list[Call], since: datetime, found: Findings, hits: int
) -> None:
    """I7: every mail that somebody caused came; one that came again bears the same Message-ID."""
    caused = {call.mark for call in calls if call.process == "posts" and call.answer == ACKNOWLEDGED}
    lost = sorted(caused - lab.post.mails.keys())
    found.missing += len(lost)
    found.expect(not lost, f"I7: mails that were caused and did not come: {lost[:3]}")
    for subject, message_id, attempts in db.execute(SENT, [since]).fetchall():
        came = lab.post.mails.get(subject, [])
        found.expect(came, f"I7: the mail {subject} is marked as sent and did not come")
        found.expect(set(came) <= {message_id}, f"I7: the mail {subject} came under several Message-IDs")
        found.expect(len(came) <= min(1 + hits, attempts), f"I7: the mail {subject} came {len(came)} times")


STARTED = """SELECT e.variables->>'ref', count(*) FROM orchestrator_elementinstance e
JOIN orchestrator_processinstance p ON p.id = e.process_instance_id AND p.parent_id IS NULL
WHERE e.scope IS NULL AND e.variables->>'ref' = ANY(%s) GROUP BY 1"""

COMPLETED = """SELECT t.id, t.output->>'note', (SELECT count(*) FROM tasks_inbox_taskevent e WHERE e.task_id = t.id AND
 e.kind = 'complete') FROM tasks_inbox_humantask t WHERE t.id = ANY(%s)"""

_ENDED = "JOIN orchestrator_processinstance p ON p.id = x.process_instance_id WHERE p.state <> 'active'"
CONSERVATION = (
    ("I2", "active element instances of an ended instance",
     f"SELECT count(*) FROM orchestrator_elementinstance x {_ENDED} AND x.state = 'active'"),
    ("I2", "open human tasks of an ended instance",
     f"SELECT count(*) FROM tasks_inbox_humantask x {_ENDED} AND x.completed_at IS NULL"),
    ("I2", "open jobs of an ended instance",
     f"SELECT count(*) FROM orchestrator_job x {_ENDED} AND x.state IN ('due', 'failed') AND x.kind <> 'delivery'"),
    ("I2", "subscriptions of an ended instance", f"SELECT count(*) FROM orchestrator_subscription x {_ENDED}"),
    ("I2", "tokens at a join of an ended instance", f"SELECT count(*) FROM orchestrator_jointoken x {_ENDED}"),
    ("I2", "element instances that count their children wrongly",
     """SELECT count(*) FROM orchestrator_elementinstance s WHERE s.state = 'active' AND s.children <> (
 SELECT count(*) FROM orchestrator_elementinstance c WHERE c.process_instance_id = s.process_instance_id
 AND c.scope = s.number AND c.state = 'active')"""),
    ("I2", "activities that were completed twice in one instance without a loop",
     """SELECT count(*) FROM (SELECT 1 FROM orchestrator_elementinstance e JOIN orchestrator_processinstance p
 ON p.id = e.process_instance_id JOIN orchestrator_processdefinition d ON d.id = p.definition_id
 WHERE e.state = 'completed' AND e.scope IS NOT NULL AND d.key NOT LIKE 'runaway%' AND e.loop IS NULL
 GROUP BY e.process_instance_id, e.element, e.scope, e.iteration HAVING count(*) > 1) doubled"""),
    ("I1", "human tasks that are open twice for one element instance",
     """SELECT count(*) FROM (SELECT 1 FROM tasks_inbox_humantask WHERE completed_at IS NULL
 GROUP BY process_instance_id, number HAVING count(*) > 1) doubled"""),
    ("I3", "running instances that wait for nothing",
     """SELECT count(*) FROM orchestrator_processinstance p WHERE p.state = 'active'
 AND NOT EXISTS (SELECT FROM tasks_inbox_humantask t WHERE t.process_instance_id = p.id AND t.completed_at IS NULL)
 AND NOT EXISTS (SELECT FROM orchestrator_job j WHERE j.process_instance_id = p.id AND j.state IN ('due', 'failed'))
 AND NOT EXISTS (SELECT FROM orchestrator_subscription s WHERE s.process_instance_id = p.id)
 AND NOT EXISTS (SELECT FROM orchestrator_incident i WHERE i.process_instance_id = p.id AND i.resolved_at IS NULL)
 AND NOT EXISTS (SELECT FROM orchestrator_processinstance c WHERE c.parent_id = p.id AND c.state = 'active')"""),
    ("I3", "user tasks that nobody finds in the inbox",
     """SELECT count(*) FROM orchestrator_elementinstance e WHERE e.state = 'active' AND e.element_type = 'userTask'
 AND e.loop IS NULL AND NOT EXISTS (SELECT FROM tasks_inbox_humantask t
 WHERE t.process_instance_id = e.process_instance_id AND t.number = e.number AND t.completed_at IS NULL)
 AND NOT EXISTS (SELECT FROM orchestrator_elementinstance c WHERE c.process_instance_id = e.process_instance_id
 AND c.scope = e.number) AND NOT EXISTS (SELECT FROM orchestrator_incident i
 WHERE i.process_instance_id = e.process_instance_id AND i.resolved_at IS NULL)"""),
    ("I4", "leases that outlive their worker",
     "SELECT count(*) FROM orchestrator_job WHERE state = 'due' AND locked_until > now() + interval '60 s'"),
)  # fmt: skip

FIRED = """SELECT count(*) FILTER (WHERE finished_at < due_at), max(extract(epoch FROM finished_at - due_at))
FROM orchestrator_job WHERE kind = 'timer' AND state = 'done' AND created_at >= %s"""

FIRED_FOR = """SELECT e.variables->>'ref', extract(epoch FROM j.finished_at)::float8 FROM orchestrator_job j
JOIN orchestrator_elementinstance e ON e.process_instance_id = j.process_instance_id AND e.scope IS NULL
WHERE j.kind = 'timer' AND j.state = 'done' AND e.variables->>'ref' = ANY(%s)"""

DONE = {
    "claim": """SELECT e.task_id, u.username FROM tasks_inbox_taskevent e JOIN auth_user u ON u.id = e.actor_id
WHERE e.kind = 'claim' AND e.task_id = ANY(%s)""",
    "cancel": """SELECT t.id, u.username FROM tasks_inbox_humantask t
JOIN orchestrator_processinstance p ON p.id = t.process_instance_id AND p.state = 'terminated'
JOIN orchestrator_historyevent e ON e.process_instance_id = p.id AND e.kind = 'cancelled'
JOIN auth_user u ON u.id = e.actor_id WHERE t.id = ANY(%s)""",
}

STEPS = "SELECT DISTINCT payload->>'key' FROM orchestrator_job WHERE kind = 'task'"

CALLED = """SELECT payload->>'key', state, attempts FROM orchestrator_job WHERE kind = 'task' AND type = 'http'
AND created_at >= %s"""

LEFT = "SELECT count(*) FROM orchestrator_job WHERE state = 'due' AND due_at < now() - make_interval(secs => %s)"

SENT = """SELECT subject, message_id, attempts FROM orchestrator_mail WHERE state = 'sent' AND created_at >= %s
AND human_task_id IS NULL"""

IDLE = """SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'
AND state_change < now() - interval '10 s'"""

# As PostgreSQL writes into its log
DEADLOCK, LEFT_IDLE = "deadlock detected", "terminating connection due to idle-in-transaction timeout"
