"""`manage.py credit_service`: run the demo's credit service until it is stopped."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from demo.credit_service import server
from demo.models import CreditService


def current_mode() -> str:
    """What the administrator chose; fast while nothing was chosen."""
    close_old_connections()
    try:
        return CreditService.objects.values_list("mode", flat=True).first() or CreditService.Mode.FAST
    finally:
        close_old_connections()


class Command(BaseCommand):
    help = "Run the demo's credit service."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=urlsplit(settings.CREDIT_SERVICE_URL).port)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        self.stdout.write(f"The credit service answers on http://localhost:{port}/check")
        server(port, current_mode).serve_forever()
