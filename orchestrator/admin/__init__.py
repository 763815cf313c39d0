"""The Django admin: draw and deploy, and see what runs. One module per subject."""

from orchestrator.admin import decisions, definitions, deployments, designer, incidents, instances, jobs, messages

__all__ = ["decisions", "definitions", "deployments", "designer", "incidents", "instances", "jobs", "messages"]
