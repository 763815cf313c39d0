"""The only seam towards the inbox. The signals are sent inside the transaction of the step that emits them."""

from __future__ import annotations

from django.dispatch import Signal

# sender=ProcessInstance, instance: ProcessInstance, process: bpmn Process, tasks: list[effects.CreateUserTask],
# writes: runtime.storage.Writes, for what shall be written in the same statement as the step
user_tasks_created = Signal()

# sender=ProcessInstance, instance: ProcessInstance, settled: list[effects.SettleTask]. What was asked of a task is
# settled before the task is withdrawn; that a new task could not be assigned, after it was created.
user_tasks_settled = Signal()

# sender=ProcessInstance, instance: ProcessInstance, numbers: list[int] (element instances),
# reason: completed | terminated
user_tasks_withdrawn = Signal()

# sender=ProcessInstance, instance: ProcessInstance, process: bpmn Process (the target),
# elements: dict[int, str] (element instance -> its new element)
user_tasks_migrated = Signal()
