"""A language in which every text stands in ⟦brackets⟧: what stands outside of them has escaped translation.

People, models and variables are Greek here, so that every Latin word on a page is one of ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import dates
from lxml import etree, html
from pytest_django import Settings

from orchestrator.models import ProcessDefinition
from orchestrator.runtime import definitions, execution
from orchestrator.runtime.deployment import deploy
from tasks_inbox import operations
from tasks_inbox.models import Absence, HumanTask, Profile, SavedView
from tests.inbox import desk
from tests.messages import catalogue, extract
from tests.messages.catalogue import Message

pytestmark = pytest.mark.django_db
CODE = "eo"
SHOWN = ("aria-label", "placeholder", "title", "alt", "data-one", "data-many")
#: What is no text of ours: code, keys, drawings, what was typed, the names of languages.
UNREAD = ("script", "style", "kbd", "option", "svg", "textarea", "code")
#: Words that are the same in every language, or are typed as they stand.
KNOWN = re.compile(
    r"Baton|Deutsch|English|Esc\b|Enter\b|\bv\d+|UTC|[jkariocefbzmsduxn]\b|[A-Z]\b|\bme\b|https?://\S*"
    r"|title contains Θ|priority > 3|initiator|[Oo]utcome( by)?$"
)
FORM: dict[str, Any] = {
    "type": "default",
    "id": "approval",
    "schemaVersion": 19,
    "components": [
        {"type": "textfield", "key": "πηγή", "label": "Προμηθευτής", "readonly": True},
        {"type": "number", "key": "ποσό", "label": "Ποσό", "decimalDigits": 2, "validate": {"max": 5}},
        {"type": "checkbox", "key": "τώρα", "label": "Επείγον"},
        {"type": "checkbox", "key": "σωστό", "label": "Γνωστό", "readonly": True},
        {"type": "datetime", "key": "μέρα", "label": "Ημέρα", "dateLabel": "Ημέρα", "subtype": "date"},
        {"type": "select", "key": "είδος", "label": "Είδος", "values": [{"label": "α", "value": "1"}]},
        {"type": "dynamiclist", "path": "είδη", "label": "Είδη", "components": [{"type": "textfield", "key": "όνομα"}]},
    ],
}


@pytest.fixture
def brackets(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """The pseudo-language, compiled from the sources as they are."""
    texts = {
        message: tuple(f"⟦{text}⟧" for text in (message.text, message.plural) if text) for message in extract.django()
    }
    days = (*dates.WEEKDAYS.values(), *dates.WEEKDAYS_ABBR.values(), *dates.MONTHS.values(), *dates.MONTHS_3.values())
    texts |= {Message(str(day)): (f"⟦{day}⟧",) for day in days}
    folder = tmp_path / CODE / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(catalogue.compiled(texts, CODE))
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [*settings.LANGUAGES, (CODE, "⟦Esperanto⟧")]
    definitions.forget()
    yield
    definitions.forget()


@pytest.fixture
def orders(db: None) -> ProcessDefinition:
    step = desk.form_task(
        name="Έγκριση", groups="Ομάδα", outcomes="ναι=Ναι; όχι=Όχι!", description="Οδηγία", subject="=&quot;Θέμα&quot;"
    )
    model = desk.order_process(step).replace(b'name="Order"', 'name="Παραγγελία"'.encode())
    start = {
        **desk.START_FORM,
        "components": [{**one, "key": "πηγή", "label": "Πεδίο"} for one in desk.START_FORM["components"][:1]],
    }
    deploy(
        {"order.bpmn": model, "approval.form": json.dumps(FORM).encode(), "order.form": json.dumps(start).encode()},
        by=None,
    )
    return ProcessDefinition.objects.get(key="order")


@pytest.fixture
def alice(orders: ProcessDefinition) -> User:
    group = Group.objects.create(name="Ομάδα")
    alice = User.objects.create_user("άλις", password="secret", first_name="Άλις", last_name="Α")
    bob = User.objects.create_user("μπομπ", first_name="Μπομπ", last_name="Β")
    alice.groups.add(group)
    bob.groups.add(group)
    desk.may_start(alice, orders)
    Profile.objects.create(user=alice, language=CODE)
    Profile.objects.create(user=bob, manager=alice)
    return alice


def escaped(content: bytes) -> set[str]:
    """Latin words outside of the brackets, in what people read or hear."""
    tree = html.document_fromstring(content.decode())
    for element in list(tree.iter(*UNREAD)):
        if element.tag != "option" or element.get("lang"):
            tail = element.tail
            element.clear()
            element.tail = tail
    texts = [str(text) for text in tree.itertext()]
    texts += [element.get(name, "") for element in tree.iter(etree.Element) for name in SHOWN]
    found: set[str] = set()
    for text in texts:
        while (inner := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
            text = inner
        if re.search(r"[A-Za-z]{2}", KNOWN.sub("", text)):
            found.add(" ".join(text.split()))
    return found


def furnish(alice: User, orders: ProcessDefinition) -> HumanTask:
    """Something of everything: tasks, one late, one done, one aside; a view; an absence; a comment."""
    bob = User.objects.get(username="μπομπ")
    known = {"πηγή": "Ακμή", "ποσό": 12, "είδη": [{"όνομα": "Α"}], "σωστό": True}
    cases = [execution.start(orders, known, by=alice, business_key=f"Π-{number}") for number in range(5)]
    tasks = [HumanTask.objects.get(process_instance=case) for case in cases]
    HumanTask.objects.filter(pk=tasks[0].pk).update(due_at=Now() - timedelta(days=3), priority=90)
    operations.claim(task=tasks[0], user=alice)
    operations.add_comment(task=tasks[0], user=bob, text="Γεια")
    operations.complete(task=tasks[1], user=alice, data={}, outcome="ναι", comment="")
    operations.claim(task=tasks[2], user=bob)
    operations.claim(task=tasks[3], user=alice)
    operations.suspend(task=tasks[3], user=alice, until=None)
    SavedView.objects.create(owner=alice, name="Όψη", filter="priority > 3")
    Absence.objects.create(user=alice, starts_at=Now() + timedelta(days=3), note="")
    return tasks[0]


def test_no_text_of_the_inbox_escapes_translation(
    brackets: None, orders: ProcessDefinition, alice: User, client: Client
) -> None:
    late = furnish(alice, orders)
    done = HumanTask.objects.exclude(completed_at=None).get()
    aside = HumanTask.objects.get(state="suspended")
    client.force_login(alice)
    view = SavedView.objects.get()
    pages = [
        *(
            "/",
            "/?tab=all",
            "/?tab=done",
            "/?q=ζζζ",
            "/?tab=all&f=title+contains+Θ&sort=-due",
            "/?tab=all&cols=age,state",
        ),
        *(f"/tasks/{task.pk}/" for task in (late, done, aside)),
        *(reverse(name, args=[late.pk]) for name in ("task_delegate", "task_ask", "task_subtask", "task_approver")),
        *(reverse(name) for name in ("filter", "views", "preferences", "absences", "upcoming", "catalogue")),
        *(reverse(name) for name in ("my_requests", "calendar", "notices", "team")),
        *(reverse("view", args=[view.pk]), reverse("case", args=[late.process_instance_id]), "/start/order/"),
        *(
            "/processes/order/",
            "/404-here/",
            "/filter/?f=title+contains+Θ",
            reverse("team_person", args=[alice.pk + 1]),
        ),
    ]
    found = {path: words for path in pages if (words := escaped(client.get(path).content))}
    refused = client.post(f"/tasks/{late.pk}/complete/", {"outcome": "όχι", "ποσό": "12,5", "μέρα": "x"})
    found |= {"a refused form": words} if (words := escaped(refused.content)) else {}
    client.logout()
    login = client.get("/login/", headers={"Accept-Language": CODE})
    assert login["Content-Language"] == CODE
    found |= {"login": words} if (words := escaped(login.content)) else {}
    assert found == {}, found
