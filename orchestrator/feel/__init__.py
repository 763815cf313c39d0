"""FEEL, the expression language of DMN 1.5 (chapter 10), with the dialect that Camunda 8 speaks.

Text in, value and warnings out: no Django, no clock, no randomness, no input or output. Data never raises; it makes
null and a warning. What raises is a text that is no FEEL (FeelSyntaxError) and an expression that wants too much
(LimitExceeded).
"""

from orchestrator.feel import types
from orchestrator.feel.builtins import BUILTINS
from orchestrator.feel.diagnostics import FeelSyntaxError, Null, Warning
from orchestrator.feel.expression import Expression, UnaryTests, evaluate, parse, unary_tests
from orchestrator.feel.jsonnumbers import to_json
from orchestrator.feel.limits import Fuel, FuelExhausted, LimitExceeded, NestingTooDeep, ValueTooLarge
from orchestrator.feel.literals import literal_text, written_value
from orchestrator.feel.printing import print_expression, print_unary_tests
from orchestrator.feel.run import Dialect, Environment, Result
from orchestrator.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from orchestrator.feel.values import FeelFunction, Range

__all__ = [
    "BUILTINS",
    "Date",
    "DateTime",
    "DaysTimeDuration",
    "Dialect",
    "Environment",
    "Expression",
    "FeelFunction",
    "FeelSyntaxError",
    "Fuel",
    "FuelExhausted",
    "LimitExceeded",
    "NestingTooDeep",
    "Null",
    "Range",
    "Result",
    "Time",
    "UnaryTests",
    "ValueTooLarge",
    "Warning",
    "YearsMonthsDuration",
    "evaluate",
    "literal_text",
    "parse",
    "print_expression",
    "print_unary_tests",
    "to_json",
    "types",
    "unary_tests",
    "written_value",
]
