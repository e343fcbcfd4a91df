"""All SQL of Settings: the schedules of an account group's audiences, the next run first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

    from houselist.postgres.db import Connection


async def get_schedules(
    connection: Connection, account_group_id: bytes, limit: int
) -> list[asyncpg.Record]:
    """What is due when, what the last run said, and how many schedules there are in all."""
    return await connection.fetch(
        """
        SELECT a.id, a.name, s.every, s.next_run_at, s.last_run_at, s.last_error,
               count(*) OVER () AS schedules
        FROM audience_schedules s JOIN audiences a
            ON a.account_group_id = $1 AND a.id = s.audience_id
        WHERE s.account_group_id = $1 AND a.deleted_at IS NULL
        ORDER BY s.next_run_at, a.id LIMIT $2
        """,
        account_group_id,
        limit,
    )
