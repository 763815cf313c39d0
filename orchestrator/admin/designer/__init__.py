"""The designers: full-screen pages on which drafts are drawn, judged as deployment judges them, tried out, tested,
saved and deployed.

Whoever may deploy may draw. Nobody else learns that these pages exist.
"""

from orchestrator.admin.designer import desk

__all__ = ["desk"]
