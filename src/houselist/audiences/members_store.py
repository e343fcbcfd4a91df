"""All SQL that moves people between audiences. Filling audiences is done in jobs/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.audiences import store as audiences
from houselist.errors import Impossible, NotFound, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from houselist.postgres.db import Connection


async def lock_two(
    connection: Connection, account_group_id: bytes, one: bytes, other: bytes
) -> None:
    """Locks two audiences until the transaction ends. Raises NotFound, then AudienceNotReady.

    Locks in the order of their ids, so that two moves between the same two can't deadlock.
    """
    refusals = [
        (await audiences.lock(connection, account_group_id, audience_id))[1]
        for audience_id in sorted({one, other})
    ]
    for refusal in refusals:
        if refusal:
            raise refusal


async def move(
    connection: Connection,
    account_group_id: bytes,
    source_id: bytes,
    target_id: bytes,
    prospect_ids: Sequence[bytes],
) -> int:
    """Moves members between two locked audiences. Returns how many left the source.

    They join the end of the target in the order they had; people who are already in the target
    only leave the source. Raises Impossible, naming all who are not members of the source.
    """
    leaving, settled = await _find(connection, account_group_id, source_id, target_id, prospect_ids)
    await connection.execute(
        """
        DELETE FROM memberships
        WHERE account_group_id = $1 AND audience_id = $2 AND position = ANY($3::bigint[])
        """,
        account_group_id,
        source_id,
        [row["position"] for row in leaving],
    )
    joining = [row for row in leaving if row["prospect_id"] not in settled]
    await _count(connection, account_group_id, source_id, left=len(leaving))
    await _join(connection, account_group_id, target_id, joining)
    return len(leaving)


async def _find(
    connection: Connection,
    account_group_id: bytes,
    source_id: bytes,
    target_id: bytes,
    prospect_ids: Sequence[bytes],
) -> tuple[list[asyncpg.Record], set[bytes]]:
    """Who leaves the source, in order, and which of them are already in the target."""
    rows = await connection.fetch(
        """
        SELECT audience_id, position, prospect_id, seen_by_job_id,
               date_trunc('milliseconds', now()) AS moment
        FROM memberships
        WHERE account_group_id = $1 AND prospect_id = ANY($2::bytea[])
          AND audience_id = ANY($3::bytea[])
        """,
        account_group_id,
        list(set(prospect_ids)),
        [source_id, target_id],
    )
    leaving = [row for row in rows if row["audience_id"] == source_id]
    known = {row["prospect_id"] for row in leaving}
    missing = [at for at, prospect_id in enumerate(prospect_ids) if prospect_id not in known]
    if missing:
        raise Impossible(
            *(Problem(f"leadIds[{at}]", "is not a member of the audience") for at in missing)
        )
    leaving.sort(key=lambda row: row["position"])
    return leaving, {row["prospect_id"] for row in rows if row["audience_id"] == target_id}


async def _join(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    joining: Sequence[asyncpg.Record],
) -> None:
    span = await connection.fetchrow(
        """
        UPDATE audiences
        SET prospect_count = prospect_count + $3, next_position = next_position + $3
        WHERE account_group_id = $1 AND id = $2
        RETURNING next_position - $3 AS first
        """,
        account_group_id,
        audience_id,
        len(joining),
    )
    if span is None:
        raise NotFound("There is no such audience.")
    await connection.copy_records_to_table(
        "memberships",
        columns=(
            "account_group_id",
            "audience_id",
            "position",
            "prospect_id",
            "seen_by_job_id",
            "added_at",
        ),
        records=[
            (
                account_group_id,
                audience_id,
                position,
                row["prospect_id"],
                row["seen_by_job_id"],
                row["moment"],
            )
            for position, row in enumerate(joining, span["first"])
        ],
    )


async def _count(
    connection: Connection, account_group_id: bytes, audience_id: bytes, *, left: int
) -> None:
    await connection.execute(
        "UPDATE audiences SET prospect_count = prospect_count - $3"
        " WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        audience_id,
        left,
    )
