"""The connector `http`: one request to another system, within deadlines, to allowed addresses."""

from orchestrator.connectors.http.connector import HttpConnector

__all__ = ["HttpConnector"]
