"""How other systems come in: what a message event or receive task says of the address that it opens.

The one description of panel, element template and deployment; `orchestrator.runtime.webhooks` reads these properties.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.connectors.base import Header, Input


@dataclass(frozen=True, slots=True)
class Inbound:
    """Its `inputs` are `zeebe:property` entries of the element; `inbound.type` holds its name."""

    name: str
    title: str
    description: str
    inputs: tuple[Input, ...]
    headers: tuple[Header, ...] = ()


WEBHOOK = Inbound(
    "webhook",
    "Webhook",
    "A signed call from another system becomes this message, once.",
    (
        Input("inbound.path", "Path", required=True, static=True, description="orders/paid opens /hooks/orders/paid/"),
        Input("inbound.secret", "Secret", "secret", required=True, static=True, description="Calls are signed with it"),
        Input(
            "correlationKeyExpression",
            "Correlation key",
            "expression",
            description="Over body, headers and query: body.order. Which waiting instance is meant",
        ),
        Input("messageIdExpression", "Message id", "expression", description="Without one, every call is a message"),
        Input("resultExpression", "Variables", "expression", description="A context: {amount: body.amount}"),
        Input("messageTtl", "Kept for", static=True, description="A duration such as PT1H, for those not there yet"),
    ),
)
