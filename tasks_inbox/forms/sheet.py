"""What every way of showing a field begins with: its texts, its id, its errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.runtime import feelers
from tasks_inbox.forms import values
from tasks_inbox.forms.fill import Filled, Spot
from tasks_inbox.forms.frames import Frame
from tasks_inbox.forms.options import options, token
from tasks_inbox.forms.schema import FIELDS
from tasks_inbox.forms.shown import Field

_UNSAFE_IN_ID = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Page:
    filled: Filled
    errors: Mapping[str, Sequence[str]]
    locked: bool = False
    framed: Callable[[Frame], str] | None = None


def text(spot: Spot, page: Page, name: str) -> str:
    written = spot.component.get(name)
    return feelers.render(written, spot.scope, page.filled.environment) if isinstance(written, str) else ""


def html_id(spot: Spot) -> str:
    """Unique on the page; what has no value of its own is told apart by the id of its component."""
    component = spot.component
    name = spot.name if component.get("key") or component.get("path") else f"{spot.name}-{component.id}"
    return _UNSAFE_IN_ID.sub("-", name).strip("-")


def field(spot: Spot, page: Page, template: str, **more: Any) -> Field:
    label = _label(spot, page)
    if (spot.fixed or page.locked) and spot.component.type in FIELDS:
        return Field(
            template="inbox/form/value.html",
            id=html_id(spot),
            label=label,
            help=text(spot, page, "description"),
            value=_shown(spot, page),
            prefix=text(spot, page, "appearance.prefixAdorner"),
            suffix=text(spot, page, "appearance.suffixAdorner"),
        )
    return Field(
        template=f"inbox/form/{template}.html",
        id=html_id(spot),
        name=spot.name,
        label=label,
        help=text(spot, page, "description"),
        required=spot.component.get("validate.required") is True,
        errors=tuple(page.errors.get(spot.name, ())),
        **more,
    )


def _label(spot: Spot, page: Page) -> str:
    names = ("dateLabel", "timeLabel") if spot.component.type == "datetime" else ()
    texts = (text(spot, page, name) for name in ("label", *names))
    key = ".".join(spot.component.path)
    return next((text for text in texts if text), "" if spot.component.type not in FIELDS else key)


def _shown(spot: Spot, page: Page) -> str:
    component = spot.component
    if component.type not in ("select", "radio", "checklist", "taglist"):
        return values.shown_text(component, spot.value, page.filled.clock)
    offered = options(component, spot.scope, page.filled.environment)
    chosen = spot.value if isinstance(spot.value, list) else [spot.value]
    labels = [offered[token(one)].label for one in chosen if token(one) in offered]
    return ", ".join(labels)
