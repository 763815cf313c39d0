"""What the inbox writes: it says what, who and since when, links to the task, and reaches only those who are still
meant.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from orchestrator.models import Mail
from tasks_inbox import mail, operations, recipients
from tasks_inbox.models import HumanTask, Profile
from tests.inbox.cases import offer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _address(settings: Settings) -> None:
    settings.BASE_URL = "https://baton.example/"


def late(task: HumanTask) -> Mail:
    mail.tell_managers(task, recipients.of_manager_mail(task))
    return Mail.objects.get()


def test_the_manager_learns_what_who_since_when_and_where(alice: User, charlie: User) -> None:
    Profile.objects.create(user=alice, manager=charlie)
    Profile.objects.create(user=charlie, time_zone="Europe/Berlin")
    task = offer(assignee="alice", subject="IT account: Ada Lovelace")
    HumanTask.objects.filter(pk=task.pk).update(
        created_at=timezone.datetime(2026, 3, 2, 9, 30, tzinfo=timezone.get_fixed_timezone(0))
    )
    task.refresh_from_db()

    sent = late(task)

    assert sent.subject == "Not done yet: IT account: Ada Lovelace"
    for body in (sent.text, sent.html):
        assert "IT account: Ada Lovelace" in body
        assert "Alice Adams has this task" in body
        assert "2 March 2026, 10:30 (CET)" in body
        assert "INV-1042" in body
        assert f"https://baton.example{task.get_absolute_url()}" in body
    assert sent.headers["Auto-Submitted"] == "auto-generated"


def test_the_html_escapes_what_people_typed_and_the_text_does_not(alice: User) -> None:
    task = offer(assignee="alice", subject="<b>Fish & chips</b>")

    mail.remind(task, [alice])

    sent = Mail.objects.get()
    assert "&lt;b&gt;Fish &amp; chips&lt;/b&gt;" in sent.html
    assert "<b>Fish" not in sent.html
    assert "<b>Fish & chips</b>" in sent.text


def test_a_title_cannot_begin_another_header(alice: User) -> None:
    task = offer(assignee="alice")
    task.subject = "Hello\r\nBcc: everybody@baton.example"

    mail.remind(task, [alice])

    assert Mail.objects.get().subject == "Reminder: Hello Bcc: everybody@baton.example"


def test_html_mail_carries_its_style_in_the_elements_and_nothing_remote(alice: User) -> None:
    mail.remind(offer(assignee="alice"), [alice])

    html = Mail.objects.get().html
    assert 'class="card" style="' in html
    assert "<img" not in html
    assert "url(" not in html


def test_everybody_gets_a_message_of_their_own(alice: User, bob: User) -> None:
    task = offer(groups="Finance")

    mail.remind(task, recipients.of_reminder(task))

    assert sorted(sent.to for sent in Mail.objects.all()) == [["alice@baton.example"], ["bob@baton.example"]]


def test_a_reminder_is_not_sent_once_somebody_else_has_it(alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    mail.remind(task, recipients.of_reminder(task))

    operations.claim(task=task, user=bob)

    assert {sent.to[0]: mail.entitled(sent) for sent in Mail.objects.all()} == {
        "alice@baton.example": False,
        "bob@baton.example": True,
    }


def test_nothing_is_sent_about_a_task_that_is_done(alice: User) -> None:
    task = offer(assignee="alice")
    mail.remind(task, [alice])
    assert mail.entitled(Mail.objects.get())

    operations.complete(task=task, user=alice, data={})

    assert not mail.entitled(Mail.objects.get())


@pytest.mark.parametrize("how", ["left the group", "deactivated", "deleted task"])
def test_nothing_is_sent_to_who_is_no_longer_entitled(how: str, alice: User, bob: User) -> None:
    task = offer(groups="Finance")
    mail.remind(task, [bob])
    assert mail.entitled(Mail.objects.get())

    if how == "left the group":
        bob.groups.clear()
    elif how == "deactivated":
        User.objects.filter(pk=bob.pk).update(is_active=False)
    else:
        HumanTask.objects.filter(pk=task.pk).delete()

    assert not mail.entitled(Mail.objects.get())


def test_a_former_manager_is_not_mailed(alice: User, bob: User, charlie: User) -> None:
    profile = Profile.objects.create(user=alice, manager=charlie)
    sent = late(offer(assignee="alice"))
    assert mail.entitled(sent)

    profile.manager = bob
    profile.save()

    assert not mail.entitled(sent)


def test_who_is_excluded_is_not_reminded(alice: User, bob: User) -> None:
    task = offer(groups="Finance", excludedUsers="alice")

    assert recipients.of_reminder(task) == [bob]


def test_who_has_no_address_is_not_mailed(alice: User, bob: User) -> None:
    User.objects.filter(pk=alice.pk).update(email="")

    assert recipients.of_reminder(offer(groups="Finance")) == [bob]


def test_mail_without_a_task_is_none_of_the_inbox(alice: User) -> None:
    assert mail.entitled(Mail(to=["anybody@baton.example"], subject="Hello"))


def test_a_due_date_that_has_passed_is_shown_as_late(alice: User) -> None:
    task = offer(assignee="alice")
    task.due_at = timezone.now() - timedelta(days=1)

    mail.remind(task, [alice])

    assert 'class="late"' in Mail.objects.get().html
