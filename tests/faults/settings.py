"""What the processes of the lab run on: the product's settings, short leases, stop points, and nothing to be built."""

from __future__ import annotations

from datetime import timedelta

from orchestrator import environment

STOP_POINT = environment.text("BATON_STOP_POINT")  # asked before the product refuses names that it does not know

from orchestrator.settings import *  # noqa: E402, F403
from orchestrator.settings import CELERY_BEAT_SCHEDULE, INSTALLED_APPS, MIDDLEWARE, STORAGES  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.stop_points"]
JOB_LEASE = 3.0  # seconds
MAIL_LEASE = timedelta(seconds=3)
CELERY_BEAT_SCHEDULE["keep up"]["schedule"] = 2.0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
