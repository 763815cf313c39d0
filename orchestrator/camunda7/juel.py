"""JUEL, the expression language of Camunda 7, as FEEL text.

The grammar is that of the Unified Expression Language (JSR 245, 1.19) without lambdas. What calls into Java cannot be
rewritten: it raises CannotConvert with a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orchestrator import feel


class CannotConvert(ValueError):
    """Why this expression has no FEEL; str() is for a modeller."""


@dataclass(frozen=True, slots=True)
class Term:
    """FEEL text, and how tightly it binds: a looser term is put into parentheses inside a tighter one."""

    text: str
    binds: int

    def inside(self, binds: int) -> str:
        return self.text if self.binds >= binds else f"({self.text})"


TERNARY, OR, AND, COMPARE, ADD, MULTIPLY, UNARY, PRIMARY = range(8)

_EMBEDDED = re.compile(r"[$#]\{((?:[^{}'\"]|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")*)\}")
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      |(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      |(?P<name>[A-Za-z_$][\w$]*)
      |(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]]))""",
    re.VERBOSE,
)
# Word or sign -> the FEEL operator.
_COMPARE = {"==": "=", "eq": "=", "!=": "!=", "ne": "!=", "<": "<", "lt": "<", ">": ">", "gt": ">"}
_COMPARE |= {"<=": "<=", "le": "<=", ">=": ">=", "ge": ">="}
_AND, _OR, _NOT = {"&&", "and"}, {"||", "or"}, {"!", "not"}
_MULTIPLY = {"*": "*", "/": "/", "div": "/", "%": "%", "mod": "%"}
_CONSTANTS = {"true": "true", "false": "false", "null": "null"}

#: What Camunda 7 calls the counters of a multi-instance body.
COUNTERS = {
    "nrOfInstances": "numberOfInstances",
    "nrOfActiveInstances": "numberOfActiveInstances",
    "nrOfCompletedInstances": "numberOfCompletedInstances",
}

_EMPTY = 'list contains([null, "", []], {})'  # equality of different kinds would be null

# Methods that have a FEEL function: name and number of arguments -> the call, from the object and the arguments.
_METHODS: dict[tuple[str, int], Callable[..., str]] = {
    ("equals", 1): lambda it, other: f"{it} = {other}",
    ("contains", 1): lambda it, other: (
        f"if {it} instance of string then contains({it}, {other}) else list contains({it}, {other})"
    ),
    ("startsWith", 1): lambda it, other: f"starts with({it}, {other})",
    ("endsWith", 1): lambda it, other: f"ends with({it}, {other})",
    ("matches", 1): lambda it, other: f"matches({it}, {other})",
    ("toLowerCase", 0): lambda it: f"lower case({it})",
    ("toUpperCase", 0): lambda it: f"upper case({it})",
    ("trim", 0): lambda it: f"trim({it})",
    ("length", 0): lambda it: f"string length({it})",
    ("size", 0): lambda it: f"count({it})",
    ("isEmpty", 0): _EMPTY.format,
    ("toString", 0): lambda it: f"string({it})",
    ("abs", 0): lambda it: f"abs({it})",
    ("toDate", 0): lambda it: it,
    **{
        (f"{method}{unit}s", 1): lambda it, n, sign=sign, unit=unit: f"{it} {sign} {_duration(n, unit)}"
        for method, sign in (("plus", "+"), ("minus", "-"))
        for unit in ("Minute", "Hour", "Day", "Week", "Month", "Year")
    },
}
_LOOSE = {"equals": COMPARE, "contains": TERNARY}
_DURATIONS = {"Minute": "PT{}M", "Hour": "PT{}H", "Day": "P{}D", "Month": "P{}M", "Year": "P{}Y"}

# JSON and XML values of Camunda Spin are plain values here.
_SPIN = {"value", "stringValue", "numberValue", "boolValue"}


def _duration(number: str, unit: str) -> str:
    if not number.isdigit():
        raise CannotConvert(f"plus{unit}s({number}): write the FEEL yourself, with duration(...)")
    amount, shape = (str(7 * int(number)), "P{}D") if unit == "Week" else (number, _DURATIONS[unit])
    return f'duration("{shape.format(amount)}")'


