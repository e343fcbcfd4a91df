"""All SQL of Home's figures and of what is filling now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncpg

    from houselist.postgres.db import Connection

# People of the last days are counted no further.
MAX_NEW: Final = 10_000
_READ = """
    account_group_id = $1 AND created_at > now() - make_interval(days => $2::integer)
    AND NOT dry_run AND source_type NOT IN ('undo', 'combination')
"""


async def count_new_people(
    connection: Connection, account_group_id: bytes, days: int
) -> dict[int, int]:
    """How many people were made how many days ago; together MAX_NEW + 1, there are more."""
    rows = await connection.fetch(
        f"""
        SELECT (now() AT TIME ZONE 'UTC')::date - (created_at AT TIME ZONE 'UTC')::date AS ago,
               count(*) AS people
        FROM (
            SELECT created_at FROM prospects
            WHERE account_group_id = $1
              AND created_at > now() - make_interval(days => $2::integer)
            LIMIT {MAX_NEW + 1}
        ) AS made
        GROUP BY 1
        """,
        account_group_id,
        days,
    )
    return {row["ago"]: row["people"] for row in rows}


async def sum_rows(connection: Connection, account_group_id: bytes, days: int) -> asyncpg.Record:
    """What became of the rows of all jobs that were started in the last days."""
    row = await connection.fetchrow(
        f"""
        SELECT coalesce(sum(added), 0)::bigint AS "added",
               coalesce(sum(already_member), 0)::bigint AS "alreadyMember",
               coalesce(sum(duplicate), 0)::bigint AS "duplicate",
               coalesce(sum(invalid), 0)::bigint AS "invalid",
               coalesce(sum(over_limit), 0)::bigint AS "overLimit"
        FROM prospecting_jobs WHERE {_READ}
        """,
        account_group_id,
        days,
    )
    if row is None:
        raise RuntimeError("a sum has a row")
    return row


async def get_refusing(
    connection: Connection, account_group_id: bytes, days: int, limit: int
) -> list[asyncpg.Record]:
    """The newest of these jobs that refused rows, with the names of their audiences."""
    return await connection.fetch(
        f"""
        SELECT j.id, j.invalid, j.created_at, a.name FROM (
            SELECT id, invalid, created_at, audience_id FROM prospecting_jobs
            WHERE {_READ} AND invalid > 0
            ORDER BY created_at DESC, id DESC LIMIT $3
        ) AS j
        LEFT JOIN audiences a ON a.account_group_id = $1 AND a.id = j.audience_id
        ORDER BY j.created_at DESC, j.id DESC
        """,
        account_group_id,
        days,
        limit,
    )


async def get_filling(
    connection: Connection, account_group_id: bytes, limit: int
) -> list[asyncpg.Record]:
    """Jobs that are queued or running, newest first, with the names of their audiences."""
    return await connection.fetch(
        """
        SELECT j.id, j.source_type, j.audience_id, j.status, j.progress, j.position, j.dry_run,
               j.import_status, j.enriched_row, j.waiting_for, j.waiting_until,
               j.import_details, j.enrichment_details, a.name, f.read_as ->> 'name' AS file_name,
               extract(epoch FROM j.updated_at - j.started_at)::double precision AS worked
        FROM prospecting_jobs j
        LEFT JOIN audiences a ON a.account_group_id = $1 AND a.id = j.audience_id
        LEFT JOIN uploads f ON f.account_group_id = $1 AND f.id = j.upload_id
        WHERE j.account_group_id = $1 AND j.status IN ('queued', 'running')
        ORDER BY j.id DESC LIMIT $2
        """,
        account_group_id,
        limit,
    )
