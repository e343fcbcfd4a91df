"""All SQL of merging known people. The caller holds the account group's batch lock.

A batch first removes the people who are gone, then writes its people and memberships, then joins
memberships. So a person who joined the audience in the same batch is treated like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.people.members_store import Members
from houselist.search.store import note_for_search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from houselist.people.members_store import By
    from houselist.postgres.db import Connection


class Merge(NamedTuple):
    """The person who is gone, the one who is kept, and the source's row that showed it, if any."""

    gone: bytes
    kept: bytes
    row: int | None


async def remove_people(
    connection: Connection, account_group_id: bytes, by: By, merges: Sequence[Merge]
) -> None:
    """Removes people who are gone, and notes who is kept. The caller writes the identities."""
    gone, kept, rows = [list(column) for column in zip(*merges, strict=True)]
    await note_for_search(connection, account_group_id, gone)
    await connection.execute(
        """
        WITH pair AS (SELECT * FROM unnest($2::bytea[], $3::bytea[]) AS pair (gone, kept)),
        looked_up AS (
            SELECT pair.kept, max(p.looked_up_at) AS looked_up_at,
                   max(p.email_sought_at) AS email_sought_at
            FROM prospects p JOIN pair ON pair.gone = p.id
            WHERE p.account_group_id = $1 GROUP BY pair.kept
        )
        UPDATE prospects k SET looked_up_at = greatest(k.looked_up_at, l.looked_up_at),
            email_sought_at = greatest(k.email_sought_at, l.email_sought_at)
        FROM looked_up l WHERE k.account_group_id = $1 AND k.id = l.kept
        """,
        account_group_id,
        gone,
        kept,
    )
    for table, column in (("prospects", "id"), ("prospect_identities", "prospect_id")):
        await connection.execute(
            f"DELETE FROM {table} WHERE account_group_id = $1 AND {column} = ANY($2::bytea[])",
            account_group_id,
            gone,
        )
    # Earlier merges into a person who is gone lead on to who is kept, so one look-up is enough.
    await connection.execute(
        """
        UPDATE prospect_merges m SET kept_id = pair.kept
        FROM unnest($2::bytea[], $3::bytea[]) AS pair (gone, kept)
        WHERE m.account_group_id = $1 AND m.kept_id = pair.gone
        """,
        account_group_id,
        gone,
        kept,
    )
    await connection.execute(
        """
        INSERT INTO prospect_merges
            (account_group_id, prospect_id, kept_id, job_id, row, merged_at, key_id)
        SELECT $1, pair.gone, pair.kept, $4, pair.row, date_trunc('milliseconds', now()), $6
        FROM unnest($2::bytea[], $3::bytea[], $5::bigint[]) AS pair (gone, kept, row)
        """,
        account_group_id,
        gone,
        kept,
        by.job_id,
        rows,
        by.key_id,
    )


async def join_memberships(
    connection: Connection, account_group_id: bytes, merges: Sequence[Merge], by: By
) -> None:
    """Gives the memberships of people who are gone to those who are kept: one in each audience.

    It has the earliest position of them, so a client that pages sees the person once. Whoever is
    gone leaves the audience with the number of a change, and who is kept joins it with one, if the
    audience did not hold that person. Audiences are locked in the order of their ids, also those
    that other running jobs fill. However many there are, the statements are the same few.
    """
    audiences = await _lock_audiences(connection, account_group_id, [each.gone for each in merges])
    if not audiences:
        return
    held = await _get_held(connection, account_group_id, audiences, merges)
    joining = [_Joining(audience, held[list_id]) for list_id, audience in audiences.items()]
    await _leave(connection, account_group_id, joining, by)
    await _keep(connection, account_group_id, joining)
    await _note(connection, account_group_id, joining, by)


class _Held(NamedTuple):
    """The memberships of one person and of those who are that person, in one audience.

    `position` is the earliest of them, `gone` those of people who are gone. `joined_number`: with
    which number who is kept has joined; None if the audience did not hold that person.
    """

    kept: bytes
    position: int
    added_at: datetime
    last_seen_at: datetime | None
    seen_by: bytes
    gone: list[int]
    own: int | None
    joined_number: int | None


