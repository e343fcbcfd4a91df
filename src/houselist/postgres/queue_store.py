"""All SQL about PgQueuer's tables that is not PgQueuer's own: what else is known of its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.postgres.db import rows_of
from houselist.postgres.queue import payload_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.postgres.db import Connection
    from houselist.postgres.queue import Work


# What PgQueuer writes down of work that it did, and never deletes.
LOGS = ("pgqueuer_log", "pgqueuer_statistics")


async def get_queued(connection: Connection, wanted: Iterable[Work]) -> set[bytes]:
    """The payloads of such work that is in the queue, waiting or under way."""
    rows = await connection.fetch(
        "SELECT DISTINCT payload FROM pgqueuer WHERE payload = ANY($1::bytea[])",
        [payload_of(work.account_group_id, work.id) for work in wanted],
    )
    return {row["payload"] for row in rows}


async def is_anything_waiting(connection: Connection, entrypoint: str) -> bool:
    """Whether there is work of this kind that nobody has taken up yet."""
    return await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM pgqueuer
            WHERE status = 'queued' AND execute_after <= now() AND entrypoint = $1
        )
        """,
        entrypoint,
    )


async def forget_log(connection: Connection, table: str, days: int, limit: int) -> int:
    """Deletes up to `limit` rows of one of LOGS that are so many days old. Returns how many."""
    gone = await connection.execute(
        f"""
        DELETE FROM {table} WHERE id IN (
            SELECT id FROM {table} WHERE created < now() - make_interval(days => $1)
            ORDER BY created LIMIT $2
        )
        """,
        days,
        limit,
    )
    return rows_of(gone)