def to_feel(text: str) -> str:
    """FEEL for a text with `${...}`: with a leading `=`. A text without any, and FEEL itself, come back as they are.

    Raises CannotConvert.
    """
    parts = list(_EMBEDDED.finditer(text))
    if text.startswith("="):
        return text
    if not parts:
        if "${" in text or "#{" in text:
            raise CannotConvert(f"{text!r} opens an expression and does not close it")
        return text
    if len(parts) == 1 and not _EMBEDDED.sub("", text).strip():
        return f"= {expression(parts[0][1])}"
    pieces, end = [], 0
    for part in parts:
        if part.start() > end:
            pieces.append(feel.literal_text(text[end : part.start()]))
        pieces.append(f"string({expression(part[1])})")
        end = part.end()
    if end < len(text):
        pieces.append(feel.literal_text(text[end:]))
    return f"= {' + '.join(pieces)}"


def expression(text: str) -> str:
    """FEEL for what stands between the braces. Raises CannotConvert."""
    reader = _Reader(_tokens(text), text)
    term = reader.ternary()
    reader.finish()
    try:
        feel.parse(term.text)
    except (feel.FeelSyntaxError, feel.LimitExceeded) as error:
        raise CannotConvert(f"{text!r} became {term.text!r}, which is no FEEL: {error}") from error
    return term.text


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise CannotConvert(f"{text!r} cannot be read at {text[position:].strip()[:20]!r}")
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        position = match.end()
    if not found:
        raise CannotConvert("The expression is empty")
    return found


