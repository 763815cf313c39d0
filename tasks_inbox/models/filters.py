"""Views that people keep of their inbox: what is shown, in which order, with which columns."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy


class SavedView(models.Model):
    """A view belongs to one person, who may share it with groups: each member sees their own tasks through it.

    `filter` is a text of `filters.language`, `columns` holds names of `filters.criteria`, `sort` one of them, with a
    minus sign in front for the other direction.
    """

    class Colour(models.TextChoices):
        GREY = "grey", _lazy("Grey")
        RED = "red", _lazy("Red")
        AMBER = "amber", _lazy("Amber")
        GREEN = "green", _lazy("Green")
        TEAL = "teal", _lazy("Teal")
        BLUE = "blue", _lazy("Blue")
        VIOLET = "violet", _lazy("Violet")
        PINK = "pink", _lazy("Pink")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    colour = models.CharField(max_length=8, choices=Colour.choices, default=Colour.GREY)
    tab = models.CharField(max_length=8, default="all")
    search = models.CharField(max_length=200, blank=True)
    filter = models.TextField(max_length=2_000, blank=True)
    columns = models.JSONField(default=list, blank=True)
    sort = models.CharField(max_length=260, blank=True)
    groups = models.ManyToManyField(Group, related_name="+", blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="one_saved_view_of_a_name_per_person",
                violation_error_message=_lazy("You have a view of this name already."),
            ),
            models.CheckConstraint(
                condition=Q(colour__in=["grey", "red", "amber", "green", "teal", "blue", "violet", "pink"]),
                name="colour_of_a_saved_view_is_known",
            ),
            models.CheckConstraint(
                condition=Q(tab__in=["mine", "groups", "all", "done"]), name="tab_of_a_saved_view_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
