"""The list of tasks as a page shows it: which tab, what is searched for, the rows, what the tabs count."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.urls import reverse

from tasks_inbox import facets, queries
from tasks_inbox.queries import Counts, Page
from tasks_inbox.views.http import Request

LABELS = {queries.MINE: "Mine", queries.GROUPS: "My groups", queries.ALL: "All", queries.DONE: "Done"}
FRESH = 300  # seconds: “in 3 h” is written anew so often, even when nothing else changes
LONGEST_SEARCH = 200
PAGE = 50
_SIZES = {str(size) for size in range(PAGE, queries.LARGEST_PAGE + 1, PAGE)}

#: Tab -> what an empty list says.
EMPTY = {
    queries.MINE: ("Nothing waits for you", "Tasks that you claim or that are given to you appear here by themselves."),
    queries.GROUPS: ("Nothing waits in your groups", "New tasks appear here by themselves."),
    queries.ALL: ("Nothing is open", "New tasks appear here by themselves."),
    queries.DONE: ("Nothing done yet", "What you complete is kept here."),
}


@dataclass(frozen=True, slots=True)
class Lens:
    """What of the inbox somebody looks at. It stands in the address, so that reloading and going back keep it."""

    tab: str = ""
    search: str = ""
    process: str = ""
    after: str = ""
    size: int = PAGE

    @classmethod
    def of(cls, request: Request) -> Self:
        get = request.GET.get
        tab = get("tab", "")
        search = get("q", "").replace("\x00", "")[:LONGEST_SEARCH]
        process = get("process", "").replace("\x00", "")[:255]
        size = int(get("n", "")) if get("n", "") in _SIZES else PAGE
        return cls(tab if tab in LABELS else "", search, process, get("after", "")[:100], size)

    def query(self, **changes: str) -> str:
        """As the end of an address: “?tab=mine&q=acme”; '' when there is nothing to say."""
        size = str(self.size) if self.size != PAGE else ""
        named = {"tab": self.tab, "q": self.search, "process": self.process, "n": size, **changes}
        text = urlencode({name: value for name, value in named.items() if value})
        return f"?{text}" if text else ""


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    count: str
    url: str
    here: bool


@dataclass(frozen=True, slots=True)
class Facet:
    label: str
    url: str
    here: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that the template of the list prints."""

    lens: Lens
    counts: Counts
    page: Page
    tabs: list[Tab]
    processes: list[Facet]
    process_name: str
    etag: str
    poll_url: str
    inbox_url: str
    more_url: str
    clear_process_url: str
    clear_search_url: str
    foot: str
    empty_title: str
    empty_text: str

    @property
    def query(self) -> str:
        return self.lens.query()


def etag(request: Request, lens: Lens) -> str:
    """Changes with whatever the list shows. The page of a person is theirs alone, so the person is part of it."""
    seen = f"{request.user.pk} {lens} {int(request.clock.now.timestamp()) // FRESH} {request.clock.zone}"
    return f'W/"{queries.version(request.user)}-{hashlib.sha256(seen.encode()).hexdigest()[:12]}"'


def listing(request: Request, lens: Lens, tag: str = "") -> Listing:
    counts = queries.counts(request.user)
    if not lens.tab:
        lens = replace(lens, tab=_first_tab(counts))
    page = queries.page(
        request.user, lens.tab, search=lens.search, process=lens.process, after=lens.after or None, limit=lens.size
    )
    processes = facets.processes(request.user)
    home = reverse("inbox")
    title, text = EMPTY[lens.tab]
    narrowed = bool(lens.search or lens.process)
    return Listing(
        lens=lens,
        counts=counts,
        page=page,
        tabs=[
            Tab(label, _count(counts, tab), home + lens.query(tab=tab), tab == lens.tab)
            for tab, label in LABELS.items()
        ],
        processes=[Facet(name, home + lens.query(process=key), key == lens.process) for key, name in processes],
        process_name=next((name for key, name in processes if key == lens.process), lens.process),
        etag=tag or etag(request, lens),
        poll_url=reverse("inbox_list") + lens.query(after=lens.after),
        inbox_url=home,
        more_url=home + _more(lens, page) if page.next else "",
        clear_process_url=home + lens.query(process=""),
        clear_search_url=home + lens.query(q=""),
        foot=_foot(counts, lens),
        empty_title="Nothing found" if narrowed else title,
        empty_text="No task has these words. Search in another tab, or remove a filter." if narrowed else text,
    )


def _more(lens: Lens, page: Page) -> str:
    """The same list with more rows, as long as a page may grow; then what comes behind it."""
    if lens.size < queries.LARGEST_PAGE:
        return lens.query(n=str(lens.size + PAGE), after=lens.after)
    return lens.query(n="", after=page.next or "")


def _first_tab(counts: Counts) -> str:
    """Where somebody lands who says nothing: their own tasks, or those of their groups when they have none."""
    if counts.mine or not counts.all:
        return queries.MINE
    return queries.GROUPS if counts.groups else queries.ALL


def _count(counts: Counts, tab: str) -> str:
    return str(getattr(counts, tab, ""))


def _foot(counts: Counts, lens: Lens) -> str:
    number = getattr(counts, lens.tab, None)
    if number is None:
        return ""
    overdue = f", {counts.overdue} overdue" if counts.overdue else ""
    return f"{number} task{'' if str(number) == '1' else 's'}{overdue if lens.tab == queries.ALL else ''}"


def context(request: Request, shown: Listing, **more: Any) -> dict[str, Any]:
    return {"list": shown, "rows": shown.page.rows, **more}
