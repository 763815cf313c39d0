"""The tables of the engine."""

from orchestrator.models.batches import Batch, BatchItem
from orchestrator.models.calendars import BusinessCalendar, CalendarDay
from orchestrator.models.definitions import (
    DecisionDefinition,
    Deployment,
    FormDefinition,
    ProcessDefinition,
    Resource,
    ResourceDefinition,
)
from orchestrator.models.documents import Document
from orchestrator.models.drafts import Draft
from orchestrator.models.incidents import HistoryEvent, Incident
from orchestrator.models.instances import ElementInstance, JoinToken, LoopItem, ProcessInstance
from orchestrator.models.jobs import Job
from orchestrator.models.mails import Mail
from orchestrator.models.process_tests import ProcessTest
from orchestrator.models.sign_in import SignInFailure
from orchestrator.models.subscriptions import Message, Subscription
from orchestrator.models.webhooks import Webhook, WebhookCall

__all__ = [
    "Batch",
    "BatchItem",
    "BusinessCalendar",
    "CalendarDay",
    "DecisionDefinition",
    "Deployment",
    "Document",
    "Draft",
    "ElementInstance",
    "FormDefinition",
    "HistoryEvent",
    "Incident",
    "Job",
    "JoinToken",
    "LoopItem",
    "Mail",
    "Message",
    "ProcessDefinition",
    "ProcessInstance",
    "ProcessTest",
    "Resource",
    "ResourceDefinition",
    "SignInFailure",
    "Subscription",
    "Webhook",
    "WebhookCall",
]
