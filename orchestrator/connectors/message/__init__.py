"""BPMN messages to other process instances."""

from orchestrator.connectors.message.connector import PublishMessageConnector

__all__ = ["PublishMessageConnector"]
