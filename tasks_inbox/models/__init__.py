"""The tables of people's work."""

from tasks_inbox.models.absence import Absence, Substitution
from tasks_inbox.models.approvals import Approver, HeldDecision
from tasks_inbox.models.entries import CaseOfMany, InboxChange, InboxEntry
from tasks_inbox.models.escalations import Escalation, EscalationLevel, EscalationPolicy
from tasks_inbox.models.feeds import CalendarFeed
from tasks_inbox.models.filters import SavedView
from tasks_inbox.models.notices import ChatChannel, ChatMessage, Notice, NoticeMark, NoticePreference
from tasks_inbox.models.people import Department, Profile
from tasks_inbox.models.records import TaskAttachment, TaskComment, TaskDraft, TaskEvent, TaskRead
from tasks_inbox.models.starts import StartOnce
from tasks_inbox.models.tasks import HumanTask, TaskRole

__all__ = [
    "Absence",
    "Approver",
    "CalendarFeed",
    "CaseOfMany",
    "ChatChannel",
    "ChatMessage",
    "Department",
    "Escalation",
    "EscalationLevel",
    "EscalationPolicy",
    "HeldDecision",
    "HumanTask",
    "InboxChange",
    "InboxEntry",
    "Notice",
    "NoticeMark",
    "NoticePreference",
    "Profile",
    "SavedView",
    "StartOnce",
    "Substitution",
    "TaskAttachment",
    "TaskComment",
    "TaskDraft",
    "TaskEvent",
    "TaskRead",
    "TaskRole",
]
