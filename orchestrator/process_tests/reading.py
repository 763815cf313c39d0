"""From the text of a file to a suite. Everything in the file is known and used, or refused with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from orchestrator.process_tests import fields, suite, texts
from orchestrator.process_tests.answers import ANSWERS, ANSWERS_OF_PROCESSES, answers
from orchestrator.process_tests.expected import expectation
from orchestrator.process_tests.fields import InvalidTests, Mistake, Mistakes, Place, Reader
from orchestrator.process_tests.models import Models
from orchestrator.process_tests.names import Names
from orchestrator.process_tests.world import BEGINNING

WAYS = ("event", "message", "signal")  # to start a process instance; at most one


def process_of(text: str, file: str) -> str:
    """The process that a file says it is about; "" where it says nothing. Raises InvalidTests."""
    found = texts.loads(text, file)
    process = found.get("process", "") if isinstance(found, dict) else ""
    return process if isinstance(process, str) else ""


def read(text: str, file: str, models: Models) -> suite.Suite:
    """The tests of a file. Raises InvalidTests with every mistake."""
    mistakes, place = Mistakes(), Place(file)
    raw = texts.loads(text, file)
    process = _process(raw, place, mistakes, models)
    if mistakes.found:
        raise InvalidTests(_placed(mistakes, text))
    tests = FileReader(Names(models), process, models).tests(raw, place, mistakes)
    if mistakes.found:
        raise InvalidTests(_placed(mistakes, text))
    return suite.Suite(file, process, tests, texts.lines(text))


def _placed(mistakes: Mistakes, text: str) -> list[Mistake]:
    """Each with its line, in the order of the file."""
    known = texts.lines(text)
    found = [replace(each, place=replace(each.place, line=texts.line_of(each.place, known))) for each in mistakes.found]
    return sorted(found, key=lambda each: each.place.line or 0)


def _process(raw: Any, place: Place, mistakes: Mistakes, models: Models) -> str:
    if not isinstance(raw, dict):
        mistakes.add(place, f"Here stands {fields.kind(raw)}, but an object with “process” and “tests” is needed")
        return ""
    if "process" not in raw:
        if len(models.tested) != 1:
            mistakes.add(place, f"“process” is missing{fields.did_you_mean('', models.tested)}")
            return ""
        return models.tested[0]
    process = str(fields.name(raw["process"], place.at("process"), mistakes))
    if not mistakes.found and process not in models.tested:
        known = fields.did_you_mean(process, models.tested)
        mistakes.add(place.at("process"), f"There is no process “{process}” under test{known}")
    return process


@dataclass(frozen=True)
class FileReader:
    names: Names
    process: str
    models: Models

    def tests(self, raw: Any, place: Place, mistakes: Mistakes) -> tuple[suite.Test, ...]:
        table = {
            "process": fields.name,
            "note": fields.text,
            "now": fields.moment,
            "start": self.start,
            "given": self.given,
            "tests": fields.list_of(fields.mapping),
        }
        found = fields.take(raw, table, place, mistakes, required=["tests"])
        if "tests" in found and not found["tests"]:
            mistakes.add(place.at("tests"), "There is no test in this file")
        tests: list[suite.Test] = []
        for index, each in enumerate(found.get("tests", ()), 1):
            if isinstance(raw["tests"][index - 1], dict):
                tests.append(self.test(each, found, place, index, mistakes))
                if tests[-1].name and tests[-1].name in [other.name for other in tests[:-1]]:
                    name = place.at("tests").at(index).at("name")
                    mistakes.add(name, f"Two tests have the name “{tests[-1].name}”")
        return tuple(tests)

    def test(self, raw: Any, common: Mapping[str, Any], file: Place, index: int, mistakes: Mistakes) -> suite.Test:
        given_name = raw.get("name")
        name = given_name if isinstance(given_name, str) and given_name else f"number {index}"
        place = Place(file.file, name, number=index)
        table = {
            "name": fields.name,
            "note": fields.text,
            "now": fields.moment,
            "start": self.start,
            "given": self.given,
            "steps": fields.list_of(fields.anything),
            "expect": expectation(self.names, self.process),
        }
        found = fields.take(raw, table, place, mistakes, required=["name"])
        steps = [self.step(each, replace(place, step=i), mistakes) for i, each in enumerate(found.get("steps", ()), 1)]
        now: datetime = found.get("now", common.get("now", BEGINNING))
        given: suite.Given = common.get("given", suite.Given()).under(found.get("given", suite.Given()))
        start = self.begin(common.get("start", {}), found.get("start", {}), place, mistakes)
        return suite.Test(found.get("name", ""), start, given, now, tuple(steps), found.get("expect", {}))

    # -- start and given

    def start(self, raw: Any, place: Place, mistakes: Mistakes) -> dict[str, Any]:
        table = {
            "variables": fields.mapping,
            "event": self.names.start_of(self.process),
            "by": fields.name,
            "message": self.names.message,
            "key": fields.text,
            "signal": self.names.signal,
        }
        found = fields.take(raw, table, place, mistakes)
        ways = [way for way in WAYS if way in found]
        if len(ways) > 1:
            mistakes.add(place, f"A process instance starts by one of {' and '.join(ways)}, not by all")
        if "key" in found and "message" not in found:
            mistakes.add(place.at("key"), "A key belongs to a message: say which “message” starts the process instance")
        return found

    def begin(self, common: Mapping[str, Any], own: Mapping[str, Any], place: Place, mistakes: Mistakes) -> suite.Start:
        """The start of the file with what the test says instead; variables are added to those of the file."""
        if any(way in own for way in WAYS):
            common = {key: value for key, value in common.items() if key not in (*WAYS, "key")}
        merged = {**common, **own, "variables": {**common.get("variables", {}), **own.get("variables", {})}}
        process = self.models.processes[self.process]
        if process.none_start is None and not any(way in merged for way in WAYS):
            events = ", ".join(start.id for start in process.start_events.get(process.id, ()))
            mistakes.add(
                place.at("start"), f"{process.id} has no plain start event: say “event” ({events}) or “message”"
            )
        return suite.Start(**merged)

    def given(self, raw: Any, place: Place, mistakes: Mistakes) -> suite.Given:
        table = {
            "jobs": fields.named(self.names.job, answers(ANSWERS)),
            "decisions": fields.named(self.names.decision, fields.anything),
            "processes": fields.named(self.names.called_process, answers(ANSWERS_OF_PROCESSES)),
            "resources": fields.list_of(fields.name),
        }
        return suite.Given(**fields.take(raw, table, place, mistakes))

    # -- steps

    def step(self, raw: Any, place: Place, mistakes: Mistakes) -> suite.Step:
        if not isinstance(raw, dict):
            mistakes.add(place, f"Here stands {fields.kind(raw)}, but a step is an object: {{ ... }}")
            return suite.Step(None)
        verbs = [verb for verb in ACTIONS if verb in raw]
        if len(verbs) > 1:
            mistakes.add(place, f"One step does one thing, not {' and '.join(verbs)}: make two steps of it")
            return suite.Step(None)
        if not verbs and "expect" not in raw:
            strange = next((key for key in raw if key not in COMMON), "")
            hint = fields.did_you_mean(strange, ACTIONS) or f"; known: {', '.join(ACTIONS)}"
            mistakes.add(place, f"This step does nothing that is known: “{strange}”{hint}")
            return suite.Step(None)
        form = ACTIONS[verbs[0]] if verbs else NOTHING
        table = {key: reader(self.names) for key, reader in form.fields.items()}
        table |= {"note": fields.text, "expect": expectation(self.names, self.process)}
        before = len(mistakes.found)
        found = fields.take(raw, table, place, mistakes, form.required)
        sound = len(mistakes.found) == before
        action = form.build(found, place, mistakes) if sound else None
        return suite.Step(action, found.get("expect", {}))


COMMON = ("note", "expect")


@dataclass(frozen=True, slots=True)
class Form:
    """How a kind of step is written: its fields, those that must be there, and what becomes of them."""

    fields: Mapping[str, Callable[[Names], Reader]]
    required: tuple[str, ...]
    build: Callable[[dict[str, Any], Place, Mistakes], suite.Action | None]


def plain(reader: Reader) -> Callable[[Names], Reader]:
    return lambda names: reader


TEXT, NAME, VARIABLES = plain(fields.text), plain(fields.name), plain(fields.mapping)


def _complete_user_task(found: dict[str, Any], place: Place, mistakes: Mistakes) -> suite.Action:
    known = ("outcome", "comment", "by", "data", "where")
    return suite.CompleteUserTask(found["completeUserTask"], **{key: found[key] for key in known if key in found})


def _complete_job(found: dict[str, Any], place: Place, mistakes: Mistakes) -> suite.Action:
    where = found.get("where", {})
    if "reply" not in found:
        return suite.CompleteJob(found["completeJob"], suite.Result(found.get("variables", {})), where)
    if "variables" in found:
        mistakes.add(place, "A job is completed with “variables” or with a “reply”, not with both")
    return suite.CompleteJob(found["completeJob"], suite.Reply(found["reply"]), where)


def _throw_error(found: dict[str, Any], place: Place, mistakes: Mistakes) -> suite.Action:
    fault = suite.Fault(found["code"], found.get("message", ""), found.get("variables", {}))
    return suite.ThrowError(found["throwError"], fault, found.get("where", {}))


def _fail(found: dict[str, Any], place: Place, mistakes: Mistakes) -> suite.Action:
    message, permanent = found.get("message", ""), found.get("permanent", False)
    return suite.FailJob(found["failJob"], message, permanent, found.get("where", {}))


def _publish(found: dict[str, Any], place: Place, mistakes: Mistakes) -> suite.Action:
    lives = found.get("timeToLive", "PT0S")
    return suite.PublishMessage(found["publishMessage"], found.get("key", ""), found.get("variables", {}), lives)


ACTIONS: Mapping[str, Form] = {
    "completeUserTask": Form(
        {
            "completeUserTask": lambda names: names.user_task,
            "outcome": NAME,
            "comment": TEXT,
            "by": NAME,
            "data": VARIABLES,
            "where": VARIABLES,
        },
        (),
        _complete_user_task,
    ),
    "completeJob": Form(
        {
            "completeJob": lambda names: names.job,
            "variables": VARIABLES,
            "reply": plain(fields.anything),
            "where": VARIABLES,
        },
        (),
        _complete_job,
    ),
    "failJob": Form(
        {
            "failJob": lambda names: names.job,
            "message": TEXT,
            "permanent": plain(fields.flag),
            "where": VARIABLES,
        },
        (),
        _fail,
    ),
    "throwError": Form(
        {
            "throwError": lambda names: names.job_or_user_task,
            "code": NAME,
            "message": TEXT,
            "variables": VARIABLES,
            "where": VARIABLES,
        },
        ("code",),
        _throw_error,
    ),
    "advanceTime": Form(
        {"advanceTime": plain(fields.duration)}, (), lambda found, _, __: suite.AdvanceTime(found["advanceTime"])
    ),
    "publishMessage": Form(
        {
            "publishMessage": lambda names: names.message,
            "key": TEXT,
            "variables": VARIABLES,
            "timeToLive": plain(fields.duration),
        },
        (),
        _publish,
    ),
    "broadcastSignal": Form(
        {"broadcastSignal": lambda names: names.signal, "variables": VARIABLES},
        (),
        lambda found, _, __: suite.BroadcastSignal(found["broadcastSignal"], found.get("variables", {})),
    ),
    "setVariables": Form(
        {"setVariables": VARIABLES, "element": lambda names: names.any_element},
        (),
        lambda found, _, __: suite.SetVariables(found["setVariables"], found.get("element", "")),
    ),
    "activateAdHoc": Form(
        {
            "activateAdHoc": lambda names: names.any_element,
            "activities": lambda names: fields.list_of(names.any_element),
        },
        ("activities",),
        lambda found, _, __: suite.ActivateAdHoc(found["activateAdHoc"], tuple(found["activities"])),
    ),
    "retryIncident": Form(
        {"retryIncident": lambda names: names.incident_place},
        (),
        lambda found, _, __: suite.RetryIncident(found["retryIncident"]),
    ),
    "cancelInstance": Form({"cancelInstance": plain(fields.true)}, (), lambda found, _, __: suite.CancelInstance()),
}
NOTHING = Form({}, (), lambda found, _, __: None)
