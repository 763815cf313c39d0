"""The models of the demo ship with tests that pass and reach all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator import process_tests
from orchestrator.management import process_files

DEMO = Path(__file__).resolve().parents[2] / "demo"
PROCESSES = sorted(path.stem for path in (DEMO / "processes").glob("*.bpmn"))


def models_of(process: str) -> process_tests.Models:
    path = DEMO / "processes" / f"{process}.bpmn"
    return process_tests.read_models(process_files.tested(path), process_files.beside(path))


def test_every_model_of_the_demo_has_tests() -> None:
    assert sorted(path.stem for path in (DEMO / "tests").glob("*.json")) == PROCESSES


@pytest.mark.parametrize("process", PROCESSES)
def test_the_demo_passes_its_tests_and_they_reach_everything(process: str) -> None:
    models = models_of(process)
    path = DEMO / "tests" / f"{process}.json"
    suite = process_tests.read_tests(path.read_text(), path.name, models)
    outcomes = list(process_tests.run(suite, models))
    assert [miss for outcome in outcomes for miss in outcome.misses] == []
    (found,) = [each for each in process_tests.coverage(models, outcomes) if each.process == process]
    assert (found.missing_elements, found.missing_flows) == ((), ())


def test_nothing_of_the_demo_is_left_out() -> None:
    assert models_of("insurance-claim").left_out == ()
