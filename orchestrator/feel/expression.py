"""The door of the room: texts become expressions, expressions become values with warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.feel import properties
from orchestrator.feel.builtins import BUILTINS
from orchestrator.feel.compiler import compile_expression, compile_tests
from orchestrator.feel.compiler.base import Compiler
from orchestrator.feel.diagnostics import Warning
from orchestrator.feel.limits import EXCERPT, NESTING, NestingTooDeep
from orchestrator.feel.names import KnownNames
from orchestrator.feel.nodes import Node
from orchestrator.feel.parser import Parser
from orchestrator.feel.run import NOTHING, Dialect, Environment, Result, Run, sentence
from orchestrator.feel.sizes import weigh
from orchestrator.feel.values import FeelValues, from_python

_BUILTIN_NAMES = KnownNames([*BUILTINS, *properties.NAMES])


class _Compiled:
    """A text with its code. Immutable in effect: threads share it."""

    __slots__ = ("dialect", "names", "problems", "text", "tree")

    def __init__(self, text: str, dialect: Dialect, compiler: Compiler) -> None:
        self.text, self.dialect = text, dialect
        self.names = frozenset(compiler.free - {"?"})
        self.problems = tuple(
            Warning(why.kind, sentence(text, node, why), node.start, node.end, text[node.start : node.end][:EXCERPT])
            for node, why in compiler.problems
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r}, {self.dialect})"


class Expression(_Compiled):
    """A parsed and compiled expression.

    `names` are the variables it reads. `problems` are parts that can only ever be null, whatever the
    data: a pattern that cannot be used, a date that does not exist. A deployment may refuse them.
    """

    __slots__ = ("_code",)

    def __init__(self, text: str, tree: Node, dialect: Dialect) -> None:
        code, compiler = compile_expression(tree, dialect)
        super().__init__(text, dialect, compiler)
        self._code, self.tree = code, tree

    def evaluate(self, variables: Mapping[str, Any], *, environment: Environment | None = None) -> Result:
        """The value, and why parts of it are null. Raises LimitExceeded and nothing else."""
        run = Run(self.text, variables, environment or NOTHING, self.dialect)
        try:
            value = self._code(run, None)
        except RecursionError:
            raise NestingTooDeep(f"The expression or its data nest deeper than {NESTING}.") from None
        finally:
            run.lend()
        return finished(run, value)


class UnaryTests(_Compiled):
    """Parsed and compiled unary tests: the cell of a decision table."""

    __slots__ = ("_test",)

    def __init__(self, text: str, trees: tuple[Node, ...], dialect: Dialect) -> None:
        test, compiler = compile_tests(trees, dialect)
        super().__init__(text, dialect, compiler)
        self._test, self.tree = test, trees

    def test(self, input_value: Any, variables: Mapping[str, Any], *, environment: Environment | None = None) -> Result:
        """True, False or None: whether the input passes. Raises LimitExceeded and nothing else."""
        run = Run(self.text, variables, environment or NOTHING, self.dialect)
        try:
            tested = input_value if isinstance(variables, FeelValues) else from_python(input_value)
            value = self._test(run, None, tested)
        except RecursionError:
            raise NestingTooDeep(f"The tests or their data nest deeper than {NESTING}.") from None
        finally:
            run.lend()
        return finished(run, value)


def finished(run: Run, value: Any) -> Result:
    """The result of a run."""
    if type(value) is list or type(value) is dict:
        weigh(value)
    return Result(value, tuple(run.warnings))


def known_names(names: Iterable[str]) -> KnownNames:
    """Names made ready once for the parsing of many texts."""
    return KnownNames(names, _BUILTIN_NAMES)


def _parser(text: str, names: Iterable[str] | KnownNames, dialect: Dialect) -> Parser:
    standard = dialect is Dialect.DMN
    known = names if isinstance(names, KnownNames) else known_names(names)
    return Parser(text, known, join_words=standard, raw_names=not standard)


def parse(text: str, dialect: Dialect = Dialect.CAMUNDA, *, names: Iterable[str] | KnownNames = ()) -> Expression:
    """Parse and compile an expression. `names` are known variables; the longest wins. Raises FeelSyntaxError."""
    parser = _parser(text, names, dialect)
    try:
        return Expression(text, parser.whole_expression(), dialect)
    except RecursionError:
        parser.too_deep()


def unary_tests(text: str, dialect: Dialect = Dialect.DMN, *, names: Iterable[str] | KnownNames = ()) -> UnaryTests:
    """Parse and compile the unary tests of a decision table's cell. Raises FeelSyntaxError."""
    parser = _parser(text, names, dialect)
    try:
        return UnaryTests(text, parser.whole_tests(), dialect)
    except RecursionError:
        parser.too_deep()


def evaluate(
    text: str,
    variables: Mapping[str, Any],
    *,
    environment: Environment | None = None,
    names: Iterable[str] = (),
    dialect: Dialect = Dialect.CAMUNDA,
) -> Result:
    """Parse with the variables' names known, and evaluate. Raises FeelSyntaxError and LimitExceeded."""
    expression = parse(text, names=[*names, *variables], dialect=dialect)
    return expression.evaluate(variables, environment=environment)
