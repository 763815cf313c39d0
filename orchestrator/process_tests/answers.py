"""How answers are written that a test gives for jobs and called processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.process_tests import fields, suite
from orchestrator.process_tests.fields import Mistakes, Place, Reader


def answers(known: Iterable[str]) -> Reader:
    """One answer, or a list of them for one job after the other."""
    forms = {way: FORMS[way] for way in known}

    def read(value: Any, place: Place, mistakes: Mistakes) -> tuple[suite.Answer, ...]:
        if not isinstance(value, list):
            return (_answer(value, forms, place, mistakes),)
        if not value:
            mistakes.add(place, "This list of answers is empty")
        return tuple(_answer(each, forms, place.at(index), mistakes) for index, each in enumerate(value, 1))

    return read


@dataclass(frozen=True, slots=True)
class AnswerForm:
    fields: Mapping[str, Reader]
    build: Callable[[dict[str, Any]], suite.Answer]


def _answer(value: Any, forms: Mapping[str, AnswerForm], place: Place, mistakes: Mistakes) -> suite.Answer:
    if not isinstance(value, dict):
        mistakes.add(place, f"Here stands {fields.kind(value)}, but an object is needed: {{ ... }}")
        return suite.Waits()
    way = next((each for each in forms if each in value), None)
    if way is None:
        strange = next(iter(value), "")
        hint = fields.did_you_mean(strange, forms) or f"; known: {', '.join(forms)}"
        mistakes.add(place, f"This is no answer: “{strange}”{hint}" if strange else f"This answer is empty{hint}")
        return suite.Waits()
    before = len(mistakes.found)
    found = fields.take(value, forms[way].fields, place, mistakes)
    return forms[way].build(found) if len(mistakes.found) == before else suite.Waits()


def _times(value: Any, place: Place, mistakes: Mistakes) -> int | None:
    return None if value == "always" else int(fields.number(value, place, mistakes))


def _then(value: Any, place: Place, mistakes: Mistakes) -> suite.Answer:
    return _answer(value, FORMS, place, mistakes)


FAULT: Mapping[str, Reader] = {"error": fields.name, "message": fields.text, "variables": fields.mapping}
FAILURE: Mapping[str, Reader] = {
    "fails": _times,
    "message": fields.text,
    "permanent": fields.flag,
    "then": _then,
}
# In this order: an error has variables too.
FORMS: Mapping[str, AnswerForm] = {
    "error": AnswerForm(
        FAULT, lambda found: suite.Fault(found["error"], found.get("message", ""), found.get("variables", {}))
    ),
    "fails": AnswerForm(
        FAILURE,
        lambda found: suite.Failure(
            found["fails"], found.get("message", ""), found.get("permanent", False), found.get("then")
        ),
    ),
    "reply": AnswerForm({"reply": fields.anything}, lambda found: suite.Reply(found["reply"])),
    "variables": AnswerForm({"variables": fields.mapping}, lambda found: suite.Result(found["variables"])),
    "waits": AnswerForm({"waits": fields.true}, lambda found: suite.Waits()),
}
ANSWERS = tuple(FORMS)
ANSWERS_OF_PROCESSES = ("error", "variables", "waits")
