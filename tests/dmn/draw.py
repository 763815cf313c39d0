"""Small DMN files for tests: only what a test is about has to be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import escape
from typing import Any

from orchestrator import dmn

DMN13 = "https://www.omg.org/spec/DMN/20191111/MODEL/"
DMN15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def file(
    *parts: str, namespace: str = "https://baton.example/test", version: str = DMN15, attributes: str = ""
) -> bytes:
    """A DMN file with this content."""
    head = f'<definitions xmlns="{version}" id="definitions" name="test" namespace="{namespace}" {attributes}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{"".join(parts)}\n</definitions>'.encode()


def read(*parts: str, **options: Any) -> dmn.Definitions:
    """The definitions of a file with this content."""
    return dmn.parse(file(*parts, **options))


def data(name: str, type: str = "", id: str = "") -> str:
    """Input data; its id is `in_` and the name in one word."""
    id = id or f"in_{name.replace(' ', '')}"
    return f'<inputData id="{id}" name="{name}"><variable name="{name}"{type_ref(type)}/></inputData>'


def decision(name: str, logic: str, *needs: str, type: str = "", id: str = "") -> str:
    """A decision. `needs` are ids or hrefs: `in_...` of input data, `f_...` of functions, others of decisions."""
    return (
        f'<decision id="{id or name.replace(" ", "")}" name="{name}"><variable name="{name}"{type_ref(type)}/>'
        f"{''.join(map(requirement, needs))}{logic}</decision>"
    )


def requirement(id: str) -> str:
    href = id if "#" in id else f"#{id}"
    word = href.partition("#")[2]
    if word.startswith("f_"):
        return f'<knowledgeRequirement><requiredKnowledge href="{href}"/></knowledgeRequirement>'
    kind = "requiredInput" if word.startswith("in_") else "requiredDecision"
    return f'<informationRequirement><{kind} href="{href}"/></informationRequirement>'


def knowledge(name: str, parameters: Mapping[str, str], logic: str, *needs: str, type: str = "") -> str:
    """A business knowledge model; its id is `f_` and the name in one word."""
    id = f"f_{name.replace(' ', '')}"
    formal = "".join(f'<formalParameter name="{p}"{type_ref(t)}/>' for p, t in parameters.items())
    return (
        f'<businessKnowledgeModel id="{id}" name="{name}"><variable name="{name}"{type_ref(type)}/>'
        f"<encapsulatedLogic>{formal}{logic}</encapsulatedLogic>{''.join(map(requirement, needs))}"
        "</businessKnowledgeModel>"
    )


def service(name: str, outputs: str, *, inputs: str = "", decisions: str = "", type: str = "") -> str:
    """A decision service; ids are separated by spaces."""
    members = [("outputDecision", outputs), ("inputDecision", decisions), ("inputData", inputs)]
    inner = "".join(f'<{tag} href="#{id}"/>' for tag, ids in members for id in ids.split())
    variable = f'<variable name="{name}"{type_ref(type)}/>'
    return f'<decisionService id="f_{name}" name="{name}">{variable}{inner}</decisionService>'


def item(name: str, type: str = "", *, many: bool = False, allowed: str = "", inner: str = "", tag: str = "") -> str:
    """An item definition, or with another tag one of its components."""
    tag = tag or "itemDefinition"
    reference = f"<typeRef>{type}</typeRef>" if type else ""
    values = f"<allowedValues><text>{escape(allowed)}</text></allowedValues>" if allowed else ""
    return f'<{tag} id="{name}" name="{name}" isCollection="{str(many).lower()}">{reference}{values}{inner}</{tag}>'


def literal(text: str, type: str = "", id: str = "") -> str:
    """A literal expression."""
    own = f' id="{id}"' if id else ""
    return f"<literalExpression{own}{type_ref(type)}><text>{escape(text)}</text></literalExpression>"


def entry(name: str, logic: str, type: str = "") -> str:
    """An entry of a context; no name makes it the result."""
    variable = f'<variable name="{name}"{type_ref(type)}/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def table(
    inputs: Iterable[str],
    outputs: Iterable[str],
    *rules: Iterable[str],
    policy: str = "UNIQUE",
    aggregation: str = "",
    types: Mapping[str, str] = {},
    allowed: Mapping[str, str] = {},
    defaults: Mapping[str, str] = {},
    id: str = "table",
) -> str:
    """A decision table. Inputs are expressions, outputs are names; a rule is its cells from left to right.

    Ids: in1, out1, rule1, and the cells of rule 1 are r1c1, r1c2, ... `types`, `allowed` and `defaults` go by the
    expression or name of the column.
    """
    inputs, outputs = list(inputs), list(outputs)
    collected = f' aggregation="{aggregation}"' if aggregation else ""
    parts = [f'<decisionTable id="{id}" hitPolicy="{policy}"{collected}>']
    for i, text in enumerate(inputs, 1):
        parts.append(
            f'<input id="in{i}"><inputExpression{type_ref(types.get(text, ""))}><text>{escape(text)}</text>'
            f"</inputExpression>{_values('inputValues', allowed.get(text))}</input>"
        )
    for i, name in enumerate(outputs, 1):
        default = _values("defaultOutputEntry", defaults.get(name))
        values = _values("outputValues", allowed.get(name))
        named = f' name="{name}"' if name else ""
        parts.append(f'<output id="out{i}"{named}{type_ref(types.get(name, ""))}>{values}{default}</output>')
    for number, rule in enumerate(rules, 1):
        cells = list(rule)
        parts.append(f'<rule id="rule{number}">')
        for i, text in enumerate(cells, 1):
            tag = "inputEntry" if i <= len(inputs) else "outputEntry"
            parts.append(f'<{tag} id="r{number}c{i}"><text>{escape(text)}</text></{tag}>')
        parts.append("</rule>")
    return "".join(parts) + "</decisionTable>"


def _values(tag: str, text: str | None) -> str:
    return f"<{tag}><text>{escape(text)}</text></{tag}>" if text else ""


def type_ref(type: str) -> str:
    return f' typeRef="{type}"' if type else ""


# --- asking


def value(definitions: dmn.Definitions, name: str, **variables: Any) -> Any:
    """The value of a decision; numbers as int or float, so that tests are easy to read."""
    return plain(dmn.evaluate(definitions, name, variables).value)


def warnings(definitions: dmn.Definitions, name: str, **variables: Any) -> list[str]:
    """The messages of the warnings."""
    return [warning.message for warning in dmn.evaluate(definitions, name, variables).warnings]


def matched(definitions: dmn.Definitions, name: str, **variables: Any) -> list[int]:
    """The numbers of the rules that count in the decision's table."""
    return [rule.index for rule in dmn.evaluate(definitions, name, variables).decisions[-1].rules]


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value


def said(problems: Iterable[dmn.Problem]) -> list[tuple[str, str]]:
    """Problems as pairs of element and message."""
    return [(problem.element, problem.message) for problem in problems]
