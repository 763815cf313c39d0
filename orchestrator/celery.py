"""Celery: the doorbell's other end, and a clock. Everything it carries can be lost; see orchestrator/standby.py."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from celery import Celery
from celery.signals import worker_process_init, worker_ready

from orchestrator import broker, eviction, standby

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")

broker.use()
app = Celery("orchestrator", set_as_current=True)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

standby.join(app)
worker_ready.connect(eviction.warn)

PR_SET_PDEATHSIG = 1


@worker_process_init.connect
def end_with_the_worker(**_: object) -> None:
    """A process of the pool ends with its worker, even of `kill -9`: it would not hear, for siblings hold its pipe."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == 1:  # the worker went before prctl()
            os._exit(1)
