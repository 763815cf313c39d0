"""Brightwater moves in: its models deploy, its people work, its credit service fails as it is told."""

from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from demo import company
from demo.credit_service import score, server
from demo.job_workers import check_iban
from demo.management.commands.demo import deploy_all, files, people, policies
from demo.models import CreditService
from orchestrator.connectors import BusinessError
from orchestrator.models import Incident, Mail, ProcessDefinition, ProcessInstance
from orchestrator.runtime import execution, jobs, permissions
from tasks_inbox import operations
from tasks_inbox.models import HumanTask


@pytest.fixture
def users(db: None) -> dict[str, User]:
    users = people()
    policies()
    deploy_all(users["admin"])
    return users


def start(process: str, by: User, **variables: Any) -> ProcessInstance:
    return execution.start(ProcessDefinition.objects.get(key=process, is_latest=True), variables, by=by)


def invoice(users: dict[str, User], amount: int, by: str = "samir.haddad") -> ProcessInstance:
    return start(
        "invoice-approval", users[by], amount=amount, costCentre="4711", supplier="Atlas", currency="EUR",
        invoiceNumber="A-1",
    )  # fmt: skip


def task(instance: ProcessInstance) -> HumanTask:
    return HumanTask.objects.get(process_instance=instance, completed_at=None)


def test_every_person_has_a_name_of_their_own_and_a_manager() -> None:
    names = [person.username for person in company.PEOPLE]
    assert len(set(names)) == len(names) >= 30
    assert all(person.manager in names for person in company.PEOPLE)


def test_all_models_of_the_demo_deploy(users: dict[str, User]) -> None:
    assert set(ProcessDefinition.objects.values_list("key", flat=True)) == {
        "employee-onboarding", "invoice-approval", "customer-onboarding", "insurance-claim", "claim-payment",
    }  # fmt: skip
    assert len(files()) == ProcessDefinition.objects.count() + 3 + 13


def test_a_small_invoice_passes_at_once(users: dict[str, User]) -> None:
    instance = invoice(users, 120)
    assert not HumanTask.objects.filter(process_instance=instance).exists()


def test_a_large_invoice_needs_two_people_and_never_the_requester(users: dict[str, User]) -> None:
    instance = invoice(users, 9000, by="grace.hopper")
    first = task(instance)
    for excluded in ("grace.hopper", "hana.sato"):
        with pytest.raises(operations.NotPermitted):
            operations.complete(task=first, user=users[excluded], data={}, outcome="approve")
    operations.complete(task=first, user=users["ruben.castellan"], data={}, outcome="approve")
    second = task(instance)
    assert second.element == "approve_second"
    for excluded in ("grace.hopper", "ruben.castellan"):
        with pytest.raises(operations.NotPermitted):
            operations.complete(task=second, user=users[excluded], data={}, outcome="approve")
    operations.complete(task=second, user=users["ada.lovelace"], data={}, outcome="approve")
    assert not HumanTask.objects.filter(process_instance=instance, completed_at=None).exists()


def test_a_rejection_needs_a_comment_and_returns_to_the_requester(users: dict[str, User]) -> None:
    instance = invoice(users, 900)
    first = task(instance)
    with pytest.raises(operations.InvalidForm):
        operations.complete(task=first, user=users["grace.hopper"], data={}, outcome="reject")
    operations.complete(task=first, user=users["grace.hopper"], data={}, outcome="reject", comment="Which project?")
    correction = task(instance)
    assert (correction.element, correction.actual_owner) == ("correct", users["samir.haddad"])
    operations.complete(task=correction, user=users["samir.haddad"], data={"amount": 300}, outcome="resubmit")
    assert not HumanTask.objects.filter(process_instance=instance, completed_at=None).exists()


def test_an_onboarding_begins_with_four_tasks_side_by_side(users: dict[str, User]) -> None:
    instance = start(
        "employee-onboarding", users["nadia.rahman"], firstName="Nora", lastName="Walsh", email="n@mail.example",
        startDate="2027-01-04", department="Engineering", manager="grace.hopper", workplace="remote",
    )  # fmt: skip
    while jobs.sweep():
        pass
    open_ = HumanTask.objects.filter(process_instance=instance, completed_at=None)
    assert set(open_.values_list("element", flat=True)) == {"it_account", "building_access", "benefits", "training"}
    welcome = Mail.objects.get(process_instance=instance)
    assert "Confirm your delivery address" in welcome.text
    assert welcome.to == ["n@mail.example"]


def test_the_demo_is_loaded_into_an_empty_database_only(users: dict[str, User]) -> None:
    with pytest.raises(CommandError, match="empty database"):
        call_command("demo")


@pytest.mark.django_db(transaction=True)
def test_a_week_of_history_lies_in_the_past_and_leaves_no_incident(settings: Any, free_port: int) -> None:
    settings.CREDIT_SERVICE_URL = f"http://localhost:{free_port}"
    settings.CONNECTOR_ALLOWED_HOSTS = [f"localhost:{free_port}"]
    call_command("demo", days=7)
    now = timezone.now()
    assert ProcessInstance.objects.filter(state="completed").count() > 10
    assert ProcessInstance.objects.filter(state="active").count() > 3
    assert ProcessInstance.objects.filter(started_at__lt=now - timedelta(days=5)).exists()
    assert not ProcessInstance.objects.filter(started_at__gt=now).exists()
    assert not HumanTask.objects.filter(completed_at__gt=now).exists()
    assert HumanTask.objects.filter(completed_at=None, due_at__lt=now).exists()
    assert [(i.element, i.message) for i in Incident.objects.all()] == []
    assert permissions.startable(User.objects.get(username="jonas.brandt")).filter(key="customer-onboarding").exists()
    assert not permissions.startable(User.objects.get(username="samir.haddad")).filter(key="insurance-claim").exists()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def service() -> Iterator[tuple[str, dict[str, str]]]:
    state = {"mode": CreditService.Mode.FAST.value}
    running = server(0, lambda: state["mode"], slow=0.2)
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}", state
    running.shutdown()
    running.server_close()


def test_the_credit_service_knows_every_company(service: tuple[str, dict[str, str]]) -> None:
    with urllib.request.urlopen(f"{service[0]}/check?company=A&number=DE123456") as answer:
        assert json.load(answer) == {"company": "A", "number": "DE123456", "score": score("DE123456")}


def test_the_credit_service_fails_when_it_is_told_to(service: tuple[str, dict[str, str]]) -> None:
    url, state = service
    state["mode"] = "down"
    with pytest.raises(urllib.error.HTTPError) as error, urllib.request.urlopen(f"{url}/check?number=1"):
        pass
    assert error.value.code == 503
    error.value.close()


@pytest.mark.parametrize(
    ("iban", "valid"),
    [("DE89 3704 0044 0532 0130 00", True), ("GB82WEST12345698765431", False), ("", False), ("é", False)],
)
def test_an_iban_is_checked_by_its_digits(iban: str, valid: bool) -> None:
    class Request:
        inputs = {"iban": iban}

    if valid:
        assert check_iban(Request()) == {"accountChecked": True}  # type: ignore[arg-type]
    else:
        with pytest.raises(BusinessError):
            check_iban(Request())  # type: ignore[arg-type]
