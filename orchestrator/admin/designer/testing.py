"""The process tests of a drawing: saved from a run or a file, run all together, with what of the diagram they reach."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse

from orchestrator import process_tests
from orchestrator.admin.designer import beside, sent, told, trying
from orchestrator.admin.designer.access import Refused
from orchestrator.feel.jsonnumbers import dumps, loads
from orchestrator.models import ProcessTest
from orchestrator.process_tests import InvalidTests, Models, Outcome

MAX_TESTS = 500  # of one process
MAX_FILE = 1024 * 1024
MAX_NAME = 200
SECONDS = 20.0
GONE = "Somebody deleted this test meanwhile."


def index(request: HttpRequest) -> JsonResponse:
    """The tests of the processes that `process` names, which may be given several times."""
    rows = ProcessTest.objects.filter(process_key__in=request.GET.getlist("process")).select_related("updated_by")
    return JsonResponse({"tests": [_listed(row) for row in rows.defer("content")]})


def _listed(row: ProcessTest) -> dict[str, Any]:
    return {
        "id": row.pk,
        "process": row.process_key,
        "name": row.name,
        "by": told.person(row.updated_by),
        "at": told.when(row.updated_at),
        "urls": {
            "one": reverse("admin:orchestrator_process_test", args=[row.pk]),
            "rename": reverse("admin:orchestrator_process_test_rename", args=[row.pk]),
            "delete": reverse("admin:orchestrator_process_test_delete", args=[row.pk]),
        },
    }


def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The run in a test, to be played again, and what it expects."""
    row = _row(pk)
    (test,) = loads(row.content)["tests"]
    steps = [{key: step[key] for key in step if key not in ("expect", "note")} for step in test.get("steps", ())]
    # Texts in the text: what a browser reads as numbers it would round.
    run: dict[str, Any] = {"start": dumps(test.get("start", {})), "steps": [dumps(step) for step in steps if step]}
    run |= {"given": dumps(test["given"]) if test.get("given") else None, "now": test.get("now")}
    return JsonResponse({**_listed(row), **run, "content": row.content})


def _row(pk: int) -> ProcessTest:
    row = ProcessTest.objects.filter(pk=pk).select_related("updated_by").first()
    if row is None:
        raise Refused(410, GONE, gone=True)
    return row


# Running


def run(request: HttpRequest) -> HttpResponse:
    """Every test of the drawing's processes on the drawing as it is now."""
    models = beside.models(sent.process(request))
    rows = list(ProcessTest.objects.filter(process_key__in=models.tested).select_related("updated_by"))
    until = time.monotonic() + SECONDS
    outcomes: list[Outcome] = []
    results = []
    for row in rows:
        if time.monotonic() > until:
            results.append({**_listed(row), "passed": False, "misses": [_miss("", "", "There was no time left")]})
            continue
        results.append({**_listed(row), **_result(row, models, outcomes, lambda: time.monotonic() < until)})
    return told.exactly(
        {
            "tests": results,
            "failed": sum(not result["passed"] for result in results),
            "coverage": [_coverage(each) for each in process_tests.coverage(models, outcomes)],
            "reached": sorted({id for outcome in outcomes for ids in outcome.reached.values() for id in ids}),
        }
    )


def _result(row: ProcessTest, models: Models, outcomes: list[Outcome], goes_on: Callable[[], bool]) -> dict[str, Any]:
    """A test that names what the drawing no longer has fails with that sentence."""
    try:
        suite = process_tests.read_tests(row.content, row.name, models)
        (outcome,) = process_tests.run(suite, models, goes_on)
    except InvalidTests as error:
        return {"passed": False, "misses": [_miss("", "the test fits the drawing", told.mistakes(error))]}
    outcomes.append(outcome)
    return {
        "passed": outcome.passed,
        "misses": [_miss(_where(miss.place), miss.expected, miss.happened) for miss in outcome.misses],
        "path": list(outcome.path),
    }


def _where(place: process_tests.Place) -> str:
    step = f"step {place.step}" if place.step is not None else ""
    return ", ".join(part for part in (step, place.field) if part)


def _miss(where: str, expected: str, happened: str) -> dict[str, str]:
    return {"where": where, "expected": expected, "happened": happened}


