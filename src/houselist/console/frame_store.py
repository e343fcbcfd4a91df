"""All SQL of what stands around each page: folders, their newest audiences, and what is filling."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

    from houselist.postgres.db import Connection


async def get_newest(
    connection: Connection, account_group_id: bytes, limit: int
) -> list[asyncpg.Record]:
    """The newest `limit` audiences of each folder that are ready, and of those in none.

    Each with how many its folder has, and how many members these have together.
    """
    return await connection.fetch(
        """
        SELECT id, name, folder_id, prospect_count, audiences, members
        FROM (
            SELECT id, name, folder_id, prospect_count, created_at,
                   count(*) OVER folder AS audiences,
                   (sum(prospect_count) OVER folder)::bigint AS members,
                   row_number() OVER (folder ORDER BY created_at DESC, id DESC) AS place
            FROM audiences
            WHERE account_group_id = $1 AND deleted_at IS NULL AND active_job_id IS NULL
            WINDOW folder AS (PARTITION BY folder_id)
        ) placed
        WHERE place <= $2
        ORDER BY created_at DESC, id DESC
        """,
        account_group_id,
        limit,
    )


async def count_filling(connection: Connection, account_group_id: bytes) -> int:
    """How many jobs are queued or running."""
    return await connection.fetchval(
        """
        SELECT count(*) FROM prospecting_jobs
        WHERE account_group_id = $1 AND status IN ('queued', 'running')
        """,
        account_group_id,
    )
