"""All SQL that combines audiences: who was in a list at the snapshot, and who of them joins.

Who was in a list after the change of some number is known at any later time: whoever joined by then
and is still there (memberships), and whoever joined by then and left later (left_members). Each of
them stands there with the id that the person had at the snapshot, and by that id people are looked
for in the other lists. They join as who they are by now, which is another person after a merge.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from houselist.jobs.changes_store import change_job
from houselist.postgres.db import rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.people.members_store import Members
    from houselist.postgres.db import Connection

Key = Literal["position", "joined_number"]


class Listed(NamedTuple):
    """The list of members of an audience after the change of this number."""

    audience_id: bytes
    list_id: bytes
    number: int


class Part(NamedTuple):
    """The members of a list whose `key` is above `after`, up to `last`, which is in the part."""

    listed: Listed
    key: Key
    after: int
    last: int


# By its position, a person is found in the order of the list. A merge may give a person an earlier
# one, which was gone past already; such people have another number than that, and are found by it.
_MOVED: dict[Key, str] = {"position": "", "joined_number": "AND position <> joined_number"}
_FIND_LAST = {
    key: f"""
    SELECT least(m.last, l.last, $4::bigint), m.count + l.count FROM (
        SELECT count(*), CASE WHEN count(*) = $5::bigint THEN max({key}) END AS last FROM (
            SELECT {key} FROM memberships
            WHERE account_group_id = $1 AND audience_id = $2 AND {key} > $3 AND {key} <= $4
            ORDER BY {key} LIMIT $5
        ) AS next
    ) AS m, (
        SELECT count(*), CASE WHEN count(*) = $5 THEN max({key}) END AS last FROM (
            SELECT {key} FROM left_members
            WHERE account_group_id = $1 AND audience_id = $2 AND {key} > $3
              AND joined_number <= $4 AND left_number > $4 {moved}
            ORDER BY {key} LIMIT $5
        ) AS next
    ) AS l
    """
    for key, moved in _MOVED.items()
}
# In how many other lists each was. As a number, because whether there is any PostgreSQL may answer
# from all members of a list, for each part again.
_OTHERS = """
    (SELECT count(*) FROM memberships b
     WHERE b.account_group_id = $1 AND b.prospect_id = h.id AND b.audience_id = ANY($10::bytea[])
       AND coalesce(b.joined_number, b.position)
           <= ($11::bigint[])[array_position($10::bytea[], b.audience_id)])
    + (SELECT count(*) FROM left_members d
       WHERE d.account_group_id = $1 AND d.prospect_id = h.id AND d.audience_id = ANY($10::bytea[])
         AND d.joined_number <= ($11::bigint[])[array_position($10::bytea[], d.audience_id)]
         AND d.left_number > ($11::bigint[])[array_position($10::bytea[], d.audience_id)])
    = $12::bigint
"""
_AS_THEY_ARE = "SELECT h.id, h.position FROM held h"
_AS_WHO_THEY_ARE_NOW = """
        SELECT p.id, min(h.position) AS position FROM held h
        JOIN prospects p ON p.account_group_id = $1 AND p.id = coalesce((
            SELECT g.kept_id FROM prospect_merges g
            WHERE g.account_group_id = $1 AND g.prospect_id = h.id
        ), h.id)
"""
_NO_MEMBERS = """
    WHERE (SELECT count(*) FROM memberships t
           WHERE t.account_group_id = $1 AND t.audience_id = $6 AND t.prospect_id = c.id) = 0
"""


@cache
def _add(key: Key, *, others: bool, settled: bool, first: bool) -> str:
    """The statement that adds the members of a part; see `add`."""
    which = f"WHERE {_OTHERS}" if others else ""
    chosen = (
        f"{_AS_THEY_ARE} {which}" if settled else f"{_AS_WHO_THEY_ARE_NOW} {which} GROUP BY p.id"
    )
    return f"""
    WITH held AS (
        SELECT m.position, m.prospect_id AS id FROM memberships m
        WHERE m.account_group_id = $1 AND m.audience_id = $2
          AND m.{key} > $3 AND m.{key} <= $4 AND coalesce(m.joined_number, m.position) <= $5
        UNION ALL
        SELECT position, prospect_id FROM left_members
        WHERE account_group_id = $1 AND audience_id = $2 AND {key} > $3 AND {key} <= $4
          AND joined_number <= $5 AND left_number > $5 {_MOVED[key]}
    ), chosen AS ({chosen})
    INSERT INTO memberships (account_group_id, audience_id, position, prospect_id, seen_by_job_id,
        added_at)
    SELECT $1, $6, $7::bigint - 1 + row_number() OVER (ORDER BY position), id, $8, $9::timestamptz
    FROM chosen c {"" if settled and first else _NO_MEMBERS}
    """


async def is_settled(connection: Connection, account_group_id: bytes, listed: Listed) -> bool:
    """Whether everybody who was in the list is in it, as the same person. Under the batch lock.

    Then this also holds for those who leave it before the transaction ends, because nobody is
    merged before that.
    """
    return await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM audiences WHERE account_group_id = $1 AND id = $2 AND deleted_at IS NULL
            AND coalesce(list_id, id) = $3
        ) AND NOT EXISTS (
            SELECT FROM left_members
            WHERE account_group_id = $1 AND audience_id = $3 AND left_number > $4
        )
        """,
        account_group_id,
        *listed,
    )


async def find_last(
    connection: Connection,
    account_group_id: bytes,
    listed: Listed,
    key: Key,
    *,
    after: int,
    limit: int,
) -> tuple[int, int]:
    """Where a part of about `limit` members ends, and how many they are."""
    row = await connection.fetchrow(
        _FIND_LAST[key], account_group_id, listed.list_id, after, listed.number, limit
    )
    if row is None:
        raise RuntimeError("a SELECT of one row gave none")
    return row[0], row[1]


async def add(
    connection: Connection,
    members: Members,
    part: Part,
    job_id: bytes,
    *,
    others: Sequence[Listed],
    wanted: int,
    first: bool,
) -> int:
    """Has everybody of the part join who was in `wanted` of the other lists. Returns how many.

    They join in the order of their positions, each once; who is a member stays as it is. `first`:
    whoever is a member is from this list. The caller notes it with `note`.
    """
    settled = part.key == "position" and await is_settled(
        connection, members.account_group_id, part.listed
    )
    done = await connection.execute(
        _add(part.key, others=bool(others), settled=settled, first=first),
        members.account_group_id,
        part.listed.list_id,
        part.after,
        part.last,
        part.listed.number,
        members.list_id,
        members.next_number,
        job_id,
        members.moment,
        *_given(others, wanted),
    )
    return rows_of(done)


def _given(others: Sequence[Listed], wanted: int) -> list[object]:
    """What the statement is told of the other lists, if there are any."""
    if not others:
        return []
    return [[each.list_id for each in others], [each.number for each in others], wanted]


async def end_batch(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    added: int,
    cursor: str,
    progress: float,
) -> None:
    """Moves the job on: where it goes on, how many it added, and how far it is."""
    await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET position = position + $3::bigint, added = added + $3,
            cursor = $4, progress = greatest(progress, least($5::double precision, 1)),
            attempts = 0, retries = 0, version = version + 1,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2
        RETURNING id
        """,
        account_group_id,
        job_id,
        added,
        cursor,
        progress,
    )
