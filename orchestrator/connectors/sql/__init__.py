"""Questions to databases that an operator has named."""

from orchestrator.connectors.sql.connector import SqlConnector

__all__ = ["SqlConnector"]
