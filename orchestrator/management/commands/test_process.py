"""`manage.py test_process MODEL TESTS`: what modellers expect of their processes, without a database."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator import process_tests
from orchestrator.management import process_files
from orchestrator.process_tests import report

UNUSABLE = 2  # the exit status when a file cannot be used; 1 when a test fails


class Command(BaseCommand):
    help = "Run process tests: JSON files that say what happens to a process and what should be seen."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", type=Path, help="a .bpmn file, or a folder of them")
        parser.add_argument("tests", type=Path, help="a .json file of tests, or a folder of them")
        parser.add_argument(
            "--coverage", action="store_true", help="show which elements and sequence flows were reached"
        )

    def handle(self, *args: Any, model: Path, tests: Path, coverage: bool, **options: Any) -> None:
        try:
            models = process_tests.read_models(process_files.tested(model), process_files.beside(model))
            suites = self.read(self.files(tests, models), models)
        except (process_files.NotFound, process_tests.UnusableModel, process_tests.InvalidTests, OSError) as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        for line in models.left_out:
            self.stdout.write(f"Left out: {line}")
        outcomes = [outcome for suite in suites for outcome in self.run(suite, models)]
        if coverage:
            self.write(report.of_coverage(process_tests.coverage(models, outcomes)))
        self.write(["", report.summary(outcomes)])
        if not all(outcome.passed for outcome in outcomes):
            raise SystemExit(1)

    def files(self, path: Path, models: process_tests.Models) -> dict[str, str]:
        """Of a folder of tests, the files about the processes under test; others are named and passed over."""
        found = process_files.tests(path)
        if not path.is_dir():
            return found
        about = {name: self.process_of(text, name) for name, text in found.items()}
        others = [name for name, id in about.items() if id in models.processes and id not in models.tested]
        for name in others:
            self.stdout.write(f"Passed over: {name} is about {about[name]}, which is not under test")
        if len(others) == len(found):
            raise process_files.NotFound(f"No file in {path} is about {', '.join(models.tested)}")
        return {name: text for name, text in found.items() if name not in others}

    def process_of(self, text: str, name: str) -> str:
        """What cannot be read is told with all other mistakes."""
        try:
            return process_tests.process_of(text, name)
        except process_tests.InvalidTests:
            return ""

    def read(self, files: dict[str, str], models: process_tests.Models) -> list[process_tests.Suite]:
        """Raises InvalidTests with the mistakes of all files."""
        suites: list[process_tests.Suite] = []
        mistakes: list[process_tests.Mistake] = []
        for name, text in files.items():
            try:
                suites.append(process_tests.read_tests(text, name, models))
            except process_tests.InvalidTests as error:
                mistakes += error.mistakes
        if mistakes:
            raise process_tests.InvalidTests(mistakes)
        return suites

    def run(self, suite: process_tests.Suite, models: process_tests.Models) -> list[process_tests.Outcome]:
        self.stdout.write(f"{suite.file}: {suite.process}")
        outcomes, tests = [], process_tests.run(suite, models)
        begun = time.perf_counter()
        for outcome in tests:
            self.write(report.of_test(outcome, (time.perf_counter() - begun) * 1000))
            outcomes.append(outcome)
            begun = time.perf_counter()
        return outcomes

    def write(self, lines: Any) -> None:
        for line in lines:
            self.stdout.write(line)
