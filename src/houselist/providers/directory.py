"""The directory as a provider: the port over an account group's own people in PostgreSQL.

A person's `provider_id` is what their file says and nothing else. An id of the directory's own
would tell people apart whom an e-mail address joins, so that they would be known twice.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from houselist.directory import sources_store as sources
from houselist.directory import store
from houselist.directory.lexemes import list_lexeme
from houselist.directory.searches import read_search
from houselist.directory.searches.filters import UnreadableSearch
from houselist.errors import Invalid
from houselist.linkedin import Refused, parse_search
from houselist.paging import seal, unseal
from houselist.postgres import db
from houselist.providers.base import Broken, Named, NotFound, Page, Person, UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.directory.searches import Product
    from houselist.directory.shapes import Extent, Source, SourceKind
    from houselist.linkedin import Profile
    from houselist.providers.base import (
        Commenters,
        Kind,
        LeadList,
        Question,
        SavedSearch,
        SearchUrl,
    )

_PAGE = 500
_NAMED_PAGE = 250
# All that a bigint holds, and no more than the directory will ever give.
_ID = re.compile(r"[1-9][0-9]{0,17}")
# So many matches take about 20 ms to count.
_MOST_COUNTED = 10_000
_PLACE = ">qqq"

_decode = msgspec.json.Decoder(Person).decode


class Directory:
    """An account group's directory. PostgreSQL out of reach is an Upstream, as everywhere."""

    name = "directory"
    concurrency = 0

    def __init__(self, pool: db.Pool, account_group_id: bytes) -> None:
        self._pool = pool
        self._group = account_group_id
        self.limits: Mapping[Kind, int] = {}

    def page_size(self, question: Question) -> int:
        del question
        return _PAGE

    async def search(self, question: SearchUrl, cursor: str | None, most: int) -> Page[Person]:
        """Notes tell which filters were left out; one of which nothing is left is a UserError."""
        return await self._search(question.product, question.url, cursor, most)

    async def saved_search(
        self, question: SavedSearch, cursor: str | None, most: int
    ) -> Page[Person]:
        source = await self._source(question.id, "savedSearch")
        url = source.search_url or ""
        try:
            kind = parse_search(url).kind
        except Refused as error:
            raise UserError(str(error)) from error
        product: Product = "sales" if kind == "sales" else "classic"
        return await self._search(product, url, cursor, most)

    async def lead_list(self, question: LeadList, cursor: str | None, most: int) -> Page[Person]:
        source = await self._source(question.id, "leadList")
        return await self._page(f"list {source.id}", list_lexeme(int(source.id)), (), cursor, most)

    async def commenters(self, question: Commenters, cursor: str | None, most: int) -> Page[Person]:
        del question, cursor, most
        raise UserError(
            "The directory knows no posts and nobody who commented on one."
            " Connect a provider to read them."
        )

    async def profile(self, who: Profile, *, emails: bool) -> Person:
        async with db.acquire(self._pool) as connection:
            found = await store.find_person(
                connection,
                self._group,
                public_identifier=who.value if who.kind == "in" else None,
                linkedin_id=None if who.kind == "in" else who.key,
            )
        if found is None:
            raise NotFound("There is no such person in the directory.")
        person = _decode(found)
        return person if emails else msgspec.structs.replace(person, email=None)

    async def saved_searches(self, cursor: str | None) -> Page[Named]:
        return await self._named("savedSearch", cursor)

    async def lead_lists(self, cursor: str | None) -> Page[Named]:
        return await self._named("leadList", cursor)

    async def check(self) -> str:
        async with db.acquire(self._pool) as connection:
            people = await store.count(connection, self._group)
        return "1 person in the directory" if people == 1 else f"{people:,} people in the directory"

    async def _search(
        self, product: Product, url: str, cursor: str | None, most: int
    ) -> Page[Person]:
        try:
            query = read_search(product, url)
        except UnreadableSearch as error:
            raise UserError(str(error)) from error
        if query.text is None:
            raise UserError(" ".join(("Nothing is left to search for.", *query.notes)))
        return await self._page(f"{product} {url}", query.text, query.notes, cursor, most)

    async def _page(
        self, source: str, query: str, notes: tuple[str, ...], cursor: str | None, most: int
    ) -> Page[Person]:
        scope = f"directory {self._group.hex()} {source}"
        at = _START if cursor is None else _unseal(scope, cursor)
        counted = at.counted
        async with db.acquire(self._pool) as connection:
            extent = await store.get_extent(connection, self._group)
            if cursor is None:
                counted = await store.count_found(
                    connection, self._group, query, end=extent.next_number, limit=_MOST_COUNTED
                )
            found = await store.search(
                connection,
                self._group,
                query,
                after=at.after,
                end=extent.next_number,
                limit=most + 1,
            )
        shown = [_decode(each.person) for each in found[:most]]
        if len(found) <= most:
            total = counted if counted < _MOST_COUNTED else at.found + len(shown)
            return Page(shown, None, total, notes)
        after = _Place(found[most - 1].number, at.found + len(shown), counted)
        return Page(shown, _seal(scope, after), _total(after, extent), notes)

    async def _source(self, id_: str, kind: SourceKind) -> Source:
        source = None
        if _ID.fullmatch(id_):
            async with db.acquire(self._pool) as connection:
                source = await sources.find_source(connection, self._group, int(id_))
        if source is None or source.kind != kind:
            words = "lead list" if kind == "leadList" else "saved search"
            raise NotFound(f"There is no {words} {id_} in the directory.")
        return source

    async def _named(self, kind: SourceKind, cursor: str | None) -> Page[Named]:
        scope = f"directory {self._group.hex()} {kind}"
        at = _START if cursor is None else _unseal(scope, cursor)
        async with db.acquire(self._pool) as connection:
            found = await sources.get_sources(
                connection, self._group, kind, after=at.after, limit=_NAMED_PAGE + 1
            )
        named = [Named(source.id, source.name) for source in found[:_NAMED_PAGE]]
        if len(found) <= _NAMED_PAGE:
            return Page(named, None)
        return Page(named, _seal(scope, _Place(int(named[-1].id), 0, 0)))


class _Place(NamedTuple):
    """Where the next page starts: behind which number, with how many found before it.

    `counted`: how many the first page counted; _MOST_COUNTED stands for at least so many.
    """

    after: int
    found: int
    counted: int


_START = _Place(0, 0, 0)


def _total(at: _Place, extent: Extent) -> int:
    """How many the whole search finds; of more than are counted, as many as so far it seems."""
    if at.counted < _MOST_COUNTED:
        return at.counted
    # Numbers are without gaps but for those of lists, and those before the directory was cleared.
    passed = max(1, at.after - (extent.next_number - extent.people) + 1)
    seeming = min(extent.people, at.found * extent.people // passed)
    return max(at.counted, at.found, seeming)


def _seal(scope: str, at: _Place) -> str:
    return seal(scope, struct.pack(_PLACE, *at))


def _unseal(scope: str, cursor: str) -> _Place:
    """Raises Broken."""
    try:
        at = _Place(*struct.unpack(_PLACE, unseal(scope, cursor)))
    except (Invalid, struct.error) as error:
        raise Broken("The cursor is none of this question's.", again=False) from error
    if min(at) < 0:
        raise Broken("The cursor is none of this question's.", again=False)
    return at
