"""The BPMN scenarios over the real runtime: rows in PostgreSQL, jobs claimed and run, deliveries carried.

Starts a throw-away PostgreSQL and Valkey when it is loaded.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests import services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
services.start([])

import django  # noqa: E402

django.setup()

from django.test.runner import DiscoverRunner  # noqa: E402

from orchestrator.connectors import functions  # noqa: E402
from tests.conformance.over_rows import Driver  # noqa: E402

_runner = DiscoverRunner(verbosity=0)
_databases = _runner.setup_databases()
functions.workers()

__all__ = ["Driver"]
