"""The table of people of an audience, or of everybody, as an address asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from houselist.console import columns, filters
from houselist.console.rendering import query
from houselist.errors import AudienceNotReady, Invalid, Refusal
from houselist.permissions import Permission

if TYPE_CHECKING:
    from houselist.console.columns import Columns
    from houselist.console.filters import Chip, Filters
    from houselist.console.visit import Visit

LIMIT: Final = 50
# The newest are on top, unless the address says otherwise.
_SORT: Final = "-addedAt"
_SORTS: Final = tuple(sign + name for name in ("addedAt", "name", "company") for sign in ("", "-"))


class Sorting(NamedTuple):
    """A column's header: where it leads to, and how the table is sorted by it now, if at all."""

    address: str
    now: str | None


class Can(NamedTuple):
    """What the key may do with people who are chosen."""

    move: bool = False
    copy: bool = False
    remove: bool = False
    export: bool = False

    @property
    def any(self) -> bool:
        """Whether choosing them makes sense."""
        return any(self)


@dataclass(slots=True)
class Table:
    """`known`: what links keep of the address, without its place. `total`: without filters.

    `count` None: not counted, for the reason in `uncounted`. `refusal`: why there is no page.
    """

    path: str
    audience_id: str | None
    filters: Filters
    sort: str
    cursor: str
    known: dict[str, str]
    total: int
    asked_columns: list[str]
    people: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    newer: str | None = None
    older: str | None = None
    count: int | None = None
    is_exact: bool = True
    uncounted: Refusal | None = None
    refusal: Refusal | None = None
    can: Can = field(default_factory=Can)

    @property
    def columns(self) -> Columns:
        """Which it has, and may have."""
        return columns.choose(self.asked_columns, self.people)

    @property
    def chips(self) -> list[Chip]:
        """Its filters in words."""
        return self.filters.chips(self.path, self.known)

    @property
    def is_filtered(self) -> bool:
        """Whether it is not about everybody."""
        return bool(self.filters.given)

    @property
    def without_filters(self) -> str:
        """The address of the same table with everybody in it."""
        return self.to(**dict.fromkeys(filters.NAMES))

    def to(self, **changes: str | None) -> str:
        """The first page of the table, with something else in its address."""
        return self.path + query(self.known, **changes)

    def here(self, **changes: str | None) -> str:
        """This page of it."""
        return self.path + query(self.known, **({"cursor": self.cursor or None} | changes))

    def sorted_by(self, name: str, *, first: str = "") -> Sorting:
        """The header of what can be sorted by; `first`: "-" where it begins with the last."""
        if self.sort == name:
            return Sorting(self.to(sort=f"-{name}"), "ascending")
        if self.sort == f"-{name}":
            return Sorting(self.to(sort=name), "descending")
        return Sorting(self.to(sort=first + name), None)

    def kept(self, *without: str) -> dict[str, str]:
        """What a form that changes something else of the address sends along."""
        return {name: value for name, value in self.known.items() if name not in without}

    @property
    def page_words(self) -> tuple[str, str]:
        """What the pages before and after are called, by the order."""
        by_time = {"-addedAt": ("Newer", "Older"), "addedAt": ("Older", "Newer")}
        return by_time.get(self.sort, ("Previous", "Next"))

    @property
    def is_looking(self) -> bool:
        """Whether nobody was found on this page, and there may be somebody on the next."""
        return not self.people and self.older is not None


def ask(visit: Visit, audience_id: str | None, total: int) -> Table:
    """The table that the address asks for, without its people."""
    found = filters.read(visit.query.given())
    if audience_id is None:
        found.given.pop("asOf", None)
        found.asked.pop("asOf", None)
    sort = visit.query.get("sort", _SORT)
    asked = visit.query.all("columns")
    kept = visit.query.given("sort")
    if asked and (named := columns.choose(asked, ()).named):
        kept["columns"] = named
    return Table(
        visit.request.scope["path"],
        audience_id,
        found,
        sort if sort in _SORTS else _SORT,
        visit.query.get("cursor"),
        {**found.given, **kept},
        total,
        asked,
        can=_may(visit, audience_id, found),
    )


def _may(visit: Visit, audience_id: str | None, found: Filters) -> Can:
    """What can be done with people that are chosen. Of another time they can only be exported."""
    now, in_audience = found.are_of_now, audience_id is not None
    may_move = visit.may(Permission.AUDIENCES_READ, Permission.AUDIENCES_WRITE)
    may_copy = visit.may(Permission.AUDIENCES_READ, Permission.PROSPECTS_WRITE)
    return Can(
        move=now and in_audience and may_move,
        copy=now and may_copy,
        remove=now and in_audience and visit.may(Permission.PROSPECTS_WRITE),
        export=in_audience and visit.may(Permission.PROSPECTS_READ),
    )


async def read(visit: Visit, table: Table, *, counted: bool = True) -> None:
    """The page of people and how many there are in all; or why not."""
    place = {"cursor": table.cursor} if table.cursor else {}
    asked = {**table.filters.asked, **place, "sort": table.sort, "limit": str(LIMIT)}
    whose = ("audiences", table.audience_id) if table.audience_id else ()
    try:
        page = await visit.get(*whose, "prospects", **asked)
    except (AudienceNotReady, Invalid) as refusal:
        table.refusal = refusal
        return
    table.people = page["items"]
    before, after = page.get("previousCursor"), page["nextCursor"]
    table.newer = before and table.to(cursor=before)
    table.older = after and table.to(cursor=after)
    if not table.is_filtered:
        table.count = table.total
    elif not before and not after:
        table.count = len(table.people)
    elif counted:
        await _count(visit, table, whose)


async def _count(visit: Visit, table: Table, whose: tuple[str, ...]) -> None:
    try:
        found = await visit.get(*whose, "prospects", "count", **table.filters.asked)
    except AudienceNotReady as refusal:
        table.uncounted = refusal
        return
    table.count, table.is_exact = found["count"], found["isExact"]
