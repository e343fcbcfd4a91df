"""All SQL that moves people between audiences. Filling audiences is done in jobs/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.audiences import store as audiences
from houselist.errors import Impossible, Problem
from houselist.people import members_store as people
from houselist.people.members_store import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.people.members_store import By, Members
    from houselist.postgres.db import Connection


async def lock_ready(
    connection: Connection, account_group_id: bytes, *audience_ids: bytes
) -> list[Members]:
    """Locks audiences until the transaction ends. Raises NotFound, then AudienceNotReady.

    Locks in the order of their ids, so that two changes of the same two can't deadlock.
    """
    refusals = [
        (await audiences.lock(connection, account_group_id, audience_id))[1]
        for audience_id in sorted({*audience_ids})
    ]
    for refusal in refusals:
        if refusal:
            raise refusal
    return [await people.lock(connection, account_group_id, each) for each in audience_ids]


async def move(
    connection: Connection,
    source: Members,
    target: Members,
    prospect_ids: Sequence[bytes],
    by: By,
) -> int:
    """Moves members between two locked audiences. Returns how many left the source.

    They join the end of the target in the order they had; people who are already in the target
    only leave the source. Raises Impossible, naming all who are not members of the source.
    """
    leaving, settled = await _find(connection, source, target, prospect_ids)
    joining = [prospect_id for _, prospect_id in leaving if prospect_id not in settled]
    positions = [position for position, _ in leaving]
    await people.leave(connection, source, positions, by, first_number=source.next_number)
    await people.note(connection, source, Tally(left=len(leaving)), by)
    await people.join(connection, target, joining, by)
    await people.note(connection, target, Tally(joined=len(joining)), by)
    return len(leaving)


async def _find(
    connection: Connection, source: Members, target: Members, prospect_ids: Sequence[bytes]
) -> tuple[list[tuple[int, bytes]], set[bytes]]:
    """Who leaves the source, by position, and which of them are already in the target."""
    rows = await connection.fetch(
        """
        SELECT audience_id, position, prospect_id FROM memberships
        WHERE account_group_id = $1 AND prospect_id = ANY($2::bytea[])
          AND audience_id = ANY($3::bytea[])
        """,
        source.account_group_id,
        list(set(prospect_ids)),
        [source.list_id, target.list_id],
    )
    leaving = sorted(row[1:] for row in rows if row["audience_id"] == source.list_id)
    known = {prospect_id for _, prospect_id in leaving}
    missing = [at for at, prospect_id in enumerate(prospect_ids) if prospect_id not in known]
    if missing:
        raise Impossible(
            *(Problem(f"leadIds[{at}]", "is not a member of the audience") for at in missing)
        )
    return leaving, {row["prospect_id"] for row in rows if row["audience_id"] == target.list_id}
