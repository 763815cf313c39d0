"""Names of several words: which tokens are one name, the longest known name first (DMN 1.5, 10.3.1.2)."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.feel.lexer import Token, tokenize

Shape = tuple[tuple[str, bool], ...]
"""The tokens of a name, each with whether a space stands before it."""


def shape(name: str) -> Shape:
    """How a name looks as tokens."""
    tokens = tokenize(name)[:-1]
    return tuple((token.text, i > 0 and token.start > tokens[i - 1].end) for i, token in enumerate(tokens))


def spell(tokens: Iterable[Token]) -> str:
    """The tokens as a name, every run of white space as one space."""
    text, end = "", None
    for token in tokens:
        text += (" " if end is not None and token.start > end else "") + token.text
        end = token.end
    return text


class KnownNames:
    """The names that need knowing: those of more than one token. Looked up by length, the longest first."""

    def __init__(self, names: Iterable[str] = (), parent: KnownNames | None = None) -> None:
        self._names: dict[Shape, str] = {}
        self._lengths: dict[str, set[int]] = {}
        self._parent = parent
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Know one name more. A name of one plain word needs no entry."""
        if name.isidentifier():
            return
        found = shape(name)
        if len(found) > 1:
            self._names.setdefault(found, name)
            self._lengths.setdefault(found[0][0], set()).add(len(found))

    def lengths(self, first: str) -> set[int]:
        """How long the names are that begin with that token."""
        own = self._lengths.get(first, _NONE)
        inherited = self._parent.lengths(first) if self._parent else _NONE
        return own | inherited if own and inherited else own or inherited

    def get(self, found: Shape) -> str | None:
        """The name of that shape."""
        return self._names.get(found) or (self._parent.get(found) if self._parent else None)

    def longest(self, tokens: list[Token], index: int) -> tuple[str, int] | None:
        """The longest known name that begins at tokens[index], and the index behind it."""
        for length in sorted(self.lengths(tokens[index].text), reverse=True):
            end = index + length
            if end < len(tokens):
                window = tokens[index:end]
                spaced = [i > 0 and token.start > window[i - 1].end for i, token in enumerate(window)]
                name = self.get(tuple(zip([token.text for token in window], spaced, strict=True)))
                if name is not None:
                    return name, end
        return None


_NONE: set[int] = set()