class _Joining(NamedTuple):
    """What is to become of the memberships in an audience, in the order of their positions.

    Nobody joins before the others have left, so here the numbers of joins come last.
    """

    members: Members
    held: list[_Held]

    @property
    def gone(self) -> list[int]:
        return [position for each in self.held for position in each.gone]

    @property
    def joined(self) -> list[_Held]:
        return [each for each in self.held if each.own is None]

    @property
    def first_joined(self) -> int:
        return self.members.next_number + len(self.gone)


async def _get_held(
    connection: Connection,
    account_group_id: bytes,
    audiences: Mapping[bytes, Members],
    merges: Sequence[Merge],
) -> dict[bytes, list[_Held]]:
    """The memberships that become one, by list. `seen_by` is who saw the person last."""
    rows = await connection.fetch(
        """
        WITH whose AS (
            SELECT * FROM unnest($3::bytea[], $4::bytea[]) AS pair (id, kept)
            UNION SELECT kept, kept FROM unnest($4::bytea[]) AS kept
        ), held AS (
            SELECT m.audience_id, w.kept, w.kept = w.id AS is_own, m.position, m.joined_number,
                   m.added_at, m.seen_by_job_id, coalesce(m.last_seen_at, m.added_at) AS seen_at
            FROM memberships m JOIN whose w ON w.id = m.prospect_id
            WHERE m.account_group_id = $1 AND m.audience_id = ANY($2::bytea[])
        )
        SELECT audience_id, kept, min(position), min(added_at),
               nullif(max(seen_at), min(added_at)),
               (array_agg(seen_by_job_id ORDER BY seen_at DESC, seen_by_job_id DESC))[1],
               coalesce(array_agg(position ORDER BY position) FILTER (WHERE NOT is_own), '{}'),
               min(position) FILTER (WHERE is_own),
               min(coalesce(joined_number, position)) FILTER (WHERE is_own)
        FROM held GROUP BY audience_id, kept HAVING NOT bool_and(is_own) ORDER BY 1, 3
        """,
        account_group_id,
        list(audiences),
        [each.gone for each in merges],
        [each.kept for each in merges],
    )
    found: dict[bytes, list[_Held]] = {list_id: [] for list_id in audiences}
    for list_id, *held in rows:
        found[list_id].append(_Held(*held))
    return found


async def _leave(
    connection: Connection, account_group_id: bytes, joining: Sequence[_Joining], by: By
) -> None:
    """Ends the memberships of people who are gone, and those of who is kept, who gets another."""
    leaving = [
        (members.list_id, position, number, members.moment)
        for each in joining
        for members in (each.members,)
        for number, position in enumerate(each.gone, members.next_number)
    ]
    await connection.execute(
        """
        WITH one AS (
            SELECT * FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::timestamptz[])
                AS one (list_id, position, number, at)
        ), gone AS (
            DELETE FROM memberships m USING one
            WHERE m.account_group_id = $1 AND m.audience_id = one.list_id
              AND m.position = one.position
            RETURNING m.audience_id, m.position, m.joined_number, m.prospect_id, m.added_at,
                      one.number, one.at
        )
        INSERT INTO left_members (account_group_id, audience_id, position, joined_number,
            prospect_id, added_at, left_number, left_at, job_id, key_id, was_merged)
        SELECT $1, audience_id, position, coalesce(joined_number, position), prospect_id, added_at,
               number, at, $6::bytea, $7::bytea, true
        FROM gone
        """,
        account_group_id,
        *_columns(leaving, 4),
        by.job_id,
        by.key_id,
    )
    own = [
        (each.members.list_id, held.own)
        for each in joining
        for held in each.held
        if held.own is not None
    ]
    await connection.execute(
        """
        DELETE FROM memberships m USING unnest($2::bytea[], $3::bigint[]) AS one (list_id, position)
        WHERE m.account_group_id = $1 AND m.audience_id = one.list_id AND m.position = one.position
        """,
        account_group_id,
        *_columns(own, 2),
    )


