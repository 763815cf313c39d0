"""`manage.py convert_camunda7 FILE... --to FOLDER`: files of Camunda 7 in the dialect that Baton executes."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator import camunda7
from orchestrator.safexml import XmlRefused


class Command(BaseCommand):
    help = "Rewrite BPMN and DMN files of Camunda 7, and report what was changed and what is left to do."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", help=".bpmn and .dmn files")
        parser.add_argument("--to", type=Path, required=True, help="the folder for the converted files")

    def handle(self, *_: Any, files: list[Path], to: Path, **options: Any) -> None:
        to.mkdir(parents=True, exist_ok=True)
        left = sum(self.convert(file, to) for file in files)
        self.stdout.write(f"{left} things are left to do." if left else "Nothing is left to do.")

    def convert(self, file: Path, to: Path) -> int:
        """How many things somebody has to do in this file."""
        try:
            found = camunda7.convert(file.read_bytes())
        except (OSError, XmlRefused) as error:
            raise CommandError(f"{file}: {error}") from error
        target = to / file.name
        if target.exists() and target.samefile(file):
            raise CommandError(f"{file} would be overwritten: choose another folder")
        for name, content in {file.name: found.content, **found.forms}.items():
            (to / name).write_bytes(content)
            self.stdout.write(f"{to / name}")
        for note in found.notes:
            self.stdout.write(f"  {'TO DO  ' if note.open else 'changed'} {note.element}: {note.message}")
        return len(found.open)
