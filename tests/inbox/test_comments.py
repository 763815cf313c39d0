"""Comments: who is mentioned, who hears of it, and what nobody learns from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from tasks_inbox import lifecycle, mentions, operations
from tasks_inbox.models import Absence, HumanTask, Notice, Substitution, TaskComment, TaskEvent, TaskRead
from tests.inbox.cases import give, offer
from tests.inbox.conftest import person
from tests.inbox.pages import as_user

pytestmark = pytest.mark.django_db
Queries = Callable[[int], Any]


@pytest.fixture
def task(alice: User, bob: User, finance: Group) -> HumanTask:
    return offer(groups="Finance")


def say(task: HumanTask, user: User, text: str) -> TaskComment:
    return operations.add_comment(task=task, user=user, text=text)


def told() -> list[tuple[str, str]]:
    return [(notice.user.username, notice.text) for notice in Notice.objects.filter(kind="mention").order_by("pk")]


def test_whoever_is_mentioned_is_told_and_finds_the_task_unread(task: HumanTask, alice: User, bob: User) -> None:
    operations.mark_read(task=task, user=bob)
    operations.mark_read(task=task, user=alice)
    say(task, alice, "@bob: is this yours?")
    assert told() == [("bob", "@bob: is this yours?")]
    assert list(TaskRead.objects.values_list("user__username", flat=True)) == ["alice"]
    assert TaskEvent.objects.get(task=task, kind="addComment").data == {"mentioned": ["bob"]}


@pytest.mark.parametrize(
    "text",
    [
        "Ask @bob.",
        "(@bob)",
        "@bob, @bob and @bob",
        "see\n@bob",
        "@bob…",
        "@bob-",
    ],
)
def test_a_name_is_found_in_a_sentence(text: str, task: HumanTask, alice: User) -> None:
    say(task, alice, text)
    assert [username for username, _ in told()] == ["bob"]


@pytest.mark.parametrize("text", ["bob@baton.example", "@", "@@bob", "/@bob", "@bobby", "@Bob", "@ bob"])
def test_what_only_looks_like_a_name_tells_nobody(text: str, task: HumanTask, alice: User) -> None:
    say(task, alice, text)
    assert told() == []


def test_names_with_points_and_signs_are_names(task: HumanTask, alice: User, finance: Group) -> None:
    person("ada.lovelace", "Ada", "Lovelace", finance)
    person("o+k@x.org", "Ole", "Kirk", finance)
    say(task, alice, "@ada.lovelace. And @o+k@x.org!")
    assert {username for username, _ in told()} == {"ada.lovelace", "o+k@x.org"}


def test_a_name_gives_no_rights(task: HumanTask, alice: User, charlie: User) -> None:
    say(task, alice, "@charlie @nobody")
    assert told() == []
    assert not mentions.candidates(task, "charlie", beside=alice)
    assert TaskEvent.objects.get(task=task, kind="addComment").data == {}


def test_who_may_not_see_it_and_who_does_not_exist_look_alike(task: HumanTask, alice: User, charlie: User) -> None:
    answers = []
    for username in ("charlie", "nobody"):
        response = as_user(alice).post(
            reverse("task_comment", args=[task.pk]), {"text": f"@{username}"}, HTTP_HX_REQUEST="true"
        )
        answers.append(json.loads(response["HX-Trigger"])["announce"].replace(username, "X"))
        assert f"@{username}</p>" in response.content.decode()
    assert answers[0] == answers[1] == "Comment added. Nobody who may see this task is called @X."


def test_those_who_are_inactive_or_excluded_are_not_mentioned(task: HumanTask, alice: User, bob: User) -> None:
    give(task, lifecycle.EXCLUDED_OWNER, bob)
    assert mentions.candidates(task, "b", beside=alice) == []
    say(task, alice, "@bob")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    say(task, alice, "@bob")
    assert told() == []


def test_a_change_tells_only_those_who_are_new(task: HumanTask, alice: User, bob: User, root: User) -> None:
    comment = say(task, alice, "@bob look")
    operations.update_comment(task=task, user=alice, comment=comment, text="@bob and @root look")
    assert [username for username, _ in told()] == ["bob", "root"]


def test_nobody_tells_themselves(task: HumanTask, alice: User) -> None:
    say(task, alice, "@alice remember")
    assert told() == []


def test_many_names_are_not_all_told(task: HumanTask, alice: User, finance: Group) -> None:
    names = [person(f"p{number}", "P", str(number), finance).username for number in range(mentions.MOST + 5)]
    say(task, alice, " ".join(f"@{name}" for name in names))
    assert len(told()) == mentions.MOST


def test_the_page_shows_who_was_meant(task: HumanTask, alice: User, charlie: User) -> None:
    say(task, alice, "@bob and @charlie <b>")
    page = as_user(alice).get(task.get_absolute_url()).content.decode()
    assert '<span class="mention" title="@bob">@Bob Brown</span> and @charlie &lt;b&gt;</p>' in page
    assert "Charlie Clark" not in page


def test_suggestions_are_people_who_see_the_task(
    task: HumanTask, alice: User, bob: User, charlie: User, root: User
) -> None:
    url = reverse("task_people", args=[task.pk])
    found = as_user(alice).get(url).json()["people"]
    assert [one["username"] for one in found] == ["bob", "root"]
    assert found[0] | {"colour": 0} == {"username": "bob", "name": "Bob Brown", "initials": "BB", "colour": 0}
    assert [one["username"] for one in as_user(alice).get(url, {"q": "br"}).json()["people"]] == ["bob"]
    assert as_user(alice).get(url, {"q": "cl"}).json()["people"] == []
    assert as_user(charlie).get(url).status_code == 404


def test_a_suggestion_for_whoever_acts_for_somebody_away(task: HumanTask, alice: User, charlie: User) -> None:
    absence = Absence.objects.create(user=User.objects.get(username="bob"))
    Substitution.objects.create(absence=absence, substitute=charlie)
    assert charlie in mentions.candidates(task, "char", beside=alice)


def test_a_comment_without_a_name_costs_nothing_more(
    task: HumanTask, alice: User, django_assert_num_queries: Queries
) -> None:
    with django_assert_num_queries(0):
        assert mentions.mentioned(task, "Nothing here").people == ()
        assert mentions.parts(["Nothing here"], task) == [[mentions.Part("Nothing here")]]


# Changing what one has written


def post(user: User, task: HumanTask, **sent: Any) -> Any:
    return as_user(user).post(reverse("task_comment", args=[task.pk]), sent, HTTP_HX_REQUEST="true")


def test_ones_own_comment_is_changed_and_deleted(task: HumanTask, alice: User) -> None:
    comment = say(task, alice, "Firts")
    assert f'id="comment-{comment.pk}"' in as_user(alice).get(task.get_absolute_url()).content.decode()
    response = post(alice, task, comment=comment.pk, text="First @bob")
    assert json.loads(response["HX-Trigger"])["announce"] == "Comment changed. Bob Brown will be told."
    assert "changed" in response.content.decode()
    assert "Comment deleted." in post(alice, task, comment=comment.pk, delete="1")["HX-Trigger"]
    assert not TaskComment.objects.exists()


def test_nobody_changes_what_another_wrote(task: HumanTask, alice: User, bob: User) -> None:
    comment = say(task, alice, "Mine")
    assert f'id="comment-{comment.pk}"' not in as_user(bob).get(task.get_absolute_url()).content.decode()
    assert post(bob, task, comment=comment.pk, text="Yours").status_code == 404
    assert post(bob, task, comment=comment.pk, delete="1").status_code == 404
    assert TaskComment.objects.get().text == "Mine"


def test_an_administrator_takes_a_comment_away_and_puts_no_words_in(task: HumanTask, alice: User, root: User) -> None:
    comment = say(task, alice, "Rude")
    assert post(root, task, comment=comment.pk, text="Polite").status_code == 404
    assert "Comment deleted." in post(root, task, comment=comment.pk, delete="1")["HX-Trigger"]


@pytest.mark.parametrize("number", ["0", "x", "", "9" * 30, "-1"])
def test_a_comment_that_is_not_there_is_not_found(number: str, task: HumanTask, alice: User) -> None:
    assert post(alice, task, comment=number, text="x").status_code == 404


def test_a_comment_of_another_task_is_not_found(task: HumanTask, alice: User) -> None:
    other = say(offer(groups="Finance", business_key="INV-2"), alice, "There")
    assert post(alice, task, comment=other.pk, text="Here").status_code == 404
