"""What form-js calls invalid, in its order and its words.

Numbers come first, then pattern, required, min, max, lengths, phone and e-mail. Lengths are those of the text without
spaces around it. Every sentence that applies is given, not the first alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from orchestrator import feel
from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH, number_text
from orchestrator.runtime import feelers, forms
from tasks_inbox.forms.schema import Component
from tasks_inbox.forms.values import is_empty

_PHONE = re.compile(r"(\+|00)[1-9]\d{4,19}")
_BETWEEN_DIGITS = re.compile(r"[\s().\-/]")
_EMAIL = re.compile(
    r"""[^<>()\[\]\\.,;:\s@"]+(\.[^<>()\[\]\\.,;:\s@"]+)*@(\[\d{1,3}(\.\d{1,3}){3}\]|([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,})"""
)
LONGEST_EMAIL = 254

Limit = Callable[[str], Any]


def sentences(component: Component, value: Any, scope: Mapping[str, Any], environment: feel.Environment) -> list[str]:
    """Everything that is wrong with a value; empty: nothing."""

    def limit(name: str) -> Any:
        rule = component.get(f"validate.{name}")
        return feelers.evaluate(rule, scope, environment) if feelers.is_expression(rule) else rule

    return [sentence for check in _IN_ORDER for sentence in check(component, value, limit)]


def _decimal_digits(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    digits, number = component.get("decimalDigits"), _number(component, value)
    if digits is None or number is None:
        return
    exponent = number.normalize(MATH).as_tuple().exponent
    if isinstance(exponent, int) and -exponent > digits:
        many = f"Value must not have more than {digits} decimal digit{'s' if digits > 1 else ''}."
        yield many if digits else "Value must be an integer."


def _increment(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    step, number = forms.number(component.get("increment")), _number(component, value)
    if step is None or number is None or step <= 0:
        return
    try:
        off = MATH.remainder(number, step)
    except ARITHMETIC_ERRORS:
        return
    if off:
        below = number - off
        nearest = f"{number_text(below)} and {number_text(below + step)}"
        yield f"Please select a valid value, the two nearest valid values are {nearest}."


def _pattern(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    pattern = limit("pattern")
    if pattern and isinstance(value, str) and value and not forms.pattern(pattern).search(value):
        yield limit("patternErrorMessage") or f"Field must match pattern {pattern}."


def _required(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    if limit("required") is True and (is_empty(value) or (component.type == "checkbox" and value is not True)):
        yield "Field is required."


def _min(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    least, number = forms.number(limit("min")), _number(component, value)
    if least is not None and number is not None and number < least:
        yield f"Field must have minimum value of {number_text(least)}."


def _max(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    most, number = forms.number(limit("max")), _number(component, value)
    if most is not None and number is not None and number > most:
        yield f"Field must have maximum value of {number_text(most)}."


def _min_length(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    least = forms.number(limit("minLength"))
    if least is not None and isinstance(value, str) and value and len(value.strip()) < least:
        yield f"Field must have minimum length of {number_text(least)}."


def _max_length(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    most = forms.number(limit("maxLength"))
    if most is not None and isinstance(value, str) and value and len(value.strip()) > most:
        yield f"Field must have maximum length of {number_text(most)}."


def _phone(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    if limit("validationType") != "phone" or not isinstance(value, str) or not value:
        return
    if not _PHONE.fullmatch(_BETWEEN_DIGITS.sub("", value)):
        yield "Field must be a valid international phone number. (e.g. +4930664040900)"


def _email(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    if limit("validationType") != "email" or not isinstance(value, str) or not value:
        return
    if len(value) > LONGEST_EMAIL or not _EMAIL.fullmatch(value):
        yield "Field must be a valid email."


def _number(component: Component, value: Any) -> Decimal | None:
    return forms.number(value) if component.type == "number" else None


_IN_ORDER = (
    *(_decimal_digits, _increment, _pattern, _required, _min, _max),
    *(_min_length, _max_length, _phone, _email),
)
