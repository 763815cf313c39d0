"""Each person reads Baton in their own language; who has chosen none, in the browser's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from tasks_inbox import languages, spoken
from tasks_inbox.models import Profile

pytestmark = pytest.mark.django_db
FORM = {"theme": "light", "density": "compact", "shortcuts": "1"}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its language to the thread; the next one begins anew, the next test does not."""
    yield
    translation.activate("en")


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


def test_days_and_numbers_are_written_as_the_reader_does() -> None:
    at = datetime(2026, 12, 4, 9, 30, tzinfo=UTC)
    assert (spoken.moment(at), spoken.number("7,996.00")) == ("4 December 2026, 09:30", "7,996.00")
    with translation.override("de"):
        assert (spoken.moment(at), spoken.number("7,996.00")) == ("4. Dezember 2026, 09:30", "7.996,00")
        assert spoken.exact(at) == "Fr, 4. Dez 2026, 09:30 UTC"


def test_scripts_get_their_sentences_in_the_readers_language(page: Client, alice: User) -> None:
    assert b'id="words"' not in page.get("/settings/").content  # English is the key itself
    Profile.objects.create(user=alice, language="de")
    words = re.search(r'id="words"[^>]*>(.*?)</script>', page.get("/settings/").content.decode())
    assert words is not None
    assert json.loads(words[1])["Select a task first."] == "Wählen Sie zuerst eine Aufgabe aus."


def test_a_refusal_speaks_the_readers_language(page: Client, alice: User) -> None:
    Profile.objects.create(user=alice, language="de")
    answer = page.get("/?f=nonsense")
    assert answer.status_code == 400
    assert "Dieser Filter ist nicht brauchbar" in answer.content.decode()
