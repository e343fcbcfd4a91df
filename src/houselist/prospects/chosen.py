"""Whom a change of many is about: those who fit filters, some thousands at a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from houselist.paging import bad_cursor
from houselist.prospects import finding, finding_store
from houselist.prospects.cursors import Cursors
from houselist.prospects.pages import begin, wanted_by

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.prospects.asked import Key
    from houselist.prospects.shapes import ProspectFilters


# Seconds in which people are found where as many can be changed in time, which takes twice as long.
# Where it took longer, fewer are changed, but so many at least.
_AMPLE: Final = 0.4
_FEWEST: Final = 1_000


class Chosen(NamedTuple):
    """The next people who fit, in the order in which they were added; whether there may be more."""

    keys: list[Key]
    next_cursor: str | None


async def choose(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes | None,
    filters: ProspectFilters,
    cursor: str | None,
    *,
    limit: int,
) -> Chosen:
    """Up to `limit` people of an audience, or of everybody, after a cursor.

    The transaction has locked the audience, or the batches of the account group, so that nobody
    joins or leaves between the statements; whoever changes meanwhile is judged by what is known of
    them at one moment or the other. It may be fewer than `limit` where finding them takes long, or
    took so long that changing as many would take too long: the cursor goes on from there. Raises
    NotFound, AudienceNotReady, or Invalid for a bad cursor.
    """
    whose = account_group_id if audience_id is None else audience_id
    scope = f"chosen/{whose.hex()}/{wanted_by(filters)}"
    cursors = Cursors(scope, "addedAt", audience_id is not None)
    place = cursors.read(cursor)
    if place.backwards:
        raise bad_cursor()
    question = await begin(connection, account_group_id, audience_id, filters)
    if question is None:
        return Chosen([], None)
    asked, size = question
    began = time.monotonic()
    keys, stop = await finding.find(connection, asked, place.key, limit=limit + 1, size=size)
    limit = min(limit, _as_many_as_fit(len(keys), time.monotonic() - began))
    await finding_store.end_as_usual(connection)
    if len(keys) > limit:
        keys = keys[:limit]
        stop = keys[-1]
    return Chosen(keys, stop and cursors.sign(stop))


def _as_many_as_fit(found: int, seconds: float) -> int:
    """How many of the people who were found in so long can be changed by this request."""
    return found if seconds <= _AMPLE else max(_FEWEST, int(found * _AMPLE / seconds))
