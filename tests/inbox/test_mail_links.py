"""Deciding from a mail (XH02 to XH06): an address for one person, one task as it stood, three days, and no machine."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.core import mail as sent_mail
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

from orchestrator.models import Mail, ProcessDefinition
from orchestrator.runtime import mails
from tasks_inbox import mail, operations, undo
from tasks_inbox.models import HumanTask
from tasks_inbox.notices import deciding, links, preferences
from tests.inbox import desk

pytestmark = pytest.mark.django_db

FORM: dict[str, Any] = {
    "type": "default",
    "id": "approval",
    "schemaVersion": 19,
    "components": [
        {"type": "textfield", "key": "supplier", "label": "Supplier", "readonly": True},
        {"type": "number", "key": "amount", "label": "Amount", "validate": {"required": True}},
    ],
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in a test."""
    monkeypatch.setattr(deciding, "SOONEST", timedelta())


@pytest.fixture
def task(alice: User) -> HumanTask:
    return desk.order(definition(), alice)


def definition(**properties: str) -> ProcessDefinition:
    node = desk.form_task(outcomes=desk.APPROVE, description="Check it.", **properties)
    return desk.deploy_orders(node, form=FORM)


def offered(task: HumanTask, user: User) -> tuple[str, str]:
    """The path and the number in the mail."""
    made = deciding.offer(task, user)
    return urlsplit(made["decide_url"]).path, made["number"]


def form_of(client: Client, path: str) -> dict[str, str]:
    page = client.get(path)
    assert page.status_code == 200
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page.content.decode()))


def press(client: Client, path: str, **typed: str) -> Any:
    return client.post("/decide/", form_of(client, path) | typed)


def state(task: HumanTask) -> str:
    task.refresh_from_db()
    return str(task.state)


def test_whoever_has_the_mail_looks_chooses_types_the_number_and_is_done(
    client: Client, bob: User, task: HumanTask
) -> None:
    path, number = offered(task, bob)
    page = client.get(path)
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "no-store"
    text = page.content.decode()
    assert "You decide as Bob Brown" in text
    assert "Acme" in text
    assert number not in re.sub(r'value="[^"]+"', "", text), "the number stands in the mail alone"
    done = press(client, path, number=number, outcome="approve", comment="Fine")
    assert done.status_code == 200
    assert "Your decision is stored" in done.content.decode()
    assert state(task) == "completed"
    assert (task.completed_by, task.outcome, task.comment) == (bob, "approve", "Fine")
    client.force_login(bob)
    history = client.get(f"/cases/{task.process_instance_id}/").content.decode()
    assert "completed “Approve order” from a mail: Approve" in history
    receipt = Mail.objects.get()
    assert (receipt.to, receipt.subject) == (["bob@baton.example"], f"You decided: {task}")
    assert mail.entitled(receipt)


def test_the_mail_has_the_button_and_the_number_and_both_lead_there(
    client: Client, alice: User, task: HumanTask
) -> None:
    mail.remind(task, [alice])
    sent = Mail.objects.get()
    address = re.search(r"Decide now: \S+?(/decide/\S+)", sent.text)
    number = re.search(r"asks for this number: (\d{3})", sent.text)
    assert address is not None
    assert number is not None
    assert address[1] in sent.html
    assert f">{number[1]}</span>" in sent.html
    press(client, address[1], number=number[1], outcome="approve")
    assert state(task) == "completed"


