"""Finding people by filters, in any order, page by page: exact, also of who is yet to be written.

There are two ways to a page. Going through people in its order is quick if many fit; asking the
indexes for everybody who fits and sorting them is quick if few do. A page begins the first way and
changes to the second where the first people tell that it is better. How many have a company, title
or location is known before, and then there is a way between: to ask the indexes, and to go through
people in the order to see who is among those.
"""

from __future__ import annotations

import time
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import asyncpg

from houselist.people import counts_store
from houselist.prospects import finding_store as store
from houselist.prospects import unwritten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from houselist.postgres.db import Connection
    from houselist.prospects.asked import Asked, Key

# People that a page goes through before it is decided how to go on, and at most at a time.
_FIRST_STEPS, _MAX_STEPS = 1_500, 50_000
# Going through more than this takes longer than to ask the indexes.
_WORTH_WALKING: Final = 9_000
# So few are sorted at once.
_FEW: Final = 5_000
# How many the indexes may find: first so many, for there may be more than it is worth; then any.
_CANDIDATES: Final = (store.MOST_AMONG, None)
# So many people are passed, to see who is among those who fit, in the time in which two of these
# are looked up in the order: if the page is not full then, it has cost half as much again.
_PASSED_PER_LOOK_UP: Final = 12
# Seconds that a page goes through people; then it ends early, and the next one goes on.
_PATIENCE: Final = 1.0
# Milliseconds for a statement about everybody who fits.
_ALL_MILLIS: Final = 1_800


class Found(NamedTuple):
    """Who is on a page. `stop`: how far it came, if it ended before it was full."""

    keys: list[Key]
    stop: Key | None


class _Rest(NamedTuple):
    """What is left of a part of an order: people with a name or company, or those without.

    `size`: how many the audience has, if that is known.
    """

    asked: Asked
    after: Key | None
    keyed: bool
    limit: int
    size: int | None


async def find(
    connection: Connection, asked: Asked, after: Key | None, *, limit: int, size: int | None
) -> Found:
    """The next `limit` people after a place. The transaction is REPEATABLE READ.

    `size`: how many the audience has; None for everybody, or if it is not known. Raises
    AudienceNotReady if too many people have yet to be written to sort them.
    """
    judged = await unwritten.judge(connection, asked)
    if judged is None:
        keys, stop = await unwritten.walk(connection, asked, after, limit=limit)
        compare = compare_in(asked)
        keys = [key for key in keys if after is None or compare(key, after) > 0]
        return Found(sort_keys(asked, keys)[:limit], stop)
    asked, others = judged
    keys, stop = await _find_written(connection, asked, after, limit=limit, size=size)
    if others:
        compare = compare_in(asked)
        keys += [
            key
            for key in others
            if (after is None or compare(key, after) > 0)
            and (stop is None or compare(key, stop) <= 0)
        ]
        keys = sort_keys(asked, keys)[:limit]
    return Found(keys, None if len(keys) == limit else stop)


def sort_keys(asked: Asked, keys: Iterable[Key]) -> list[Key]:
    """People in the order of the page."""
    return sorted(keys, key=cmp_to_key(compare_in(asked)))


def compare_in(asked: Asked) -> Callable[[Key, Key], int]:
    """How two people compare in the order: less than 0 if the first comes first."""
    sign = -1 if asked.goes_down else 1
    # People without a key are the last, in the order of their ids, whichever way the keys go.
    end = -1 if asked.backwards else 1

    def by_position(one: Key, other: Key) -> int:
        return sign * (one.position - other.position)

    def by_moment(one: Key, other: Key) -> int:
        return sign * _compare((one.added_at, one.prospect_id), (other.added_at, other.prospect_id))

    def by_key(one: Key, other: Key) -> int:
        if bool(one.key) != bool(other.key):
            return -end if one.key else end
        found = _compare((one.key, one.prospect_id), (other.key, other.prospect_id))
        return sign * found if one.key else end * found

    if asked.order != "addedAt":
        return by_key
    return by_moment if asked.scope.list_id is None else by_position


def _compare(one: tuple[Any, bytes], other: tuple[Any, bytes]) -> int:
    return (one > other) - (one < other)


