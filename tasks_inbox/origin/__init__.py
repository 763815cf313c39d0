"""Why a task is here: who or what led to it, which way was taken at a choice and why, which rule decided."""

from tasks_inbox.origin.sentences import why

__all__ = ["why"]
