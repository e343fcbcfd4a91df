"""All SQL of the pages about one audience: its facts, and the audiences its people can go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

    from houselist.postgres.db import Connection


async def get_facts(
    connection: Connection, account_group_id: bytes, audience_id: bytes
) -> asyncpg.Record | None:
    """The audience and its folder, how it grew in 30 days, and when a job last filled it."""
    return await connection.fetchrow(
        """
        SELECT a.name, a.type, a.description, a.folder_id, a.prospect_count, a.created_at,
               a.active_job_id, f.name AS folder_name,
               (SELECT (sum(d.joined) - sum(d.departed))::bigint FROM audience_days d
                WHERE d.account_group_id = $1 AND d.audience_id = $2
                  AND d.day > (now() AT TIME ZONE 'UTC')::date - 30) AS growth,
               (SELECT j.updated_at FROM prospecting_jobs j
                WHERE j.account_group_id = $1 AND j.audience_id = $2 AND NOT j.dry_run
                  AND j.undoes_job_id IS NULL AND j.import_status = 'completed'
                ORDER BY j.created_at DESC, j.id DESC LIMIT 1) AS filled_at
        FROM audiences a
        LEFT JOIN folders f ON f.account_group_id = a.account_group_id AND f.id = a.folder_id
        WHERE a.account_group_id = $1 AND a.id = $2 AND a.deleted_at IS NULL
        """,
        account_group_id,
        audience_id,
    )


async def find(
    connection: Connection,
    account_group_id: bytes,
    part: str,
    limit: int,
    *,
    without: bytes | None = None,
) -> list[asyncpg.Record]:
    """Audiences that are ready and whose name has `part` in it, the newest first.

    `without`: one that is left out.
    """
    return await connection.fetch(
        """
        SELECT id, name, prospect_count FROM audiences
        WHERE account_group_id = $1 AND deleted_at IS NULL AND active_job_id IS NULL
          AND ($3::bytea IS NULL OR id <> $3) AND strpos(lower(name), lower($2)) > 0
        ORDER BY created_at DESC, id DESC LIMIT $4
        """,
        account_group_id,
        part,
        without,
        limit,
    )
