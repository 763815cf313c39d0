"""Cases that have something in common with one: its reference, who asked for it, the value of a variable.

Which variables, its process says (`related`, names with commas), or the reader. Bounded: of each kind the latest are
looked at, and values are compared in the latest cases only. Nobody finds a case here that they may not see, nor by a
variable that is kept from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from orchestrator.feel.jsonnumbers import dumps
from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime import definitions, permissions, restricted
from tasks_inbox import people
from tasks_inbox.origin.in_words import Language
from tasks_inbox.permissions import visible_tasks

PROPERTY = "related"
MOST_DECLARED = 3  # variables of the process
MOST_OFFERED = 50  # variables that a reader may choose from
MOST = 8  # cases of each kind that are shown
_LOOKED_AT = 100  # of each kind, before it is asked who may see them
_LONGEST = 200  # characters of a value

# In whose variables is looked: the latest cases of the process, and the latest of all.
_NEAR = """
    near AS MATERIALIZED (
        (SELECT id, definition_id FROM orchestrator_processinstance
         WHERE definition_id = ANY(%(versions)s::bigint[]) ORDER BY id DESC LIMIT 3000)
        UNION
        (SELECT id, definition_id FROM orchestrator_processinstance ORDER BY id DESC LIMIT 2000)
    )
"""
_KINDS = {
    "family": "(coalesce(root_id, id) = %(root)s)",
    "key": "(business_key = %(key)s AND business_key <> '')",
    "person": "started_by_id = %(person)s",
}
_OF_A_KIND = """
    (SELECT '{kind}' AS kind, id FROM orchestrator_processinstance
     WHERE {condition} AND id <> %(case)s ORDER BY id DESC LIMIT {most})
"""
# The element instance of the process has number 1. LIMIT keeps it one look into the index per case, however large the
# table is.
_BY_VALUE = """
    (SELECT %({name})s::text AS kind, i.id FROM near i CROSS JOIN LATERAL (
         SELECT FROM orchestrator_elementinstance e
         WHERE e.process_instance_id = i.id AND e.number = 1 AND e.variables @> %({value})s::jsonb LIMIT 1
     ) e
     WHERE i.id <> %(case)s AND i.definition_id <> ALL ({kept})
     ORDER BY i.id DESC LIMIT {most})
"""


@dataclass(frozen=True, slots=True)
class Group:
    """What these cases have in common, in words."""

    title: str
    cases: tuple[ProcessInstance, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """`offered` are the variables by which the reader may look: name -> label."""

    groups: tuple[Group, ...] = ()
    offered: Mapping[str, str] = field(default_factory=dict)


def related(
    case: ProcessInstance, reader: User, variables: Mapping[str, Any], language: Language, by: str = ""
) -> Related:
    """`variables`: those of the case that the reader may read. `by`: the variable that they have chosen, or "". Three
    statements.
    """
    offered = {name: language.name([name]) for name, value in variables.items() if _is_comparable(value)}
    names = [name for name in dict.fromkeys([by, *_declared(case)]) if name in offered]
    found = _found(case, reader, {name: variables[name] for name in names})
    seen = _visible(reader, {pk for ids in found.values() for pk in ids})
    titles = _titles(case, reader) | {
        f"var {name}": f"{offered[name]}: {language.value([name], variables[name])}" for name in names
    }
    groups: list[Group] = []
    told: set[int] = set()
    for kind in sorted(titles, key=lambda kind: (kind != f"var {by}", kind == "person")):
        cases = tuple(seen[pk] for pk in found.get(kind, ()) if pk in seen and pk not in told)[:MOST]
        told |= {one.pk for one in cases}
        if cases:
            groups.append(Group(titles[kind], cases))
    return Related(tuple(groups), dict(sorted(offered.items(), key=lambda pair: pair[1])[:MOST_OFFERED]))


def _declared(case: ProcessInstance) -> list[str]:
    return people.names(definitions.process_of(case.definition_id).properties.get(PROPERTY))[:MOST_DECLARED]


def _is_comparable(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | Decimal) or (isinstance(value, str) and 0 < len(value) <= _LONGEST)


def _found(case: ProcessInstance, reader: User, values: Mapping[str, Any]) -> dict[str, list[int]]:
    """Kind -> ids, the latest first."""
    parameters: dict[str, Any] = {
        "case": case.pk,
        "root": case.root_id or case.pk,
        "key": case.business_key,
        "person": case.started_by_id,
        "versions": _versions(case) if values else [],
        "user": reader.pk,
    }
    parts = [_OF_A_KIND.format(kind=kind, condition=text, most=_LOOKED_AT) for kind, text in _KINDS.items()]
    for number, (name, value) in enumerate(values.items()):
        parameters |= {f"n{number}": f"var {name}", f"name{number}": name, f"v{number}": dumps({name: value})}
        kept = restricted.KEPT_FROM.format(name=f"%(name{number})s")
        parts.append(_BY_VALUE.format(name=f"n{number}", value=f"v{number}", kept=kept, most=_LOOKED_AT))
    near = f"WITH {_NEAR}" if values else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{near} {' UNION ALL '.join(parts)}", parameters)
        found: dict[str, list[int]] = {}
        for kind, pk in cursor.fetchall():
            found.setdefault(kind, []).append(pk)
    return found


def _versions(case: ProcessInstance) -> list[int]:
    """Asked on their own, so that the planner knows how frequent each is."""
    return list(ProcessDefinition.objects.filter(key=case.definition.key).values_list("pk", flat=True))


def _visible(reader: User, ids: set[int]) -> dict[int, ProcessInstance]:
    tasks = visible_tasks(reader).filter(process_instance__in=ids).order_by()
    seen = permissions.visible_instances(reader, Q(pk__in=tasks.values("process_instance")))
    rows = seen.filter(pk__in=ids).select_related("definition", "started_by")
    return {row.pk: row for row in rows}


def _titles(case: ProcessInstance, reader: User) -> dict[str, str]:
    who = case.started_by
    if who is None:
        asked = ""
    elif who.pk == reader.pk:
        asked = _("Also asked for by you")
    else:
        asked = _("Also asked for by %(name)s") % {"name": who.get_full_name() or who.get_username()}
    return {
        "family": _("Called by this case, or calls it"),
        "key": _("The same reference, %(reference)s") % {"reference": case.business_key},
        "person": asked,
    }
