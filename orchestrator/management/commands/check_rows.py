"""Do the rows keep the rules that no step proves? One scan of a table per rule."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import autodiscover_modules

from orchestrator import soundness


class Command(BaseCommand):
    help = "Look for rows that break a rule of docs/decisions/0014. Exit status 1 when there are any."

    def handle(self, *args: Any, **options: Any) -> None:
        autodiscover_modules("soundness")
        found = list(soundness.broken())
        for broken in found:
            which = ", ".join(broken.examples)
            self.stderr.write(f"{broken.rule.sentence}: not so in {broken.count} rows, such as {which}.")
        if found:
            raise CommandError(f"{len(found)} rules are broken.")
        self.stdout.write("Every rule holds.")
