"""Fixtures of every room: three people, plain static files, quick passwords."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker, Settings

from tests import chromium, emptying, services


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium.find() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=chromium.MISSING))


@pytest.fixture(autouse=True, scope="session")
def _made_for_tests() -> None:
    """Pages need no collected files, and nobody attacks a test's passwords."""
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    configured.STORAGES = configured.STORAGES | {"staticfiles": {"BACKEND": plain}}
    configured.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    configured.MIDDLEWARE = [name for name in configured.MIDDLEWARE if not name.startswith("whitenoise.")]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The database of each worker is a copy of one that was migrated while the tests were collected."""
    if template := services.migrated():
        connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Tables are emptied our way. A thread of a server that outlived its test must not keep the database from going."""
    with django_db_blocker.unblock():
        emptying.made()
    TransactionTestCase._fixture_teardown = emptying.instead_of(TransactionTestCase._fixture_teardown)
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def person(db: None) -> Callable[[str], User]:
    """Makes an account that may do nothing yet: person("alice")."""

    def make(username: str) -> User:
        return User.objects.create_user(username, f"{username}@example.com", "secret")

    return make


@pytest.fixture
def alice(person: Callable[[str], User]) -> User:
    return person("alice")


@pytest.fixture
def bob(person: Callable[[str], User]) -> User:
    return person("bob")


@pytest.fixture
def charlie(person: Callable[[str], User]) -> User:
    """The stranger."""
    return person("charlie")


@pytest.fixture
def outbox_dir(settings: Settings, tmp_path: Path) -> Path:
    """Mails become files, as on a machine without a mail server."""
    settings.EMAIL_BACKEND = "orchestrator.outbox.EmailBackend"
    settings.OUTBOX_DIR = tmp_path / "outbox"
    return tmp_path / "outbox"
