"""Messages into channels of Slack and Teams."""

from orchestrator.connectors.chat.connector import SLACK, TEAMS

__all__ = ["SLACK", "TEAMS"]
