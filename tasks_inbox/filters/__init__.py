"""Finding tasks by what they are: a small language over a table of criteria, and the SQL that it becomes.

    due before "in 3 days" and (priority >= 75 or var.amount > 1000)

`language` reads and writes it, `criteria` is the list of what may be asked, `sql` makes the condition, `columns` the
values that a row shows. Whatever is not in the table is refused: a filter cannot ask for what a person may not read.
"""

from tasks_inbox.filters.criteria import CRITERIA, Criterion, criterion
from tasks_inbox.filters.language import All, Any, Compare, Filter, InvalidFilter, Not, Value, read, write
from tasks_inbox.filters.sql import Compiled, compiled, ordering

__all__ = [
    "CRITERIA",
    "All",
    "Any",
    "Compare",
    "Compiled",
    "Criterion",
    "Filter",
    "InvalidFilter",
    "Not",
    "Value",
    "compiled",
    "criterion",
    "ordering",
    "read",
    "write",
]
