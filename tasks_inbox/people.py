"""From the names in a model to the people and groups of Django, and to those who help when a name is nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q
from guardian.models import GroupObjectPermission, UserObjectPermission

from orchestrator.engine.effects import CreateUserTask
from orchestrator.models import ProcessDefinition
from orchestrator.runtime import wire
from orchestrator.runtime.variables import text
from tasks_inbox import absence, lifecycle
from tasks_inbox.models import HumanTask, TaskRole

# Properties of a user task that put people into roles: each holds names, as a list or separated by commas.
_ADMINISTER = "administer_instances"
_EXCLUDED = "excludedUsers"
_FURTHER_ROLES = {
    "stakeholders": lifecycle.STAKEHOLDER,
    "businessAdministrators": lifecycle.BUSINESS_ADMINISTRATOR,
    "recipients": lifecycle.RECIPIENT,
    "taskInitiator": lifecycle.TASK_INITIATOR,
}

_OFFERED = "Nobody can take this task: it is offered to those who administer the process."
_NOBODY = "Nobody can take this task, and nobody administers the process: appoint an administrator."

# One name at a time, from lists that say nothing of their length: a plan that is made once, and good for any number.
# In a group, one member after the other until somebody is able.
_USERS = """SELECT false, u.* FROM jsonb_array_elements_text(%s::jsonb) AS n(name) CROSS JOIN LATERAL (
        SELECT username, id, is_active FROM auth_user WHERE username = n.name LIMIT 1
    ) u"""
_MEMBERS = """SELECT true, g.name, g.id, EXISTS (
        SELECT FROM auth_user_groups m CROSS JOIN LATERAL (
            SELECT FROM auth_user u WHERE u.id = m.user_id AND u.is_active {able} LIMIT 1
        ) u WHERE m.group_id = g.id
    ) FROM jsonb_array_elements_text(%s::jsonb) AS n(name) CROSS JOIN LATERAL (
        SELECT name, id FROM auth_group WHERE name = n.name LIMIT 1
    ) g"""
_GROUPS = _MEMBERS.format(able="")
_ABLE_GROUPS = _MEMBERS.format(able="AND NOT %s::jsonb ? u.username")

Holder = tuple[int | None, int | None]  # user id, group id: one of them


@dataclass(frozen=True, slots=True)
class Found:
    """`able`: an active person, or a group with an active member who is not excluded."""

    id: int
    able: bool


@dataclass(frozen=True, slots=True)
class Named:
    """The names in the model of one task: `owners` are users, `further` may be users or groups, with the role."""

    assignee: str
    excluded: Sequence[str]
    owners: Sequence[str]
    groups: Sequence[str]
    further: Sequence[tuple[str, str]]


@dataclass(slots=True)
class Resolved:
    """Who one task is for. `can_be_done`: at least one person may take it. `sentences` tell what was not found."""

    assignee: int | None = None
    roles: set[tuple[str, int | None, int | None]] = field(default_factory=set)  # role, user id, group id
    sentences: list[str] = field(default_factory=list)
    can_be_done: bool = False

    def offer_to(self, administrators: Sequence[Holder]) -> None:
        self.roles.update((lifecycle.BUSINESS_ADMINISTRATOR, user, group) for user, group in administrators)
        self.sentences.append(_OFFERED if administrators else _NOBODY)


def names(value: Any) -> list[str]:
    """The names in a property or attribute: a list, or a text with commas."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    return [name for name in (str(part).strip() for part in parts if part is not None) if name]


def resolve(effects: Sequence[CreateUserTask]) -> tuple[list[Resolved], wire.Statement | None]:
    """One answer per effect, with one query per set of excluded people: usually one. And the last of these queries."""
    named = [_named(effect) for effect in effects]
    by_excluded: dict[frozenset[str], list[Named]] = {}
    for one in named:
        by_excluded.setdefault(frozenset(one.excluded), []).append(one)
    asked = {excluded: _asked(those, excluded) for excluded, those in by_excluded.items()}
    found = {excluded: _find(statement) for excluded, statement in asked.items()}
    return [_resolve(one, *found[frozenset(one.excluded)]) for one in named], next(reversed(asked.values()))


def administrators(definition: ProcessDefinition) -> list[Holder]:
    """Active superusers, and whoever holds the permission to administer the instances of this process, or of all."""
    versions = [str(pk) for pk in ProcessDefinition.objects.filter(key=definition.key).values_list("pk", flat=True)]
    permission = Permission.objects.filter(codename=_ADMINISTER, content_type__app_label="orchestrator")
    granted = {"permission__in": permission, "object_pk__in": versions}
    users = User.objects.filter(
        Q(is_superuser=True)
        | Q(user_permissions__in=permission)
        | Q(pk__in=UserObjectPermission.objects.filter(**granted).values("user")),
        is_active=True,
    )
    groups = Group.objects.filter(
        Q(permissions__in=permission) | Q(pk__in=GroupObjectPermission.objects.filter(**granted).values("group"))
    )
    holders: set[Holder] = {(pk, None) for pk in users.values_list("pk", flat=True)}
    holders |= {(None, pk) for pk in groups.values_list("pk", flat=True)}
    return sorted(holders, key=str)


