"""All SQL of what stands around each page: folders, their newest audiences, and what is filling."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import asyncpg

    from houselist.postgres.db import Connection


class Held(NamedTuple):
    """How many audiences a folder has that are ready, and how many members these have together."""

    audiences: int = 0
    people: int = 0


async def count_by_folder(
    connection: Connection, account_group_id: bytes
) -> dict[bytes | None, Held]:
    """What each folder holds, and under None what is in no folder."""
    rows = await connection.fetch(
        """
        SELECT folder_id, count(*) AS audiences, sum(prospect_count)::bigint AS people
        FROM audiences
        WHERE account_group_id = $1 AND deleted_at IS NULL AND active_job_id IS NULL
        GROUP BY folder_id
        """,
        account_group_id,
    )
    return {row["folder_id"]: Held(row["audiences"], row["people"]) for row in rows}


async def get_newest(
    connection: Connection, account_group_id: bytes, folder_ids: list[bytes], limit: int
) -> list[asyncpg.Record]:
    """The newest `limit` audiences of each of these folders that are ready."""
    return await connection.fetch(
        """
        SELECT id, name, folder_id, prospect_count
        FROM (
            SELECT id, name, folder_id, prospect_count, created_at,
                   row_number() OVER (
                       PARTITION BY folder_id ORDER BY created_at DESC, id DESC
                   ) AS place
            FROM audiences
            WHERE account_group_id = $1 AND folder_id = ANY($2::bytea[])
              AND deleted_at IS NULL AND active_job_id IS NULL
        ) placed
        WHERE place <= $3
        ORDER BY created_at DESC, id DESC
        """,
        account_group_id,
        folder_ids,
        limit,
    )


async def get_newest_without_folder(
    connection: Connection, account_group_id: bytes, limit: int
) -> list[asyncpg.Record]:
    """Likewise of those in no folder."""
    return await connection.fetch(
        """
        SELECT id, name, folder_id, prospect_count FROM audiences
        WHERE account_group_id = $1 AND folder_id IS NULL
          AND deleted_at IS NULL AND active_job_id IS NULL
        ORDER BY created_at DESC, id DESC LIMIT $2
        """,
        account_group_id,
        limit,
    )


async def get_folder_of(
    connection: Connection, account_group_id: bytes, audience_id: bytes
) -> bytes | None:
    """The folder of an audience, where it is in one."""
    return await connection.fetchval(
        "SELECT folder_id FROM audiences WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        audience_id,
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
