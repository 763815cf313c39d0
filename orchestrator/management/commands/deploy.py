"""`manage.py deploy FILE...`: files become new versions together, or nothing is stored and every problem is told."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from orchestrator.runtime.deployment import DeploymentRefused, deploy


class Command(BaseCommand):
    help = "Deploy processes, decisions, forms and files that tasks link: all of them, or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", help=".bpmn, .dmn, .form, and any others that tasks link")
        parser.add_argument("--note", default="", help="what changes, for those who come after you")
        parser.add_argument("--by", metavar="USERNAME", help="who deploys; else nobody is named")

    def handle(self, *args: Any, files: list[Path], note: str, by: str | None, **options: Any) -> None:
        try:
            found = deploy(_read(files), by=_person(by), note=note)
        except DeploymentRefused as refused:
            raise CommandError("\n".join(["Nothing was deployed.", *map(str, refused.problems)])) from None
        for definition in found.new:
            self.stdout.write(f"{definition} is deployed.")
        for definition in found.unchanged:
            self.stdout.write(f"{definition} is unchanged: no new version was made.")
        for warning in found.warnings:
            self.stderr.write(f"Warning: {warning}")


def _read(files: list[Path]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in files:
        if file.name in found:
            raise CommandError(f"Two files are called {file.name}: rename one.")
        try:
            found[file.name] = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    return found


def _person(name: str | None) -> User | None:
    if name is None:
        return None
    person = User.objects.filter(username=name).first()
    if person is None:
        raise CommandError(f"There is no account {name}.")
    return person
