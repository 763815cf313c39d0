"""Whose a request is: one statement, and nobody stays in for having been in before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib import auth
from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tasks_inbox import visitors
from tasks_inbox.models import Profile

PAGE = "/settings/"


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", password="right", first_name="Alice")


@pytest.fixture
def inside(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    assert client.get(PAGE).status_code == 200
    return client


def test_session_person_clock_and_look_are_one_statement(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Profile.objects.create(user=alice, theme="dark", time_zone="Asia/Tokyo")
    store = visitors.SessionStore()
    store.update(_session_of(alice))
    store.create()
    for statements in (2, 1):  # the first time, this process does not know whose the session is
        with django_assert_num_queries(statements):
            seen = visitors.SessionStore(store.session_key)
            assert seen[auth.SESSION_KEY] == str(alice.pk)
            assert seen.person == alice
            clock, look = visitors.clock_and_look(seen.person)
        assert (str(clock.zone), look.theme) == ("Asia/Tokyo", "dark")


def _session_of(user: User) -> dict[str, str]:
    return {
        auth.SESSION_KEY: str(user.pk),
        auth.BACKEND_SESSION_KEY: visitors.WITH_PASSWORDS,
        auth.HASH_SESSION_KEY: user.get_session_auth_hash(),
    }


def _deactivated(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)


def _deleted(alice: User) -> None:
    User.objects.filter(pk=alice.pk).delete()


def _other_password(alice: User) -> None:
    alice.set_password("other")
    alice.save()


def _signed_out_elsewhere(alice: User) -> None:
    Session.objects.all().delete()


def _expired(alice: User) -> None:
    Session.objects.update(expire_date=timezone.now())


@pytest.mark.parametrize("event", [_deactivated, _deleted, _other_password, _signed_out_elsewhere, _expired])
def test_who_is_out_is_out_at_once(inside: Client, alice: User, event: Callable[[User], None]) -> None:
    event(alice)
    assert inside.get(PAGE)["Location"].startswith("/login/")


def test_a_forged_session_is_nobodys(inside: Client) -> None:
    Session.objects.update(session_data="e30:forged:signature")
    assert inside.get(PAGE).status_code == 302


def test_what_a_session_says_is_read_anew_for_each_request(alice: User) -> None:
    """Its signature is checked once; what somebody does to what they read stays theirs."""
    store = visitors.SessionStore()
    text = store.encode({"seen": [1]})
    assert store.decode(text) == {"seen": [1]}
    store.decode(text)["seen"].append(2)
    assert visitors.SessionStore().decode(text) == {"seen": [1]}
    assert store.decode(text[:-1] + ("A" if text[-1] != "A" else "B")) == {}


def test_a_session_is_whose_it_says_and_not_whose_it_was(inside: Client) -> None:
    bob = User.objects.create_user("bob", first_name="Bob")
    Session.objects.update(session_data=db.SessionStore().encode(_session_of(bob)))
    page = inside.get(PAGE).content.decode()
    assert "Bob" in page
    assert "Alice" not in page


def test_what_somebody_changes_about_their_pages_shows_in_the_next(inside: Client, alice: User) -> None:
    Profile.objects.update_or_create(user=alice, defaults={"theme": "dark"})
    assert 'data-theme="dark"' in inside.get(PAGE).content.decode()


def test_a_backend_that_is_no_longer_used_lets_nobody_in(inside: Client, settings: object) -> None:
    settings.AUTHENTICATION_BACKENDS = ["orchestrator.sign_in.Doorkeeper"]  # type: ignore[attr-defined]
    assert inside.get(PAGE).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_meanwhile_is_made_anew(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get(PAGE).status_code == 200
    mine = connection.connection.info.backend_pid
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [mine])
    other.close()
    assert client.get(PAGE).status_code == 200
    assert connection.connection.info.backend_pid != mine
