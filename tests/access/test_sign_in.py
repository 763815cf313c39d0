"""Guessing passwords (XJ01), finding out names (XJ02): slow, and the same for everybody."""

from __future__ import annotations

import re
from datetime import timedelta
from time import thread_time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from orchestrator import sign_in
from orchestrator.models import SignInFailure
from tests.runtime.processes import together

OFFICE, HOME = "192.0.2.7", "198.51.100.9"


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", password="right")


def attempt(name: str, password: str, address: str = OFFICE, client: Client | None = None) -> HttpResponse:
    fields = {"username": name, "password": password}
    return (client or Client()).post("/login/", fields, REMOTE_ADDR=address)  # type: ignore[return-value]


def fail(times: int, name: str = "alice", address: str = OFFICE) -> None:
    SignInFailure.objects.bulk_create(
        [
            SignInFailure(name=sign_in._digest("name", name), address=sign_in._digest("address", address))
            for _ in range(times)
        ]
    )


def pass_time(seconds: float) -> None:
    SignInFailure.objects.update(at=F("at") - timedelta(seconds=seconds))


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first pause is one that no slow machine outlives."""
    monkeypatch.setattr(sign_in, "HERE", sign_in.Rule(free=5, longest=900, first=60))


@pytest.mark.usefixtures("long")
def test_after_a_few_failures_the_right_password_has_to_wait_too(alice: User) -> None:
    answers = [attempt("alice", f"wrong {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert 50 < int(answers[-1]["Retry-After"]) <= 60
    assert "Too many tries. Wait" in answers[-1].content.decode()
    assert attempt("alice", "right").status_code == 429
    pass_time(60)
    assert attempt("alice", "right").status_code == 302
    assert not SignInFailure.objects.exists()


@pytest.mark.usefixtures("long")
def test_each_further_failure_costs_twice_the_time(alice: User) -> None:
    fail(5)
    for expected in (60, 120, 240, 480):
        answer = attempt("alice", "wrong")
        assert answer.status_code == 429
        assert expected - 10 < int(answer["Retry-After"]) <= expected
        pass_time(expected)
        assert attempt("alice", "wrong").status_code == 200
    fail(30)
    assert int(attempt("alice", "wrong")["Retry-After"]) > 800
    pass_time(3600)
    assert attempt("alice", "wrong").status_code == 200


def test_many_addresses_do_not_help_and_lock_nobody_out_who_was_here_before(alice: User) -> None:
    known = Client()
    assert attempt("alice", "right", HOME, known).status_code == 302
    known.post("/logout/")
    for number in range(1, 41):
        fail(1, address=f"203.0.113.{number}")
    assert attempt("alice", "wrong", "203.0.113.200").status_code == 429
    assert attempt("alice", "right", "203.0.113.200").status_code == 429
    assert attempt("alice", "right", HOME, known).status_code == 302
    known.post("/logout/")
    fail(9, address=HOME)  # and somebody beside her, behind the same router
    assert attempt("alice", "right", HOME, known).status_code == 302


@pytest.mark.usefixtures("long")
def test_a_known_browser_may_not_guess_either(alice: User) -> None:
    known = Client()
    attempt("alice", "right", HOME, known)
    known.post("/logout/")
    assert [attempt("alice", "wrong", HOME, known).status_code for _ in range(6)] == [200] * 5 + [429]
    assert attempt("bob", "wrong", HOME, known).status_code == 200  # known as alice, and as nobody else


def test_one_address_cannot_try_everybody(alice: User) -> None:
    for number in range(60):
        fail(1, name=f"person{number}")
    assert attempt("alice", "right").status_code == 429
    assert attempt("alice", "right", HOME).status_code == 302


@pytest.mark.usefixtures("long")
@pytest.mark.django_db(transaction=True)
def test_many_tries_at_once_are_many(alice: User) -> None:
    answers = together(*[lambda: attempt("alice", "wrong").status_code] * 12)
    assert sorted(answers) == [200] * 5 + [429] * 7


def test_the_door_of_the_admin_is_watched_as_well(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    fail(10)
    page = Client().post("/admin/login/", {"username": "alice", "password": "right"}, REMOTE_ADDR=OFFICE)
    assert (page.status_code, "Too many tries" in page.content.decode()) == (200, True)
    pass_time(60)
    page = Client().post("/admin/login/", {"username": "alice", "password": "right"}, REMOTE_ADDR=OFFICE)
    assert page.status_code == 302


def test_behind_a_proxy_the_address_is_what_the_proxy_says(alice: User, settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    fail(12, address=OFFICE)
    forged: Any = {"HTTP_X_FORWARDED_FOR": f"{HOME}, {OFFICE}"}
    answer = Client().post("/login/", {"username": "alice", "password": "right"}, REMOTE_ADDR="10.0.0.1", **forged)
    assert answer.status_code == 429


def test_names_cannot_be_told_from_answers(alice: User, settings: Settings) -> None:
    """The same words, status, headers and waiting for a name that exists, one that does not, and one put out of use."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    alice.set_password("right")
    alice.save()
    gone = User.objects.create_user("gone", password="right", is_active=False)
    pages: dict[str, list[tuple[int, str]]] = {}
    asked: dict[str, list[float]] = {}
    for name in ("alice", gone.username, "nobody"):
        for tries in range(4):
            begun = thread_time()
            answer = attempt(name, "wrong")
            asked.setdefault(name, []).append(thread_time() - begun)
            pages.setdefault(name, []).append((answer.status_code, words(answer, name)))
            fail(10 if tries == 2 else 0, name)
    assert pages["alice"] == pages["nobody"] == pages["gone"]
    assert [status for status, _ in pages["alice"]] == [200, 200, 200, 429]
    quickest = {name: min(times[:3]) for name, times in asked.items()}
    assert max(quickest.values()) < 1.5 * min(quickest.values())


def words(answer: HttpResponse, name: str) -> str:
    """The page without what belongs to this request alone."""
    lines = answer.content.decode().replace(f'value="{name}"', "").splitlines()
    return re.sub(r"Wait \d+", "Wait", "\n".join(line for line in lines if "csrf" not in line))


def test_nothing_that_was_typed_is_kept(alice: User) -> None:
    attempt("my secret password", "wrong")
    (row,) = SignInFailure.objects.values_list("name", "address", "device")
    assert not any("secret" in text or OFFICE in text for text in row)


def test_a_forged_mark_of_a_browser_is_none(alice: User) -> None:
    client = Client()
    client.cookies["baton_known"] = '["' + sign_in._digest("name", "alice") + '", "mine"]'
    fail(12)
    assert attempt("alice", "right", client=client).status_code == 429
