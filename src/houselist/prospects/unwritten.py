"""People whose texts the search has yet to write: judged by what is known of them now.

They are few, except while a large import or an upgrade is being written. Then pages go through
everybody, and end early.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from houselist.errors import AudienceNotReady
from houselist.prospects import finding_store as store
from houselist.prospects.asked import Asked, Key
from houselist.search import store as texts
from houselist.search.documents import KEY_LENGTH, document, mark_of, parts_query
from houselist.search.wanted import containing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.postgres.db import Connection
    from houselist.search.documents import Document

# People who are judged one by one for a page.
_MAX_JUDGED = 10_000
# More values than these are no help: nearly everybody has one of them.
_MAX_VALUES = 2_000
# People between two of which others get a turn, and those that are read at a time.
_PIECE, _AT_ONCE = 200, 2_000
# Seconds for going through people one by one: for a page that can end early, and for what can't.
_PATIENCE, _LONG_PATIENCE = 1.2, 2.5


async def judge(connection: Connection, asked: Asked) -> tuple[Asked, list[Key]] | None:
    """What to ask of those who are written, and who fits of the others. None if those are many."""
    if not asked.reads_texts:
        return asked, []
    group = asked.scope.account_group_id
    state = await texts.get_state(connection, group)
    ids: set[bytes] = set()
    if state.pending > _MAX_JUDGED:
        return None
    if state.written_to is not None:
        ids.update(await texts.get_ids_after(connection, group, state.written_to, _MAX_JUDGED + 1))
        if len(ids) > _MAX_JUDGED:
            return None
    if state.pending:
        ids |= await texts.get_pending(connection, group)
    hashes = await _hashes(connection, asked)
    asked = asked._replace(without=sorted(ids), hashes=hashes)
    if not ids:
        return asked, []
    rows = await store.get_values(connection, asked, asked.without)
    return asked, await _fitting(asked, rows)


def can_fit(asked: Asked) -> bool:
    """Whether anybody who is written can fit: there may be no such company, title or location."""
    return all(asked.hashes.values())


async def _hashes(connection: Connection, asked: Asked) -> dict[str, list[int]]:
    """Which companies, titles and locations fit, where they are few."""
    group = asked.scope.account_group_id
    found: dict[str, list[int]] = {}
    for field, part in asked.wanted.parts.items():
        hashes = await texts.find_values(
            connection,
            group,
            field,
            parts=parts_query(mark_of(group), field, part),
            pattern=containing(part),
            limit=_MAX_VALUES + 1,
        )
        if len(hashes) <= _MAX_VALUES:
            found[field] = hashes
    return found


async def _fitting(asked: Asked, rows: list[Any]) -> list[Key]:
    """Who fits of rows of a position, a moment, an id and what documents are made from."""
    found: list[Key] = []
    for start in range(0, len(rows), _PIECE):
        for position, added_at, id_, *values, is_gone in rows[start : start + _PIECE]:
            person = document(values)
            if not is_gone and asked.wanted.fits(person):
                found.append(Key(key_of(asked, person), position, added_at, id_))
        await asyncio.sleep(0)
    return found


def key_of(asked: Asked, person: Document) -> str:
    """What somebody is sorted by."""
    keys = {"addedAt": "", "name": person.name, "company": person.company}
    return keys[asked.order][:KEY_LENGTH]


async def walk(
    connection: Connection, asked: Asked, after: Key | None, *, limit: int
) -> tuple[list[Key], Key | None]:
    """The next people in the order, and where it left off if that took too long.

    Raises AudienceNotReady if they can't be sorted in time.
    """
    by_key = asked.order != "addedAt"
    ends = time.monotonic() + (_LONG_PATIENCE if by_key else _PATIENCE)
    order = asked
    if by_key:
        # All are gone through, to be sorted.
        order = asked._replace(order="addedAt", descending=False, backwards=False)
    at = None if by_key else after
    found: list[Key] = []
    while True:
        rows = await store.walk_values(connection, order, at, steps=_AT_ONCE)
        found += await _fitting(asked, rows)
        if len(rows) < _AT_ONCE:
            return found, None
        at = Key("", *rows[-1][:3])
        if not by_key and len(found) >= limit:
            return found, None
        if time.monotonic() > ends:
            if by_key:
                raise not_ready()
            return found, at


async def walk_all(connection: Connection, asked: Asked) -> AsyncIterator[list[Key]]:
    """Everybody who fits in the order in which they were added, judged one by one."""
    at = None
    while True:
        rows = await store.walk_values(connection, asked, at, steps=_AT_ONCE)
        yield await _fitting(asked, rows)
        if len(rows) < _AT_ONCE:
            return
        at = Key("", *rows[-1][:3])


def not_ready() -> AudienceNotReady:
    """The refusal to sort or count more new people than a request has the time for."""
    return AudienceNotReady(
        "Many people are new and are still being prepared for search and sorting.",
        details="Try again in a few seconds, or list them in the order in which they were added.",
        headers={"retry-after": "10"},
    )


async def count(connection: Connection, asked: Asked, limit: int) -> int:
    """How many people fit, `limit` at most. Raises AudienceNotReady if that takes too long."""
    ends = time.monotonic() + _LONG_PATIENCE
    found, at = 0, None
    while found < limit:
        rows = await store.walk_values(connection, asked, at, steps=_AT_ONCE)
        found += len(await _fitting(asked, rows))
        if len(rows) < _AT_ONCE:
            break
        at = Key("", *rows[-1][:3])
        if time.monotonic() > ends:
            raise not_ready()
    return min(found, limit)
