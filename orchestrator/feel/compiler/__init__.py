"""The compiler: which function makes the code of which kind of node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.feel import nodes
from orchestrator.feel.compiler import forms, operators, tests, values
from orchestrator.feel.compiler.base import Code, Compiler, Test
from orchestrator.feel.nodes import Node
from orchestrator.feel.run import Dialect

CODE: dict[type[Node], Callable[[Any, Compiler], Code]] = {
    nodes.Literal: values.literal,
    nodes.AtLiteral: values.at_literal,
    nodes.Name: values.name,
    nodes.ListLiteral: values.list_literal,
    nodes.ContextLiteral: values.context_literal,
    nodes.Path: values.path,
    nodes.RangeLiteral: tests.range_literal,
    nodes.Filter: tests.filter_,
    nodes.In: tests.in_,
    nodes.If: forms.conditional,
    nodes.For: forms.iteration,
    nodes.Quantified: forms.quantified,
    nodes.FunctionLiteral: forms.function_literal,
    nodes.Invocation: forms.invocation,
    nodes.Conjunction: operators.conjunction,
    nodes.Disjunction: operators.disjunction,
    nodes.Comparison: operators.comparison,
    nodes.Between: operators.between,
    nodes.InstanceOf: operators.instance,
    nodes.Arithmetic: operators.sums,
    nodes.Negation: operators.negation,
}


def compile_expression(tree: Node, dialect: Dialect) -> tuple[Code, Compiler]:
    """The code of an expression, and the compiler with what it noticed."""
    compiler = Compiler(dialect, CODE)
    return compiler.compile(tree), compiler


def compile_tests(trees: tuple[Node, ...], dialect: Dialect) -> tuple[Test, Compiler]:
    """The code of unary tests, and the compiler with what it noticed."""
    compiler = Compiler(dialect, CODE)
    return tests.any_of(trees[0], trees, compiler), compiler
