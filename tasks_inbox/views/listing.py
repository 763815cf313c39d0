"""The list of tasks as a page shows it: which tab, what it is narrowed down to, the rows, what the tabs count."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Self, TypeVar
from urllib.parse import quote_plus

from django.core.cache import cache
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from tasks_inbox import facets, filters, queries, saved_views
from tasks_inbox.filters import columns
from tasks_inbox.models import SavedView
from tasks_inbox.queries import Counts, Narrowing, Page
from tasks_inbox.views import row_markup
from tasks_inbox.views.http import Request

LABELS = {
    queries.MINE: _lazy("Mine"),
    queries.GROUPS: _lazy("My groups"),
    queries.ALL: _lazy("All"),
    queries.DONE: _lazy("Done"),
}
KEPT = 60  # seconds: what the tabs count, as long as nothing changes
FRESH = 300  # seconds: “in 3 h” is written anew so often, even when nothing else changes
LONGEST_SEARCH = 200
PAGE = 50
_SIZES = {str(size) for size in range(PAGE, queries.LARGEST_PAGE + 1, PAGE)}

#: Tab -> what an empty list says.
EMPTY = {
    queries.MINE: (
        _lazy("Nothing waits for you"),
        _lazy("Tasks that you claim or that are given to you appear here by themselves."),
    ),
    queries.GROUPS: (_lazy("Nothing waits in your groups"), _lazy("New tasks appear here by themselves.")),
    queries.ALL: (_lazy("Nothing is open"), _lazy("New tasks appear here by themselves.")),
    queries.DONE: (_lazy("Nothing done yet"), _lazy("What you complete is kept here.")),
}


#: Kept: every link of a page says the same.
_quoted = lru_cache(10_000)(quote_plus)


@dataclass(frozen=True, slots=True)
class Lens:
    """What of the inbox somebody looks at. It stands in the address, so that reloading, going back and a link keep it.

    `filter` is a text of `filters.language`; `columns` and `sort` are names of criteria, empty for the person's own;
    `view` says which saved view it came from.
    """

    tab: str = ""
    search: str = ""
    process: str = ""
    after: str = ""
    size: int = PAGE
    filter: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    view: str = ""

    @classmethod
    def of(cls, request: Request) -> Self:
        def get(name: str, most: int) -> str:
            return request.GET.get(name, "").replace("\x00", "")[:most]

        tab, number = get("tab", 10), get("n", 4)
        shown = tuple(name for name in get("cols", 1000).split(",") if name)
        return cls(
            tab if tab in LABELS else "",
            get("q", LONGEST_SEARCH),
            get("process", 255),
            get("after", 100),
            int(number) if number in _SIZES else PAGE,
            get("f", filters.language.LONGEST + 1).strip(),
            get("sort", 260),
            shown[: columns.MOST],
            get("view", 18) if get("view", 18).isdecimal() else "",
        )

    @classmethod
    def of_view(cls, view: SavedView) -> Self:
        shown = tuple(view.columns)
        return cls(view.tab, view.search, filter=view.filter, sort=view.sort, columns=shown, view=str(view.pk))

    def query(self, **changes: str) -> str:
        """As the end of an address: “?tab=mine&q=acme”; '' when there is nothing to say."""
        size = str(self.size) if self.size != PAGE else ""
        named = {
            "tab": self.tab,
            "q": self.search,
            "process": self.process,
            "f": self.filter,
            "sort": self.sort,
            "cols": ",".join(self.columns),
            "view": self.view,
            "n": size,
            **changes,
        }
        text = "&".join(f"{name}={_quoted(value)}" for name, value in named.items() if value)
        return f"?{text}" if text else ""

    def narrowed(self, request: Request) -> Narrowing:
        """Raises InvalidFilter."""
        tree = filters.read(self.filter)
        asked = filters.compiled(tree, request.clock.now, request.clock.zone) if tree else None
        return Narrowing(self.search, self.process, asked)

    def usable(self, request: Request) -> tuple[Lens, Narrowing]:
        """The lens without a filter or an order that cannot be used: for pages that are not about the list."""
        try:
            if self.sort:
                filters.ordering(self.sort)
            return self, self.narrowed(request)
        except filters.InvalidFilter:
            plain = replace(self, filter="", sort="", columns=(), view="")
            return plain, plain.narrowed(request)

    def ordered(self, request: Request) -> str:
        return self.sort or (request.look.sort if self.tab != queries.DONE else "")


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    count: str
    url: str
    here: bool


@dataclass(frozen=True, slots=True)
class View:
    """A saved view as a tab."""

    id: int
    label: str
    colour: str
    url: str
    here: bool
    shared_by: str  # the name of somebody else, or ''


@dataclass(frozen=True)
class Listing:
    """Everything that the template of the list prints."""

    lens: Lens
    counts: Counts
    page: Page
    tabs: list[Tab]
    views: list[View]
    processes: int
    process_menu: SafeString
    process_name: str
    etag: str
    poll_url: str
    inbox_url: str
    more_url: str
    filter_url: str
    clear_filter_url: str
    clear_process_url: str
    clear_search_url: str
    sort_label: str
    clear_sort_url: str
    foot: str
    empty_title: str
    empty_text: str

    @property
    def query(self) -> str:
        return self.lens.query()

    @cached_property
    def hidden(self) -> list[tuple[str, str]]:
        """What a search keeps of the address."""
        kept = replace(self.lens, search="", size=PAGE)
        named = {
            "tab": kept.tab,
            "process": kept.process,
            "f": kept.filter,
            "sort": kept.sort,
            "cols": ",".join(kept.columns),
            "view": kept.view,
        }
        return [(name, value) for name, value in named.items() if value]


def etag(request: Request, lens: Lens, version: str) -> str:
    """Changes with whatever the list shows. The page of a person is theirs alone, so the person is part of it."""
    fresh = int(request.clock.now.timestamp()) // FRESH
    seen = f"{request.user.pk} {lens} {fresh} {request.clock.zone} {request.look}"
    return f'W/"{version}-{hashlib.sha256(seen.encode()).hexdigest()[:12]}"'


def listing(request: Request, lens: Lens, version: str = "") -> Listing:
    """`version`: of the person's lists, if it is known already. Raises InvalidFilter."""
    version = version or queries.version(request.user)
    counts = _unchanged("counts", request, version, lambda: queries.counts(request.user))
    if not lens.tab:
        lens = replace(lens, tab=_first_tab(counts))
    narrowed = lens.narrowed(request)
    sort = lens.ordered(request)
    page = queries.page(
        request.user,
        lens.tab,
        search=narrowed.search,
        process=narrowed.process,
        filter=narrowed.filter,
        sort=sort,
        after=lens.after or None,
        limit=lens.size,
    )
    shown = columns.checked(lens.columns or request.look.columns)
    if shown:
        page = _with_cells(request, page, shown)
    processes = _unchanged("processes", request, version, lambda: facets.processes(request.user))
    home = reverse("inbox")
    title, text = map(str, EMPTY[lens.tab])
    return Listing(
        lens=lens,
        counts=counts,
        page=page,
        tabs=[
            Tab(
                str(label),
                _count(counts, tab),
                home + lens.query(tab=tab, view="", f="", sort="", cols=""),
                tab == lens.tab and not lens.view,
            )
            for tab, label in LABELS.items()
        ],
        views=_views(request, lens),
        processes=len(processes),
        process_menu=row_markup.menu((name, home + lens.query(process=key)) for key, name in processes),
        process_name=next((name for key, name in processes if key == lens.process), lens.process),
        etag=etag(request, lens, version),
        poll_url=reverse("inbox_list") + lens.query(after=lens.after),
        inbox_url=home,
        more_url=home + _more(lens, page) if page.next else "",
        filter_url=reverse("filter") + lens.query(n=""),
        clear_filter_url=home + lens.query(f="", view=""),
        clear_process_url=home + lens.query(process=""),
        clear_search_url=home + lens.query(q=""),
        sort_label=_sort_label(lens.sort),
        clear_sort_url=home + lens.query(sort=""),
        foot=_foot(request, counts, lens, narrowed, version),
        empty_title=_("Nothing found") if narrowed else title,
        empty_text=_empty(lens, page) if narrowed else text,
    )


