"""The single keys of the inbox: what they do, which key it is unless the person chose another. A table, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    key: str
    label: str | Promise


ACTIONS: tuple[Action, ...] = (
    Action("next", "j", _("Next task in the list")),
    Action("previous", "k", _("Previous task in the list")),
    Action("approve", "a", _("Approve, and on to the next")),
    Action("reject", "r", _("Reject, and on to the next")),
    Action("claim", "c", _("Claim")),
    Action("delegate", "e", _("Delegate")),
    Action("put_back", "b", _("Put back")),
    Action("put_aside", "z", _("Put aside")),
    Action("comment", "m", _("Write a comment")),
    Action("draft", "s", _("Save the draft")),
    Action("diagram", "d", _("Show the diagram")),
    Action("undo", "u", _("Undo the last decision")),
    Action("select", "x", _("Select the task; with Shift all up to it")),
    Action("select_all", "*", _("Select all tasks of the list, or none")),
    Action("new", "n", _("Show new tasks")),
    Action("filter", "f", _("Filter")),
    Action("search", "/", _("Search")),
    Action("go", "g", _("Go to: then i inbox, o my groups, a all, t done, p start process, r requests, 1 to 9 views")),
    Action("help", "?", _("This help")),
)
_BY_NAME = {action.name: action for action in ACTIONS}


def keys(chosen: Mapping[str, str]) -> dict[str, str]:
    """Action -> key, for every action."""
    return {action.name: chosen.get(action.name, action.key) for action in ACTIONS}


def help_of(chosen: Mapping[str, str]) -> SafeString:
    """Key and label of each, for the list of definitions in the help."""
    return _help(tuple(keys(chosen).values()), get_language())


@lru_cache(1000)
def _help(chosen: tuple[str, ...], language: str | None) -> SafeString:
    """Kept: it stands in every page."""
    row = '<dt><kbd class="kbd">{}</kbd></dt><dd>{}</dd>'
    return format_html_join("", row, ((key, action.label) for key, action in zip(chosen, ACTIONS, strict=True)))


def checked(wanted: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The keys that differ from the table, and what is wrong, by action. A key is one visible character, used once."""
    problems: dict[str, str] = {}
    taken: dict[str, str] = {}
    for action in ACTIONS:
        key = wanted.get(action.name, action.key).strip()
        if len(key) != 1 or not key.isprintable():
            problems[action.name] = _t("Enter one character.")
        elif key in taken:
            problems[action.name] = _t("“%(key)s” already means: %(label)s.") % {
                "key": key,
                "label": _BY_NAME[taken[key]].label,
            }
        else:
            taken[key] = action.name
    chosen = {name: key for key, name in taken.items() if key != _BY_NAME[name].key}
    return chosen, problems
