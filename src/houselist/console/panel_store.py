"""All SQL of the side panel: names of jobs and keys that changed a person, audiences to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    import asyncpg

    from houselist.postgres.db import Connection


async def get_jobs(
    connection: Connection, account_group_id: bytes, job_ids: Collection[bytes]
) -> dict[bytes, asyncpg.Record]:
    """What these jobs read, which audience they fill, and the name of the key behind each."""
    rows = await connection.fetch(
        """
        SELECT j.id, j.source_type,
               (SELECT u.read_as ->> 'name' FROM uploads u
                WHERE u.account_group_id = $1 AND u.id = j.upload_id) AS file_name,
               (SELECT a.name FROM audiences a
                WHERE a.account_group_id = $1 AND a.id = j.audience_id) AS audience,
               (SELECT k.name FROM api_keys k WHERE k.id = j.key_id) AS key_name
        FROM prospecting_jobs j WHERE j.account_group_id = $1 AND j.id = ANY($2::bytea[])
        """,
        account_group_id,
        list(job_ids),
    )
    return {row["id"]: row for row in rows}


async def get_key_names(
    connection: Connection, account_group_id: bytes, key_ids: Collection[bytes]
) -> dict[bytes, str]:
    """The names of those of these keys that open the account group."""
    rows = await connection.fetch(
        """
        SELECT k.id, k.name FROM api_key_account_groups g JOIN api_keys k ON k.id = g.key_id
        WHERE g.account_group_id = $1 AND k.id = ANY($2::bytea[])
        """,
        account_group_id,
        list(key_ids),
    )
    return {row["id"]: row["name"] for row in rows}
