"""The directory as a provider: the port over an account group's own people in PostgreSQL.

A person's `provider_id` is what their file says and nothing else. An id of the directory's own
would tell people apart whom an e-mail address joins, so that they would be known twice.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from houselist.directory import sources_store as sources
from houselist.directory import store
from houselist.directory.lexemes import list_lexeme
from houselist.directory.queries import Query, read_query
from houselist.errors import Invalid
from houselist.linkedin import Refused, parse_search
from houselist.paging import read_cursor, sign
from houselist.postgres import db
from houselist.providers.base import (
    BY_ANY,
    Broken,
    Cost,
    LookedUp,
    Named,
    NotAtProvider,
    PageSizes,
    ProviderPage,
    ProviderPerson,
    UserError,
)
from houselist.searches.shapes import UnreadableSearch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from houselist.directory.shapes import Extent, Source, SourceKind
    from houselist.linkedin import Profile
    from houselist.postgres.db import Connection
    from houselist.providers.base import (
        Budget,
        Commenters,
        Kind,
        LeadList,
        ProfileKind,
        ProviderQuery,
        QueryKind,
        SavedSearch,
        SearchUrl,
        Told,
    )
    from houselist.searches.shapes import Product

SOURCES: Final[frozenset[QueryKind]] = frozenset(("searchUrl", "savedSearch", "leadList"))

# Nothing is budgeted here.
_KIND = "any"
_PAGE = 500
_NAMED_PAGE = 250
# What a bigint holds, and more than the directory will ever number.
_ID = re.compile(r"[1-9][0-9]{0,17}")
# Counting that many matches takes about 20 ms.
_MAX_COUNTED = 10_000
_FORMAT = ">qqq"

_decode = msgspec.json.Decoder(ProviderPerson).decode


class SearchRefused(UserError):
    """In Houselist's own words, which name every filter: they are safe and must not be cut."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.args = (words,)