class _Reader:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, tokens: Sequence[tuple[str, str]], text: str) -> None:
        self.tokens = tokens
        self.text = text
        self.position = 0

    @property
    def here(self) -> str:
        kind, token = self.tokens[self.position] if self.position < len(self.tokens) else ("", "")
        return "" if kind == "text" else token

    def take(self, *wanted: str) -> str | None:
        if self.here and self.here in wanted:
            self.position += 1
            return self.tokens[self.position - 1][1]
        return None

    def expect(self, sign: str) -> None:
        if self.take(sign) is None:
            raise CannotConvert(f"{self.text!r} cannot be read: {sign} is missing")

    def finish(self) -> None:
        if self.position < len(self.tokens):
            raise CannotConvert(f"{self.text!r} cannot be read at {self.tokens[self.position][1]!r}")

    def ternary(self) -> Term:
        condition = self.either()
        if self.take("?") is None:
            return condition
        then = self.ternary()
        self.expect(":")
        other = self.ternary()
        return Term(f"if {condition.text} then {then.inside(OR)} else {other.text}", TERNARY)

    def either(self) -> Term:
        return self._chain(self.both, dict.fromkeys(_OR, "or"), OR)

    def both(self) -> Term:
        return self._chain(self.comparison, dict.fromkeys(_AND, "and"), AND)

    def comparison(self) -> Term:
        return self._chain(self.sum, _COMPARE, COMPARE)

    def sum(self) -> Term:
        return self._chain(self.product, {"+": "+", "-": "-"}, ADD)

    def product(self) -> Term:
        left = self.unary()
        while sign := self.take(*_MULTIPLY):
            right = self.unary()
            if _MULTIPLY[sign] == "%":
                left = Term(f"modulo({left.text}, {right.text})", PRIMARY)
            else:
                left = Term(f"{left.inside(MULTIPLY)} {_MULTIPLY[sign]} {right.inside(UNARY)}", MULTIPLY)
        return left

    def unary(self) -> Term:
        if self.take(*_NOT):
            return Term(f"not({self.unary().text})", PRIMARY)
        if self.take("-"):
            return Term(f"-{self.unary().inside(UNARY)}", UNARY)
        if self.take("empty"):
            return Term(_EMPTY.format(self.unary().text), PRIMARY)
        return self.postfix()

    def postfix(self) -> Term:
        found = self.primary()
        while True:
            if self.take("."):
                found = self._member(found)
            elif self.take("["):
                found = self._indexed(found)
            else:
                return found

    def primary(self) -> Term:
        if self.take("("):
            inner = self.ternary()
            self.expect(")")
            return inner if inner.binds == PRIMARY else Term(f"({inner.text})", PRIMARY)
        if self.position >= len(self.tokens):
            raise CannotConvert(f"{self.text!r} ends too early")
        kind, token = self.tokens[self.position]
        self.position += 1
        if kind == "number":
            return Term(token, PRIMARY)
        if kind == "text":
            return Term(feel.literal_text(re.sub(r"\\(.)", r"\1", token[1:-1])), PRIMARY)
        if kind == "name":
            return self._named(token)
        raise CannotConvert(f"{self.text!r} cannot be read at {token!r}")

    def _named(self, name: str) -> Term:
        if self.take("("):
            return self._function(name, self._arguments())
        if name in _CONSTANTS:
            return Term(_CONSTANTS[name], PRIMARY)
        if name in ("execution", "task"):
            return self._of_execution(name)
        return Term(COUNTERS.get(name, name), PRIMARY)

    def _of_execution(self, name: str) -> Term:
        """`execution.getVariable("x")` is the variable."""
        if self.take(".") is None:
            return Term(name, PRIMARY)  # handed to a method, which is refused by its own name
        method = self.tokens[self.position][1] if self.position < len(self.tokens) else ""
        self.position += 1
        arguments = self._arguments() if self.take("(") else []
        variable = arguments[0].text.strip('"') if arguments else ""
        if method in ("getVariable", "getVariableLocal") and variable.isidentifier():
            return Term(variable, PRIMARY)
        if method in ("hasVariable", "hasVariableLocal") and variable.isidentifier():
            return Term(f"{variable} != null", COMPARE)
        raise CannotConvert(f"{name}.{method} of Camunda's Java API has no FEEL: give the process a variable for it")

    def _function(self, name: str, arguments: list[Term]) -> Term:
        if name in ("S", "JSON") and len(arguments) == 1:
            return arguments[0]
        if name in ("now", "dateTime") and not arguments:
            return Term("now()", PRIMARY)
        raise CannotConvert(f"The function {name} has no FEEL: compute the value in a script task or a job worker")

    def _member(self, it: Term) -> Term:
        if self.position >= len(self.tokens):
            raise CannotConvert(f"{self.text!r} ends too early")
        name = self.tokens[self.position][1]
        self.position += 1
        if self.take("(") is None:
            return Term(f"{it.inside(PRIMARY)}.{name}", PRIMARY)
        arguments = self._arguments()
        if name in ("prop", "get") and len(arguments) == 1:
            return self._element(it, arguments[0])
        if name in _SPIN and not arguments:
            return it
        if call := _METHODS.get((name, len(arguments))):
            text = call(it.inside(ADD), *(argument.inside(ADD) for argument in arguments))
            return Term(text, ADD if name.startswith(("plus", "minus")) else _LOOSE.get(name, PRIMARY))
        if name.startswith("get") and len(name) > 3 and not arguments:
            return Term(f"{it.inside(PRIMARY)}.{name[3].lower()}{name[4:]}", PRIMARY)
        raise CannotConvert(f"{it.text}.{name}(…) calls Java: write a job worker, or compute the value in FEEL")

    def _indexed(self, it: Term) -> Term:
        index = self.ternary()
        self.expect("]")
        return self._element(it, index)

    def _element(self, it: Term, key: Term) -> Term:
        """By name, or by a position that counts from 0 there and from 1 here."""
        if key.text.startswith('"'):
            name = key.text.strip('"')
            if name.isidentifier():
                return Term(f"{it.inside(PRIMARY)}.{name}", PRIMARY)
            return Term(f"get value({it.text}, {key.text})", PRIMARY)
        if key.text.isdigit():
            return Term(f"{it.inside(PRIMARY)}[{int(key.text) + 1}]", PRIMARY)
        raise CannotConvert(f"{it.text}[{key.text}] may count from 0 or be a name: write the FEEL yourself")

    def _arguments(self) -> list[Term]:
        found: list[Term] = []
        while not self.take(")"):
            if found:
                self.expect(",")
            found.append(self.ternary())
        return found

    def _chain(self, deeper: Callable[[], Term], signs: dict[str, str], binds: int) -> Term:
        left = deeper()
        while sign := self.take(*signs):
            right = deeper()
            left = Term(f"{left.inside(binds)} {signs[sign]} {right.inside(binds + 1)}", binds)
        return left
