"""Finding people by filters, in any order, page by page: exact, whatever the search has yet to write.

There are two ways to a page. Going through people in its order is quick if many fit; asking the
indexes for everybody who fits and sorting them is quick if few do. A page begins the first way and
changes to the second where the first people tell that it is better.
"""

from __future__ import annotations

import time
from functools import cmp_to_key
from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from houselist.prospects import finding_store as store
from houselist.prospects import unwritten
from houselist.prospects.finding_store import Asked, Key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.postgres.db import Connection

# People that a page goes through before it is decided how to go on, and at most at a time.
_FIRST_STEPS, _MAX_STEPS = 1_500, 50_000
# Going through more than this takes longer than to ask the indexes.
_WORTH_WALKING = 9_000
# So few are sorted at once, and so many of whom the indexes know are looked at.
_FEW, _MAX_CANDIDATES = 5_000, 20_000
# Seconds that a page goes through people; then it ends early, and the next one goes on.
_PATIENCE = 1.0
# Milliseconds for everybody whom the indexes find, however many.
_ALL_MILLIS = 1_800


class Found(NamedTuple):
    """Who is on a page and after it. `goes_on`: where the next page begins if this one ended early."""

    keys: list[Key]
    goes_on: Key | None


async def find(
    connection: Connection, asked: Asked, after: Key | None, *, limit: int, size: int | None
) -> Found:
    """The next `limit` people after a place. The transaction is REPEATABLE READ.

    `size`: how many the audience has; None for everybody, or if it is not known. Raises
    AudienceNotReady if too many people have yet to be written to sort them.
    """
    ready = await unwritten.prepare(connection, asked)
    if ready is None:
        keys, stop = await unwritten.walk(connection, asked, after, limit=limit)
        return Found(keys, stop)
    asked, judged = ready
    keys, stop = await _written(connection, asked, after, limit=limit, size=size)
    if judged:
        compare = compare_in(asked)
        keys += [
            key
            for key in judged
            if (after is None or compare(key, after) > 0)
            and (stop is None or compare(key, stop) <= 0)
        ]
        keys = sort_keys(asked, keys)[:limit]
    return Found(keys, None if len(keys) == limit else stop)


def compare_in(asked: Asked):
    """How two people compare in the order: less than 0 if the first comes first."""
    sign = -1 if asked.descending else 1
    in_list = asked.scope.list_id is not None

    def compare(one: Key, other: Key) -> int:
        if asked.order == "addedAt":
            if in_list:
                return sign * (one.position - other.position)
            return sign * _compare(
                (one.added_at, one.prospect_id), (other.added_at, other.prospect_id)
            )
        if bool(one.key) != bool(other.key):
            return -1 if one.key else 1
        by = _compare((one.key, one.prospect_id), (other.key, other.prospect_id))
        return sign * by if one.key else by

    return compare


def _compare(one, other) -> int:
    return (one > other) - (one < other)


def sort_keys(asked: Asked, keys: Iterable[Key]) -> list[Key]:
    """People in the order of the page."""
    return sorted(keys, key=cmp_to_key(compare_in(asked)))


async def _written(
    connection: Connection, asked: Asked, after: Key | None, *, limit: int, size: int | None
) -> tuple[list[Key], Key | None]:
    """The same of those whose texts are written; and up to where, if that is not all."""
    if not unwritten.can_fit(asked):
        return [], None
    keyed = after is None or asked.order == "addedAt" or bool(after.key)
    keys: list[Key] = []
    for part in (True, False) if keyed and asked.order != "addedAt" else (keyed,):
        more, stop = await _Part(connection, asked, after, part, limit - len(keys), size).find()
        keys += more
        if stop is not None or len(keys) >= limit:
            return keys, stop
    return keys, None


class _Part:
    """Finding people in one part of an order: of those with a key, or of those without."""

    def __init__(
        self,
        connection: Connection,
        asked: Asked,
        after: Key | None,
        keyed: bool,  # noqa: FBT001 - TODO
        limit: int,
        size: int | None,
    ) -> None:
        self._connection = connection
        self._asked = asked
        self._after = after
        self._keyed = keyed
        self._limit = limit
        self._size = size
        self._ends = time.monotonic() + _PATIENCE

    async def find(self) -> tuple[list[Key], Key | None]:
        asked, limit = self._asked, self._limit
        by_key = asked.order != "addedAt"
        if by_key and self._size is not None and self._size <= _FEW:
            return await self._sort(), None
        found: list[Key] = []
        at, steps, walked, tries = self._after, _FIRST_STEPS, 0, 0
        while True:
            found += await store.walk(
                self._connection,
                asked,
                at,
                keyed=self._keyed,
                steps=steps,
                limit=limit - len(found),
            )
            if len(found) >= limit:
                return found, None
            end = await store.end_of_walk(
                self._connection, asked, at, keyed=self._keyed, steps=steps
            )
            if end is None:
                return found, None
            at, walked = end, walked + steps
            expected = (limit - len(found)) * walked / len(found) if found else _MAX_STEPS
            if by_key and self._size is not None and walked > self._size and not asked.is_indexed:
                return await self._sort(), None
            if asked.is_indexed and expected > _WORTH_WALKING and tries < 2:  # noqa: PLR2004
                keys = await self._look_up(None if tries else _MAX_CANDIDATES)
                if keys is not None:
                    return keys, None
                tries += 1
            if time.monotonic() > self._ends:
                return found, at
            steps = min(4 * steps, _MAX_STEPS)

    async def _sort(self) -> list[Key]:
        return await store.sort(
            self._connection, self._asked, self._after, keyed=self._keyed, limit=self._limit
        )

    async def _look_up(self, candidates: int | None) -> list[Key] | None:
        try:
            async with self._connection.transaction():
                if candidates is None:
                    await store.end_after(self._connection, _ALL_MILLIS)
                return await store.look_up(
                    self._connection,
                    self._asked,
                    self._after,
                    keyed=self._keyed,
                    limit=self._limit,
                    candidates=candidates,
                )
        except asyncpg.QueryCanceledError:
            return None
