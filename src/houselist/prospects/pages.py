"""Pages of people by filters and in any order, of an audience or of the whole account group."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from houselist.audiences import store as audiences
from houselist.errors import Invalid, NotFound, Problem
from houselist.ids import ID_BYTES
from houselist.paging import Page, bad_cursor, read_cursor, sign
from houselist.prospects import counting, finding, store
from houselist.prospects import finding_store as finds
from houselist.prospects.finding_store import Asked, Key, Scope
from houselist.prospects.shapes import MemberFilters, MembersQuery, ProspectCount, ProspectsQuery
from houselist.search.texts import folded
from houselist.search.wanted import Wanted, wanted_words

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.prospects.shapes import Prospect

HISTORY_DAYS: Final = 400
# A moment of none, for cursors of orders that need no moment.
_NO_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def wanted_by(query: ProspectsQuery | MemberFilters) -> Wanted:
    """Who is wanted, in the form in which texts are compared."""
    return Wanted(
        wanted_words(query.q) if query.q else (),
        query.company and folded(query.company),
        query.title and folded(query.title),
        query.location and folded(query.location),
        None if query.has_email is None else query.has_email == "true",
        query.added_after and query.added_after.at,
        query.added_before and query.added_before.at,
    )


class Members(NamedTuple):
    """Among whom of an audience people are looked for. `size`: how many these are, if known."""

    scope: Scope
    size: int | None


async def members(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    wanted: Wanted,
    moment: datetime | None,
) -> Members | None:
    """None if the audience was not there at that moment.

    Raises NotFound, AudienceNotReady, or Invalid for a moment that nobody knows of.
    """
    found = await finds.get_audience(
        connection, account_group_id, audience_id, moment, HISTORY_DAYS
    )
    if found is None or found.active_job_id is not None:
        await audiences.get_ready(connection, account_group_id, audience_id)
        raise NotFound("There is no such audience.")
    if found.is_future:
        raise Invalid(Problem("asOf", "is in the future; take a time that is past"))
    if not found.is_known:
        raise Invalid(
            Problem(
                "asOf",
                f"is before the history of this audience, which is kept for {HISTORY_DAYS} days;"
                " take a later time",
            )
        )
    if not found.existed:
        return None
    scope = Scope(account_group_id, found.list_id, moment, low=0, high=max(found.next_number, 1))
    low, high = 0, scope.high
    if wanted.since is not None:
        low = await finds.find_position(connection, scope, wanted.since, at_once=True)
    if wanted.before is not None:
        high = await finds.find_position(connection, scope, wanted.before, at_once=False)
    if moment is not None:
        high = min(high, await finds.find_position(connection, scope, moment, at_once=True))
    return Members(scope._replace(low=low, high=high), found.size)


async def get_page(
    connection: Connection,
    account_group_id: bytes,
    query: ProspectsQuery,
    audience_id: bytes | None = None,
) -> Page[Prospect]:
    """A page of an audience's people, or of everybody.

    Raises NotFound, AudienceNotReady, or Invalid for a bad cursor or moment.
    """
    wanted = wanted_by(query)
    moment = query.as_of.at if isinstance(query, MembersQuery) and query.as_of else None
    order = query.sort.removeprefix("-")
    cursors = _Cursors(
        f"found/{account_group_id.hex()}/{audience_id and audience_id.hex()}/{query.sort}/{moment}"
        f"/{wanted}",
        order,
        in_list=audience_id is not None,
    )
    after = cursors.read(query.cursor) if query.cursor else None
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await finds.begin(connection)
        size = None
        if audience_id is None:
            scope = Scope(account_group_id)
        else:
            among = await members(connection, account_group_id, audience_id, wanted, moment)
            if among is None:
                return Page([], None, has_more=False)
            scope, size = among
        asked = Asked(scope, wanted, order, query.sort.startswith("-"))
        found = await finding.find(connection, asked, after, limit=query.limit + 1, size=size)
        shown = found.keys[: query.limit]
        items = await store.get_people(
            connection, account_group_id, [(key.prospect_id, key.added_at) for key in shown]
        )
    goes_on = found.goes_on
    if len(items) < len(shown):
        goes_on = shown[len(items) - 1]
    elif len(found.keys) > query.limit:
        goes_on = shown[-1]
    return Page(items, goes_on and cursors.sign(goes_on), goes_on is not None)


async def count(
    connection: Connection, account_group_id: bytes, audience_id: bytes, query: MemberFilters
) -> ProspectCount:
    """How many of an audience's people fit. Raises the same."""
    if query == MemberFilters():
        audience = await audiences.get_ready(connection, account_group_id, audience_id)
        return ProspectCount(audience.prospect_count, is_exact=True)
    wanted = wanted_by(query)
    moment = query.as_of.at if query.as_of else None
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await finds.begin(connection)
        among = await members(connection, account_group_id, audience_id, wanted, moment)
        if among is None:
            return ProspectCount(0, is_exact=True)
        return await counting.count(connection, Asked(among.scope, wanted, "addedAt", False))


class _Cursors:
    """Cursors of one list, with its filters and its order."""

    def __init__(self, scope: str, order: str, *, in_list: bool) -> None:
        self._scope = scope
        self._by_key = order != "addedAt"
        self._in_list = in_list

    def sign(self, key: Key) -> str:
        if self._by_key:
            return sign(self._scope, key.prospect_id + key.key.encode())
        if self._in_list:
            return sign(self._scope, struct.pack(">q", key.position))
        micros = (key.added_at - _NO_MOMENT) // _MICROSECOND
        return sign(self._scope, struct.pack(">q", micros) + key.prospect_id)

    def read(self, cursor: str) -> Key:
        """The tag is no secret, so a payload can be forged: it may be anything."""
        payload = read_cursor(self._scope, cursor)
        try:
            if self._by_key:
                key = payload[ID_BYTES:].decode()
                if len(payload) < ID_BYTES or "\x00" in key:
                    raise bad_cursor()
                return Key(key, 0, _NO_MOMENT, payload[:ID_BYTES])
            if self._in_list:
                (position,) = struct.unpack(">q", payload)
                return Key("", position, _NO_MOMENT, b"")
            micros, id_ = struct.unpack(f">q{ID_BYTES}s", payload)
            return Key("", 0, _NO_MOMENT + micros * _MICROSECOND, id_)
        except (struct.error, OverflowError, UnicodeDecodeError) as error:
            raise bad_cursor() from error
