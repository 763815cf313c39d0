"""Process tests that were saved in the designer: they stay with the process, whatever version of it is drawn."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ProcessTest(models.Model):
    """One test of the processes with this key. `content` is a whole file of process tests that holds this one test,
    so that it can be handed on as it is; `name` is the name in it.
    """

    process_key = models.CharField(max_length=255)
    name = models.CharField(max_length=200)
    content = models.TextField()
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        ordering = ["process_key", "name"]
        default_permissions = ()  # who may deploy may test
        constraints = [
            models.UniqueConstraint(fields=["process_key", "name"], name="one_process_test_of_a_name_per_process"),
        ]

    def __str__(self) -> str:
        return self.name
