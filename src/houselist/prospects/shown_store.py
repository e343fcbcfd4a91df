"""Reading people who were found: as many as a response holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.paging import MAX_ITEMS, fitting
from houselist.prospects.store import ORDINARY, SHOWN, prospect_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from houselist.postgres.db import Connection
    from houselist.prospects.asked import Key
    from houselist.prospects.shapes import Prospect

# Large people come as nulls, unless $4.
_PEOPLE = f"""
    SELECT one.added_at, {SHOWN} FROM unnest($2::bytea[], $3::timestamptz[])
        WITH ORDINALITY AS one (id, added_at, number)
    LEFT JOIN prospects p ON p.account_group_id = $1 AND p.id = one.id AND ($4 OR {ORDINARY})
    ORDER BY one.number
"""
# Of people who are large, so many at a time: each may have a megabyte.
_LARGE_AT_ONCE = 8


async def get_people(
    connection: Connection, account_group_id: bytes, keys: Sequence[Key]
) -> list[Prospect]:
    """People who were found in the same transaction: as many of the first as a response holds."""
    rows = await _fetch(connection, account_group_id, keys, large=False)
    if all(row["id"] is not None for row in rows):
        return [prospect_of(row[:]) for row in rows]
    items: list[Prospect] = []
    for start in range(0, len(keys), _LARGE_AT_ONCE):
        piece = keys[start : start + _LARGE_AT_ONCE]
        rows = await _fetch(connection, account_group_id, piece, large=True)
        items += [prospect_of(row[:]) for row in rows]
        fit = fitting(items, MAX_ITEMS)
        if len(fit) < len(items):
            return fit
    return items


async def _fetch(
    connection: Connection, account_group_id: bytes, keys: Sequence[Key], *, large: bool
) -> list[asyncpg.Record]:
    return await connection.fetch(
        _PEOPLE,
        account_group_id,
        [key.prospect_id for key in keys],
        [key.added_at for key in keys],
        large,
    )
