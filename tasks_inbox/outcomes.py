"""The property `outcomes` of a user task: “approve=Approve; reject=Reject!”. Pure.

The value goes into the outcome variable, the label onto the button; “!” asks for a comment. Without a label the value
is capitalised. The first outcome is the page's primary button, one that asks for a comment is shown as grave.
"""

from __future__ import annotations

from typing import TypedDict

LONGEST = 255  # characters of a value; the rest is cut off


class Outcome(TypedDict):
    """One way to complete a task: a button."""

    value: str
    label: str
    comment_required: bool
    style: str  # primary | danger | plain


def parse(text: str) -> list[Outcome]:
    """Empty parts are ignored; of two outcomes with the same value the first counts."""
    found: dict[str, Outcome] = {}
    for part in text.split(";"):
        value, _, label = (piece.strip() for piece in part.partition("="))
        needs_comment = (label or value).endswith("!")
        value = value if label else value.removesuffix("!").strip()
        value, label = value[:LONGEST], label.removesuffix("!").strip() or value.replace("_", " ").capitalize()
        if value and value not in found:
            style = "danger" if needs_comment else "plain" if found else "primary"
            found[value] = Outcome(value=value, label=label, comment_required=needs_comment, style=style)
    return list(found.values())
