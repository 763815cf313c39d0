"""`manage.py element_templates > baton.json`: the connectors as element templates for Camunda Modeler."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from orchestrator.connectors.element_templates import element_templates


class Command(BaseCommand):
    help = "Write the connectors and the functions of the project as element templates, for Camunda Modeler."
    requires_system_checks = []

    def handle(self, *_: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(element_templates(), indent=2, ensure_ascii=False))
