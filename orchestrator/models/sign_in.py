"""Who tried to sign in and could not."""

from __future__ import annotations

from django.db import models


class SignInFailure(models.Model):
    """One try with a wrong password. Neither the name nor the address can be read from it: both are keyed digests, for
    people type passwords where names belong.
    """

    name = models.CharField(max_length=64)
    address = models.CharField(max_length=64)
    device = models.CharField(max_length=64, blank=True)  # of a browser in which this person signed in before
    at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["name", "at"], name="failures_by_name"),
            models.Index(fields=["address", "at"], name="failures_by_address"),
        ]

    def __str__(self) -> str:
        return f"A failure to sign in at {self.at:%Y-%m-%d %H:%M}"
