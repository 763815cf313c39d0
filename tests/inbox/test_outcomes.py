"""The property `outcomes`, and the words of a search: text in, values out."""

from __future__ import annotations

import pytest

from tasks_inbox import words
from tasks_inbox.outcomes import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" ; ;", []),
        ("approve=Approve; reject=Reject!", [("approve", "Approve", False), ("reject", "Reject", True)]),
        ("done", [("done", "Done", False)]),
        ("send_back!", [("send_back", "Send back", True)]),
        ("a = One ; b=Two ! ;", [("a", "One", False), ("b", "Two", True)]),
        ("a=One; a=Two", [("a", "One", False)]),
        ("=No value", []),
        ("a=Is it 1=1?", [("a", "Is it 1=1?", False)]),
    ],
)
def test_outcomes_are_read_as_modellers_write_them(text: str, expected: list[tuple[str, str, bool]]) -> None:
    assert [(one["value"], one["label"], one["comment_required"]) for one in parse(text)] == expected


def test_the_first_is_the_main_button_and_a_reason_makes_it_grave() -> None:
    assert [one["style"] for one in parse("a; b; c!")] == ["primary", "plain", "danger"]


@pytest.mark.parametrize(
    ("search", "query"),
    [
        ("", ""),
        ("  !? ", ""),
        ("INV-1042", "'1042':* & 'inv':*"),
        ("straße Straße", "'strasse':*"),
        ("O'Brien \\ | & :*", "'brien':* & 'o':*"),
    ],
)
def test_a_search_becomes_beginnings_of_words(search: str, query: str) -> None:
    assert words.query(search) == query


def test_a_search_is_bounded() -> None:
    assert words.query(" ".join(f"word{n}" for n in range(100))).count("&") == words.MOST_IN_A_QUERY - 1
    assert max(map(len, words.lexemes("x" * 10_000))) == words.LONGEST


def test_a_value_is_no_longer_than_can_be_kept() -> None:
    (outcome,) = parse("x" * 300 + "=Approve")
    assert (len(outcome["value"]), outcome["label"]) == (255, "Approve")
