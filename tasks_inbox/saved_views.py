"""Saved views: whose they are, in which order, what they count. Looking through a view shows one's own tasks only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from orchestrator.runtime import wire
from orchestrator.runtime.made import made, selected
from tasks_inbox import filters, queries
from tasks_inbox.errors import InvalidForm
from tasks_inbox.filters import columns
from tasks_inbox.models import Profile, SavedView

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 50  # views of one person
COUNTED = 100  # “100+”
COUNTS_LAST = 60  # seconds at most, even when nothing changed: “overdue” depends on the time
UP, DOWN = "up", "down"


_SEEN = f"""
    SELECT {selected(SavedView, "v")} FROM tasks_inbox_savedview v
    WHERE v.owner_id = %(user)s OR EXISTS (
        SELECT FROM tasks_inbox_savedview_groups s JOIN auth_user_groups m ON m.group_id = s.group_id
        WHERE s.savedview_id = v.id AND m.user_id = %(user)s
    )
    ORDER BY v.id LIMIT {4 * MOST}
"""


def views_of(user: User, order: Sequence[int] = ()) -> list[SavedView]:
    """Their own, and those that others share with one of their groups: in their order, new ones last."""
    with wire.cursor() as cursor:
        cursor.execute(_SEEN, {"user": user.pk})
        found = [made(SavedView, row) for row in cursor.fetchall()]
    if others := [view for view in found if view.owner_id != user.pk]:
        prefetch_related_objects(others, "owner")
    place = {pk: index for index, pk in enumerate(order)}
    return sorted(found, key=lambda view: (place.get(view.pk, len(place)), view.pk))


def own(user: User, pk: int) -> SavedView | None:
    return SavedView.objects.filter(owner=user, pk=pk).first()


def visible(user: User, pk: int) -> SavedView | None:
    return next((view for view in views_of(user) if view.pk == pk), None)


@transaction.atomic
def keep(user: User, view: SavedView, groups: Sequence[Group], now: datetime, zone: tzinfo) -> SavedView:
    """Store a new or a changed view. Raises InvalidForm, InvalidFilter. Shared only with groups of one's own."""
    view.owner = user
    view.name = view.name.strip()
    if not 0 < len(view.name) <= 60:
        raise InvalidForm({"name": [_("Give the view a name of 1 to 60 characters.")]})
    if view.colour not in SavedView.Colour.values:
        raise InvalidForm({"colour": [_("Choose one of the colours in the list.")]})
    others = SavedView.objects.filter(owner=user).exclude(pk=view.pk)
    if others.filter(name=view.name).exists():
        raise InvalidForm({"name": [_("You have a view of this name already.")]})
    if view.pk is None and others.count() >= MOST:
        raise InvalidForm({"name": [_("You have %(most)s views already. Delete one first.") % {"most": MOST}]})
    filters.compiled(filters.read(view.filter), now, zone)
    view.columns = list(columns.checked(view.columns))
    if view.sort:
        filters.ordering(view.sort)
    view.save()
    theirs = set(user.groups.values_list("pk", flat=True))
    view.groups.set([group for group in groups if group.pk in theirs])
    return view


@transaction.atomic
def move(user: User, pk: int, to: str, order: Sequence[int]) -> None:
    """One place up or down among the views that the person sees."""
    places = [view.pk for view in views_of(user, order)]
    if pk not in places:
        return
    index = places.index(pk)
    other = index - 1 if to == UP else index + 1
    if 0 <= other < len(places):
        places[index], places[other] = places[other], places[index]
    Profile.objects.update_or_create(user=user, defaults={"view_order": places})


def counts(user: User, views: Sequence[SavedView], now: datetime, zone: tzinfo, version: str) -> dict[int, str]:
    """View -> “12” or “100+”; kept until something in the person's lists changes."""
    found: dict[int, str] = {}
    for view in views:
        seen = f"{view.tab}\n{view.search}\n{view.filter}\n{zone}"
        key = f"view-count:{user.pk}:{view.pk}:{hashlib.sha256(seen.encode()).hexdigest()[:16]}:{version}"
        text = cache.get(key)
        if text is None:
            text = _count(user, view, now, zone)
            cache.set(key, text, COUNTS_LAST)
        found[view.pk] = text
    return found


def _count(user: User, view: SavedView, now: datetime, zone: tzinfo) -> str:
    try:
        narrowed: Any = filters.compiled(filters.read(view.filter), now, zone) if view.filter else None
    except filters.InvalidFilter:  # an older one, over a criterion that is gone
        return ""
    return str(queries.count(user, view.tab, queries.Narrowing(view.search, "", narrowed), most=COUNTED))


def usual(names: Sequence[str], sort: str) -> tuple[list[str], str]:
    """Columns and order, checked. Raises InvalidFilter."""
    if sort:
        filters.ordering(sort)
    return list(columns.checked(names)), sort
