"""All SQL of who joins and leaves by request. Filling audiences is done in jobs/."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.audiences import store as audiences
from houselist.ids import new_id
from houselist.people import members_store as people
from houselist.people import store as batches
from houselist.people.members_store import Tally
from houselist.postgres.plans_store import plan_by_index

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from houselist.people.members_store import By, Located, Members
    from houselist.postgres.db import Connection


_EMPTY = """

    WITH emptied AS (
        INSERT INTO audience_lists AS l (account_group_id, list_id, audience_id, first_number,
            emptied_at, emptied_number, first_position, last_number, members, key_id)
        VALUES ($1, $2, $3, 1, $4::timestamptz, $5::bigint, $6, $7::bigint, $8::bigint, $9)
        ON CONFLICT (account_group_id, list_id) DO UPDATE SET emptied_at = excluded.emptied_at,
            emptied_number = excluded.emptied_number, first_position = excluded.first_position,
            last_number = excluded.last_number, members = excluded.members,
            key_id = excluded.key_id
    ), day AS (
        INSERT INTO audience_days AS known
            (account_group_id, audience_id, day, joined, departed)
        VALUES ($1, $3, ($4 AT TIME ZONE 'UTC')::date, 0, $8)
        ON CONFLICT (account_group_id, audience_id, day)
        DO UPDATE SET departed = known.departed + excluded.departed
    )
    UPDATE audiences SET list_id = $10, prospect_count = 0, next_position = $7 + 1,
        changed_at = $4
    WHERE account_group_id = $1 AND id = $3
"""


async def lock_ready(
    connection: Connection, account_group_id: bytes, *audience_ids: bytes
) -> list[Members]:
    """Locks audiences until the transaction ends, to change who is in them.

    Raises NotFound, then AudienceNotReady.

    Locks in the order of their ids, so that two changes of the same two can't deadlock.
    """
    await plan_by_index(connection)
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
    leaving: Mapping[bytes, int],
    by: By,
) -> None:
    """Moves members, by id and position, between two locked audiences.

    They join the end of the target in the order they had; people who are already in the target
    only leave the source.
    """
    settled = await get_positions(connection, target, leaving)
    joining = [each for each in sorted(leaving, key=leaving.__getitem__) if each not in settled]
    await remove(connection, source, leaving.values(), by)
    await add(connection, target, joining, by)


async def get_positions(
    connection: Connection, members: Members, prospect_ids: Collection[bytes]
) -> dict[bytes, int]:
    """Which of these people are members, and at which positions."""
    group, list_id = members.account_group_id, members.list_id
    return await people.get_positions(connection, group, list_id, prospect_ids)


class Found(NamedTuple):
    """Which ids are no prospects, who was merged into whom, and who are members by now."""

    unknown: set[bytes]
    kept: dict[bytes, bytes]
    members: set[bytes]


async def find(connection: Connection, members: Members, prospect_ids: Collection[bytes]) -> Found:
    """Looks ids up. Who was merged into another is found as that one."""
    group = members.account_group_id
    unknown = {*await people.find_unknown(connection, group, prospect_ids)}
    kept = await _get_kept(connection, members, unknown)
    known = {*prospect_ids}.difference(unknown).union(kept.values())
    there = await people.find_members(connection, members, known)
    return Found(unknown.difference(kept), kept, {*there})


async def _get_kept(
    connection: Connection, members: Members, prospect_ids: Collection[bytes]
) -> dict[bytes, bytes]:
    """Which of these people were merged into others, and into whom."""
    if not prospect_ids:
        return {}
    merged = await connection.fetch(
        """
        SELECT prospect_id, kept_id FROM prospect_merges
        WHERE account_group_id = $1 AND prospect_id = ANY($2::bytea[])
        """,
        members.account_group_id,
        sorted(prospect_ids),
    )
    return {row[0]: row[1] for row in merged}


async def add(
    connection: Connection, members: Members, prospect_ids: Sequence[bytes], by: By
) -> None:
    """Adds people who are no members, in this order."""
    await people.join(connection, members, prospect_ids, by)
    await people.note(connection, members, Tally(joined=len(prospect_ids)), by)


async def note_met(
    connection: Connection, members: Members, prospect_ids: Collection[bytes], by: By
) -> None:
    """Notes that members were met again, so that no undo of a job takes them out."""
    if prospect_ids and by.key_id is not None:
        await batches.note_members(
            connection, members.account_group_id, by.key_id, members.list_id, prospect_ids
        )


async def take_out(
    connection: Connection, members: Members, prospect_ids: Collection[bytes], by: By
) -> int:
    """Takes people out, in the order in which they joined; how many were members.

    Who was merged into another is found as that one.
    """
    located, others = await people.locate(connection, members, prospect_ids)
    if kept := {*(await _get_kept(connection, members, others)).values()}:
        located, _ = await people.locate(connection, members, kept.union(prospect_ids))
    await _end(connection, members, located, by)
    return located.number


async def remove(
    connection: Connection, members: Members, positions: Collection[int], by: By
) -> None:
    """Takes the members at these positions out, in the order in which they joined."""
    if not positions:
        return
    located = await people.locate_positions(connection, members, positions)
    await _end(connection, members, located, by)


async def _end(connection: Connection, members: Members, located: Located, by: By) -> None:
    await people.leave(connection, members, located, by, first_number=members.next_number)
    await people.note(connection, members, Tally(left=located.number), by)


async def empty(connection: Connection, members: Members, count: int, by: By) -> None:
    """Takes everybody out at once: the audience gets another list, and this one is history.

    `count`: how many members there are. Each leaves with a number of their own, in the order in
    which they joined.
    """
    group, audience_id, list_id, next_number, moment = members
    first = await connection.fetchval(
        """
        SELECT position FROM memberships WHERE account_group_id = $1 AND audience_id = $2
        ORDER BY position LIMIT 1
        """,
        group,
        list_id,
    )
    if first is None:
        return
    # Who joined with the number p leaves with the number next_number + p - first.
    last_number = next_number + (next_number - 1 - first)
    new_list = new_id()
    await connection.execute(
        _EMPTY,
        group,
        list_id,
        audience_id,
        moment,
        next_number,
        first,
        last_number,
        count,
        by.key_id,
        new_list,
    )
    await connection.execute(
        """
        INSERT INTO audience_lists (account_group_id, list_id, audience_id, first_number)
        VALUES ($1, $2, $3, $4)
        """,
        group,
        new_list,
        audience_id,
        last_number + 1,
    )
