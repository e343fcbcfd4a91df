"""All SQL that finds the jobs of all account groups that have work to do, queued or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.postgres import queue
from houselist.postgres.queue import Work

if TYPE_CHECKING:
    from houselist.postgres.db import Connection


async def get_open(connection: Connection) -> list[Work]:
    """The next work of every job that is not over and need not wait.

    Of a completed one too, if it is time to ask again for people of whom parts were held back.
    """
    # Whether it is queued is another statement: on a cluster the queue is on one server, and these
    # tables are on all.
    rows = await connection.fetch(
        """
        SELECT account_group_id, id,
               CASE WHEN question IS NOT NULL OR import_status = 'completed' THEN $1 ELSE $2 END
        FROM prospecting_jobs
        WHERE status IN ('queued', 'running')
          AND (waiting_until IS NULL OR waiting_until <= now())
        UNION
        SELECT h.account_group_id, h.job_id, $1 FROM held_back_look_ups h
        JOIN prospecting_jobs j ON j.account_group_id = h.account_group_id AND j.id = h.job_id
        WHERE h.again_at <= now() AND j.status = 'completed'
        """,
        queue.PROVIDER,
        queue.PROSPECTING,
    )
    return [Work(*row) for row in rows]
