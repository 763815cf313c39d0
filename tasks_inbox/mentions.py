"""“@ada.lovelace” in a comment: who is meant, who can be named, and that they are told.

A name gives no rights: only somebody who may see the task can be mentioned. Whoever may not, and whoever does not
exist, stays a word among words, so that nobody learns from a comment which accounts there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import BooleanField, ExpressionWrapper, Q

from tasks_inbox import absence, lifecycle, notices, people
from tasks_inbox.models import HumanTask, Substitution, TaskEvent, TaskRead, TaskRole
from tasks_inbox.permissions import may_see

MOST = 20  # names of one comment that are told
SHOWN = 6  # suggestions
_LOOKED_AT = 24  # candidates for them
_NAME = re.compile(r"(?<![\w@.+/-])@([\w@.+-]{1,150})")
_KINDS = (TaskEvent.Kind.ADD_COMMENT, TaskEvent.Kind.UPDATE_COMMENT)
KEY = "mentioned"  # in the data of the event


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a comment. `name` is that of somebody who was mentioned: `text` is what was typed."""

    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """`others` are the words that look like names and mean nobody who may see the task."""

    people: tuple[User, ...] = ()
    others: tuple[str, ...] = ()


def mentioned(task: HumanTask, text: str) -> Mentioned:
    """Who is meant in this text. No statement for a text without “@”."""
    words = list(dict.fromkeys(_NAME.findall(text)))[:MOST]
    if not words:
        return Mentioned()
    spellings = {spelling for word in words for spelling in (word, _bare(word))}
    known = {user.username: user for user in User.objects.filter(username__in=spellings, is_active=True)}
    found: dict[str, User] = {}
    others = []
    for word in words:
        user = known.get(word) or known.get(_bare(word))
        if user is not None and may_see(user, task):
            found[user.username] = user
        else:
            others.append(_bare(word))
    return Mentioned(tuple(found.values()), tuple(others))


def tell(task: HumanTask, by: User, text: str, *, before: str = "") -> dict[str, list[str]]:
    """Each of those who are mentioned hears of it, and finds the task unread; not those who were mentioned in the text
    as it stood before. What the event keeps: all who are mentioned now.
    """
    people = mentioned(task, text).people
    heard = set(_NAME.findall(before)) | set(map(_bare, _NAME.findall(before)))
    told = [user for user in people if user.pk != by.pk and user.username not in heard]
    for user in told:
        notices.tell(notices.MENTION, user, task, by=by, text=text)
    if told:
        TaskRead.objects.filter(task=task, user__in=told).delete()
    return {KEY: [user.username for user in people]} if people else {}


def parts(texts: Iterable[str], task: HumanTask) -> list[list[Part]]:
    """Comments of a task with their mentions marked: those that were ones when the comment was written. One statement,
    two if somebody was mentioned; none where no text has an “@”.
    """
    shown = list(texts)
    names = _names(task) if any("@" in text for text in shown) else {}
    return [list(_parts(text, names)) for text in shown]


def _names(task: HumanTask) -> dict[str, str]:
    """User name -> name of everybody who was ever mentioned in this task."""
    told = TaskEvent.objects.filter(task=task, kind__in=_KINDS, data__has_key=KEY).values_list("data", flat=True)
    usernames = {username for data in told for username in data[KEY]}
    if not usernames:
        return {}
    return {
        user.username: user.get_full_name() or user.username for user in User.objects.filter(username__in=usernames)
    }


def _parts(text: str, names: dict[str, str]) -> Iterable[Part]:
    at = 0
    for match in _NAME.finditer(text):
        username = match[1] if match[1] in names else _bare(match[1])
        if username in names:
            yield Part(text[at : match.start()])
            yield Part(f"@{username}", names[username])
            at = match.start() + 1 + len(username)
    yield Part(text[at:])


def candidates(task: HumanTask, search: str, *, beside: User) -> list[User]:
    """Who could be mentioned: people who may see the task and whose names begin with the words, at most `SHOWN`."""
    concerned = User.objects.filter(_concerned(task)).values("pk")
    found = User.objects.filter(pk__in=concerned, is_active=True).exclude(pk=beside.pk)
    for word in search.split()[:4]:
        found = found.filter(
            Q(first_name__istartswith=word) | Q(last_name__istartswith=word) | Q(username__istartswith=word)
        )
    able: list[User] = []
    nameless = ExpressionWrapper(Q(first_name="", last_name=""), BooleanField())  # accounts rather than people: last
    for user in found.order_by(nameless, "first_name", "last_name", "username")[:_LOOKED_AT]:
        if len(able) < SHOWN and may_see(user, task):
            able.append(user)
    return able


def _concerned(task: HumanTask) -> Q:
    """A few too many; `may_see` has the last word."""
    roles = TaskRole.objects.filter(task=task).exclude(role=lifecycle.EXCLUDED_OWNER)
    users, groups = roles.filter(user__isnull=False).values("user"), roles.filter(group__isnull=False).values("group")
    administrators = people.administrators(task.process_instance.definition)
    acting = Substitution.objects.filter(
        Q(absence__user__in=users) | Q(absence__user__groups__in=groups), absence__in=absence.away()
    )
    return (
        Q(pk__in=users)
        | Q(groups__in=groups)
        | Q(pk__in=[pk for pk in (task.actual_owner_id, task.completed_by_id) if pk])
        | Q(pk__in=[user for user, _ in administrators if user])
        | Q(groups__in=[group for _, group in administrators if group])
        | Q(pk__in=acting.values("substitute"))
    )


def _bare(word: str) -> str:
    """Without the end of the sentence behind it."""
    return word.rstrip(".+-@")
