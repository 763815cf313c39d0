"""`manage.py decide FILE DECISION --input name=value`: what a decision says and which rules made it so."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orchestrator import dmn, feel
from orchestrator.dmn.problems import did_you_mean
from orchestrator.management import decision_report


class Command(BaseCommand):
    help = "Evaluate a decision of a DMN file, without a database, and show the rules that matched."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a .dmn file")
        parser.add_argument(
            "decision", help="the id or name of a decision, decision service or business knowledge model"
        )
        parser.add_argument(
            "-i",
            "--input",
            metavar="NAME=VALUE",
            action="extend",
            nargs="+",
            default=[],
            help='inputs; a value is a FEEL literal such as 12.5, true, @"2024-02-29" or [1, 2], anything else is text',
        )
        parser.add_argument(
            "--import",
            dest="imports",
            metavar="FILE",
            type=Path,
            action="extend",
            nargs="+",
            default=[],
            help="files that FILE imports",
        )

    def handle(
        self, *args: Any, file: Path, decision: str, input: list[str], imports: list[Path], **options: Any
    ) -> None:
        model = loaded([file, *imports])
        try:
            inputs = read_inputs(model.inputs(decision), input)
            result = model.evaluate(decision, inputs, environment=feel.Environment(now=timezone.localtime()))
        except (dmn.DecisionFailed, feel.LimitExceeded) as error:
            raise CommandError(str(error)) from error
        for line in decision_report.of_result(model.find(decision)[1].name, result):
            self.stdout.write(line)


def loaded(files: list[Path]) -> dmn.Model:
    """The model in these files. Raises CommandError with everything that is wrong with them."""
    try:
        return dmn.load(files)
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read: {error.strerror}") from error
    except dmn.DmnError as error:
        lines = [f"{', '.join(map(str, files))} cannot be evaluated:", *map(str, error.problems)]
        raise CommandError("\n  ".join(lines)) from error


def read_inputs(asked: tuple[dmn.Asked, ...], written: list[str]) -> dict[str, Any]:
    """The values by name. Raises CommandError for what is no NAME=VALUE, no value, or asked by nobody."""
    known = {item.name: item for item in asked}
    inputs: dict[str, Any] = {}
    for text in written:
        name, separator, value = (part.strip() for part in text.partition("="))
        if not separator:
            raise CommandError(f"--input {text}: write NAME=VALUE")
        if name not in known:
            wanted = did_you_mean(name, known) or (
                f"; it asks for {', '.join(known)}" if known else "; it asks for nothing"
            )
            raise CommandError(f"--input {text}: the decision does not ask for {name}{wanted}")
        try:
            inputs[name] = known[name].read(value)
        except ValueError as error:
            raise CommandError(f"--input {text}: {error}") from error
    return inputs