T = TypeVar("T")


def _unchanged(what: str, request: Request, version: str, find: Callable[[], T]) -> T:
    """What is the same until something in the person's lists changes, or one of their groups: the version says so. Kept
    for a minute at most, for what is overdue depends on the time.
    """
    key = f"list-{what}:{request.user.pk}:{version}"
    found: T | None = cache.get(key)
    if found is None:
        found = find()
        cache.set(key, found, KEPT)
    return found


def _with_cells(request: Request, page: Page, shown: tuple[str, ...]) -> Page:
    clock = request.clock
    found = columns.cells(request.user, [row.id for row in page.rows], shown, clock.now, clock.zone)
    return replace(page, rows=[replace(row, cells=found.get(row.id, ())) for row in page.rows])


def _views(request: Request, lens: Lens) -> list[View]:
    home = reverse("inbox")
    return [
        View(
            view.pk,
            view.name,
            view.colour,
            home + Lens.of_view(view).query(),
            lens.view == str(view.pk),
            "" if view.owner_id == request.user.pk else view.owner.get_full_name() or view.owner.get_username(),
        )
        for view in saved_views.views_of(request.user, request.look.view_order)
    ]


def _more(lens: Lens, page: Page) -> str:
    """The same list with more rows, as long as a page may grow; then what comes behind it, or was not looked at."""
    if lens.size < queries.LARGEST_PAGE and not page.cut:
        return lens.query(n=str(lens.size + PAGE), after=lens.after)
    return lens.query(n="", after=page.next or "")


def _first_tab(counts: Counts) -> str:
    """Where somebody lands who says nothing: their own tasks, or those of their groups when they have none."""
    if counts.mine or not counts.all:
        return queries.MINE
    return queries.GROUPS if counts.groups else queries.ALL


def _count(counts: Counts, tab: str) -> str:
    return str(getattr(counts, tab, ""))


def _sort_label(sort: str) -> str:
    found = filters.criterion(sort.removeprefix("-")) if sort else None
    return columns.label(found) if found else ""


def _empty(lens: Lens, page: Page) -> str:
    if page.cut:
        return _("The search stopped after very many tasks. “Show more” goes on.")
    if lens.filter:
        return _("No task of this list passes the filter. Change it, or look in another tab.")
    return _("No task has these words. Search in another tab, or remove a filter.")


def _foot(request: Request, counts: Counts, lens: Lens, narrowed: Narrowing, version: str) -> str:
    number = getattr(counts, lens.tab, None)
    if number is None or narrowed:
        return ""
    tasks = ngettext("%(number)s task", "%(number)s tasks", 1 if str(number) == "1" else 2) % {"number": number}
    if lens.tab != queries.ALL:
        return tasks
    overdue = _unchanged("overdue", request, version, lambda: queries.overdue(request.user))
    return _("%(tasks)s, %(overdue)s overdue") % {"tasks": tasks, "overdue": overdue} if overdue else tasks


def context(request: Request, shown: Listing, **more: Any) -> dict[str, Any]:
    open_one = more.get("detail")
    selected = open_one.task.pk if open_one else None
    items = row_markup.markup(shown.page.rows, shown.query, selected)
    return {"list": shown, "rows": shown.page.rows, "items": items, "look": request.look, **more}
