"""Who may start a process, see its instances, administer them.

django-guardian grants on rows of process definitions. A grant on any version holds for every version of the key, those
to come included. Whoever had a human task in an instance sees it too; the inbox passes that as `also`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from guardian.shortcuts import get_objects_for_user

from orchestrator.models import ProcessDefinition, ProcessInstance
from orchestrator.runtime import wire

START, SEE, ADMINISTER = "start_processdefinition", "see_instances", "administer_instances"
_NOBODY = Q(pk__in=[])


def startable(user: AbstractUser) -> QuerySet[ProcessDefinition]:
    """The latest versions that this person may start by hand."""
    latest = ProcessDefinition.objects.filter(is_latest=True, is_startable=True)
    return latest if user.is_active and user.is_superuser else latest.filter(key__in=_keys(user, START))


def may_start(user: AbstractUser, definition: ProcessDefinition) -> bool:
    return startable(user).filter(key=definition.key).exists()


def start_granted(user: AbstractUser) -> Any:
    """The keys of the processes that this person may start, by hand or by what they tell."""
    if user.is_active and user.is_superuser:
        return ProcessDefinition.objects.order_by().values("key")
    return ProcessDefinition.objects.filter(key__in=_keys(user, START)).order_by().values("key")


def visible_instances(user: AbstractUser, also: Q = _NOBODY) -> QuerySet[ProcessInstance]:
    """Those that this person started, and all of the processes whose instances they may see or administer."""
    if not user.is_active:
        return ProcessInstance.objects.none()
    if user.is_superuser:
        return ProcessInstance.objects.all()
    granted = Q(definition__key__in=_keys(user, SEE, ADMINISTER))
    return ProcessInstance.objects.filter(Q(started_by=user) | granted | also)


def overseen(user: AbstractUser) -> QuerySet[ProcessDefinition]:
    """Every version of the processes whose instances this person may see or administer."""
    if user.is_active and user.is_superuser:
        return ProcessDefinition.objects.all()
    return ProcessDefinition.objects.filter(key__in=_keys(user, SEE, ADMINISTER))


def may_see(user: AbstractUser, instance: ProcessInstance, also: Q = _NOBODY) -> bool:
    return visible_instances(user, also).filter(pk=instance.pk).exists()


def administered(user: AbstractUser) -> QuerySet[ProcessDefinition]:
    """Every version of the processes that this person administers."""
    if user.is_active and user.is_superuser:
        return ProcessDefinition.objects.all()
    return ProcessDefinition.objects.filter(key__in=_keys(user, ADMINISTER))


def may_administer(user: AbstractUser, definition: ProcessDefinition) -> bool:
    """Every look at a task asks this: `administered` in a statement that is built once."""
    if not user.is_active or user.pk is None:
        return False
    if user.is_superuser:
        return True
    sql, given = _administering(ContentType.objects.get_for_model(ProcessDefinition).pk)
    asked = {_WHO: user.pk, _WHICH: definition.key}
    with wire.cursor() as cursor:
        cursor.execute(sql, [asked.get(one, one) for one in given])
        return cursor.fetchone() is not None


_WHO, _WHICH = -(2**31) + 1, "\u2603"  # stand for the person and the key in the statement


@cache
def _administering(content_type: int) -> tuple[str, tuple[Any, ...]]:
    """`content_type`: of process definitions, by which django-guardian knows them."""
    somebody = get_user_model()(pk=_WHO, is_active=True)
    found = administered(somebody).filter(key=_WHICH).order_by().values("pk")[:1]
    return found.query.sql_with_params()


def _keys(user: AbstractUser, *permissions: str) -> Any:
    """Keys of the processes for which the person, or a group of theirs, holds any of these permissions."""
    if not user.is_active:
        return ProcessDefinition.objects.none().values("key")
    granted = get_objects_for_user(
        user,
        list(permissions),
        klass=ProcessDefinition,
        any_perm=True,
        with_superuser=False,
        accept_global_perms=True,
    )
    return granted.order_by().values("key")
