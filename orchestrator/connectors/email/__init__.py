"""The connector `email`: queues a mail in the transaction that completes the job."""

from orchestrator.connectors.email.connector import EmailConnector

__all__ = ["EmailConnector"]
