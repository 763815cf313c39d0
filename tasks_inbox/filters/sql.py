"""A filter as an SQL condition over `t`, a row of HumanTask. Values go in as parameters; names come from a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any as Anything

from django.utils.translation import gettext as _

from orchestrator.runtime import restricted
from tasks_inbox import words
from tasks_inbox.filters import times
from tasks_inbox.filters.criteria import (
    CHOICE,
    FLAG,
    GROUP,
    NUMBER,
    PERSON,
    TEXT,
    TIME,
    VARIABLE,
    VARIABLE_PREFIX,
    Criterion,
    criterion,
)
from tasks_inbox.filters.language import All, Any, Compare, Filter, InvalidFilter, Not, Value

YES, NO = ("yes", "true"), ("no", "false")
LARGEST = Decimal(10) ** 30

#: A variable as the task sees it: its own, else that of its process. The element instance of the process has number 1.
#: Null where the process keeps it from whoever asks: that is the same as a variable that there is not.
VARIABLE_SQL = """CASE WHEN cardinality({kept_from}) > 0 AND (
    SELECT i.definition_id FROM orchestrator_processinstance i WHERE i.id = t.process_instance_id
) = ANY({kept_from}) THEN NULL ELSE coalesce(
    (SELECT e.variables #> {path}::text[] FROM orchestrator_elementinstance e
     WHERE e.process_instance_id = t.process_instance_id AND e.number = t.number),
    (SELECT e.variables #> {path}::text[] FROM orchestrator_elementinstance e
     WHERE e.process_instance_id = t.process_instance_id AND e.number = 1)) END"""


@dataclass(slots=True)
class Compiled:
    """`condition` holds placeholders like %(f3)s, and %(user)s for the person."""

    condition: str = "true"
    parameters: dict[str, Anything] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)  # that the search text of every match has
    prefix: str = "f"  # of the parameters' names

    def given(self, value: Anything) -> str:
        name = f"{self.prefix}{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"


def compiled(tree: Filter | None, now: datetime, zone: tzinfo) -> Compiled:
    """Raises InvalidFilter for a name that is not in the table, an operator or a value that its kind does not have."""
    made = Compiled()
    if tree is not None:
        made.condition = _Compiler(made, now, zone).condition(tree)
        made.words = _words(tree)
    return made


def ordering(sort: str) -> tuple[list[str], Compiled]:
    """The expressions that a list is ordered by, for `due` or `-var.amount`. Raises InvalidFilter."""
    name = sort.removeprefix("-")
    found = known(name)
    if not found.sortable:
        raise InvalidFilter(
            _("A list cannot be sorted by “%(label)s”: it has several values.") % {"label": found.label}
        )
    made = Compiled(prefix="s")
    end = "DESC NULLS LAST" if sort.startswith("-") else "ASC NULLS LAST"
    if found.kind != VARIABLE:
        kind = f"lower({found.sql})" if found.kind in (TEXT, PERSON) else found.sql
        return [f"{kind} {end}"], made
    value = variable(found, made)
    number = f"(SELECT CASE jsonb_typeof(v) WHEN 'number' THEN v::numeric END FROM (SELECT {value} AS v OFFSET 0) y)"
    return [f"{number} {end}", f"lower({value} #>> '{{}}') {end}"], made


def known(name: str) -> Criterion:
    found = criterion(name)
    if found is None:
        raise InvalidFilter(
            _("There is no “%(name)s” to filter or sort by. A variable is written var.NAME.") % {"name": name[:60]}
        )
    return found


def variable(found: Criterion, made: Compiled) -> str:
    parts = found.name.removeprefix(VARIABLE_PREFIX).split(".")
    kept_from = restricted.KEPT_FROM.format(name=made.given(parts[0]))
    return VARIABLE_SQL.format(path=made.given(parts), kept_from=kept_from)


class _Compiler:
    def __init__(self, made: Compiled, now: datetime, zone: tzinfo) -> None:
        self.made, self.now, self.zone = made, now, zone

    def condition(self, tree: Filter) -> str:
        match tree:
            case All(parts):
                return "(" + " AND ".join(self.condition(part) for part in parts) + ")"
            case Any(parts):
                return "(" + " OR ".join(self.condition(part) for part in parts) + ")"
            case Not(part):
                return f"(NOT coalesce({self.condition(part)}, false))"
            case Compare():
                return self.compare(tree)

    def compare(self, asked: Compare) -> str:
        found = known(asked.name)
        if asked.operator not in found.operators:
            raise InvalidFilter(
                _("“%(label)s” cannot be compared by “%(operator)s”. Use one of: %(known)s.")
                % {"label": found.label, "operator": asked.operator, "known": ", ".join(found.operators)}
            )
        positive, negated = _POSITIVE.get(asked.operator, (asked.operator, False))
        test = _TESTS[found.kind]
        if found.kind == VARIABLE:
            inner = test(self, found, "v", positive, asked.values)
            text = f"(SELECT {inner} FROM (SELECT {variable(found, self.made)} AS v OFFSET 0) y)"
        elif found.within:
            own = "true" if positive == "is not empty" else test(self, found, found.sql, positive, asked.values)
            text = f"EXISTS (SELECT FROM {found.within} AND {own})"
        else:
            text = test(self, found, found.sql, positive, asked.values)
        return f"(NOT coalesce({text}, false))" if negated else f"coalesce({text}, false)"

    # One test per kind: an SQL expression for a positive operator

    def text(self, found: Criterion, sql: str, operator: str, values: Sequence[Value]) -> str:
        if operator == "is not empty":
            return f"{sql} <> ''"
        wanted = [self.made.given(value.text.lower()) for value in values]
        return _in_text(f"lower({sql})", operator, wanted)

    def number(self, found: Criterion, sql: str, operator: str, values: Sequence[Value]) -> str:
        if operator == "is not empty":
            return f"{sql} IS NOT NULL"
        wanted = [self.made.given(_number(value, found)) for value in values]
        return f"{sql} IN ({', '.join(wanted)})" if operator == "in" else f"{sql} {operator} {wanted[0]}::numeric"

    def time(self, found: Criterion, sql: str, operator: str, values: Sequence[Value]) -> str:
        if operator == "is not empty":
            return f"{sql} IS NOT NULL"
        asked = times.span(values[0].text, self.now, self.zone)
        if operator == "on" and asked.start == asked.end:
            asked = times.span(asked.start.astimezone(self.zone).date().isoformat(), self.now, self.zone)
        if operator == "before":
            return f"{sql} < {self.made.given(asked.start)}"
        if operator == "after":
            compared = ">" if asked.start == asked.end else ">="
            return f"{sql} {compared} {self.made.given(asked.end)}"
        return f"({sql} >= {self.made.given(asked.start)} AND {sql} < {self.made.given(asked.end)})"

    def flag(self, found: Criterion, sql: str, operator: str, values: Sequence[Value]) -> str:
        wanted = values[0].text.lower()
        if wanted not in YES + NO:
            raise InvalidFilter(_("“%(label)s” is yes or no.") % {"label": found.label})
        return sql if wanted in YES else f"NOT coalesce({sql}, false)"

    def choice(self, found: Criterion, sql: str, operator: str, values: Sequence[Value]) -> str:
        for value in values:
            if value.text not in found.choices:
                known_choices = ", ".join(found.choices)
                raise InvalidFilter(
                    _("“%(label)s” is one of: %(known)s.") % {"label": found.label, "known": known_choices}
                )
        return f"{sql} IN ({', '.join(self.made.given(value.text) for value in values)})"

    def person(self, found: Criterion, sql: str, operator: str, values: Sequence[Value]) -> str:
        if operator == "is not empty":
            return f"{sql} IS NOT NULL"
        own = "(SELECT m.username FROM auth_user m WHERE m.id = %(user)s)"
        named = [own if value == Value("me") else self.made.given(value.text) for value in values]
        return f"{sql} IN ({', '.join(named)})"

    def variable(self, found: Criterion, sql: str, operator: str, values: Sequence[Value]) -> str:
        """`sql` is a jsonb value. A number may stand in a text, a text in a list."""
        if operator == "is not empty":
            return f"{sql} NOT IN ('null', '\"\"', '[]', '{{}}')"
        if operator in ("before", "after", "on"):
            return self.day(sql, operator, values[0])
        if operator in ("<", "<=", ">", ">="):
            wanted = self.made.given(_number(values[0], found))
            return f"CASE jsonb_typeof({sql}) WHEN 'number' THEN {sql}::numeric {operator} {wanted}::numeric END"
        if operator in ("=", "in"):
            return "(" + " OR ".join(self.equal(sql, value) for value in values) + ")"
        wanted_text = self.made.given(values[0].text.lower())
        within_list = _in_text("lower(l)", operator, [wanted_text])
        alone = _in_text(f"lower({sql} #>> '{{}}')", operator, [wanted_text])
        return (
            f"CASE jsonb_typeof({sql})"
            f" WHEN 'array' THEN EXISTS (SELECT FROM jsonb_array_elements_text({sql}) l WHERE {within_list})"
            f" WHEN 'object' THEN false ELSE {alone} END"
        )

    def equal(self, sql: str, value: Value) -> str:
        text = f"lower({sql} #>> '{{}}') = {self.made.given(value.text.lower())}"
        if value.quoted or value.text.lower() in ("me",):
            return text
        if value.text.lower() in YES + NO:
            said = "true" if value.text.lower() in YES else "false"
            return f"({text} OR {sql} = '{said}'::jsonb)"
        try:
            number = self.made.given(_number(value, None))
        except InvalidFilter:
            return text
        return f"({text} OR CASE jsonb_typeof({sql}) WHEN 'number' THEN {sql}::numeric = {number}::numeric END)"

    def day(self, sql: str, operator: str, value: Value) -> str:
        """Dates in variables are ISO 8601 texts; they are compared by the day that is written in them."""
        asked = times.span(value.text, self.now, self.zone)
        first = asked.start.astimezone(self.zone).date()
        last = max((asked.end - timedelta(microseconds=1)).astimezone(self.zone).date(), first)
        is_day = f"{sql} #>> '{{}}' ~ '^\\d{{4}}-\\d\\d-\\d\\d(T|$)'"
        day = f"left({sql} #>> '{{}}', 10) COLLATE \"C\""
        if operator == "before":
            return f"({is_day} AND {day} < {self.made.given(first.isoformat())})"
        if operator == "after":
            return f"({is_day} AND {day} > {self.made.given(last.isoformat())})"
        between = f"{self.made.given(first.isoformat())} AND {self.made.given(last.isoformat())}"
        return f"({is_day} AND {day} BETWEEN {between})"


def _words(tree: Filter) -> list[str]:
    """What must be among the words of a task that passes (`words.of_variables`, and those of its title)."""
    if isinstance(tree, All):
        return sorted({word for part in tree.parts for word in _words(part)})
    if not isinstance(tree, Compare) or tree.operator != "=":
        return []
    if tree.name not in _SEARCHED and not tree.name.startswith(VARIABLE_PREFIX):
        return []
    value = tree.values[0]
    if not value.quoted and value.text.lower() in YES + NO:
        return []
    return words.lexemes(value.text if value.quoted else value.text.partition(".")[0])


_SEARCHED = frozenset(["title", "name", "subject", "business_key", "process_name"])


def _in_text(sql: str, operator: str, wanted: Sequence[str]) -> str:
    """A lower-cased text against lower-cased texts."""
    if operator == "contains":
        return f"position({wanted[0]} IN {sql}) > 0"
    if operator == "begins with":
        return f"starts_with({sql}, {wanted[0]})"
    return f"{sql} IN ({', '.join(wanted)})"


def _number(value: Value, found: Criterion | None) -> Decimal:
    try:
        number = Decimal(value.text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > LARGEST or len(value.text) > 60:
        label = found.label if found else value.text[:40]
        raise InvalidFilter(
            _("“%(label)s” is compared with a number such as 1250.50, not with “%(text)s”.")
            % {"label": label, "text": value.text[:40]}
        )
    return number


#: An operator that says no -> the one that it denies.
_POSITIVE = {
    "!=": ("=", True),
    "not in": ("in", True),
    "does not contain": ("contains", True),
    "is empty": ("is not empty", True),
}

_Test = Callable[[_Compiler, Criterion, str, str, Sequence[Value]], str]
_TESTS: dict[str, _Test] = {
    TEXT: _Compiler.text,
    NUMBER: _Compiler.number,
    TIME: _Compiler.time,
    FLAG: _Compiler.flag,
    CHOICE: _Compiler.choice,
    PERSON: _Compiler.person,
    GROUP: _Compiler.person,
    VARIABLE: _Compiler.variable,
}
