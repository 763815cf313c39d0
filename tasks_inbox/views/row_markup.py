"""The rows of a list as markup, written by hand: fifty of them cost a template seven milliseconds, and this a half. And
its longest menu.

Every text of a row is escaped here. The styles are those of `list.css`; scripts know `data-id`, `data-priority`,
`data-unread`, `data-selected` and the fragment `#task-ID`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape as escaped

from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tasks_inbox.rows import Avatar, Cell, TaskRow

#: Kept: the same process, person or date stands in row after row.
escape = lru_cache(20_000)(escaped)


def markup(rows: Sequence[TaskRow], query: str, selected: int | None = None) -> SafeString:
    """List items, one per row. `query` is the end of their addresses, `selected` the task that is open beside them."""
    words = _Words()
    return mark_safe("".join(_item(row, words, escape(query), row.id == selected) for row in rows))


def menu(entries: Iterable[tuple[str, str]]) -> SafeString:
    """The entries of a menu that change the list: label and address."""
    return mark_safe(
        "".join(
            f'<a class="popover-item" href="{url}" hx-get="{url}" hx-target="#list" hx-swap="morph" hx-push-url="true">'
            f"{escape(label)}</a>"
            for label, address in entries
            for url in [escape(address)]
        )
    )


class _Words:
    """What every row says, looked up once."""

    def __init__(self) -> None:
        self.select = escape(_("Select %(title)s"))
        self.stripes = {
            "high": _hidden(_("high priority,")),
            "medium": _hidden(_("medium priority,")),
        }
        self.unread = _hidden(_("not opened yet,"))
        self.comments = _hidden(" " + _("comments"))
        self.icons = escape(static("dist/icons.svg"))
        nobody = escape(_("Nobody yet"))
        self.nobody = f'<span class="avatar avatar-none" title="{nobody}"><span class="sr-only">{nobody}</span></span>'


def _item(row: TaskRow, words: _Words, query: str, here: bool) -> str:
    title, url = escape(row.title), escaped(row.url) + query
    return (
        f'<li id="task-{row.id}" class="task-row" data-id="{row.id}" data-priority="{row.stripe}"'
        f"{' data-unread' if row.unread else ''}{' data-selected' if here else ''}>"
        '<label class="task-check"><input type="checkbox" class="checkbox checkbox-sm" form="bulk" name="task"'
        f' value="{row.id}" tabindex="-1" autocomplete="off">{_hidden_markup(words.select % {"title": title})}</label>'
        f'<a class="task-link" href="{url}"{" aria-current=" + chr(34) + "true" + chr(34) if here else ""}'
        f' hx-get="{url}" hx-target="#detail" hx-swap="outerHTML" hx-push-url="true">'
        f'<span class="task-title">{title}</span>\n{_time(row)}\n<span class="task-meta">'
        f"{words.stripes.get(row.stripe, '')}{words.unread if row.unread else ''}"
        f' <span class="ref">{escape(row.ref)}</span><span class="process">{escape(row.process)}</span>'
        f"{_marks(row, words)}</span>\n{_avatar(row.avatar, words)}{_cells(row.cells)}</a></li>"
    )


def _time(row: TaskRow) -> str:
    style, text = ("", row.when) if row.when else (row.due_class, row.due_text)
    return f'<span class="task-due {style}" title="{escape(row.due_exact)}">{escape(text)}</span>'


def _marks(row: TaskRow, words: _Words) -> str:
    marks = ""
    if row.comments:
        icon = f'<svg class="icon" aria-hidden="true"><use href="{words.icons}#message-square"/></svg>'
        marks += f'<span class="task-mark">{icon}{row.comments}{words.comments}</span>'
    if row.outcome:
        marks += f'<span class="task-mark">{escape(row.outcome)}</span>'
    return marks


def _avatar(person: Avatar | None, words: _Words) -> str:
    if person is None:
        return words.nobody
    name = escape(person.name)
    return (
        f'<span class="avatar avatar-{person.colour}" title="{name}">'
        f'<span aria-hidden="true">{escape(person.initials)}</span><span class="sr-only">{name}</span></span>'
    )


def _cells(cells: Sequence[Cell]) -> str:
    if not cells:
        return ""
    shown = "".join(
        f'<span class="task-cell"><span class="task-cell-label">{escape(cell.label)}</span> {escape(cell.text)}</span>'
        for cell in cells
    )
    return f'<span class="task-cells">{shown}</span>'


def _hidden(text: str) -> str:
    return _hidden_markup(escape(text))


def _hidden_markup(markup: str) -> str:
    return f'<span class="sr-only">{markup}</span>'
