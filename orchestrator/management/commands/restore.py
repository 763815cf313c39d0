"""`manage.py restore FILE`: what `manage.py backup` wrote, into an empty database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from orchestrator.management import postgres_tools


class Command(BaseCommand):
    help = "Fill an empty database from a backup; all of it, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not file.exists():
            raise CommandError(f"There is no file {file}.")
        tables = postgres_tools.tables()
        if "auth_user" in tables and User.objects.exists():
            raise CommandError("The database is not empty; a backup is restored into an empty one only.")
        if tables:  # migrated, and nobody ever signed in: `make run ARGS=--no-demo`
            with connection.cursor() as cursor:
                cursor.execute("DROP SCHEMA public CASCADE")
                cursor.execute("CREATE SCHEMA public")
        postgres_tools.run("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", str(file))
        self.stdout.write("Restored. Run manage.py migrate if this release is newer than the backup.")
