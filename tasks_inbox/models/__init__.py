"""The tables of people's work."""

from tasks_inbox.models.entries import InboxChange, InboxEntry
from tasks_inbox.models.escalations import Escalation, EscalationLevel, EscalationPolicy
from tasks_inbox.models.filters import SavedView
from tasks_inbox.models.people import Department, Profile
from tasks_inbox.models.records import TaskComment, TaskDraft, TaskEvent, TaskRead
from tasks_inbox.models.tasks import HumanTask, TaskRole

__all__ = [
    "Department",
    "Escalation",
    "EscalationLevel",
    "EscalationPolicy",
    "HumanTask",
    "InboxChange",
    "InboxEntry",
    "Profile",
    "SavedView",
    "TaskComment",
    "TaskDraft",
    "TaskEvent",
    "TaskRead",
    "TaskRole",
]
