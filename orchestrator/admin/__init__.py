"""The Django admin: draw and deploy, and see what runs. One module per subject."""

from orchestrator.admin import (
    batches,
    calendars,
    decisions,
    definitions,
    deployments,
    designer,
    incidents,
    instances,
    jobs,
    messages,
)

__all__ = [
    "batches",
    "calendars",
    "decisions",
    "definitions",
    "deployments",
    "designer",
    "incidents",
    "instances",
    "jobs",
    "messages",
]