def _coverage(each: process_tests.Coverage) -> dict[str, Any]:
    return {
        "process": each.process,
        "elements": int(each.of_elements),
        "flows": int(each.of_flows),
        "missing": [*each.missing_elements, *each.missing_flows],
    }


# Keeping


def save(request: HttpRequest) -> JsonResponse:
    """The run becomes a test: what it came to is what the test expects."""
    models = beside.models(sent.process(request))
    process = trying.chosen(request, models)
    text = sent.text(request, "run", trying.MAX_RUN)
    name = _name(request)
    trial = trying.played(text, process, models)
    if trial.refused or trial.instance is None:
        raise Refused(422, f"This run does not come to its end: {trial.refused}")
    written = dumps(process_tests.record(trial, text, name))
    return JsonResponse(_listed(_keep(request, process, name, written)), status=201)


def _name(request: HttpRequest) -> str:
    name = sent.line(request, "test", MAX_NAME)
    if not name:
        raise Refused(422, "The test needs a name: say in a few words what happens.")
    return name


def _keep(request: HttpRequest, process: str, name: str, content: str) -> ProcessTest:
    """A new row, or the new content of the one with this name where that was asked for."""
    by = sent.somebody(request).pk
    if request.POST.get("replace") == "yes":
        row, _ = ProcessTest.objects.update_or_create(
            process_key=process, name=name, defaults={"content": content, "updated_by_id": by, "updated_at": Now()}
        )
        row.refresh_from_db()
        return row
    if ProcessTest.objects.filter(process_key=process).count() >= MAX_TESTS:
        raise Refused(422, f"A process has at most {MAX_TESTS} tests: delete some first.")
    try:
        with transaction.atomic():
            row = ProcessTest.objects.create(process_key=process, name=name, content=content, updated_by_id=by)
    except IntegrityError:
        raise Refused(422, f"There is a test “{name}” already: choose another name.", exists=True) from None
    row.refresh_from_db()
    return row


def rename(request: HttpRequest, pk: int) -> JsonResponse:
    row, name = _row(pk), _name(request)
    content = loads(row.content)
    content["tests"][0]["name"] = name
    try:
        with transaction.atomic():
            ProcessTest.objects.filter(pk=pk).update(
                name=name, content=dumps(content), updated_by_id=sent.somebody(request).pk, updated_at=Now()
            )
    except IntegrityError:
        raise Refused(422, f"There is a test “{name}” already: choose another name.", exists=True) from None
    return JsonResponse(_listed(_row(pk)))


def delete(request: HttpRequest, pk: int) -> JsonResponse:
    if not ProcessTest.objects.filter(pk=pk).delete()[0]:
        raise Refused(410, GONE, gone=True)
    return JsonResponse({"deleted": pk})


# Files


def take(request: HttpRequest) -> JsonResponse:
    """A file of process tests as `manage.py test_process` reads it; tests with the same names are replaced."""
    models = beside.models(sent.process(request))
    text = sent.text(request, "tests", MAX_FILE)
    suite = process_tests.read_tests(text, "the file", models)
    alone = list(process_tests.split(text, "the file", suite.process))
    too_long = next((name for name, _ in alone if len(name) > MAX_NAME), None)
    if too_long is not None:
        raise Refused(422, f"The name “{too_long[:60]}…” has more than {MAX_NAME} characters: shorten it.")
    with transaction.atomic():
        for name, content in alone:
            ProcessTest.objects.update_or_create(
                process_key=suite.process,
                name=name,
                defaults={"content": dumps(content), "updated_by_id": sent.somebody(request).pk, "updated_at": Now()},
            )
        if ProcessTest.objects.filter(process_key=suite.process).count() > MAX_TESTS:
            raise Refused(422, f"A process has at most {MAX_TESTS} tests: delete some first.")
    return JsonResponse({"taken": len(alone)})


def export(request: HttpRequest) -> HttpResponse:
    """All tests of a process in one file, for a build or another machine."""
    process = request.GET.get("process", "")
    rows = ProcessTest.objects.filter(process_key=process)
    if not rows:
        raise Refused(404, "This process has no tests.")
    response = told.exactly(process_tests.together(_contents(rows), process))
    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in process)
    response["Content-Disposition"] = f'attachment; filename="{name[:100]}.tests.json"'
    return response


def _contents(rows: Any) -> Iterator[Any]:
    return (loads(row.content) for row in rows)
