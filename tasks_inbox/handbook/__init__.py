"""A deployed process as people read it: what happens in which order, who does it, by which rules, until when.

Made from the files that run, so that it cannot say anything else than what happens.
"""

from tasks_inbox.handbook.handbook import Handbook, Step, handbook

__all__ = ["Handbook", "Step", "handbook"]