async def _keep(
    connection: Connection, account_group_id: bytes, joining: Sequence[_Joining]
) -> None:
    """Gives who is kept the earliest position, with the number of the join."""
    kept: list[tuple[object, ...]] = []
    for each in joining:
        numbers = {held.kept: number for number, held in enumerate(each.joined, each.first_joined)}
        kept += [
            (
                each.members.list_id,
                held.position,
                held.kept,
                held.joined_number or numbers[held.kept],
                held.added_at,
                held.last_seen_at,
                held.seen_by,
            )
            for held in each.held
        ]
    await connection.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
            joined_number, added_at, last_seen_at, seen_by_job_id)
        SELECT $1, list_id, position, kept, nullif(number, position), added_at, last_seen_at,
               seen_by
        FROM unnest($2::bytea[], $3::bigint[], $4::bytea[], $5::bigint[], $6::timestamptz[],
                    $7::timestamptz[], $8::bytea[])
            AS one (list_id, position, kept, number, added_at, last_seen_at, seen_by)
        """,
        account_group_id,
        *_columns(kept, 7),
    )


async def _note(
    connection: Connection, account_group_id: bytes, joining: Sequence[_Joining], by: By
) -> None:
    """Counts who joined and left, as members_store.note does for one audience."""
    counted = [
        (
            each.members.audience_id,
            len(each.joined),
            len(each.gone),
            each.first_joined,
            each.members.moment,
        )
        for each in joining
        if each.held
    ]
    await connection.execute(
        """
        WITH one AS (
            SELECT * FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[],
                                 $6::timestamptz[])
                AS one (audience_id, joined, departed, first_joined, at)
        ), audience AS (
            UPDATE audiences a SET prospect_count = a.prospect_count + one.joined - one.departed,
                next_position = a.next_position + one.joined + one.departed, changed_at = one.at
            FROM one WHERE a.account_group_id = $1 AND a.id = one.audience_id
        ), span AS (
            INSERT INTO membership_spans
                (account_group_id, audience_id, first_number, last_number, at, job_id, key_id)
            SELECT $1, audience_id, first_joined, first_joined + joined - 1, at, $7::bytea,
                   $8::bytea
            FROM one WHERE joined > 0
        )
        INSERT INTO audience_days AS known (account_group_id, audience_id, day, joined, departed)
        SELECT $1, audience_id, (at AT TIME ZONE 'UTC')::date, joined, departed FROM one
        ON CONFLICT (account_group_id, audience_id, day) DO UPDATE
        SET joined = known.joined + excluded.joined, departed = known.departed + excluded.departed
        """,
        account_group_id,
        *_columns(counted, 5),
        by.job_id,
        by.key_id,
    )


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [[row[column] for row in rows] for column in range(width)]


async def _lock_audiences(
    connection: Connection, account_group_id: bytes, prospect_ids: Sequence[bytes]
) -> dict[bytes, Members]:
    """Locks every audience that has one of these people, so that nobody moves to another one.

    By the id of its list. It looks again if somebody was moved while it waited. Then it may lock a
    lower id, so two transactions may wait for each other: PostgreSQL ends one of them, which is run
    again. Deleted audiences are left out, because they are shown nowhere and will be purged.
    """
    locked: dict[bytes, Members] = {}
    while True:
        rows = await connection.fetch(
            """
            SELECT a.id, coalesce(a.list_id, a.id), a.next_position,
                   greatest(date_trunc('milliseconds', clock_timestamp()), a.changed_at)
            FROM audiences a
            WHERE a.account_group_id = $1 AND a.deleted_at IS NULL AND a.id <> ALL($3::bytea[])
              AND coalesce(a.list_id, a.id) IN (
                SELECT m.audience_id FROM memberships m
                WHERE m.account_group_id = $1 AND m.prospect_id = ANY($2::bytea[])
            )
            ORDER BY a.id FOR NO KEY UPDATE
            """,
            account_group_id,
            prospect_ids,
            [each.audience_id for each in locked.values()],
        )
        if not rows:
            return locked
        for audience_id, list_id, *rest in rows:
            locked[list_id] = Members(account_group_id, audience_id, list_id, *rest)
