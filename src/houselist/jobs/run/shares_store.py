"""All SQL that orders the queue of what workers do by themselves: no account group can fill it.

An account group has SHARE places in it; what else it has waits aside, in the order it came. The
more of its work is before a piece of work, the later that is taken up. So with other groups about,
each gets as much as the others, and alone it gets all that it can use: its batches are written one
at a time anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.postgres import queue

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

# How many imports and purges of one account group go on at a time, over all workers.
SHARE = 2
_ENTRYPOINTS = [queue.PROSPECTING, queue.PURGE_AUDIENCE]


async def share_out(connection: Connection) -> None:
    """Puts everything that waits where it belongs by now, for the next who takes work.

    Priority 0 has no other work of its group before it, -1 has one, and so on; at -SHARE it stands
    aside for a minute, after which it would be put aside again.
    """
    # Payloads start with the account group as 24 digits (queue.py). Work that waits for a time, for
    # another reason than its share, is left alone.
    await connection.execute(
        """
        UPDATE pgqueuer q SET priority = -w.before,
            execute_after = now() + CASE WHEN w.before < $2 THEN interval '0' ELSE '1 minute' END
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
        ) w, (SELECT pg_try_advisory_xact_lock(hashtextextended('shares', 0)) AS is_ours) turn
        WHERE turn.is_ours AND q.id = w.id AND q.status = 'queued'
          AND (q.priority <> -w.before OR (w.before = $2 AND q.execute_after <= now()))
        """,
        _ENTRYPOINTS,
        SHARE,
    )


async def is_anybody_waiting(
    connection: Connection, account_group_id: bytes, entrypoint: str, id_: bytes
) -> bool:
    """Whether others could have the slot of this work: another account group, or its own."""
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
        SHARE,
        group.encode(),
        entrypoint,
        f"{group}/{id_.hex()}".encode(),
    )
