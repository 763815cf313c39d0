"""Questions to a language model."""

from orchestrator.connectors.llm.connector import LlmConnector

__all__ = ["LlmConnector"]
