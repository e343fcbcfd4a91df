"""Pages and counts of people by filters, of an audience or of the whole account group."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from houselist.audiences import store as audiences
from houselist.errors import Invalid, NotFound, Problem
from houselist.people import counts_store
from houselist.postgres.plans_store import plan_by_index
from houselist.prospects import (
    counting,
    finding,
    moments_store,
    shown_store,
    sorted_store,
)
from houselist.prospects.asked import Asked, Scope
from houselist.prospects.cursors import Cursors, Place
from houselist.prospects.shapes import (
    MemberFilters,
    MembersQuery,
    ProspectCount,
    ProspectFilters,
    ProspectPage,
    ProspectsQuery,
)
from houselist.search.texts import folded
from houselist.search.wanted import Wanted, wanted_words

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.postgres.db import Connection
    from houselist.prospects.asked import Key, Order
    from houselist.prospects.shapes import Prospect


def wanted_by(query: ProspectsQuery | ProspectFilters) -> Wanted:
    """Who is wanted, in the form in which texts are compared."""
    return Wanted(
        wanted_words(query.q) if query.q else (),
        query.company and folded(query.company),
        query.title and folded(query.title),
        query.location and folded(query.location),
        query.has_email,
        query.added_after and query.added_after.at,
        query.added_before and query.added_before.at,
    )


class Members(NamedTuple):
    """Among whom of an audience people are looked for. `size`: how many these are, if known."""

    scope: Scope
    size: int | None


async def find_members(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    wanted: Wanted,
    moment: datetime | None,
    *,
    history_days: int,
) -> Members | None:
    """Whom the audience has, now or at a moment; None if it was not there yet.

    `history_days`: for how long it is kept who left.

    Raises NotFound, AudienceNotReady, or Invalid for a moment that nobody knows of.
    """
    found = await moments_store.get_audience(
        connection, account_group_id, audience_id, moment, history_days
    )
    if found is None or found.active_job_id is not None:
        await audiences.get_ready(connection, account_group_id, audience_id)
        raise NotFound("There is no such audience.")
    if found.is_future:
        raise Invalid(Problem("asOf", "is in the future; take a time that is past"))
    if not found.is_known:
        words = (
            f"is before the history of this audience, which is kept for {history_days} days; take"
            " a later time"
        )
        raise Invalid(Problem("asOf", words))
    if not found.existed:
        return None
    scope = Scope(account_group_id, found.list_id, moment, low=0, high=found.next_number)
    bounds = [
        await moments_store.find_position(connection, scope, each, at_once=at_once)
        for each, at_once in ((wanted.since, True), (wanted.before, False), (moment, True))
        if each is not None
    ]
    low = bounds.pop(0) if wanted.since is not None else 0
    scope = scope._replace(low=low, high=min([scope.high, *bounds]))
    # Of a moment it is not known how many there were, but that there were no more than this.
    return Members(scope, found.size if moment is None else scope.high - scope.low)


class Question(NamedTuple):
    """What is asked, and how many people it is asked of, if that is known."""

    asked: Asked
    size: int | None


async def begin(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes | None,
    query: ProspectsQuery | ProspectFilters,
    *,
    history_days: int = 0,
) -> Question | None:
    """What a query asks of an audience, or of everybody; None if nobody was there at the moment.

    It is the beginning of a transaction, whose statements are planned by indexes from now on.
    Raises as find_members does.
    """
    await plan_by_index(connection)
    wanted = wanted_by(query)
    members = Members(Scope(account_group_id), None)
    if audience_id is not None:
        found = await find_members(
            connection,
            account_group_id,
            audience_id,
            wanted,
            _moment_of(query),
            history_days=history_days,
        )
        if found is None:
            return None
        members = found
    return Question(Asked(members.scope, wanted, "addedAt", descending=False), members.size)


def _moment_of(query: ProspectsQuery | ProspectFilters) -> datetime | None:
    if isinstance(query, MembersQuery | MemberFilters) and query.as_of:
        return query.as_of.at
    return None


async def get_page(
    connection: Connection,
    account_group_id: bytes,
    query: ProspectsQuery,
    audience_id: bytes | None = None,
    *,
    history_days: int = 0,
) -> ProspectPage:
    """A page of an audience's people, or of everybody, of whom there is no history.

    Raises NotFound, AudienceNotReady, or Invalid for a bad cursor or moment.
    """
    order = cast("Order", query.sort.removeprefix("-"))
    descending = query.sort.startswith("-")
    whose = account_group_id if audience_id is None else audience_id
    wanted, moment = wanted_by(query), _moment_of(query)
    scope = f"found/{whose.hex()}/{query.sort}/{moment}/{wanted}"
    cursors = Cursors(scope, order, audience_id is not None)
    place = cursors.read(query.cursor)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        if order != "addedAt" and wanted == Wanted() and moment is None:
            await plan_by_index(connection)
            quick = await _quick_page(connection, account_group_id, audience_id, query, place)
            if quick is not None:
                keys, items = map(list, zip(*quick, strict=True))
                return cursors.page(place, items, keys, keys[-1])
        question = await begin(
            connection, account_group_id, audience_id, query, history_days=history_days
        )
        if question is None:
            return ProspectPage([], None, has_more=False)
        asked = question.asked._replace(order=order, descending=descending)
        return await _find_page(connection, question._replace(asked=asked), cursors, place, query)


async def _quick_page(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes | None,
    query: ProspectsQuery,
    place: Place,
) -> list[tuple[Key, Prospect]] | None:
    """A page by name or company without filters, where one statement finds it."""
    if place.backwards and place.key is None:
        return None
    found = await sorted_store.get_page(
        connection,
        account_group_id,
        audience_id,
        cast("Order", query.sort.removeprefix("-")),
        place.key,
        descending=query.sort.startswith("-") != place.backwards,
        limit=query.limit,
    )
    return found and found[: query.limit]


async def _find_page(
    connection: Connection,
    question: Question,
    cursors: Cursors,
    place: Place,
    query: ProspectsQuery,
) -> ProspectPage:
    """A page in the transaction that began with the question."""
    asked = question.asked._replace(backwards=place.backwards)
    limit, size = query.limit + 1, question.size
    found = await finding.find(connection, asked, place.key, limit=limit, size=size)
    if place.backwards and found == finding.Found([], None):
        # Whoever came before is gone, so this is where the list begins now.
        return await _find_page(connection, question, cursors, Place(), query)
    keys = found.keys[: query.limit]
    items = await shown_store.get_people(connection, asked.scope.account_group_id, keys)
    # Where the next page goes on: after the last of this one, or after who did not fit.
    stop = found.stop
    if len(items) < len(found.keys):
        stop = keys[len(items) - 1]
    return cursors.page(place, items, keys, stop)


async def count(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    query: MemberFilters,
    *,
    history_days: int,
) -> ProspectCount:
    """How many of an audience's people fit. Raises the same."""
    if query == MemberFilters():
        audience = await audiences.get_ready(connection, account_group_id, audience_id)
        return ProspectCount(audience.prospect_count, is_exact=True)
    return await _count(connection, account_group_id, audience_id, query, history_days)


async def count_everybody(
    connection: Connection, account_group_id: bytes, query: ProspectFilters
) -> ProspectCount:
    """How many people of the account group fit. Raises AudienceNotReady if that takes too long."""
    if query != ProspectFilters():
        return await _count(connection, account_group_id, None, query)
    kept = await counts_store.get(connection, account_group_id)
    if kept is not None:
        return ProspectCount(kept, is_exact=True)
    most = counting.MAX_COUNT + 1
    return counting.told(await counts_store.count_some(connection, account_group_id, most))


async def _count(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes | None,
    query: ProspectFilters,
    history_days: int = 0,
) -> ProspectCount:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        question = await begin(
            connection, account_group_id, audience_id, query, history_days=history_days
        )
        if question is None:
            return ProspectCount(0, is_exact=True)
        return await counting.count(connection, question.asked)
