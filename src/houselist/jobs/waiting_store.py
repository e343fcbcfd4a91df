"""All SQL about jobs that wait: what for, until when, and having them go on at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.envelope import timestamp
from houselist.jobs.changes_store import tell
from houselist.jobs.waiting import Waiting
from houselist.postgres import queue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.jobs.waiting import WaitReason
    from houselist.postgres.db import Connection


async def resume(
    connection: Connection, account_group_id: bytes, reasons: Iterable[WaitReason] = ("connection",)
) -> int:
    """Has the account group's jobs that wait for these reasons go on at once; how many there were.

    How often they have failed in a row stays counted.
    """
    rows = await connection.fetch(
        """
        UPDATE prospecting_jobs
        SET waiting_until = NULL, waiting_for = NULL, waiting_reason = NULL, version = version + 1
        WHERE account_group_id = $1 AND status = 'running' AND waiting_until IS NOT NULL
          AND waiting_reason = ANY($2::text[])
        RETURNING id
        """,
        account_group_id,
        list(reasons),
    )
    if rows:
        await tell(connection, account_group_id, [row["id"] for row in rows])
    for row in rows:
        await queue.enqueue_again(connection, queue.PROVIDER, account_group_id, row["id"])
    return len(rows)


async def get_waiting(connection: Connection, account_group_id: bytes) -> list[Waiting]:
    """How many of the account group's jobs wait, by what for."""
    rows = await connection.fetch(
        """
        SELECT waiting_reason, count(*), min(waiting_until) FROM prospecting_jobs
        WHERE account_group_id = $1 AND status = 'running' AND waiting_until > now()
          AND waiting_reason IS NOT NULL
        GROUP BY waiting_reason ORDER BY min(waiting_until), waiting_reason
        """,
        account_group_id,
    )
    return [Waiting(reason, jobs, timestamp(until)) for reason, jobs, until in rows]