def candidates(task: HumanTask) -> list[int]:
    """The ids of everybody who may own this task, ascending: active, and not excluded."""
    roles = TaskRole.objects.filter(task=task)
    owners = roles.filter(role=lifecycle.POTENTIAL_OWNER)
    excluded = roles.filter(role=lifecycle.EXCLUDED_OWNER, user__isnull=False)
    able = User.objects.filter(
        Q(pk__in=owners.filter(user__isnull=False).values("user"))
        | Q(groups__in=owners.filter(group__isnull=False).values("group")),
        is_active=True,
    ).exclude(pk__in=excluded.values("user"))
    return list(able.order_by("pk").values_list("pk", flat=True).distinct())


def rescue(task: HumanTask) -> str:
    """When nobody may own this task any more, offer it to those who administer the process; what happened, or ''."""
    able = candidates(task)
    if set(able) - absence.unattended(task, able):
        return ""
    helpers = administrators(task.process_instance.definition)
    TaskRole.objects.bulk_create(
        [
            TaskRole(task=task, role=lifecycle.BUSINESS_ADMINISTRATOR, user_id=user, group_id=group)
            for user, group in helpers
        ],
        ignore_conflicts=True,
    )
    return _OFFERED if helpers else _NOBODY


def _named(effect: CreateUserTask) -> Named:
    properties = effect.properties
    return Named(
        effect.assignee or "",
        names(properties[_EXCLUDED]) if _EXCLUDED in properties else [],
        [*names(effect.assignee), *effect.candidate_users],
        effect.candidate_groups,
        [(name, role) for key, role in _FURTHER_ROLES.items() if key in properties for name in names(properties[key])],
    )


def _resolve(named: Named, users: dict[str, Found], groups: dict[str, Found]) -> Resolved:
    resolved = Resolved()
    for name, known, noun, role in _wanted(named, users, groups):
        found = known.get(name)
        if found is None:
            resolved.sentences.append(f"There is no {noun} “{name}”.")
        elif role == lifecycle.EXCLUDED_OWNER or found.able or known is groups:
            resolved.roles.add((role, None, found.id) if known is groups else (role, found.id, None))
        else:
            resolved.sentences.append(f"“{name}” is no longer active.")
    excluded = {user for role, user, _ in resolved.roles if role == lifecycle.EXCLUDED_OWNER}
    able_groups = {found.id for found in groups.values() if found.able}
    resolved.can_be_done = any(
        user not in excluded if user is not None else group in able_groups
        for role, user, group in resolved.roles
        if role == lifecycle.POTENTIAL_OWNER
    )
    assignee = users.get(named.assignee)
    if assignee and assignee.id in excluded:
        resolved.sentences.append(f"“{named.assignee}” is the assignee and excluded at once: the exclusion holds.")
    elif assignee and assignee.able:
        resolved.assignee = assignee.id
    return resolved


def _wanted(
    named: Named, users: dict[str, Found], groups: dict[str, Found]
) -> Iterator[tuple[str, dict[str, Found], str, str]]:
    """Each name in the model: where to look it up, what to call it, and the role it is for."""
    for name in named.excluded:
        yield name, users, "user", lifecycle.EXCLUDED_OWNER
    for name in named.owners:
        yield name, users, "user", lifecycle.POTENTIAL_OWNER
    for name in named.groups:
        yield name, groups, "group", lifecycle.POTENTIAL_OWNER
    for name, role in named.further:
        yield (name, groups, "group", role) if name in groups else (name, users, "user or group", role)


def _asked(those: Sequence[Named], excluded: Iterable[str]) -> wire.Statement | None:
    """The query for the users and the groups that these name; None when they name nobody."""
    further = {name for one in those for name, _ in one.further}
    users = further.union(excluded, *(one.owners for one in those))
    groups = further.union(*(one.groups for one in those))
    return _question(frozenset(users), frozenset(groups), frozenset(excluded))


@lru_cache(maxsize=1000)
def _question(users: frozenset[str], groups: frozenset[str], excluded: frozenset[str]) -> wire.Statement | None:
    """The models of a house name the same people again and again."""
    parts: list[tuple[str, list[frozenset[str]]]] = []
    if users:
        parts.append((_USERS, [users]))
    if groups:
        parts.append((_ABLE_GROUPS, [excluded, groups]) if excluded else (_GROUPS, [groups]))
    if not parts:
        return None
    return " UNION ALL ".join(part for part, _ in parts), tuple(
        text(sorted(some)) for _, given in parts for some in given
    )


def _find(asked: wire.Statement | None) -> tuple[dict[str, Found], dict[str, Found]]:
    """The users and the groups."""
    if asked is None:
        return {}, {}
    with wire.cursor() as cursor:
        cursor.execute(*asked)
        rows = cursor.fetchall()
    return (
        {name: Found(pk, able) for is_group, name, pk, able in rows if not is_group},
        {name: Found(pk, able) for is_group, name, pk, able in rows if is_group},
    )
