"""All SQL about the audiences that jobs combine, as they are when such a job starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from houselist.audiences import store as audiences
from houselist.errors import NotFound
from houselist.jobs.combination_shapes import Snapshot, SourceList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.postgres.db import Connection


async def look(
    connection: Connection, account_group_id: bytes, audience_ids: Sequence[bytes]
) -> list[SourceList]:
    """The audiences as they are at one moment, in this order; held until the transaction ends.

    Held means that nobody deletes them, or starts to fill them. Raises NotFound for those that are
    not there, then AudienceNotReady for the first that a job is filling.
    """
    # The lock may wait, and then each row is of another moment; the next statement sees all of one.
    held = await connection.fetch(
        """
        SELECT id FROM audiences
        WHERE account_group_id = $1 AND id = ANY($2::bytea[]) AND deleted_at IS NULL
        ORDER BY id FOR KEY SHARE
        """,
        account_group_id,
        audience_ids,
    )
    there = {row["id"] for row in held}
    if missing := [f"audienceIds[{at}]" for at, one in enumerate(audience_ids) if one not in there]:
        raise NotFound("There is no such audience.", details=f"Not there: {', '.join(missing)}.")
    while True:
        rows = await connection.fetch(
            """
            SELECT id, coalesce(list_id, id) AS list_id, next_position - 1 AS number,
                   prospect_count, active_job_id IS NULL AS is_ready
            FROM audiences WHERE account_group_id = $1 AND id = ANY($2::bytea[])
            ORDER BY array_position($2::bytea[], id)
            """,
            account_group_id,
            audience_ids,
        )
        busy = [row["id"] for row in rows if not row["is_ready"]]
        if not busy:
            return [SourceList(row[0].hex(), row[1].hex(), row[2], row[3]) for row in rows]
        # Its job may be over by now. Then they are looked at again, together.
        await audiences.get_ready(connection, account_group_id, busy[0])


async def get(connection: Connection, account_group_id: bytes, job_id: bytes) -> Snapshot:
    """What a combination is made of. Raises KeyError for another job."""
    found = await connection.fetchval(
        "SELECT snapshot FROM prospecting_jobs WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        job_id,
    )
    if found is None:
        raise KeyError(job_id.hex())
    return msgspec.json.decode(found, type=Snapshot)


async def is_read(connection: Connection, account_group_id: bytes, id_: bytes) -> bool:
    """Whether a combination that is not over reads this audience, or this list of members."""
    return await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM prospecting_jobs
            WHERE account_group_id = $1 AND status IN ('queued', 'running')
              AND source_type = 'combination'
              AND (snapshot @> $2::jsonb OR snapshot @> $3::jsonb)
        )
        """,
        account_group_id,
        *(
            msgspec.json.encode({"sources": [{name: id_.hex()}]}).decode()
            for name in ("audienceId", "listId")
        ),
    )
