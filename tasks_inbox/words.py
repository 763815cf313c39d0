"""What a search compares: lower-cased words without punctuation. No database."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+")
LONGEST = 64  # characters of a word that count
MOST_IN_A_QUERY = 8  # words


def lexemes(*texts: str) -> list[str]:
    """“Approve INV-1042” -> ['1042', 'approve', 'inv']. Never empty strings, no word twice."""
    return sorted({word[:LONGEST] for text in texts for word in _WORD.findall(text.casefold())})


def query(search: str) -> str:
    """A tsquery that finds everything with words that begin like all of these; '' when `search` has no word."""
    return " & ".join(f"'{word}':*" for word in lexemes(search)[:MOST_IN_A_QUERY])
