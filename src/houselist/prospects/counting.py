"""How many people there are to whom filters apply: exact as far as anybody would count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import asyncpg

from houselist.errors import AudienceNotReady
from houselist.prospects import finding_store as store
from houselist.prospects import unwritten
from houselist.prospects.shapes import ProspectCount

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.prospects.asked import Asked

MAX_COUNT: Final = 10_000
# People that are gone through before it is decided how to go on.
_FIRST_STEPS: Final = 3_000
# Where this share of them fits, going on reaches the end sooner than the indexes do.
_MANY: Final = 0.05
_ALL_MILLIS: Final = 1_500


class _Counted(Protocol):
    """A way to count who fits, `limit` at most."""

    async def __call__(self, connection: Connection, asked: Asked, *, limit: int) -> int: ...


async def count(connection: Connection, asked: Asked) -> ProspectCount:
    """The transaction is REPEATABLE READ.

    Raises AudienceNotReady if too many people have yet to be written, or if it takes too long: a
    number that is too small is worse than none.
    """
    ready = await unwritten.judge(connection, asked)
    if ready is None:
        found = await unwritten.count(connection, asked, MAX_COUNT + 1)
        return told(found)
    asked, judged = ready
    found = len(judged)
    if found <= MAX_COUNT and unwritten.can_fit(asked):
        more = await _count_written(connection, asked, MAX_COUNT + 1 - found)
        if more is None:
            raise _takes_too_long()
        found += more
    return told(found)


def _takes_too_long() -> AudienceNotReady:
    return AudienceNotReady(
        "Counting takes longer than a request may.",
        details="Try again in a few seconds, when more of the data is at hand, or filter by more.",
        headers={"retry-after": "10"},
    )


def told(found: int) -> ProspectCount:
    """What is said of a number that was counted no further than one beyond MAX_COUNT."""
    return ProspectCount(min(found, MAX_COUNT), is_exact=found <= MAX_COUNT)


async def _count_written(connection: Connection, asked: Asked, limit: int) -> int | None:
    """How many of those who are written, `limit` at most; None if that takes too long."""
    if not asked.is_indexed:
        return await _in_time(connection, store.count_all, asked, limit=limit)
    found, is_all = await store.count_some(connection, asked, steps=_FIRST_STEPS, limit=limit)
    if is_all or found >= limit:
        return found
    if found > _MANY * _FIRST_STEPS:
        return await _in_time(connection, store.count_all, asked, limit=limit)
    return await _in_time(connection, store.count_by_index, asked, limit=limit)


async def _in_time(
    connection: Connection, counted: _Counted, asked: Asked, *, limit: int
) -> int | None:
    try:
        async with connection.transaction():
            await store.end_after(connection, _ALL_MILLIS)
            return await counted(connection, asked, limit=limit)
    except asyncpg.QueryCanceledError:
        return None