class Directory:
    """An account group's directory. Raises Upstream when PostgreSQL is out of reach."""

    name = "directory"
    sources: frozenset[QueryKind] = SOURCES
    budgets: Mapping[Kind, Budget] = {}
    concurrency = 0
    look_up_kind: Kind = _KIND
    look_up_batch = 50
    finds_by: frozenset[ProfileKind] = BY_ANY
    search_tells: frozenset[Told] = frozenset(("profile", "email"))
    list_kind: Kind | None = _KIND

    def __init__(self, pool: db.Pool, account_group_id: bytes) -> None:
        self._pool = pool
        self._group = account_group_id

    def cost(self, query: ProviderQuery) -> Cost:
        del query
        return Cost(_KIND, by_person=True)

    def page_sizes(self, query: ProviderQuery, cursor: str | None) -> PageSizes:
        del query, cursor
        return PageSizes(1, _PAGE)

    async def search(
        self, query: SearchUrl, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        """Notes say which filters were ignored. Raises UserError when none is left."""
        return await self._search(query.product, query.url, cursor, limit)

    async def saved_search(
        self, query: SavedSearch, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        source = await self._source(query.id, "savedSearch")
        url = source.search_url or ""
        try:
            kind = parse_search(url).kind
        except Refused as error:
            raise UserError(str(error)) from error
        if kind in ("list", "saved"):
            raise UserError("The saved search holds the address of a list, not of a search.")
        return await self._search(kind, url, cursor, limit)

    async def lead_list(
        self, query: LeadList, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        source = await self._source(query.id, "leadList")
        on_it = Query(list_lexeme(int(source.id)), ())
        return await self._page(f"list {source.id}", on_it, cursor, limit)

    async def commenters(
        self, query: Commenters, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        del query, cursor, limit
        raise UserError(
            "The directory has no posts and no comments. Connect a provider to read them."
        )

    async def look_up(self, people: Sequence[Profile], *, emails: bool) -> list[LookedUp]:
        async with db.acquire(self._pool) as connection:
            found = [
                await store.find_person(
                    connection,
                    self._group,
                    public_identifier=who.value if who.kind == "in" else None,
                    linkedin_id=None if who.kind == "in" else who.key,
                )
                for who in people
            ]
        return [_looked_up(person, emails=emails) for person in found]

    async def saved_searches(self, cursor: str | None) -> ProviderPage[Named]:
        return await self._named("savedSearch", cursor)

    async def lead_lists(self, cursor: str | None) -> ProviderPage[Named]:
        return await self._named("leadList", cursor)

    async def check(self) -> str:
        async with db.acquire(self._pool) as connection:
            people = await store.count(connection, self._group)
        return "1 person in the directory" if people == 1 else f"{people:,} people in the directory"

    async def _search(
        self, product: Product, url: str, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        try:
            query = read_query(product, url)
        except UnreadableSearch as error:
            raise SearchRefused(str(error)) from error
        if query.text is None:
            raise SearchRefused(" ".join(("Nothing is left to search for.", *query.notes)))
        return await self._page(f"{product} {url}", query, cursor, limit)

    async def _page(
        self, source: str, query: Query, cursor: str | None, limit: int
    ) -> ProviderPage[ProviderPerson]:
        scope = f"directory {self._group.hex()} {source}"
        at = _START if cursor is None else _read_cursor(scope, cursor)
        counted, text, notes = at.counted, query.text or "", query.notes
        async with db.acquire(self._pool) as connection:
            extent = await store.get_extent(connection, self._group)
            if cursor is None:
                counted = await store.count_found(
                    connection, self._group, text, end=extent.next_number, limit=_MAX_COUNTED
                )
                if extent.people:
                    notes += await self._unknown(connection, query, extent, counted)
            found = await store.search(
                connection,
                self._group,
                text,
                after=at.after,
                end=extent.next_number,
                limit=limit + 1,
                fits=query.fits,
            )
        shown = [_decode(each.person) for each in found[:limit]]
        if len(found) <= limit:
            total = at.found + len(shown)
            return ProviderPage(shown, None, total, notes)
        after = _Position(found[limit - 1].number, at.found + len(shown), counted)
        return ProviderPage(shown, _sign(scope, after), _total(after, extent), notes)

    async def _unknown(
        self, connection: Connection, query: Query, extent: Extent, counted: int
    ) -> tuple[str, ...]:
        """A sentence for each filter about something that is known of nobody.

        Raises SearchRefused if that is why nobody was found.
        """
        notes: list[str] = []
        for need in query.needs:
            if need.includes and counted:
                continue
            known = await store.count_found(
                connection, self._group, need.known, end=extent.next_number, limit=1
            )
            if not known and need.includes:
                raise SearchRefused(" ".join((need.words, *query.notes)))
            notes += [] if known else [need.words]
        return tuple(notes)

    async def _source(self, id_: str, kind: SourceKind) -> Source:
        source = None
        if _ID.fullmatch(id_):
            async with db.acquire(self._pool) as connection:
                source = await sources.find_source(connection, self._group, int(id_))
        if source is None or source.kind != kind:
            words = "lead list" if kind == "leadList" else "saved search"
            raise NotAtProvider(f"There is no {words} {id_} in the directory.")
        return source

    async def _named(self, kind: SourceKind, cursor: str | None) -> ProviderPage[Named]:
        scope = f"directory {self._group.hex()} {kind}"
        at = _START if cursor is None else _read_cursor(scope, cursor)
        async with db.acquire(self._pool) as connection:
            found = await sources.get_sources(
                connection, self._group, kind, after=at.after, limit=_NAMED_PAGE + 1
            )
        named = [Named(source.id, source.name) for source in found[:_NAMED_PAGE]]
        if len(found) <= _NAMED_PAGE:
            return ProviderPage(named, None)
        return ProviderPage(named, _sign(scope, _Position(int(named[-1].id), 0, 0)))


class _Position(NamedTuple):
    """Where the next page starts: after which number, with how many found before it.

    `counted`: how many matches the first page counted; _MAX_COUNTED means at least that many.
    """

    after: int
    found: int
    counted: int


_START = _Position(0, 0, 0)


def _looked_up(found: str | None, *, emails: bool) -> LookedUp:
    if found is None:
        return LookedUp(None, reason="the directory does not know this person")
    person = _decode(found)
    return LookedUp(person if emails else msgspec.structs.replace(person, email=None))


def _total(at: _Position, extent: Extent) -> int:
    """How many the whole search finds; an estimate where there are more than are counted."""
    if at.counted < _MAX_COUNTED:
        return at.counted
    # Numbers have no gaps, except for those of lists and of people from before it was cleared.
    passed = max(1, at.after - (extent.next_number - extent.people) + 1)
    seeming = min(extent.people, at.found * extent.people // passed)
    return max(at.counted, at.found, seeming)


def _sign(scope: str, at: _Position) -> str:
    return sign(scope, struct.pack(_FORMAT, *at))


def _read_cursor(scope: str, cursor: str) -> _Position:
    """Raises Broken."""
    try:
        at = _Position(*struct.unpack(_FORMAT, read_cursor(scope, cursor)))
    except (Invalid, struct.error) as error:
        raise Broken("The cursor does not belong to this search.", again=False) from error
    if min(at) < 0:
        raise Broken("The cursor does not belong to this search.", again=False)
    return at
