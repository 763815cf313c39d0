"""What people see: pages of tasks, counts, and whether anything has changed.

The pages of open tasks walk the inbox entries of a person's principals, each in the order of its index, and merge the
heads: a page costs the same among a thousand tasks and among ten million. The statements are written by hand because
that plan is the point of them. Every value goes in as a parameter.

`sight` says whose entries a person sees, `pages` walks them, `searching` asks them for words and filters, `counting`
and `changes` are for the tabs and for whoever asks again, `onward` for whoever has done a task, `shown` makes the rows.
"""

from __future__ import annotations

from tasks_inbox.my_requests import my_requests
from tasks_inbox.queries.asked import ALL, DONE, GROUPS, LARGEST_PAGE, MINE, TABS, Narrowing, Page
from tasks_inbox.queries.changes import version
from tasks_inbox.queries.counting import COUNTED, Count, Counts, count, counts, overdue
from tasks_inbox.queries.onward import next_and_left
from tasks_inbox.queries.pages import next_task, page

__all__ = [
    "ALL",
    "COUNTED",
    "DONE",
    "GROUPS",
    "LARGEST_PAGE",
    "MINE",
    "TABS",
    "Count",
    "Counts",
    "Narrowing",
    "Page",
    "count",
    "counts",
    "my_requests",
    "next_and_left",
    "next_task",
    "overdue",
    "page",
    "version",
]
