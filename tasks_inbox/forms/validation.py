"""What form-js calls invalid, in its order and its words.

Numbers come first, then pattern, required, min, max, lengths, phone and e-mail. Lengths are those of the text without
spaces around it. Every sentence that applies is given, not the first alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestrator import feel
from orchestrator.feel.numbers import ARITHMETIC_ERRORS, MATH, number_text
from orchestrator.runtime import feelers, form_schema
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
        many = ngettext(
            "Value must not have more than %(digits)s decimal digit.",
            "Value must not have more than %(digits)s decimal digits.",
            digits or 0,
        )
        yield many % {"digits": digits} if digits else _("Value must be an integer.")


def _increment(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    step, number = form_schema.number(component.get("increment")), _number(component, value)
    if step is None or number is None or step <= 0:
        return
    try:
        off = MATH.remainder(number, step)
    except ARITHMETIC_ERRORS:
        return
    if off:
        below = number - off
        nearest = _("%(below)s and %(above)s") % {"below": number_text(below), "above": number_text(below + step)}
        yield _("Please select a valid value, the two nearest valid values are %(nearest)s.") % {"nearest": nearest}


def _pattern(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    pattern = limit("pattern")
    if pattern and isinstance(value, str) and value and not form_schema.pattern(pattern).search(value):
        yield limit("patternErrorMessage") or _("Field must match pattern %(pattern)s.") % {"pattern": pattern}


def _required(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    if limit("required") is True and (is_empty(value) or (component.type == "checkbox" and value is not True)):
        yield _("Field is required.")


def _min(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    least, number = form_schema.number(limit("min")), _number(component, value)
    if least is not None and number is not None and number < least:
        yield _("Field must have minimum value of %(least)s.") % {"least": number_text(least)}


def _max(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    most, number = form_schema.number(limit("max")), _number(component, value)
    if most is not None and number is not None and number > most:
        yield _("Field must have maximum value of %(most)s.") % {"most": number_text(most)}


def _min_length(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    least = form_schema.number(limit("minLength"))
    if least is not None and isinstance(value, str) and value and len(value.strip()) < least:
        yield _("Field must have minimum length of %(least)s.") % {"least": number_text(least)}


def _max_length(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    most = form_schema.number(limit("maxLength"))
    if most is not None and isinstance(value, str) and value and len(value.strip()) > most:
        yield _("Field must have maximum length of %(most)s.") % {"most": number_text(most)}


def _phone(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    if limit("validationType") != "phone" or not isinstance(value, str) or not value:
        return
    if not _PHONE.fullmatch(_BETWEEN_DIGITS.sub("", value)):
        yield _("Field must be a valid international phone number. (e.g. +4930664040900)")


def _email(component: Component, value: Any, limit: Limit) -> Iterator[str]:
    if limit("validationType") != "email" or not isinstance(value, str) or not value:
        return
    if len(value) > LONGEST_EMAIL or not _EMAIL.fullmatch(value):
        yield _("Field must be a valid email.")


def _number(component: Component, value: Any) -> Decimal | None:
    return form_schema.number(value) if component.type == "number" else None


_IN_ORDER = (
    *(_decimal_digits, _increment, _pattern, _required, _min, _max),
    *(_min_length, _max_length, _phone, _email),
)
