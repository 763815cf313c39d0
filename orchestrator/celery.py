"""Celery: the doorbell's other end, and a clock. Everything it carries can be lost; see orchestrator/standby.py."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")

app = Celery("orchestrator", set_as_current=True)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

from orchestrator import standby  # noqa: E402 - it needs the app

standby.join(app)
