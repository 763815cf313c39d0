"""The page for modellers: its example runs, and it speaks of every field there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

from orchestrator import process_tests
from orchestrator.management import process_files
from orchestrator.process_tests import report
from orchestrator.process_tests.answers import FORMS
from orchestrator.process_tests.expectations import CHECKS
from orchestrator.process_tests.expected import JOB, MAIL, STATES, TASK
from orchestrator.process_tests.reading import ACTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "modellers" / "process-tests.md").read_text()
MODEL = ROOT / "demo" / "processes" / "customer-onboarding.bpmn"


def test_the_example_passes() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    models = process_tests.read_models(process_files.tested(MODEL), process_files.beside(MODEL))
    suite = process_tests.read_tests(example, "process-tests.md", models)
    outcomes = list(process_tests.run(suite, models))
    assert [outcome.misses for outcome in outcomes] == [(), ()]
    assert json.loads(example)["process"] == "customer-onboarding"


def test_the_report_that_is_shown_is_the_one_that_is_printed() -> None:
    """The first step of the second test is not as expected."""
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    wrong = example.replace('"expect": {"active": ["check_credit"], ', '"expect": {"active": ["review"], ')
    models = process_tests.read_models(process_files.tested(MODEL), process_files.beside(MODEL))
    *_, outcome = process_tests.run(process_tests.read_tests(wrong, "process-tests.md", models), models)
    lines = list(report.of_test(outcome, 0.9))[:8]
    assert "\n".join(lines) in PAGE


def test_every_field_is_explained() -> None:
    forms = [*ACTIONS, *FORMS, *CHECKS, *MAIL, *TASK, *JOB, *STATES]
    inner = [field for form in ACTIONS.values() for field in form.fields]
    inner += [field for form in FORMS.values() for field in form.fields]
    missing = {field for field in (*forms, *inner) if f"`{field}`" not in PAGE and f'"{field}"' not in PAGE}
    assert missing == set()
