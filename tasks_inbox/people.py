"""From the names in a model to the people and groups of Django, and to those who help when a name is nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Exists, OuterRef, Q
from guardian.shortcuts import get_groups_with_perms, get_users_with_perms

from orchestrator.engine.effects import CreateUserTask
from orchestrator.models import ProcessDefinition
from tasks_inbox import lifecycle
from tasks_inbox.models import HumanTask, TaskRole

# Properties of a user task that put people into roles: each holds names, as a list or separated by commas.
_EXCLUDED = "excludedUsers"
_FURTHER_ROLES = {
    "stakeholders": lifecycle.STAKEHOLDER,
    "businessAdministrators": lifecycle.BUSINESS_ADMINISTRATOR,
    "recipients": lifecycle.RECIPIENT,
    "taskInitiator": lifecycle.TASK_INITIATOR,
}

_OFFERED = "Nobody can take this task: it is offered to those who administer the process."
_NOBODY = "Nobody can take this task, and nobody administers the process: appoint an administrator."

Holder = tuple[int | None, int | None]  # user id, group id: one of them


@dataclass(frozen=True, slots=True)
class Found:
    """`able`: an active person, or a group with an active member who is not excluded."""

    id: int
    able: bool


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


def resolve(effects: Sequence[CreateUserTask]) -> list[Resolved]:
    """One answer per effect. A query for the users, and one for the groups per set of excluded people."""
    users = _users({name for effect in effects for name in _possible_users(effect)})
    excluded = [
        frozenset(users[name].id for name in names(effect.properties.get(_EXCLUDED)) if name in users)
        for effect in effects
    ]
    groups = {
        barred: _groups(
            {
                name
                for effect, them in zip(effects, excluded, strict=True)
                if them == barred
                for name in _possible_groups(effect)
            },
            barred,
        )
        for barred in set(excluded)
    }
    return [_resolve(effect, users, groups[barred], barred) for effect, barred in zip(effects, excluded, strict=True)]


def administrators(definition: ProcessDefinition) -> list[Holder]:
    """Active superusers, and whoever holds the permission to administer the instances of this process."""
    holders: set[Holder] = {
        (pk, None) for pk in User.objects.filter(is_superuser=True, is_active=True).values_list("pk", flat=True)
    }
    for version in ProcessDefinition.objects.filter(key=definition.key):
        users = get_users_with_perms(version, only_with_perms_in=["administer_instances"], with_group_users=False)
        holders.update((user.pk, None) for user in users if user.is_active)
        groups = get_groups_with_perms(version, attach_perms=True)
        holders.update((None, group.pk) for group, granted in groups.items() if "administer_instances" in granted)
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
    if candidates(task):
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


def _resolve(
    effect: CreateUserTask, users: dict[str, Found], groups: dict[str, Found], excluded: frozenset[int]
) -> Resolved:
    resolved = Resolved(roles={(lifecycle.EXCLUDED_OWNER, user, None) for user in excluded})
    wanted = [
        *((name, users, "user", lifecycle.POTENTIAL_OWNER) for name in names(effect.assignee)),
        *((name, users, "user", lifecycle.POTENTIAL_OWNER) for name in effect.candidate_users),
        *((name, groups, "group", lifecycle.POTENTIAL_OWNER) for name in effect.candidate_groups),
        *(
            (name, *((groups, "group") if name in groups else (users, "user or group")), role)
            for key, role in _FURTHER_ROLES.items()
            for name in names(effect.properties.get(key))
        ),
    ]
    for name, known, noun, role in wanted:
        found = known.get(name)
        if found is None:
            resolved.sentences.append(f"There is no {noun} “{name}”.")
            continue
        if not found.able and noun == "user":
            resolved.sentences.append(f"“{name}” is no longer active.")
            continue
        resolved.roles.add((role, None, found.id) if known is groups else (role, found.id, None))
        resolved.can_be_done |= (
            role == lifecycle.POTENTIAL_OWNER and found.able and (known is groups or found.id not in excluded)
        )
    for name in names(_missing(effect, users)):
        resolved.sentences.append(f"There is no user “{name}” to exclude.")
    assignee = users.get(effect.assignee or "")
    if assignee and assignee.able and assignee.id not in excluded:
        resolved.assignee = assignee.id
    elif assignee and assignee.id in excluded:
        resolved.sentences.append(f"“{effect.assignee}” is the assignee and excluded at once: the exclusion holds.")
    return resolved


def _missing(effect: CreateUserTask, users: dict[str, Found]) -> list[str]:
    return [name for name in names(effect.properties.get(_EXCLUDED)) if name not in users]


def _possible_users(effect: CreateUserTask) -> list[str]:
    return [
        *names(effect.assignee),
        *effect.candidate_users,
        *names(effect.properties.get(_EXCLUDED)),
        *(name for key in _FURTHER_ROLES for name in names(effect.properties.get(key))),
    ]


def _possible_groups(effect: CreateUserTask) -> list[str]:
    return [*effect.candidate_groups, *(name for key in _FURTHER_ROLES for name in names(effect.properties.get(key)))]


def _users(wanted: set[str]) -> dict[str, Found]:
    if not wanted:
        return {}
    rows = User.objects.filter(username__in=wanted).values_list("username", "pk", "is_active")
    return {name: Found(pk, active) for name, pk, active in rows}


def _groups(wanted: set[str], excluded: Iterable[int]) -> dict[str, Found]:
    if not wanted:
        return {}
    able = User.objects.filter(groups=OuterRef("pk"), is_active=True).exclude(pk__in=list(excluded))
    rows = Group.objects.filter(name__in=wanted).annotate(able=Exists(able)).values_list("name", "pk", "able")
    return {name: Found(pk, able) for name, pk, able in rows}
