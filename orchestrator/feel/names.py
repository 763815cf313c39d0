"""Names of several words: which tokens are one name, the longest known name first (DMN 1.5, 10.3.1.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    """The names that need knowing: those of more than one token."""

    def __init__(self, names: Iterable[str] = (), parent: KnownNames | None = None) -> None:
        self._shapes: dict[str, list[tuple[Shape, str]]] = {}
        self._parent = parent
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Know one name more. A name of one plain word needs no entry."""
        if name.isidentifier():
            return
        found = shape(name)
        if len(found) < 2:
            return
        known = self._shapes.setdefault(found[0][0], [])
        if (found, name) not in known:
            known.append((found, name))
            known.sort(key=lambda entry: -len(entry[0]))

    def candidates(self, first: str) -> Iterator[tuple[Shape, str]]:
        """Names that begin with that token, the longest first."""
        own = self._shapes.get(first, [])
        inherited = list(self._parent.candidates(first)) if self._parent else []
        yield from sorted(own + inherited, key=lambda entry: -len(entry[0])) if own and inherited else own or inherited

    def longest(self, tokens: list[Token], index: int) -> tuple[str, int] | None:
        """The longest known name that begins at tokens[index], and the index behind it."""
        for found, name in self.candidates(tokens[index].text):
            end = index + len(found)
            if end < len(tokens) and all(
                token.text == text and (i == 0 or (token.start > tokens[index + i - 1].end) == spaced)
                for i, ((text, spaced), token) in enumerate(zip(found, tokens[index:end], strict=True))
            ):
                return name, end
        return None
