"""Who works where, and for whom: what Django's users and groups do not say."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


def check_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a time zone of the IANA database."""
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone. Write it like Europe/Berlin.") % {"name": name})


def check_language(code: str) -> None:
    """Raise ValidationError unless the pages exist in this language."""
    if code not in dict(settings.LANGUAGES):
        known = ", ".join(code for code, _name in settings.LANGUAGES)
        raise ValidationError(
            _("The pages do not exist in “%(code)s”. Choose one of: %(known)s."), params={"code": code, "known": known}
        )


class Department(models.Model):
    """Its manager is asked when nobody in particular owns a task of its members."""

    name = models.CharField(max_length=100, unique=True)
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Profile(models.Model):
    """A user may lack one: everything here has a sensible absence."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")
        CONTRAST = "contrast", _("High contrast")

    class Density(models.TextChoices):
        COMPACT = "compact", _("Compact")
        COMFORTABLE = "comfortable", _("Comfortable")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="profile")
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="members")
    title = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    skills = models.JSONField(
        default=list, db_default=[], blank=True, help_text="Names such as “Italian” or “signs up to 10000”, as a list."
    )
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[check_time_zone], help_text="Like Europe/Berlin. Empty: the server's."
    )
    language = models.CharField(
        max_length=12,
        blank=True,
        validators=[check_language],
        help_text=_("Like de. Empty: what the browser asks for."),
    )
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    density = models.CharField(max_length=12, choices=Density.choices, default=Density.COMPACT)
    # The person's inbox: single-key shortcuts, other keys for some actions, what each row shows, the order of views.
    shortcuts = models.BooleanField(default=True, help_text="Single keys act in the inbox.")
    keys = models.JSONField(default=dict, blank=True, editable=False)
    columns = models.JSONField(default=list, blank=True, editable=False)
    sort = models.CharField(max_length=260, blank=True, editable=False)
    view_order = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(manager=None) | ~models.Q(manager=models.F("user")),
                name="nobody_is_their_own_manager",
                violation_error_message=_("Nobody can be their own manager."),
            ),
            models.CheckConstraint(
                condition=models.Q(theme__in=["system", "light", "dark", "contrast"]), name="theme_is_known"
            ),
            models.CheckConstraint(condition=models.Q(density__in=["compact", "comfortable"]), name="density_is_known"),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def clean(self) -> None:
        """The constraint again, where a form can show it: a form beside the user's own leaves the user out of its
        checks.
        """
        if self.manager_id is not None and self.manager_id == self.user_id:
            raise ValidationError({"manager": _("Nobody can be their own manager.")})
