"""FEEL texts of a model: which names each may use, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from orchestrator import feel
from orchestrator.dmn.boxed import Literal
from orchestrator.dmn.source import Element, Source
from orchestrator.dmn.table import UnaryTests
from orchestrator.feel import nodes
from orchestrator.feel.expression import known_names
from orchestrator.feel.names import KnownNames
from orchestrator.feel.types import Type

Parsed = TypeVar("Parsed", feel.Expression, feel.UnaryTests)
_ALWAYS = frozenset({"item", "partial", "?"})


class Vocabulary:
    """The names that an expression sees: `variables` stand for values, `parts` may follow a dot.

    `types` are the declared types of variables. `open` says that a name of neither kind may still be a variable that a
    process brings along.
    """

    def __init__(
        self,
        variables: Iterable[str] = (),
        parts: Iterable[str] = (),
        *,
        types: Mapping[str, Type | None] = {},
        open: bool = False,
        names: KnownNames | None = None,
    ) -> None:
        self.variables, self.parts, self.types, self.open = set(variables), frozenset(parts), dict(types), open
        self.names = names or known_names(sorted(self.variables | self.parts))
        self.parsed: dict[tuple[object, str], Any] = {}

    def plus(self, *variables: str, types: Mapping[str, Type | None] = {}, parts: Iterable[str] = ()) -> Vocabulary:
        """With more variables, or variables of another type, and more parts. What is known is not read again."""
        parts = frozenset(parts) - self.parts
        return Vocabulary(
            self.variables.union(variables, types),
            self.parts | parts,
            types={**self.types, **dict.fromkeys(variables), **types},
            open=self.open,
            names=KnownNames(sorted({*variables, *types} - self.variables | parts), self.names),
        )

    def learn(self, variable: str, type_: Type | None = None) -> None:
        """Know one variable more, from now on."""
        self.variables.add(variable)
        self.types[variable] = type_
        self.names.add(variable)
        if not variable.isidentifier():
            self.parsed.clear()

    def misses(self, name: str) -> bool:
        """Whether the name stands for nothing."""
        return not (
            name in self.variables or name in self.parts or name in _ALWAYS or name in feel.BUILTINS or "." in name
        )


class Texts:
    """Parses the texts of one file. A text that is no FEEL becomes None and a problem."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.language = source.root.get("expressionLanguage")

    def literal(self, element: Element, vocabulary: Vocabulary, type_: Type | None) -> Literal:
        """The expression in the <text> of an element."""
        id, text = self.source.id_of(element), self.source.text(element)
        expression = self._parse(element, id, text, vocabulary, feel.parse) if text.strip() else None
        return Literal(id, type_, text.strip(), expression)

    def tests(self, element: Element, vocabulary: Vocabulary) -> UnaryTests:
        """The unary tests in the <text> of an element; no text tests nothing."""
        id, text = self.source.id_of(element), self.source.text(element)
        shown = text if text.strip() else "-"
        return UnaryTests(id, shown.strip(), self._parse(element, id, shown, vocabulary, feel.unary_tests))

    def _parse(
        self, element: Element, id: str, text: str, vocabulary: Vocabulary, parse: Callable[..., Parsed]
    ) -> Parsed | None:
        language = element.get("expressionLanguage", self.language)
        if language and not is_feel(language):
            self.source.problem(id, f"The expression is written in {language[:200]}: only FEEL is evaluated")
            return None
        key = (parse, text)
        found = vocabulary.parsed.get(key)
        if found is None:
            try:
                found = parse(text, names=vocabulary.names, dialect=feel.Dialect.DMN)
            except (feel.FeelSyntaxError, feel.LimitExceeded) as error:
                found = error
            vocabulary.parsed[key] = found
        if isinstance(found, Exception):
            self.source.problem(id, f"`{excerpt(text)}` is no FEEL. {found}")
            return None
        self._inspect(id, found, vocabulary)
        return found

    def _inspect(self, id: str, parsed: feel.Expression | feel.UnaryTests, vocabulary: Vocabulary) -> None:
        for warning in parsed.problems:
            self.source.problem(id, warning.message)
        for name in sorted(parsed.names):
            if not vocabulary.misses(name):
                continue
            read, called = names_in(parsed.tree)
            known = [*vocabulary.variables, *(feel.BUILTINS if name in called else ())]
            guess = self.source.suggestion(name, known)
            if name in called or (name in read and (guess or not vocabulary.open)):
                what = "No function" if name in called else "Nothing"
                self.source.hint(id, f"{what} is named {name} here{guess}")


def names_in(tree: nodes.Node | tuple[nodes.Node, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The names that are read as variables, and those that are called.

    Names inside the condition of a filter are left out: each may be an entry of the items.
    """
    found = list(_names(tree))
    return frozenset(n for n, called in found if not called), frozenset(n for n, called in found if called)


def _names(node: object, called: bool = False) -> Iterator[tuple[str, bool]]:
    if isinstance(node, tuple):
        for part in node:
            yield from _names(part)
    elif isinstance(node, nodes.Name):
        yield node.name, called
    elif isinstance(node, nodes.Filter):
        yield from _names(node.source)
    elif isinstance(node, nodes.Invocation):
        yield from _names(node.function, called=True)
        yield from _names(node.arguments)
    elif isinstance(node, nodes.Node):
        for child in nodes.children(node):
            yield from _names(child)


def is_feel(language: str) -> bool:
    """Whether an expression language is FEEL, by one of the addresses the versions of the standard gave it."""
    return language.lower() == "feel" or ("omg.org" in language and "FEEL" in language.upper())


def excerpt(text: str) -> str:
    """A text on one line, cut to a readable length."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."
