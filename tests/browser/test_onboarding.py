"""The whole of Baton in one story: Nora Walsh is onboarded, IT is late, the manager gets a mail, all ends well."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Catcher
from django.contrib.auth.models import User
from django.db.models import F
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from demo.management.commands.demo import deploy_all, grant, people, policies
from orchestrator.models import Job, ProcessInstance
from orchestrator.runtime import definitions, jobs, mails
from tasks_inbox import escalation
from tasks_inbox.models import Escalation, HumanTask
from tests.browser.conftest import PATIENCE
from tests.browser.visit import sign_in

SignIn = Callable[[str], Page]


class Mailbox(Catcher):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)

    def about(self, words: str) -> Message:
        (found,) = (message for message in self.messages if words in str(message["Subject"]))
        return found


@pytest.fixture
def mailbox(settings: Settings, unused_tcp_port: int) -> Iterator[Mailbox]:
    """A real mail server that keeps what it gets."""
    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=unused_tcp_port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
    yield mailbox
    server.stop()


@pytest.fixture
def brightwater(transactional_db: None) -> dict[str, User]:
    definitions.forget()
    users = people()
    policies()
    deploy_all(users["admin"])
    grant()
    return users


@pytest.fixture
def visit(browser: Browser, live_server: Any, brightwater: dict[str, User]) -> Iterator[SignIn]:
    contexts = []

    def open_page(username: str) -> Page:
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return sign_in(context, username)

    yield open_page
    for context in contexts:
        context.close()


def work() -> None:
    """What the workers and beat do: everything that is due."""
    while jobs.sweep():
        pass
    escalation.escalate_due()
    mails.send_due()


def let_pass(hours: int) -> None:
    """The rows decide, so time passes in the rows."""
    by = timedelta(hours=hours)
    Job.objects.filter(state=Job.State.DUE).update(due_at=F("due_at") - by)
    Escalation.objects.filter(state=Escalation.State.DUE).update(due_at=F("due_at") - by)
    HumanTask.objects.filter(completed_at=None).update(due_at=F("due_at") - by, created_at=F("created_at") - by)
    work()


def open_task(page: Page, title: str) -> None:
    page.goto("/?tab=all")
    page.goto(str(page.get_by_role("link", name=title).first.get_attribute("href")))
    expect(page.get_by_role("heading", name=title)).to_be_visible()


@pytest.mark.browser
def test_an_onboarding_from_the_start_form_to_the_end(visit: SignIn, mailbox: Mailbox) -> None:
    nadia = visit("nadia.rahman")
    nadia.get_by_role("link", name="Start process").click()
    nadia.get_by_role("link", name="Employee onboarding", exact=True).click()
    nadia.get_by_label("First name").fill("Nora")
    nadia.get_by_label("Last name").fill("Walsh")
    nadia.get_by_label("E-mail").fill("nora.walsh@mail.example")
    nadia.get_by_label("First day").fill("2027-01-04")
    nadia.get_by_label("Department").select_option(label="Engineering")
    nadia.get_by_label("Manager").select_option(label="Grace Hopper, Engineering")
    nadia.get_by_label("Job title").fill("Engineer")
    nadia.get_by_label("from home").check()
    nadia.get_by_role("button", name="Start").click()
    nadia.wait_for_url("**/cases/*/")
    work()
    instance = ProcessInstance.objects.get()
    welcome = mailbox.about("Welcome to Brightwater")
    assert "Confirm your delivery address for the laptop" in text_of(welcome)

    let_pass(25)
    late = mailbox.about("Late: the IT account of Nora Walsh")
    assert late["To"] == "grace.hopper@brightwater.example"
    account = HumanTask.objects.get(element="it_account")
    assert account.priority == 90

    amir = visit("amir.khan")
    open_task(amir, "IT account: Nora Walsh")
    expect(amir.locator(".chip-danger", has_text="High")).to_be_visible()
    amir.locator("#detail").get_by_label("User name").fill("Nora Walsh")
    amir.get_by_role("button", name="Account created").click()
    expect(amir.get_by_text("Use first name, dot, last name, in lower case.").first).to_be_visible()
    amir.locator("#detail").get_by_label("User name").fill("nora.walsh")
    amir.get_by_label("Laptop").select_option(label="Developer, 16 inch, 32 GB")
    amir.get_by_label("Second factor is set up").check()
    amir.get_by_role("button", name="Account created").click()
    expect(amir.locator("#live")).to_contain_text("Account created")

    zoe = visit("zoe.martin")
    open_task(zoe, "Building access: Nora Walsh")
    zoe.locator("#task-form select").first.select_option(label="No building, works from home")
    zoe.get_by_role("button", name="Access granted").click()
    expect(zoe.locator("#live")).to_contain_text("Access granted")

    greta = visit("greta.vogel")
    open_task(greta, "Benefits: Nora Walsh")
    greta.get_by_label("Health plan").select_option(label="Family")
    greta.get_by_label("Pension share").fill("5")
    greta.get_by_label("The new colleague has agreed").check()
    greta.get_by_role("button", name="Enrolled").click()
    expect(greta.locator("#live")).to_contain_text("Enrolled")

    grace = visit("grace.hopper")
    open_task(grace, "Training plan: Nora Walsh")
    grace.get_by_label("Information security").check()
    grace.get_by_label("First course on").fill("2027-01-11")
    grace.get_by_role("button", name="Training assigned").click()
    expect(grace.locator("#live")).to_contain_text("Training assigned")

    instance.refresh_from_db()
    assert instance.state == ProcessInstance.State.COMPLETED
    nadia.goto("/requests/")
    expect(nadia.get_by_role("main")).to_contain_text("Completed")


def text_of(message: Message) -> str:
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    return bytes(parts[0].get_payload(decode=True)).decode()  # type: ignore[arg-type]


@pytest.fixture
def unused_tcp_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
