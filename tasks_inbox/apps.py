"""The inbox joins the engine here: it receives its two signals, says who may still get a mail about a task, and tells
what people did.
"""

from __future__ import annotations

from django.apps import AppConfig


class TasksInboxConfig(AppConfig):
    name = "tasks_inbox"
    verbose_name = "Inbox"

    def ready(self) -> None:
        from orchestrator import signals  # the app registry is complete only now
        from orchestrator.runtime import mails, timeline, waiting
        from tasks_inbox import mail, receivers, waits
        from tasks_inbox.views import history

        signals.user_tasks_created.connect(receivers.create, dispatch_uid="inbox.create")
        signals.user_tasks_withdrawn.connect(receivers.withdraw, dispatch_uid="inbox.withdraw")
        if mail.entitled not in mails.entitled:
            mails.entitled.append(mail.entitled)
        if history.told not in timeline.tellers:
            timeline.tellers.append(history.told)
        if waits.reasons not in waiting.tellers:
            waiting.tellers.append(waits.reasons)
