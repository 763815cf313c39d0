"""The inbox joins the engine here: it receives its signals, says who may still get a mail about a task, and tells
what people did.
"""

from __future__ import annotations

from django.apps import AppConfig


class TasksInboxConfig(AppConfig):
    name = "tasks_inbox"
    verbose_name = "Inbox"

    def ready(self) -> None:
        from orchestrator import signals  # the app registry is complete only now
        from orchestrator.runtime import calendars, mails, timeline, waiting, watching
        from tasks_inbox import deadlines, listening, mail, moved, receivers, search_text, waits
        from tasks_inbox.views import history

        signals.user_tasks_created.connect(receivers.create, dispatch_uid="inbox.create")
        signals.user_tasks_withdrawn.connect(receivers.withdraw, dispatch_uid="inbox.withdraw")
        signals.user_tasks_migrated.connect(moved.migrated, dispatch_uid="inbox.moved")
        signals.user_tasks_settled.connect(listening.settled, dispatch_uid="inbox.settle")
        if mail.entitled not in mails.entitled:
            mails.entitled.append(mail.entitled)
        if search_text.follow not in watching.watchers:
            watching.watchers.append(search_text.follow)
        if history.told not in timeline.tellers:
            timeline.tellers.append(history.told)
        if deadlines.policies_counting_in not in calendars.users:
            calendars.users.append(deadlines.policies_counting_in)
        if waits.reasons not in waiting.tellers:
            waiting.tellers.append(waits.reasons)
