"""Who is asking: the session, the person it belongs to, their clock and how they want their pages, in one statement.

The session's row does not say whose it is, only what is signed in it does. So this process remembers whose a session
was when it last read it, asks for that person beside the session, and asks once more if it was wrong. Everything is
read anew in each request: who has signed out or may no longer come in is out at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, cast

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends import db
from django.db import Error, connection
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from orchestrator.runtime import wire
from tasks_inbox import absence, leading
from tasks_inbox.forms.values import Clock
from tasks_inbox.zones import zone

WITH_PASSWORDS = "django.contrib.auth.backends.ModelBackend"
MOST_REMEMBERED = 50_000  # sessions
MOST_DECODED = 5_000


@dataclass(frozen=True, slots=True)
class Look:
    """How a person wants their pages: colours, density, keys, columns, orders, language."""

    theme: str = "system"
    density: str = "compact"
    shortcuts: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    sort: str = ""
    view_order: tuple[int, ...] = ()
    language: str = ""
    leads: bool = False  # other people: there is a page about their work


_LOOK = ("theme", "density", "shortcuts", "keys", "columns", "sort", "view_order", "language")


def clock_and_look(user: User) -> tuple[Clock, Look]:
    """The database's time, the time zone of the person's profile or else the server's, and what else it says: of now,
    or, for the person of a request, of when they were looked up.
    """
    found: Sequence[Any] | None = getattr(user, "looked_up_with", None)
    if found is None:
        sql, given = _asked()
        with wire.cursor() as cursor:
            cursor.execute(sql, _about(given, user.pk))
            row = cursor.fetchone()
        if row is None:
            raise User.DoesNotExist
        found = row[len(_fields()) :]
    now, leads, _, name, profile, *look = found
    if profile is None:
        return Clock(now, zone(name)), Look(leads=leads)
    theme, density, shortcuts, keys, shown, sort, order, language = look
    keys, shown, order = json.loads(keys), json.loads(shown), json.loads(order)
    return Clock(now, zone(name)), Look(
        theme, density, shortcuts, keys, tuple(shown), sort, tuple(order), language, leads
    )


# The session


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read together with the person."""

    person: User | None = None  # whom the session named when it was read, whether or not they may come in

    def load(self) -> dict[str, Any]:
        key = self.session_key or ""
        whom = _owners.get(key, 0)
        row = _first(_with_session(), [*_about(_asked()[1], whom), key])
        if row is None:
            _owners.pop(key, None)
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(row[0])
        named = str(data.get(auth.SESSION_KEY, ""))
        if named.isdecimal() and named != str(whom):
            _remember(key, int(named))
            row = _first(_with_session(), [*_about(_asked()[1], int(named)), key]) or row
        self.person = _person(row[1:], named)
        return data

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """What the signed text says does not depend on when it is read: its signature is checked once."""
        data: dict[str, Any] = json.loads(_said(session_data))
        return data


@lru_cache(MOST_DECODED)
def _said(session_data: bytes | str) -> str:
    return json.dumps(db.SessionStore().decode(session_data))


_owners: dict[str, int] = {}  # session key -> the id of its user


def _remember(key: str, whom: int) -> None:
    if len(_owners) >= MOST_REMEMBERED:
        _owners.clear()
    _owners[key] = whom


def _first(sql: str, parameters: Sequence[Any]) -> Any:
    """The row, by what is usually the first statement of a request: it finds out whether a connection that was kept
    still lives, and is said again on a new one. So nobody has to ask before.
    """
    kept = connection.connection is not None
    with wire.cursor() as cursor:
        try:
            cursor.execute(sql, parameters)
        except Error:
            if not kept or connection.connection is not None or connection.in_atomic_block:
                raise
            cursor.execute(sql, parameters)
        connection.health_check_done = True  # type: ignore[attr-defined]
        return cursor.fetchone()


def _person(row: Sequence[Any], named: str) -> User | None:
    names = _fields()
    if row[0] is None or str(row[0]) != named:
        return None
    person = User.from_db(connection.alias, names, row[: len(names)])
    person.looked_up_with = row[len(names) :]  # type: ignore[attr-defined]
    person.acts_for_somebody = row[len(names) + 2]  # type: ignore[attr-defined]
    return person


# The person


class SignedIn(AuthenticationMiddleware):
    """`request.user`: Django's, without asking for them again."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = cast("User", SimpleLazyObject(lambda: _of_request(request)))


def found_out(user: User) -> User:
    """Without Django's wrapper, through which every glance at a person would go."""
    return cast("User", user._wrapped) if isinstance(user, SimpleLazyObject) else user


def _of_request(request: HttpRequest) -> User | AnonymousUser:
    """What Django checks, in one go; whatever is unusual it does itself."""
    session = request.session
    if (
        session.get(auth.BACKEND_SESSION_KEY) == WITH_PASSWORDS in settings.AUTHENTICATION_BACKENDS
        and (person := getattr(session, "person", None)) is not None
        and person.is_active
        and str(person.pk) == session.get(auth.SESSION_KEY)
        and constant_time_compare(session.get(auth.HASH_SESSION_KEY, ""), person.get_session_auth_hash())
    ):
        return cast("User", person)
    return auth.get_user(request)


# The statements, built once: every request asks them.

_WHO = -(2**31) + 1  # stands for the person in a statement
_TO_OTHERS = (leading.LEADS_SOMEBODY, absence.ACTS_FOR_SOMEBODY)


@cache
def _fields() -> list[str]:
    return [one.attname for one in User._meta.concrete_fields]


@cache
def _asked() -> tuple[str, tuple[Any, ...]]:
    columns = ("profile__time_zone", "profile__user", *(f"profile__{name}" for name in _LOOK))
    found = User.objects.filter(pk=_WHO).values_list(*_fields(), Now(), *_TO_OTHERS, *columns)
    return found.query.sql_with_params()


def _about(given: Sequence[Any], who: int) -> list[Any]:
    return [who if one == _WHO else one for one in given]


@cache
def _with_session() -> str:
    return (
        f"SELECT s.session_data, person.* FROM django_session s LEFT JOIN LATERAL ({_asked()[0]}) person ON true"
        " WHERE s.session_key = %s AND s.expire_date > statement_timestamp()"
    )
