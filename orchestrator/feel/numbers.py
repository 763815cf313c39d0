"""Decimal arithmetic of DMN: 34 digits, half-even, exponents of decimal128 (IEEE 754-2008; DMN 1.5, 10.3.2.3.1)."""

from __future__ import annotations

import decimal
from decimal import Decimal

MATH = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
"""Shared by all threads: only its flags change, and nobody reads them."""

ARITHMETIC_ERRORS = (decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow)


def number_text(value: Decimal) -> str:
    """A number as FEEL writes it: never with an exponent, no zeros behind the last digit of a fraction."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
