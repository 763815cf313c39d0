from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings

from tests.faults.stop_points import points


class StopPointsConfig(AppConfig):
    name = "tests.faults.stop_points"
    label = "stop_points"

    def ready(self) -> None:
        from orchestrator.runtime import mails

        mails.LEASE = settings.MAIL_LEASE
        points.install(points.Control(settings.STOP_POINT))
