"""Each person reads Baton in their own language; who has chosen none, in the browser's."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tasks_inbox import languages
from tasks_inbox.models import Profile

pytestmark = pytest.mark.django_db
FORM = {"theme": "light", "density": "compact", "shortcuts": "1"}


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice", password="secret")


@pytest.fixture
def page(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def test_a_person_chooses_their_language(page: Client, alice: User) -> None:
    page.post("/settings/", {**FORM, "language": "de"})
    assert Profile.objects.get(user=alice).language == "de"
    answer = page.get("/settings/")
    assert answer["Content-Language"] == "de"
    assert b'<html lang="de"' in answer.content
    assert page.cookies["django_language"].value == "de"  # pages without a person follow


def test_the_persons_choice_wins_over_the_browser(page: Client, alice: User) -> None:
    Profile.objects.create(user=alice, language="en")
    assert page.get("/settings/", headers={"Accept-Language": "de"})["Content-Language"] == "en"


def test_without_a_choice_the_browser_is_asked(page: Client, alice: User) -> None:
    assert page.get("/settings/", headers={"Accept-Language": "de-AT,en;q=0.5"})["Content-Language"] == "de"
    assert page.get("/settings/", headers={"Accept-Language": "tlh"})["Content-Language"] == "en"


def test_a_guest_reads_what_the_browser_asks_for(client: Client) -> None:
    assert b'<html lang="de"' in client.get("/login/", headers={"Accept-Language": "de"}).content


def test_the_language_of_one_request_is_not_that_of_the_next(page: Client, alice: User) -> None:
    Profile.objects.create(user=alice, language="de")
    page.get("/settings/")
    page.logout()
    assert b'<html lang="en"' in Client().get("/login/").content


def test_a_language_that_nobody_has_translated_is_refused(page: Client, alice: User) -> None:
    answer = page.post("/settings/", {**FORM, "language": "tlh"})
    assert answer.status_code == 422
    assert b"Choose one of the languages" in answer.content
    assert not Profile.objects.exists()


def test_going_back_to_the_browsers_language_forgets_the_cookie(page: Client, alice: User) -> None:
    page.post("/settings/", {**FORM, "language": "de"})
    page.post("/settings/", {**FORM, "language": ""})
    assert page.get("/settings/")["Content-Language"] == "en"


def test_mail_knows_each_persons_language(alice: User) -> None:
    bob = User.objects.create_user("bob")
    Profile.objects.create(user=alice, language="de")
    assert languages.of([alice.pk, bob.pk]) == {alice.pk: "de", bob.pk: "en"}


def test_the_administration_speaks_one_language(page: Client, alice: User) -> None:
    """Half of its pages are Django's, which would follow the browser; ours are English."""
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    Profile.objects.create(user=alice, language="de")
    page.get("/settings/")
    answer = page.get("/admin/", headers={"Accept-Language": "de"})
    assert answer["Content-Language"] == "en"
    assert b'<html lang="en"' in answer.content
    assert page.get("/settings/")["Content-Language"] == "de"
