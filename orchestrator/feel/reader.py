"""The tokens of one text with a position in them, the names in it, and the words of a syntax error."""

from __future__ import annotations

from typing import NoReturn

from orchestrator.feel.diagnostics import FeelSyntaxError
from orchestrator.feel.lexer import Token, tokenize
from orchestrator.feel.limits import NESTING, SOURCE
from orchestrator.feel.names import KnownNames, spell

UNCLOSED = {'"': "a string", "`": "a backtick", "/": "a comment"}


class TooDeep(FeelSyntaxError):
    """The text nests deeper than NESTING."""


class Reader:
    """Reads one text once. `known` are the names of several words that may appear in it."""

    def __init__(self, text: str, known: KnownNames, *, join_words: bool, raw_names: bool) -> None:
        self.text, self.join_words, self.raw_names = text, join_words, raw_names
        if len(text) > SOURCE:
            raise FeelSyntaxError(f"the expression is longer than {SOURCE:,} characters.", 1, 1, "a long text", "less")
        self.tokens = tokenize(text)
        self.index = 0
        self.depth = 0
        self.known = KnownNames(parent=known)
        self.closing_square = 0

    # --- tokens

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.index]

    def peek(self, ahead: int = 1) -> Token:
        """A token further on, or the end."""
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        """Take the next token."""
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these symbols or keywords."""
        token = self.token
        return token.text in texts and token.kind in ("symbol", "keyword", "name")

    def take(self, text: str) -> bool:
        """Take the symbol or word if it comes next."""
        if self.at(text):
            self.index += 1
            return True
        return False

    def expect(self, *texts: str) -> Token:
        """Take one of these symbols or words, or say that it is missing."""
        if not self.at(*texts):
            self.fail(" or ".join(f"`{text}`" for text in texts))
        return self.next()

    def fail(self, expected: str, message: str = "", token: Token | None = None) -> NoReturn:
        """Raise the syntax error at the next token."""
        token = token or self.token
        raise FeelSyntaxError.at(self.text, token.start, self.found(token), expected, message)

    def found(self, token: Token) -> str:
        """The token in words."""
        if token.kind == "end":
            return "the end of the expression"
        if token.kind == "unclosed":
            return f"{UNCLOSED[token.text[0]]} that is never closed"
        return f"`{token.text}`" if len(token.text) <= 40 else f"`{token.text[:37]}...`"

    @property
    def end(self) -> int:
        """Where the token before the next one ends."""
        return self.tokens[self.index - 1].end if self.index else 0

    def too_deep(self) -> NoReturn:
        """Raise the syntax error of a text that nests too deeply."""
        message = f"this is nested too deep ({NESTING}); give a part of it a name, or make it a decision of its own."
        raise TooDeep.at(self.text, self.token.start, self.found(self.token), "less nesting", message)

    # --- names

    def scan_name(self, *stops: str) -> int | None:
        """The index of the stop token if everything before it could be a name, otherwise None."""
        index = self.index
        while (token := self.tokens[index]).kind in ("name", "keyword", "number", "backtick", "other") or (
            token.text in ("+", "-", "*", "/", ".", "**") and index > self.index
        ):
            if token.text in stops:
                break
            index += 1
        if index == self.index or self.tokens[self.index].kind not in ("name", "keyword", "backtick"):
            return None
        return index if self.tokens[index].text in stops else None

    def name_until(self, index: int) -> str:
        """Take all tokens before the index as one name, and know it from now on."""
        tokens = self.tokens[self.index : index]
        self.index = index
        if len(tokens) == 1 and tokens[0].kind == "backtick":
            name = tokens[0].text[1:-1]
        elif self.raw_names:
            name = self.text[tokens[0].start : tokens[-1].end]
        else:
            name = spell(tokens)
        self.known.add(name)
        return name

    def name(self) -> str:
        """A name where a value stands: a known name, the longest first, or one word."""
        if self.token.kind == "backtick":
            return self.next().text[1:-1]
        found = self.known.longest(self.tokens, self.index)
        if found is not None and self.acceptable(*found):
            self.index = found[1]
            return found[0]
        return self.words()

    def path_name(self) -> str:
        """The name behind a dot; reserved words are allowed there."""
        if self.token.kind not in ("name", "keyword", "backtick"):
            self.fail("the name of an entry or property")
        return self.name()

    def acceptable(self, name: str, end: int) -> bool:
        """`date and time` is a name only before `(`: otherwise `date` and `time` may be two variables."""
        if name in self.words_with_operators:
            return self.tokens[end].text == "("
        return True

    words_with_operators = frozenset({"date and time", "years and months duration", "get or else"})

    def words(self) -> str:
        """One word; in the standard dialect all words up to the next operator, since types are not known here."""
        first = self.index
        self.next()
        if self.join_words:
            while self.token.kind == "name" and self.known.longest(self.tokens, self.index) is None:
                self.next()
        return spell(self.tokens[first : self.index])
