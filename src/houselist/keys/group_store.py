"""All SQL that lists the keys of one account group, as people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from houselist.postgres.db import Connection

# A key `k` as it is shown; $1 is the account group.
_SHOWN = """
    SELECT k.id, k.name, k.permissions, k.created_at, k.expires_at, k.revoked_at, k.last_used_at,
           EXISTS (SELECT FROM api_key_account_groups o
                   WHERE o.key_id = k.id AND o.account_group_id <> $1) AS opens_others,
           (SELECT count(*) FROM console_sessions s WHERE s.key_id = k.id
            AND NOT s.is_link AND s.expires_at > now()) AS sessions
    FROM api_key_account_groups g JOIN api_keys k ON k.id = g.key_id
    WHERE g.account_group_id = $1
"""


async def get_some(
    connection: Connection,
    account_group_id: bytes,
    after: tuple[datetime | None, bytes | None],
    limit: int,
) -> list[asyncpg.Record]:
    """Keys that open the account group, newest first, revoked ones too, older than `after`."""
    return await connection.fetch(
        f"""
        {_SHOWN} AND ($2::timestamptz IS NULL OR (k.created_at, k.id) < ($2, $3::bytea))
        ORDER BY k.created_at DESC, k.id DESC LIMIT $4
        """,
        account_group_id,
        *after,
        limit,
    )


async def get(
    connection: Connection, account_group_id: bytes, key_id: bytes
) -> asyncpg.Record | None:
    """A key, if it opens the account group."""
    return await connection.fetchrow(f"{_SHOWN} AND k.id = $2", account_group_id, key_id)
