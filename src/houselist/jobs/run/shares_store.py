"""All SQL that orders the queue of work that needs no provider: no account group can fill it.

SHARE jobs (postgres/queue.py) of an account group are in the queue at a time; its others wait, in
the order they came. The more work of its own group is ahead of a job, the later the job starts. So
if several groups have work, each gets as much as the others. A group that is alone gets all that it
can use: its batches are written one at a time anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.postgres import queue

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

_ENTRYPOINTS = list(queue.SHARED)


async def share_out(connection: Connection) -> None:
    """Orders everything that waits, before a worker takes work.

    Priority 0 has no other work of its group ahead of it, -1 has one, and so on. At -SHARE, where
    all work begins, it is put off, and then again.
    """
    # Payloads start with the account group as 24 digits (queue.py). Work that waits for another
    # reason than its share is left alone.
    await connection.execute(
        """
        UPDATE pgqueuer q SET priority = -w.before,
            execute_after = now() + CASE WHEN w.before < $2 THEN interval '0' ELSE $3 END
        FROM (
            SELECT id, least(
                $2::integer, coalesce(p.picked, 0) - 1
                    + row_number() OVER (PARTITION BY substring(payload FROM 1 FOR 24) ORDER BY id)
            )::integer AS before
            FROM pgqueuer
            LEFT JOIN (
                SELECT substring(payload FROM 1 FOR 24) AS whose, count(*) AS picked FROM pgqueuer
                WHERE entrypoint = ANY($1::text[]) AND status = 'picked' GROUP BY 1
            ) p ON p.whose = substring(payload FROM 1 FOR 24)
            WHERE entrypoint = ANY($1::text[]) AND status = 'queued'
              AND (execute_after <= now() OR priority = -$2::integer)
        ) w, (SELECT pg_try_advisory_xact_lock(hashtextextended('shares', 0)) AS is_ours) mutex
        WHERE mutex.is_ours AND q.id = w.id AND q.status = 'queued'
          AND (q.priority <> -w.before OR (w.before = $2 AND q.execute_after <= now()))
        """,
        _ENTRYPOINTS,
        queue.SHARE,
        queue.PUT_OFF,
    )


async def is_anybody_waiting(
    connection: Connection, account_group_id: bytes, entrypoint: str, id_: bytes
) -> bool:
    """Whether other work waits for the slot of this: of another account group, or of its own."""
    group = account_group_id.hex()
    return await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM pgqueuer
            WHERE entrypoint = ANY($1::text[]) AND status = 'queued'
              AND (execute_after <= now()
                   OR priority = -$2::integer AND substring(payload FROM 1 FOR 24) = $3)
              AND NOT (entrypoint = $4 AND payload = $5)
        )
        """,
        _ENTRYPOINTS,
        queue.SHARE,
        group.encode(),
        entrypoint,
        f"{group}/{id_.hex()}".encode(),
    )
