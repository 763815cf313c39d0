"""What people are told outside of their inbox: by mail and chat, at their hours, and only what is still theirs.

`tell` writes down that somebody is to be told; `news` finds out by itself who got work and whose request has ended;
`delivering` decides, when the time has come, whether and how.
"""

from tasks_inbox.notices.kinds import ASSIGNED, DONE, LATE, MENTION, OFFERED, REASSIGNED, REMINDER, SUBSTITUTION, Kind
from tasks_inbox.notices.telling import tell

__all__ = [
    "ASSIGNED",
    "DONE",
    "LATE",
    "MENTION",
    "OFFERED",
    "REASSIGNED",
    "REMINDER",
    "SUBSTITUTION",
    "Kind",
    "tell",
]
