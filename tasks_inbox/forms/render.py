"""A filled form as fields for the templates: every text is made here, so that templates only print.

The templates stand in templates/inbox/form/, one per way of showing a field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tasks_inbox.forms.fill import Filled, Spot
from tasks_inbox.forms.frames import Frame
from tasks_inbox.forms.inputs import INPUTS
from tasks_inbox.forms.presented import PRESENTED
from tasks_inbox.forms.sheet import Page, html_id, text
from tasks_inbox.forms.shown import Field, Item, everything

#: Classes of a field's width, whole so that the build of the style sheet finds them.
COLUMNS = {
    1: "sm:col-span-1",
    2: "sm:col-span-2",
    3: "sm:col-span-3",
    4: "sm:col-span-4",
    5: "sm:col-span-5",
    6: "sm:col-span-6",
    7: "sm:col-span-7",
    8: "sm:col-span-8",
    9: "sm:col-span-9",
    10: "sm:col-span-10",
    11: "sm:col-span-11",
    12: "sm:col-span-12",
    13: "sm:col-span-13",
    14: "sm:col-span-14",
    15: "sm:col-span-15",
}

#: Where the fields of a row stand, likewise whole.
ALIGNED = {"start": "items-start", "center": "items-center", "end": "items-end"}
SEEN_ITEMS = 5  # of a list


def fields(
    filled: Filled,
    errors: Mapping[str, Sequence[str]] | None = None,
    *,
    locked: bool = False,
    framed: Callable[[Frame], str] | None = None,
) -> tuple[Field, ...]:
    """The fields that are to be seen, in their rows, each with its errors; `locked`: nothing of it can be written.

    `framed` gives the address of a page of ours that shows another page; without it there is a link.
    """
    return tuple(_fields(filled.spots, Page(filled, errors or {}, locked, framed)))


# Rows of sixteen columns


def _fields(spots: Sequence[Spot], page: Page) -> Iterator[Field]:
    visible = [spot for spot in spots if not spot.hidden and _is_seen(spot, page)]
    for row in _rows(visible):
        wide = _widths(row)
        for position, (spot, columns) in enumerate(zip(row, wide, strict=True)):
            shown = _SHOW[spot.component.type](spot, page)
            start = "" if position else " sm:col-start-1"
            yield replace(shown, span=f"{COLUMNS[columns]}{start}" if columns < 16 else "")


def _is_seen(spot: Spot, page: Page) -> bool:
    if spot.component.type == "button":
        return spot.component.get("action") == "reset" and not page.locked
    return spot.component.type in _SHOW


def _rows(spots: Iterable[Spot]) -> Iterator[list[Spot]]:
    """Neighbours that name the same row share it; a field without one has a row of its own."""
    rows: dict[Any, list[Spot]] = {}
    for place, spot in enumerate(spots):
        row = spot.component.get("layout.row")
        rows.setdefault(row if isinstance(row, str) and row else place, []).append(spot)
    return iter(rows.values())


def _widths(row: Sequence[Spot]) -> list[int]:
    """Columns of each field: as the model says, and what is left in equal parts for those of which it says nothing."""
    fixed = [spot.component.get("layout.columns") for spot in row]
    said = [width for width in fixed if isinstance(width, int)]
    open_ones = len(fixed) - len(said)
    share = max((16 - sum(said)) // open_ones, 2) if open_ones else 0
    return [min(width, 16) if isinstance(width, int) else share for width in fixed]


# Fields with fields in them


def _group(spot: Spot, page: Page) -> Field:
    label, wanted = text(spot, page, "label"), spot.component.get("showOutline")
    return Field(
        "inbox/form/group.html",
        html_id(spot),
        label=label,
        outline=bool(label) if wanted is None else wanted is True,
        fields=tuple(_fields(spot.rows[0].spots, page)),
        align=_aligned(spot),
    )


def _list(spot: Spot, page: Page) -> Field:
    items = tuple(Item(row.token, number, tuple(_fields(row.spots, page))) for number, row in enumerate(spot.rows, 1))
    folded = _folded(spot)
    return Field(
        "inbox/form/list.html",
        html_id(spot),
        name=spot.name,
        label=text(spot, page, "label") or ".".join(spot.component.path),
        errors=tuple(page.errors.get(spot.name, ())),
        items=items,
        can_change_rows=spot.component.get("allowAddRemove") is not False and not page.locked,
        can_collapse=folded,
        open=bool(folded) and any(_needs_eyes(item) for item in items[folded:]),
        outline=spot.component.get("showOutline") is not False,
        align=_aligned(spot),
    )


def _folded(spot: Spot) -> int:
    """How many items stay in sight; 0: all."""
    seen = spot.component.get("nonCollapsedItems") or SEEN_ITEMS
    return 0 if spot.component.get("disableCollapse") is True or len(spot.rows) <= seen else seen


def _needs_eyes(item: Item) -> bool:
    """It is new, or something in it is wrong."""
    return item.token.startswith("n") or any(one.errors for one in everything(item.fields))


def _aligned(spot: Spot) -> str:
    return ALIGNED.get(spot.component.get("verticalAlignment"), "")


_SHOW = {**INPUTS, **PRESENTED, "group": _group, "dynamiclist": _list}
