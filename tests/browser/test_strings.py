"""Hostile strings in every text field (XD01): on every page, in a real browser, they are text. One crawler per role."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.db.models import CharField, TextField
from playwright.sync_api import Page

from orchestrator.models import Draft, Incident, Job, Message, ProcessDefinition, ProcessInstance
from orchestrator.runtime import execution, mails
from orchestrator.runtime.deployment import deploy
from tasks_inbox import operations
from tasks_inbox.models import Department, EscalationPolicy, HumanTask, Profile, SavedView
from tests.bpmn import draw
from tests.browser.conftest import Sitting
from tests.faults import models
from tests.inbox import desk

SHORT = "<img src=x onerror=alert(1)>"
LONG = (
    '"\'><script>alert(2)</script><svg/onload=alert(3)><a href="javascript:alert(4)">a</a>${alert(5)}{{7*7}}'
    "{% debug %}<iframe srcdoc='<script>parent.alert(6)</script>'></iframe>\u202egnp.exe</textarea><!--"
)
TEXT = SHORT + LONG
MOST = 90  # pages per role: each kind of page once
LEFT_ALONE = re.compile(r"/(logout|jsi18n|delete|static|password)\b|\.(xml|bpmn|dmn|form|svg)$|/(resource|source)/")


def feel(text: str) -> str:
    """As a FEEL string in an attribute."""
    return escape(json.dumps(text, ensure_ascii=False))


def model() -> bytes:
    task = desk.form_task(
        name=escape(TEXT[:200]),
        form="hostile",
        subject=f"={feel(TEXT)}",
        description=escape(TEXT),
        outcomes=escape(f"yes={SHORT}".replace(";", "")),
        documentation=escape(SHORT),
    )
    xml = draw.chain(task, models.mail("n2", "desk@example.com").replace("=ref", f"={feel(SHORT)}")).decode()
    name = f'id="hostile" name="{escape(TEXT[:200])}" isExecutable'
    said = f"<bpmn:documentation>{escape(TEXT)}</bpmn:documentation>"
    xml = xml.replace('id="p" isExecutable', name).replace('<bpmn:startEvent id="s"/>', said + START)
    return xml.encode()


START = (
    '<bpmn:startEvent id="s"><bpmn:extensionElements><zeebe:formDefinition formId="hostile"/>'
    "</bpmn:extensionElements></bpmn:startEvent>"
)


def form() -> dict[str, Any]:
    options = [{"label": TEXT, "value": SHORT}, {"label": "b", "value": "b"}]
    fields = [
        {"type": "textfield", "key": "supplier", "label": TEXT, "description": TEXT, "defaultValue": TEXT},
        {"type": "textarea", "key": "long", "label": SHORT, "defaultValue": TEXT},
        {"type": "select", "key": "one", "label": SHORT, "values": options, "defaultValue": SHORT},
        {"type": "radio", "key": "two", "label": SHORT, "values": options},
        {"type": "checklist", "key": "three", "label": SHORT, "values": options},
        {"type": "text", "text": f"# {TEXT}\n\n[link](javascript:alert(7)) ![x](x)\n\n{SHORT}"},
        {"type": "textfield", "key": "read", "label": TEXT, "readonly": True},
        {"type": "group", "label": TEXT, "components": [{"type": "number", "key": "n", "label": TEXT}]},
    ]
    return {"type": "default", "id": "hostile", "schemaVersion": 19, "components": fields}


def furnish(alice: User) -> ProcessInstance:
    """Text wherever somebody may put some."""
    User.objects.filter(pk=alice.pk).update(first_name=SHORT, last_name=LONG[:150], email="alice@example.com")
    Group.objects.create(name=TEXT[:150]).user_set.add(alice)
    department = Department.objects.create(name=TEXT[:100], manager=alice)
    Profile.objects.update_or_create(user=alice, defaults={"title": TEXT[:100], "department": department})
    EscalationPolicy.objects.create(name=TEXT[:100], description=TEXT)
    files = {"hostile.bpmn": model(), "hostile.form": json.dumps(form()).encode()}
    deploy(files, by=alice)
    definition = ProcessDefinition.objects.get(key="hostile")
    desk.may_start(alice, definition)
    variables = {"supplier": TEXT, "read": TEXT, "amount": TEXT, TEXT[:60].replace(".", ""): [TEXT, {SHORT: LONG}]}
    instance = execution.start(definition, variables, by=alice, business_key=TEXT[:200])
    done = execution.start(definition, variables, by=alice, business_key=SHORT)
    task = HumanTask.objects.get(process_instance=instance)
    operations.add_comment(task=task, user=alice, text=TEXT)
    other = HumanTask.objects.get(process_instance=done)
    operations.complete(task=other, user=alice, data={"supplier": TEXT}, outcome="yes", comment=TEXT)
    job = Job.objects.filter(process_instance=done).latest("pk")
    Job.objects.filter(pk=job.pk).update(last_error=TEXT)
    Incident.objects.create(process_instance=done, number=1, element="n2", kind="UNKNOWN", message=TEXT, job=job)
    ProcessInstance.objects.filter(pk=done.pk).update(open_incidents=1)
    mails.queue(["alice@example.com"], TEXT, TEXT, process_instance=instance)
    Message.objects.create(
        name=TEXT[:200], correlation_key=SHORT, variables={"a": TEXT}, expires_at="2099-01-01T00:00Z"
    )
    SavedView.objects.create(owner=alice, name=SHORT, search=TEXT[:150])
    fill_drafts()
    return instance


def fill_drafts() -> None:
    """A draft in the admin, with text in whatever it has for text."""
    texts = {
        field.name: TEXT[: field.max_length or 500]
        for field in Draft._meta.fields
        if type(field) in (CharField, TextField) and not field.choices and field.name in ("name", "note", "title")
    }
    for draft in Draft.objects.all():
        Draft.objects.filter(pk=draft.pk).update(**texts)


def kind(path: str) -> str:
    return re.sub(r"\d+", "N", path)


def crawl(page: Page, first: list[str]) -> dict[str, str]:
    """Each kind of page once: its address -> what was wrong there."""
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda line: alerts.append(line.text) if "Content Security Policy" in line.text else None)
    waiting, seen, wrong = list(first), {kind(path) for path in first}, {}
    visited = 0
    while waiting and visited < MOST:
        path = waiting.pop(0)
        visited += 1
        answer = page.goto(path, wait_until="domcontentloaded")
        if answer is not None and answer.status >= 500:
            wrong[path] = f"status {answer.status}"
        page.wait_for_load_state()
        found = page.evaluate(FOREIGN)
        if alerts or found:
            wrong[path] = f"{alerts} {found}"
            alerts.clear()
        for link in page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)"):
            parts = urlsplit(link)
            same = parts.netloc == urlsplit(page.url).netloc
            if same and kind(parts.path) not in seen and not LEFT_ALONE.search(parts.path):
                seen.add(kind(parts.path))
                waiting.append(parts.path)
    wrong |= {"visited": "too few pages"} if visited < 5 else {}
    return wrong


#: What the strings would have made, had they been markup.
FOREIGN = """() => [
  ...document.querySelectorAll('img[src="x"], img[onerror], svg[onload], iframe[srcdoc]'),
  ...document.querySelectorAll('a[href^="javascript:"]'),
  ...[...document.scripts].filter(each => each.type !== 'application/json' && each.textContent.includes('alert(')),
].map(element => element.outerHTML.slice(0, 120))"""


@pytest.mark.browser
def test_whatever_people_write_is_text_on_every_page(sit: Sitting, orders: ProcessDefinition) -> None:
    alice = User.objects.get(username="alice")
    instance = furnish(alice)
    User.objects.create_superuser("root", "root@example.com", "secret")
    task = HumanTask.objects.get(process_instance=instance)
    page = sit()
    pages = ["/", f"/tasks/{task.pk}/", f"/tasks/{task.pk}/delegate/", f"/cases/{instance.pk}/", "/start/hostile/"]
    assert crawl(page, [*pages, "/requests/", "/outbox/"]) == {}
    page.goto(f"/tasks/{task.pk}/")
    assert SHORT in page.locator("#detail").inner_text()
    admin = f"/admin/orchestrator/processinstance/{instance.pk}/change/"
    assert crawl(sit(user="root"), ["/admin/", admin, f"/tasks/{task.pk}/"]) == {}
