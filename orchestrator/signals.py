"""The only seam towards the inbox. Both signals are sent inside the transaction of the step that emits them."""

from __future__ import annotations

from django.dispatch import Signal

# sender=ProcessInstance, instance: ProcessInstance, process: bpmn Process, tasks: list[effects.CreateUserTask]
user_tasks_created = Signal()

# sender=ProcessInstance, instance: ProcessInstance, numbers: list[int] (element instances),
# reason: completed | terminated
user_tasks_withdrawn = Signal()
