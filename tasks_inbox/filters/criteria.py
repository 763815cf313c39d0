"""What can be asked of a task, shown as a column and sorted by: one row per criterion. Data, no code.

`sql` is an expression over `t`, the task. With `within` there may be several values: `sql` is one of them in
`SELECT FROM within`. `%(user)s` is the person who asks: what belongs to a person (read, drafts) is theirs alone.
Everything here is also shown on the task's page to whoever sees the task; nothing else may be added.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tasks_inbox import lifecycle

TEXT, NUMBER, TIME, FLAG, CHOICE, PERSON, GROUP, VARIABLE = KINDS = (
    "text",
    "number",
    "time",
    "flag",
    "choice",
    "person",
    "group",
    "variable",
)
VARIABLE_PREFIX = "var."

_NOTHING = ("is empty", "is not empty")
_LISTS = ("in", "not in")
#: Kind -> the operators that make sense, the usual one first.
OPERATORS: dict[str, tuple[str, ...]] = {
    TEXT: ("contains", "does not contain", "begins with", "=", "!=", *_LISTS, *_NOTHING),
    NUMBER: ("=", "!=", "<", "<=", ">", ">=", *_LISTS, *_NOTHING),
    TIME: ("before", "after", "on", *_NOTHING),
    FLAG: ("=",),
    CHOICE: ("=", "!=", *_LISTS),
    PERSON: ("=", "!=", *_LISTS, *_NOTHING),
    GROUP: ("=", "!=", *_LISTS, *_NOTHING),
    VARIABLE: (
        *("=", "!=", "<", "<=", ">", ">=", "contains", "does not contain", "begins with"),
        *("before", "after", "on", *_LISTS, *_NOTHING),
    ),
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """`kind` is one of KINDS; `choices` are the values of a choice; `about` groups them on the page."""

    name: str
    label: str | Promise
    kind: str
    sql: str
    within: str = ""
    choices: tuple[str, ...] = ()
    about: str = "task"

    @property
    def sortable(self) -> bool:
        return not self.within

    @property
    def operators(self) -> tuple[str, ...]:
        return OPERATORS[self.kind]


def _case(column: str) -> str:
    return f"(SELECT {column} FROM orchestrator_processinstance i WHERE i.id = t.process_instance_id)"


def _model(column: str) -> str:
    return (
        f"(SELECT {column} FROM orchestrator_processinstance i JOIN orchestrator_processdefinition d"
        " ON d.id = i.definition_id WHERE i.id = t.process_instance_id)"
    )


def _person(column: str) -> str:
    """The user name, which is what a filter names; a column shows the person's name."""
    return f"(SELECT u.username FROM auth_user u WHERE u.id = {column})"


def _event(kinds: str, value: str = "max(v.at)") -> str:
    return f"(SELECT {value} FROM tasks_inbox_taskevent v WHERE v.task_id = t.id AND v.kind IN ({kinds}))"


def _happened(kinds: str) -> str:
    return f"EXISTS (SELECT FROM tasks_inbox_taskevent v WHERE v.task_id = t.id AND v.kind IN ({kinds}))"


def _holders(role: str, table: str) -> str:
    column = "user_id" if table == "auth_user" else "group_id"
    return f"tasks_inbox_taskrole r JOIN {table} x ON x.id = r.{column} WHERE r.task_id = t.id AND r.role = '{role}'"


_COMMENTS = "tasks_inbox_taskcomment c WHERE c.task_id = t.id"
_COMMENTERS = "tasks_inbox_taskcomment c JOIN auth_user x ON x.id = c.author_id WHERE c.task_id = t.id"
_EVENTS_BY = "tasks_inbox_taskevent v JOIN auth_user x ON x.id = v.actor_id WHERE v.task_id = t.id"
_OUTCOMES = "jsonb_to_recordset(t.outcomes) AS x(value text, label text) WHERE true"
_EARLIER = (
    "tasks_inbox_humantask p JOIN auth_user x ON x.id = p.completed_by_id"
    " WHERE p.process_instance_id = t.process_instance_id AND p.id <> t.id"
)
_HOURS = "extract(epoch FROM now() - {}) / 3600"

