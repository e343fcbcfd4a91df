"""All SQL that looks into PgQueuer's queue for what else is known of its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.postgres.queue import payload_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.postgres.db import Connection
    from houselist.postgres.queue import Work


async def get_queued(connection: Connection, wanted: Iterable[Work]) -> set[bytes]:
    """The payloads of such work that is in the queue, waiting or under way."""
    rows = await connection.fetch(
        "SELECT DISTINCT payload FROM pgqueuer WHERE payload = ANY($1::bytea[])",
        [payload_of(work.account_group_id, work.id) for work in wanted],
    )
    return {row["payload"] for row in rows}
