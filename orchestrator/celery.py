"""Celery: the doorbell's other end, and a clock. Everything it carries can be lost; see orchestrator/standby.py."""

from __future__ import annotations

import os

from celery import Celery

from orchestrator import broker, standby

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")

broker.use()
app = Celery("orchestrator", set_as_current=True)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

standby.join(app)
