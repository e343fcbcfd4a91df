"""All SQL of merging known people. The caller holds the account group's batch lock.

A batch first removes the people who are gone, then writes its people and memberships, then joins
memberships. So a person who joined the audience in the same batch is treated like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.people import members_store
from houselist.people.members_store import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from houselist.people.members_store import By, Members
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
    that other running jobs fill.
    """
    gone = [each.gone for each in merges]
    for audience_id in await _lock_audiences(connection, account_group_id, gone):
        members = await members_store.lock(connection, account_group_id, audience_id)
        held = await _get_held(connection, members, merges)
        await _join(connection, members, held, by)


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


async def _get_held(
    connection: Connection, members: Members, merges: Sequence[Merge]
) -> list[_Held]:
    """What is to become of the memberships in an audience, in the order of their positions.

    `seen_by` is the job that saw the person last.
    """
    rows = await connection.fetch(
        """
        WITH whose AS (
            SELECT * FROM unnest($3::bytea[], $4::bytea[]) AS pair (id, kept)
            UNION SELECT kept, kept FROM unnest($4::bytea[]) AS kept
        ), held AS (
            SELECT w.kept, w.kept = w.id AS is_own, m.position, m.joined_number, m.added_at,
                   m.seen_by_job_id, coalesce(m.last_seen_at, m.added_at) AS seen_at
            FROM memberships m JOIN whose w ON w.id = m.prospect_id
            WHERE m.account_group_id = $1 AND m.audience_id = $2
        )
        SELECT kept, min(position), min(added_at), nullif(max(seen_at), min(added_at)),
               (array_agg(seen_by_job_id ORDER BY seen_at DESC, seen_by_job_id DESC))[1],
               coalesce(array_agg(position ORDER BY position) FILTER (WHERE NOT is_own), '{}'),
               min(position) FILTER (WHERE is_own),
               min(coalesce(joined_number, position)) FILTER (WHERE is_own)
        FROM held GROUP BY kept HAVING NOT bool_and(is_own) ORDER BY 2
        """,
        members.account_group_id,
        members.list_id,
        [each.gone for each in merges],
        [each.kept for each in merges],
    )
    return [_Held(*row) for row in rows]


async def _join(connection: Connection, members: Members, held: Sequence[_Held], by: By) -> None:
    """Ends the memberships of people who are gone; who is kept has the earliest position."""
    gone = [position for each in held for position in each.gone]
    joined = [each for each in held if each.own is None]
    # Numbers of joins come first, as everywhere, but here nobody joins before the others have left.
    first_left = members.next_number
    first_joined = members.next_number + len(gone)
    numbers = {each.kept: first_joined + n for n, each in enumerate(joined)}
    await members_store.leave(connection, members, gone, by, first_number=first_left, merged=True)
    await connection.execute(
        """
        DELETE FROM memberships
        WHERE account_group_id = $1 AND audience_id = $2 AND position = ANY($3::bigint[])
        """,
        members.account_group_id,
        members.list_id,
        [each.own for each in held if each.own is not None],
    )
    await connection.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
            joined_number, added_at, last_seen_at, seen_by_job_id)
        SELECT $1, $2, position, kept, nullif(number, position), added_at, last_seen_at, seen_by
        FROM unnest($3::bigint[], $4::bytea[], $5::bigint[], $6::timestamptz[], $7::timestamptz[],
                    $8::bytea[])
            AS one (position, kept, number, added_at, last_seen_at, seen_by)
        """,
        members.account_group_id,
        members.list_id,
        [each.position for each in held],
        [each.kept for each in held],
        [each.joined_number or numbers[each.kept] for each in held],
        [each.added_at for each in held],
        [each.last_seen_at for each in held],
        [each.seen_by for each in held],
    )
    await members_store.note(
        connection,
        members,
        Tally(joined=len(joined), left=len(gone)),
        by,
        first_joined=first_joined,
    )


async def _lock_audiences(
    connection: Connection, account_group_id: bytes, prospect_ids: Sequence[bytes]
) -> list[bytes]:
    """Locks every audience that has one of these people, so that nobody moves to another one.

    It looks again if somebody was moved while it waited. Then it may lock a lower id, so two
    transactions may wait for each other: PostgreSQL ends one of them, which is run again. Deleted
    audiences are left out, because they are shown nowhere and will be purged.
    """
    locked: list[bytes] = []
    while True:
        rows = await connection.fetch(
            """
            SELECT a.id FROM audiences a
            WHERE a.account_group_id = $1 AND a.deleted_at IS NULL AND a.id <> ALL($3::bytea[])
              AND coalesce(a.list_id, a.id) IN (
                SELECT m.audience_id FROM memberships m
                WHERE m.account_group_id = $1 AND m.prospect_id = ANY($2::bytea[])
            )
            ORDER BY a.id FOR NO KEY UPDATE
            """,
            account_group_id,
            prospect_ids,
            locked,
        )
        if not rows:
            return locked
        locked += [row["id"] for row in rows]
