"""Finding everybody who fits, in the order in which they were added: for exports.

Pages stop early and go on elsewhere; this goes on to the end, and holds a few people at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import asyncpg

from houselist.prospects import finding_store as store
from houselist.prospects import unwritten
from houselist.prospects.finding import compare_in, sort_keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.postgres.db import Connection
    from houselist.prospects.asked import Asked, Key

# How many the indexes may find to be worth sorting; and the people gone through at a time.
_CANDIDATES: Final = 20_000
_STEPS: Final = 5_000
_LOOK_UP_MILLIS: Final = 1_000


async def find_all(connection: Connection, asked: Asked) -> AsyncIterator[list[Key]]:
    """Everybody who fits, some at a time. The transaction is REPEATABLE READ.

    The order must be that in which they were added.
    """
    judged = await unwritten.judge(connection, asked)
    if judged is None:
        async for keys in unwritten.walk_all(connection, asked):
            yield keys
        return
    asked, others = judged
    if not unwritten.can_fit(asked):
        yield sort_keys(asked, others)
        return
    few = await _look_up(connection, asked) if asked.is_indexed else None
    if few is not None:
        yield sort_keys(asked, [*few, *others])
        return
    async for keys in _walk(connection, asked, sort_keys(asked, others)):
        yield keys


async def _look_up(connection: Connection, asked: Asked) -> list[Key] | None:
    """Everybody by the indexes, if those are few and it is soon done."""
    try:
        async with connection.transaction():
            await store.end_after(connection, _LOOK_UP_MILLIS)
            return await store.look_up(
                connection, asked, None, keyed=True, limit=_CANDIDATES, candidates=_CANDIDATES
            )
    except asyncpg.QueryCanceledError:
        return None


async def _walk(
    connection: Connection, asked: Asked, others: list[Key]
) -> AsyncIterator[list[Key]]:
    """Goes through everybody. `others`: who fits of those who are not written yet, sorted."""
    compare, at, taken = compare_in(asked), None, 0
    while True:
        keys = await store.walk(connection, asked, at, keyed=True, steps=_STEPS, limit=_STEPS)
        at = await store.end_of_walk(connection, asked, at, keyed=True, steps=_STEPS)
        first = taken
        while taken < len(others) and (at is None or compare(others[taken], at) <= 0):
            taken += 1
        yield sort_keys(asked, [*keys, *others[first:taken]]) if taken > first else keys
        if at is None:
            return
