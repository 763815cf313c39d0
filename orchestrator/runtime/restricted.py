"""Who may read which variables of a case: those that its process restricts, only members of the groups it names.

Superusers read everything. What is kept from somebody does not exist for them: no name, no value, nothing to filter by.
Only what the process itself computes sees everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group

from orchestrator.models import ProcessDefinition
from orchestrator.runtime import definitions

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

NOTHING: frozenset[str] = frozenset()

#: The definitions whose variable {name} is kept from %(user)s, as an array: asked once per statement, and of an index
#: that is empty where no process restricts anything.
KEPT_FROM = """
    ARRAY(
        SELECT d.id FROM orchestrator_processdefinition d
        WHERE d.restricted <> '{{}}'::jsonb AND d.restricted ? {name}
          AND NOT EXISTS (SELECT FROM auth_user s WHERE s.id = %(user)s AND s.is_superuser AND s.is_active)
          AND NOT EXISTS (
              SELECT FROM auth_user_groups m JOIN auth_group g ON g.id = m.group_id
              WHERE m.user_id = %(user)s AND d.restricted -> {name} ? g.name
          )
    )
"""


def hidden(user: User | AnonymousUser | None, definition_id: int) -> frozenset[str]:
    """The variables of the instances of this definition that are kept from this person, as `kept` does."""
    return kept(user, definitions.row(definition_id).restricted)


def hidden_anywhere(user: User | AnonymousUser) -> frozenset[str]:
    """Names that some process keeps from this person: for what belongs to no process, such as a published message."""
    found = ProcessDefinition.objects.exclude(restricted={}).values_list("restricted", flat=True)
    return frozenset(name for restricted in found for name in kept(user, restricted))


def without(variables: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in variables.items() if name not in names}


def kept(user: User | AnonymousUser | None, restricted: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Of these variables with their readers, the ones that are kept from this person. None is nobody in particular:
    what does not know who will read it, shows none of them.
    """
    if not restricted:
        return NOTHING
    if user is None or not user.is_active or user.pk is None:
        return frozenset(restricted)
    if user.is_superuser:
        return NOTHING
    named = {group for groups in restricted.values() for group in groups}
    own = set(Group.objects.filter(user=user, name__in=named).values_list("name", flat=True))
    return frozenset(name for name, groups in restricted.items() if not own & set(groups))
