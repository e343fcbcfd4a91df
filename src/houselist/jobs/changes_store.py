"""How a job's row is changed: its version counts up, and whoever follows the job is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

    from houselist.postgres.db import Connection

# Every change of a job is told here: `<account group>/<job>`, both in hex.
CHANNEL = "houselist_jobs"


async def change_job(
    connection: Connection,
    statement: str,
    account_group_id: bytes,
    job_id: bytes,
    *arguments: object,
) -> asyncpg.Record | None:
    """Runs an UPDATE of a job in a transaction; tells of it, where it returns the changed row.

    The statement counts `version` up. Its first two arguments are the account group and the job.
    """
    row = await connection.fetchrow(statement, account_group_id, job_id, *arguments)
    if row is not None:
        await tell(connection, account_group_id, [job_id])
    return row


async def tell(connection: Connection, account_group_id: bytes, job_ids: Iterable[bytes]) -> None:
    """Tells that the transaction changes these jobs, once it is committed."""
    # A statement without a table: on a cluster, one with a table runs on the server that has the
    # rows, where nobody listens. Neither would a trigger be heard.
    group = account_group_id.hex()
    await connection.execute(
        "SELECT pg_notify($1, job) FROM unnest($2::text[]) AS job",
        CHANNEL,
        [f"{group}/{job_id.hex()}" for job_id in job_ids],
    )
