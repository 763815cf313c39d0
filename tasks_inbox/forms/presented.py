"""What a form shows beside its fields: texts, pictures, tables, documents, other pages."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from orchestrator.runtime import feelers
from tasks_inbox.forms import files, paths, prose
from tasks_inbox.forms.fill import Spot
from tasks_inbox.forms.frames import frame
from tasks_inbox.forms.sheet import Page, html_id, text
from tasks_inbox.forms.shown import Field
from tasks_inbox.forms.tables import View, table

SPACE = 60  # pixels of a spacer

_IMAGE_DATA = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
_OWN_PATH = re.compile(r"/(?![/\\])[^\\\s]*")
_LINK = re.compile(r"https?://\S+")


def _prose(spot: Spot, page: Page) -> Field:
    source = spot.component.get("text") or ""
    written = feelers.render(source, spot.scope, page.filled.environment, prose.as_markdown_text)
    return Field("inbox/form/prose.html", html_id(spot), html=prose.from_markdown(written))


def _html(spot: Spot, page: Page) -> Field:
    source = spot.component.get("content") or ""
    written = feelers.render(source, spot.scope, page.filled.environment, prose.as_html_text)
    return Field("inbox/form/prose.html", html_id(spot), html=prose.from_html(written))


def _image(spot: Spot, page: Page) -> Field:
    """A picture of this server or within the page; one from elsewhere is a link, so that nobody learns who reads it."""
    source, alt = text(spot, page, "source"), text(spot, page, "alt")
    local = _OWN_PATH.fullmatch(source) or _IMAGE_DATA.fullmatch(source)
    template = "image" if local else "link" if _LINK.fullmatch(source) else "value"
    return Field(f"inbox/form/{template}.html", html_id(spot), value=source if template != "value" else "", label=alt)


def _table(spot: Spot, page: Page) -> Field:
    view = View.read(page.filled.sent.get(spot.view, [""])[-1])
    shown = table(spot.component, spot.scope, page.filled.environment, view)
    return Field("inbox/form/table.html", html_id(spot), label=text(spot, page, "label"), table=shown, view=spot.view)


def _documents(spot: Spot, page: Page) -> Field:
    source = spot.component.get("dataSource")
    if isinstance(source, str):
        source = (
            feelers.evaluate(source, spot.scope, page.filled.environment)
            if feelers.is_expression(source)
            else paths.get(spot.scope, source.split("."))
        )
    return Field(
        "inbox/form/documents.html",
        html_id(spot),
        label=text(spot, page, "label"),
        title=text(spot, page, "title"),
        files=files.shown_all(source),
        height=spot.component.get("maxHeight") or 0,
        align=_at_most(spot.component.get("maxHeight")),
    )


def _at_most(height: Any) -> str:
    """The class that holds a picture to a height, in steps of 50 pixels: pages have no styles of their own."""
    return f"at-most-{min(max(round(height / 50), 1), 20)}" if isinstance(height, int) else "at-most-8"


def _iframe(spot: Spot, page: Page) -> Field:
    url, label = text(spot, page, "url").strip(), text(spot, page, "label")
    shown = frame(spot.component, url, label)
    if shown is None:
        return Field("inbox/form/value.html", html_id(spot), label=label)
    if page.framed is None:
        return Field("inbox/form/link.html", html_id(spot), label=label or shown.origin, value=url)
    return Field("inbox/form/frame.html", html_id(spot), label=label, value=page.framed(shown), height=shown.height)


def _button(spot: Spot, page: Page) -> Field:
    """The buttons that send are the outcomes of the task; one that resets does."""
    return Field("inbox/form/reset.html", html_id(spot), label=text(spot, page, "label") or _("Reset"))


def _spacer(spot: Spot, page: Page) -> Field:
    return Field("inbox/form/spacer.html", html_id(spot), height=spot.component.get("height") or SPACE)


def _separator(spot: Spot, page: Page) -> Field:
    return Field("inbox/form/separator.html", html_id(spot))


PRESENTED = {
    "text": _prose,
    "html": _html,
    "image": _image,
    "table": _table,
    "documentPreview": _documents,
    "iframe": _iframe,
    "separator": _separator,
    "spacer": _spacer,
    "button": _button,
}