# XH02: what a machine does


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_looking_never_acts(method: str, client: Client, alice: User, task: HumanTask) -> None:
    path, _ = offered(task, alice)
    for _again in range(2):
        getattr(client, method)(path)
    assert state(task) == "ready"
    assert task.version == HumanTask.objects.get(pk=task.pk).version


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Type the number"),
        ({"outcome": "approve"}, "Type the number"),
        ({"outcome": "approve", "number": "000"}, "Type the number"),
        ({"number": "right"}, "Choose one of these"),
        ({"number": "right", "outcome": "launch"}, "Choose one of these"),
        ({"number": "right", "outcome": "approve", "page": ""}, "once more"),
        ({"number": "right", "outcome": "approve", "page": "x:y:z"}, "once more"),
    ],
)
def test_what_a_person_would_not_send_changes_nothing(
    typed: dict[str, str], sentence: str, client: Client, alice: User, task: HumanTask
) -> None:
    path, number = offered(task, alice)
    sent = {key: number if value == "right" else value for key, value in typed.items()}
    answer = press(client, path, **sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert state(task) == "ready"
    assert press(client, path, number=number, outcome="approve").status_code == 200, "still good for the person"


def test_nobody_reads_a_page_in_no_time(client: Client, alice: User, task: HumanTask, monkeypatch: Any) -> None:
    path, number = offered(task, alice)
    monkeypatch.setattr(deciding, "SOONEST", timedelta(seconds=1))
    answer = press(client, path, number=number, outcome="approve")
    assert "That was quick" in answer.content.decode()
    assert state(task) == "ready"


def test_a_form_that_was_shown_in_another_browser_is_not_taken(client: Client, alice: User, task: HumanTask) -> None:
    path, number = offered(task, alice)
    fields = form_of(client, path) | {"number": number, "outcome": "approve"}
    cookie = client.cookies["baton_decide"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/decide/")
    answer = Client().post("/decide/", fields)
    assert answer.status_code == 422
    assert "has to keep the cookie" in answer.content.decode()
    assert state(task) == "ready"
    assert client.post("/decide/", fields).status_code == 200


# XH03: what does not lead there any more


def _use(task: HumanTask, alice: User, bob: User) -> None:
    operations.complete(task=task, user=alice, data={"amount": 1}, outcome="approve")


def _reassign(task: HumanTask, alice: User, bob: User) -> None:
    operations.delegate(task=task, user=alice, to=bob)


def _leave(task: HumanTask, alice: User, bob: User) -> None:
    alice.groups.clear()


def _go(task: HumanTask, alice: User, bob: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)


def _new_password(task: HumanTask, alice: User, bob: User) -> None:
    alice.set_password("another")
    alice.save()


def _put_back(task: HumanTask, alice: User, bob: User) -> None:
    operations.claim(task=task, user=alice)
    operations.release(task=task, user=alice)


@pytest.mark.parametrize("how", [_use, _reassign, _leave, _go, _new_password, _put_back], ids=lambda how: how.__name__)
def test_after_this_the_address_leads_nowhere(
    how: Any, client: Client, alice: User, bob: User, task: HumanTask
) -> None:
    path, number = offered(task, alice)
    fields = form_of(client, path) | {"number": number, "outcome": "reject"}
    how(task, alice, bob)
    before = state(task)
    gone = client.get(path)
    assert gone.status_code == 410
    assert "leads nowhere" in gone.content.decode()
    assert task.title not in gone.content.decode()
    assert client.post("/decide/", fields).status_code == 410
    assert state(task) == before


def test_three_days_later_it_is_over(client: Client, alice: User, task: HumanTask, monkeypatch: Any) -> None:
    path, _ = offered(task, alice)
    later = timezone.now() + timedelta(hours=72, minutes=1)
    monkeypatch.setattr("django.core.signing.time.time", lambda: later.timestamp())
    gone = client.get(path)
    assert gone.status_code == 410
    assert "three days" in gone.content.decode()


def test_guessing_the_number_is_slowed_down(client: Client, alice: User, task: HumanTask) -> None:
    """What is missing beside the right number is no guess."""
    path, number = offered(task, alice)
    for _ in range(9):
        assert "Choose one of these." in press(client, path, number=number).content.decode()
    for _ in range(5):
        assert "Type the number" in press(client, path, number="7", outcome="approve").content.decode()
    page = press(client, path, number=number, outcome="approve")
    assert (page.status_code, "Too many tries." in page.content.decode()) == (422, True)
    assert state(task) == "ready"


def test_used_once_it_is_used(client: Client, alice: User, task: HumanTask) -> None:
    path, number = offered(task, alice)
    fields = form_of(client, path) | {"number": number, "outcome": "approve"}
    assert client.post("/decide/", fields).status_code == 200
    assert client.post("/decide/", fields).status_code == 410
    assert Mail.objects.count() == 1


def test_a_decision_that_was_taken_back_is_not_made_again_by_the_same_mail(client: Client, alice: User) -> None:
    task = desk.order(definition(undo="30"), alice)
    path, number = offered(task, alice)
    held = press(client, path, number=number, outcome="approve")
    assert "take it back" in held.content.decode()
    undo.undo(task=task, user=alice)
    assert client.get(path).status_code == 410


@pytest.mark.parametrize(
    "how", ["cut", "changed", "another salt", "another key", "of the other page", "nonsense", "types"]
)
def test_an_address_that_was_not_signed_for_this_leads_nowhere(
    how: str, client: Client, alice: User, task: HumanTask, settings: Any
) -> None:
    path, _ = offered(task, alice)
    token = path.removeprefix("/decide/").removesuffix("/")
    payload = signing.loads(token, salt=deciding.LINK)
    wrong = {
        "cut": token[:-4],
        "changed": token.replace(token[3], "Q" if token[3] != "Q" else "R", 1),
        "another salt": signing.dumps(payload, salt=links.STOP),
        "another key": signing.dumps(payload, salt=deciding.LINK, key="k" * 50),
        "of the other page": signing.dumps([task.pk, task.version, 0.0, ""], salt=deciding.PAGE),
        "nonsense": "x",
        "types": signing.dumps({"task": task.pk}, salt=deciding.LINK),
    }[how]
    assert client.get(f"/decide/{wrong}/").status_code == 410
    assert client.post("/decide/", {"token": wrong, "outcome": "approve"}).status_code == 410
    assert state(task) == "ready"


def test_a_new_key_of_the_server_does_not_kill_what_is_under_way(
    client: Client, alice: User, task: HumanTask, settings: Any
) -> None:
    path, number = offered(task, alice)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * 50
    assert press(client, path, number=number, outcome="approve").status_code == 200
    assert state(task) == "completed"


def test_a_key_that_nobody_names_any_more_opens_nothing(
    client: Client, alice: User, task: HumanTask, settings: Any
) -> None:
    path, _ = offered(task, alice)
    settings.SECRET_KEY = "n" * 50
    assert client.get(path).status_code == 410


def test_a_colleague_who_is_signed_in_and_got_it_forwarded_sees_nothing(
    client: Client, alice: User, bob: User, task: HumanTask
) -> None:
    path, number = offered(task, alice)
    fields = form_of(Client(), path) | {"number": number, "outcome": "approve"}
    client.force_login(bob)
    for answer in (client.get(path), client.post("/decide/", fields)):
        assert answer.status_code == 404
        assert "not for you" in answer.content.decode()
        assert task.title not in answer.content.decode()
    assert state(task) == "ready"


def test_whoever_is_signed_in_anyway_sees_the_task_in_their_inbox(client: Client, alice: User, task: HumanTask) -> None:
    path, _ = offered(task, alice)
    client.force_login(alice)
    assert client.get(path)["Location"] == f"/tasks/{task.pk}/"


def test_a_task_that_changed_while_the_page_was_open_is_looked_at_again(
    client: Client, alice: User, root: User, task: HumanTask
) -> None:
    path, number = offered(task, alice)
    fields = form_of(client, path) | {"number": number, "outcome": "approve"}
    operations.set_priority(task=task, user=root, priority=99)
    again = client.post("/decide/", fields)
    assert again.status_code == 422
    assert "has changed while you looked" in again.content.decode()
    assert state(task) == "ready"
    assert press(client, path, number=number, outcome="approve").status_code == 200


# What is never decided so


def test_a_confidential_task_asks_to_sign_in(client: Client, alice: User) -> None:
    task = desk.order(definition(confidential="true"), alice)
    assert deciding.offer(task, alice) == {}
    token = signing.dumps([alice.pk, task.pk, deciding._stamp(task, alice)], salt=deciding.LINK)
    answer = client.get(f"/decide/{token}/")
    assert answer.status_code == 302
    assert answer["Location"] == f"/login/?next=/tasks/{task.pk}/"
    assert client.post("/decide/", {"token": token}).status_code == 302


def test_variables_that_not_everybody_may_read_ask_to_sign_in(alice: User, task: HumanTask) -> None:
    ProcessDefinition.objects.update(restricted={"amount": ["Board"]})
    task = HumanTask.objects.select_related("process_instance__definition").get(pk=task.pk)
    assert deciding.offer(task, alice) == {}


def test_a_form_that_asks_for_something_is_filled_in_in_the_inbox(alice: User, task: HumanTask) -> None:
    other = desk.order(task.process_instance.definition, alice, key="ORD-2", amount=None)
    assert deciding.offer(other, alice) == {}


@pytest.mark.parametrize("who", ["the person", "the organisation", "nobody to decide"])
def test_switched_off_there_is_no_such_address(
    who: str, alice: User, charlie: User, task: HumanTask, settings: Any
) -> None:
    if who == "the person":
        preferences.keep(alice, preferences.Choices(decide_by_mail=False))
    elif who == "the organisation":
        settings.DECIDE_BY_MAIL = False
    assert deciding.offer(task, charlie if who == "nobody to decide" else alice) == {}


def test_a_refusal_that_needs_a_comment_says_so(client: Client, alice: User, task: HumanTask) -> None:
    path, number = offered(task, alice)
    answer = press(client, path, number=number, outcome="reject")
    assert answer.status_code == 422
    assert "needs a comment" in answer.content.decode()
    assert press(client, path, number=number, outcome="reject", comment="Too dear").status_code == 200


# XH06


def test_data_in_a_mail_and_on_its_page_is_text(client: Client, alice: User, task: HumanTask, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    other = desk.order(task.process_instance.definition, alice, key="<img src=x>", supplier="<script>alert(1)</script>")
    mail.remind(other, [alice])
    assert mails.send_due() == 1
    message = sent_mail.outbox[0]
    assert isinstance(message, EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    page = client.get(offered(other, alice)[0]).content.decode()
    for text in (html, page):
        assert "<img" not in text
        assert "<script" not in text
    assert "&lt;script&gt;" in page