async def _find_written(
    connection: Connection, asked: Asked, after: Key | None, *, limit: int, size: int | None
) -> Found:
    """The same of those who are written for the search."""
    keys: list[Key] = []
    if not unwritten.can_fit(asked):
        return Found(keys, None)
    for keyed, at in _parts(asked, after):
        more, stop = await _find_part(connection, _Rest(asked, at, keyed, limit - len(keys), size))
        keys += more
        if stop is not None or len(keys) >= limit:
            return Found(keys, stop)
    return Found(keys, None)


def _parts(asked: Asked, after: Key | None) -> list[tuple[bool, Key | None]]:
    """What of the order comes after a place: whether people have a key, and where it starts."""
    if asked.order == "addedAt":
        return [(True, after)]
    first, second = (False, True) if asked.backwards else (True, False)
    if after is not None and bool(after.key) is second:
        return [(second, after)]
    return [(first, after), (second, None)]


async def _find_part(connection: Connection, rest: _Rest) -> Found:
    asked, at, keyed, limit, size = rest
    by_key = asked.order != "addedAt"
    if by_key and size is not None and size <= _FEW:
        return Found(await _sort(connection, rest), None)
    if asked.hashes and not by_key and (keys := await _find_among(connection, rest)) is not None:
        return Found(keys, None)
    ends = time.monotonic() + _PATIENCE
    candidates = iter(_CANDIDATES if asked.is_indexed else ())
    found: list[Key] = []
    steps, walked = _FIRST_STEPS, 0
    while True:
        found += await store.walk(
            connection, asked, at, keyed=keyed, steps=steps, limit=limit - len(found)
        )
        if len(found) >= limit:
            return Found(found, None)
        end = await store.end_of_walk(connection, asked, at, keyed=keyed, steps=steps)
        if end is None:
            return Found(found, None)
        at, walked = end, walked + steps
        keys = None
        if (by_key or asked.is_indexed) and (
            not found or (limit - len(found)) * walked > _WORTH_WALKING * len(found)
        ):
            keys = await _otherwise(connection, rest, candidates, walked)
        if keys is not None:
            return Found(keys, None)
        if time.monotonic() > ends:
            return Found(found, at)
        steps = min(4 * steps, _MAX_STEPS)


async def _find_among(connection: Connection, rest: _Rest) -> list[Key] | None:
    """The whole part where few people have such a company, title or location; else None."""
    asked, after, _, limit, size = rest
    fit = await store.count_with_values(connection, asked, limit=store.MOST_AMONG + 1)
    if fit > store.MOST_AMONG:
        return None
    if asked.scope.list_id is None:
        size = await counts_store.get(connection, asked.scope.account_group_id)
    if size is not None and asked.scope.source != "then":
        # If those who fit stand anywhere in the order, the page is full after `limit * size / fit`.
        if limit * size <= fit * _FIRST_STEPS:
            return None
        steps = _PASSED_PER_LOOK_UP * fit
        if limit * size <= fit * steps:
            keys = await store.walk_among(connection, asked, after, steps=steps, limit=limit)
            if len(keys) >= limit:
                return keys
    return await _otherwise(connection, rest, _CANDIDATES, 0)


async def _otherwise(
    connection: Connection, rest: _Rest, candidates: Iterable[int | None], walked: int
) -> list[Key] | None:
    """The whole part without going through it; None if that is no better, or takes too long."""
    try:
        async with connection.transaction():
            await store.end_after(connection, _ALL_MILLIS)
            for most in candidates:
                return await store.look_up(
                    connection,
                    rest.asked,
                    rest.after,
                    keyed=rest.keyed,
                    limit=rest.limit,
                    candidates=most,
                )
            if rest.asked.order != "addedAt" and rest.size is not None and walked > rest.size:
                return await _sort(connection, rest)
    except asyncpg.QueryCanceledError:
        pass
    return None


async def _sort(connection: Connection, rest: _Rest) -> list[Key]:
    return await store.sort(connection, rest.asked, rest.after, keyed=rest.keyed, limit=rest.limit)
