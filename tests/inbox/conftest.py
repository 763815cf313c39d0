"""Alice and Bob work in Finance, Charlie is a stranger, Root administers everything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User

from orchestrator.models import ProcessDefinition
from orchestrator.runtime import definitions
from tasks_inbox.models import HumanTask
from tests.inbox import desk


@pytest.fixture(autouse=True)
def _fresh_definitions() -> Iterator[None]:
    """Ids are used again after a rolled back test, and definitions are cached by id."""
    definitions.forget()
    yield
    definitions.forget()


@pytest.fixture
def finance(db: None) -> Group:
    return Group.objects.create(name="Finance")


@pytest.fixture
def alice(finance: Group) -> User:
    return person("alice", "Alice", "Adams", finance)


@pytest.fixture
def bob(finance: Group) -> User:
    return person("bob", "Bob", "Brown", finance)


@pytest.fixture
def charlie(db: None) -> User:
    return person("charlie", "Charlie", "Clark")


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@baton.example", "root", first_name="Ruth", last_name="Root")


@pytest.fixture
def orders(finance: Group) -> ProcessDefinition:
    return desk.deploy_orders()


@pytest.fixture
def task(orders: ProcessDefinition, alice: User, root: User) -> HumanTask:
    """An order that waits for Finance."""
    return desk.order(orders, by=root)


def person(username: str, first: str, last: str, *groups: Group) -> User:
    user = User.objects.create_user(username, f"{username}@baton.example", "secret", first_name=first, last_name=last)
    user.groups.set(groups)
    return user
