"""`manage.py backup FILE`: everything Baton knows, in one file, while it runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestrator.management import postgres_tools


class Command(BaseCommand):
    help = "Write the database to a new file (pg_dump's custom format), as it is at this moment."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if file.exists():
            raise CommandError(f"{file} exists already; a backup never overwrites another one.")
        if not postgres_tools.tables():
            raise CommandError("The database is empty; there is nothing to keep.")
        partial = file.with_name(f"{file.name}.partial")
        partial.touch(mode=0o600)
        try:
            postgres_tools.run("pg_dump", "--format=custom", "--no-owner", f"--file={partial}")
            partial.rename(file)
        finally:
            partial.unlink(missing_ok=True)
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
