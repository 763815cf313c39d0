"""How several approvers decide together: what a model says of it, and what follows from their votes. Pure.

A quorum is a number of approvals (`2`), a share of the approvers (`60%`, rounded up) or `all`. It is reached, or can no
longer be reached: then it is refused. A veto is a refusal that decides alone; with `firstRefusalEnds` every refusal
does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ORDERS = ("parallel", "sequence")
ALL = "all"
_NUMBER, _SHARE = re.compile(r"\d{1,4}"), re.compile(r"(\d{1,3})\s*%")
_YES, _NO = ("true", "yes"), ("false", "no", "")


@dataclass(frozen=True, slots=True)
class Vote:
    """`outcome` is the value of the button; `refused` says that it is a refusal."""

    outcome: str
    refused: bool
    veto: bool = False


def needed(quorum: str, approvers: int) -> int:
    """How many approvals are needed of so many approvers: at least one, at most all. Raises ValueError."""
    text = quorum.strip().lower()
    if text in ("", ALL, "100%", "unanimous"):
        return approvers
    if _NUMBER.fullmatch(text) and int(text) > 0:
        return min(int(text), approvers)
    share = _SHARE.fullmatch(text)
    if share and 0 < int(share[1]) <= 100:
        return max(1, -(-approvers * int(share[1]) // 100))
    raise ValueError(f"{quorum!r} is not a quorum: write a number such as 2, a share such as 60%, or all")


def is_yes(text: str) -> bool:
    """Raises ValueError."""
    word = text.strip().lower()
    if word not in (*_YES, *_NO):
        raise ValueError(f"{text!r} is neither true nor false")
    return word in _YES


def verdict(votes: Iterable[Vote], approvers: int, quorum: str, *, first_refusal_ends: bool) -> str | None:
    """The outcome of all together, or None while it is open. Of several outcomes on the side that wins: the most
    frequent, of equals the one that came first.
    """
    cast = list(votes)
    for_it, against = [vote for vote in cast if not vote.refused], [vote for vote in cast if vote.refused]
    if final := next((vote for vote in against if vote.veto), None):
        return final.outcome
    if against and first_refusal_ends:
        return against[0].outcome
    wanted = needed(quorum, approvers)
    if len(for_it) >= wanted:
        return _most(for_it)
    if approvers - len(against) < wanted:
        return _most(against)
    return None


def _most(votes: Sequence[Vote]) -> str:
    return Counter(vote.outcome for vote in votes).most_common(1)[0][0]
