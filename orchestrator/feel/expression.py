"""The door of the room: texts become expressions, expressions become values with warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.feel import properties
from orchestrator.feel.builtins import BUILTINS
from orchestrator.feel.compiler import compile_expression, compile_tests
from orchestrator.feel.limits import NESTING, NODES, NestingTooDeep, ValueTooLarge
from orchestrator.feel.names import KnownNames
from orchestrator.feel.nodes import Node
from orchestrator.feel.parser import Parser
from orchestrator.feel.run import NOTHING, Dialect, Environment, Result, Run
from orchestrator.feel.values import from_python

_BUILTIN_NAMES = KnownNames([*BUILTINS, *properties.NAMES])
_LEAF = (type(None), bool, str)


class _Compiled:
    """A text with its code. Immutable in effect: threads share it."""

    __slots__ = ("dialect", "text", "tree", "variables")

    def __init__(self, text: str, dialect: Dialect, variables: frozenset[str]) -> None:
        self.text, self.dialect = text, dialect
        self.variables = variables - {"?"}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r}, {self.dialect})"


class Expression(_Compiled):
    """A parsed and compiled expression. `variables` are the names it reads from the variables."""

    __slots__ = ("_code",)

    def __init__(self, text: str, tree: Node, dialect: Dialect) -> None:
        code, variables = compile_expression(tree, dialect)
        super().__init__(text, dialect, variables)
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
        test, variables = compile_tests(trees, dialect)
        super().__init__(text, dialect, variables)
        self._test, self.tree = test, trees

    def test(
        self, input_value: Any, variables: Mapping[str, Any], *, environment: Environment | None = None
    ) -> Result:
        """True, False or None: whether the input passes. Raises LimitExceeded and nothing else."""
        run = Run(self.text, variables, environment or NOTHING, self.dialect)
        try:
            value = self._test(run, None, from_python(input_value))
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


def weigh(value: Any) -> int:
    """How many values a value holds, shared parts counted each time. Raises LimitExceeded for too many or too deep."""
    sizes: dict[int, int] = {}

    def size(part: Any, depth: int) -> int:
        if type(part) is not list and type(part) is not dict:
            return 1
        if depth > NESTING:
            raise NestingTooDeep(f"The result is nested deeper than {NESTING}.")
        known = sizes.get(id(part))
        if known is None:
            known = 1 + sum(size(child, depth + 1) for child in (part if type(part) is list else part.values()))
            sizes[id(part)] = known
        if known > NODES:
            raise ValueTooLarge(f"The result holds more than {NODES:,} values.")
        return known

    return size(value, 1)


def _parser(text: str, names: Iterable[str], dialect: Dialect) -> Parser:
    known = KnownNames(names, _BUILTIN_NAMES)
    standard = dialect is Dialect.DMN
    return Parser(text, known, join_words=standard, raw_names=not standard)


def parse(text: str, *, names: Iterable[str] = (), dialect: Dialect = Dialect.CAMUNDA) -> Expression:
    """Parse and compile an expression. `names` are known variables; the longest wins. Raises FeelSyntaxError."""
    parser = _parser(text, names, dialect)
    try:
        return Expression(text, parser.whole_expression(), dialect)
    except RecursionError:
        parser.too_deep()


def parse_unary_tests(text: str, *, names: Iterable[str] = (), dialect: Dialect = Dialect.DMN) -> UnaryTests:
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