_ROWS = (
    # The task
    Criterion("id", _("Number"), NUMBER, "t.id"),
    Criterion("title", _("Title"), TEXT, "coalesce(nullif(t.subject, ''), t.name)"),
    Criterion("name", _("Step"), TEXT, "t.name"),
    Criterion("element", _("Element of the model"), TEXT, "t.element"),
    Criterion("subject", _("Subject"), TEXT, "t.subject"),
    Criterion("description", _("Instructions"), TEXT, "t.description"),
    Criterion("state", _("State"), CHOICE, "t.state", choices=tuple(sorted(lifecycle.STATES))),
    Criterion("priority", _("Priority"), NUMBER, "t.priority"),
    Criterion("version", _("Number of changes"), NUMBER, "t.version"),
    Criterion("form", _("Form"), TEXT, "(SELECT f.key FROM orchestrator_formdefinition f WHERE f.id = t.form_id)"),
    Criterion("skippable", _("Can be skipped"), FLAG, "t.skippable"),
    Criterion("escalated", _("Escalated"), FLAG, "t.escalated"),
    Criterion("possible_outcome", _("Possible outcome"), TEXT, "x.value", _OUTCOMES),
    Criterion("outcome", _("Outcome"), TEXT, "t.outcome"),
    Criterion("decision_comment", _("Comment of the decision"), TEXT, "t.comment"),
    # Time
    Criterion("created", _("Created"), TIME, "t.created_at", about="time"),
    Criterion("activated", _("Offered since"), TIME, "t.activated_at", about="time"),
    Criterion("started", _("Started"), TIME, "t.started_at", about="time"),
    Criterion("completed", _("Completed"), TIME, "t.completed_at", about="time"),
    Criterion("due", _("Due"), TIME, "t.due_at", about="time"),
    Criterion("follow_up", _("Follow-up date"), TIME, "t.follow_up_at", about="time"),
    Criterion("suspended_until", _("Put aside until"), TIME, "t.suspended_until", about="time"),
    Criterion("overdue", _("Overdue"), FLAG, "(t.due_at < now() AND t.completed_at IS NULL)", about="time"),
    Criterion("age_hours", _("Age in hours"), NUMBER, _HOURS.format("t.created_at"), about="time"),
    Criterion("hours_left", _("Hours until due"), NUMBER, "extract(epoch FROM t.due_at - now()) / 3600", about="time"),
    Criterion("claimed", _("Claimed"), TIME, _event("'claim'"), about="time"),
    Criterion("delegated_at", _("Delegated on"), TIME, _event("'delegate'"), about="time"),
    Criterion(
        "last_change",
        _("Last change"),
        TIME,
        "(SELECT max(v.at) FROM tasks_inbox_taskevent v WHERE v.task_id = t.id)",
        about="time",
    ),
    Criterion(
        "next_escalation",
        _("Next escalation"),
        TIME,
        "(SELECT min(s.due_at) FROM tasks_inbox_escalation s WHERE s.task_id = t.id AND s.state = 'due')",
        about="time",
    ),
    # People
    Criterion("owner", _("Owner"), PERSON, _person("t.actual_owner_id"), about="people"),
    Criterion("unassigned", _("Nobody has it"), FLAG, "(t.actual_owner_id IS NULL)", about="people"),
    Criterion("requester", _("Requested by"), PERSON, _person("t.initiator_id"), about="people"),
    Criterion("completed_by", _("Completed by"), PERSON, _person("t.completed_by_id"), about="people"),
    Criterion(
        "candidate",
        _("Offered to person"),
        PERSON,
        "x.username",
        _holders("potential_owner", "auth_user"),
        (),
        "people",
    ),
    Criterion("group", _("Offered to group"), GROUP, "x.name", _holders("potential_owner", "auth_group"), (), "people"),
    Criterion(
        "stakeholder", _("Stakeholder"), PERSON, "x.username", _holders("stakeholder", "auth_user"), (), "people"
    ),
    Criterion(
        "administrator",
        _("Administrator"),
        PERSON,
        "x.username",
        _holders("business_administrator", "auth_user"),
        (),
        "people",
    ),
    Criterion("worked_on_by", _("In its history"), PERSON, "x.username", _EVENTS_BY, (), "people"),
    Criterion("delegated", _("Was delegated"), FLAG, _happened("'delegate'"), about="people"),
    Criterion("forwarded", _("Was forwarded"), FLAG, _happened("'forward'"), about="people"),
    Criterion("returned", _("Was put back"), FLAG, _happened("'release'"), about="people"),
    Criterion("earlier_by", _("Earlier task of the case done by"), PERSON, "x.username", _EARLIER, (), "people"),
    Criterion("earlier_outcome", _("Earlier outcome in the case"), TEXT, "p.outcome", _EARLIER, (), "people"),
    # Mine
    Criterion(
        "unread",
        _("Not opened yet"),
        FLAG,
        "(NOT EXISTS (SELECT FROM tasks_inbox_taskread x WHERE x.task_id = t.id AND x.user_id = %(user)s))",
        about="talk",
    ),
    Criterion(
        "draft",
        _("I have a draft"),
        FLAG,
        "EXISTS (SELECT FROM tasks_inbox_taskdraft x WHERE x.task_id = t.id AND x.user_id = %(user)s)",
        about="talk",
    ),
    Criterion("comments", _("Number of comments"), NUMBER, f"(SELECT count(*) FROM {_COMMENTS})", about="talk"),
    Criterion("comment", _("Text of a comment"), TEXT, "c.text", _COMMENTS, (), "talk"),
    Criterion("commented_by", _("Comment by"), PERSON, "x.username", _COMMENTERS, (), "talk"),
    Criterion("commented", _("Last comment"), TIME, f"(SELECT max(c.created_at) FROM {_COMMENTS})", about="talk"),
    # The case
    Criterion("process", _("Process"), TEXT, "t.process_key", about="case"),
    Criterion("process_name", _("Name of the process"), TEXT, "t.process_name", about="case"),
    Criterion("process_version", _("Version of the process"), NUMBER, _model("d.version"), about="case"),
    Criterion("process_version_tag", _("Version tag of the process"), TEXT, _model("d.version_tag"), about="case"),
    Criterion("category", _("Category of the process"), TEXT, _model("d.category"), about="case"),
    Criterion("business_key", _("Business key"), TEXT, "t.business_key", about="case"),
    Criterion("case", _("Number of the case"), NUMBER, "t.process_instance_id", about="case"),
    Criterion("case_subject", _("Subject of the case"), TEXT, _case("i.subject"), about="case"),
    Criterion("case_started", _("Start of the case"), TIME, _case("i.started_at"), about="case"),
    Criterion(
        "case_state",
        _("State of the case"),
        CHOICE,
        _case("i.state"),
        choices=("active", "completed", "terminated"),
        about="case",
    ),
    Criterion("called", _("Case was called by another"), FLAG, _case("i.parent_id IS NOT NULL"), about="case"),
    Criterion(
        "open_tasks",
        _("Open tasks of the case"),
        NUMBER,
        "(SELECT count(*) FROM tasks_inbox_humantask p"
        " WHERE p.process_instance_id = t.process_instance_id AND p.completed_at IS NULL)",
        about="case",
    ),
)

#: Name -> criterion.
CRITERIA: dict[str, Criterion] = {row.name: row for row in _ROWS}

#: What the groups on the page are called, in order.
ABOUT = {
    "task": _("Task"),
    "time": _("Times"),
    "people": _("People"),
    "talk": _("Reading and comments"),
    "case": _("Case"),
}


def criterion(name: str) -> Criterion | None:
    """A row of the table, or one for the variable `var.NAME` with an optional path inside it; None: not allowed."""
    if name.startswith(VARIABLE_PREFIX):
        path = name.removeprefix(VARIABLE_PREFIX)
        return Criterion(name, path, VARIABLE, "", about="variable") if is_path(path) else None
    return CRITERIA.get(name)


def is_path(path: str) -> bool:
    """`amount`, `customer.name`: names of variables and keys, at most 200 characters."""
    parts = path.split(".")
    return 0 < len(path) <= 200 and all(part and part.replace("-", "_").isidentifier() for part in parts)
