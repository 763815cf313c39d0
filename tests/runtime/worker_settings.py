"""What the tests' worker processes run on: the product's settings, the sink, and short leases."""

from __future__ import annotations

import os

from orchestrator.settings import *  # noqa: F403
from orchestrator.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.runtime.sink"]
JOB_LEASE = 1.0
DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
