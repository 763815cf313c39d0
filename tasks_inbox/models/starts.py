"""What people have started: so that a form that is sent twice makes one case."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from orchestrator.models import ProcessInstance


class StartOnce(models.Model):
    """A start form that somebody has sent; pruned after a day. `digest` is of the person, the process, the key that the
    form came with and what was filled in: the same form with other answers is another request.
    """

    digest = models.CharField(max_length=64, unique=True)
    process_instance = models.ForeignKey(ProcessInstance, models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [models.Index(fields=["at"], name="starts_by_time")]

    def __str__(self) -> str:
        return f"start of {self.process_instance}"
