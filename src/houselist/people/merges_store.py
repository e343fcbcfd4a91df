"""All SQL of merging known people. The caller holds the account group's batch lock.

A batch first removes the people who are gone, then writes its people and memberships, then joins
memberships. So a person who joined the audience in the same batch is treated like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from houselist.postgres.db import Connection

_JOINED = ("audience_id", "kept", "position", "added_at", "last_seen_at", "seen_by")


class Merge(NamedTuple):
    """The person who is gone, the one who is kept, and the source's row that showed it."""

    gone: bytes
    kept: bytes
    row: int


async def remove_people(
    connection: Connection, account_group_id: bytes, job_id: bytes, merges: Sequence[Merge]
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
        INSERT INTO prospect_merges (account_group_id, prospect_id, kept_id, job_id, row, merged_at)
        SELECT $1, pair.gone, pair.kept, $4, pair.row, date_trunc('milliseconds', now())
        FROM unnest($2::bytea[], $3::bytea[], $5::bigint[]) AS pair (gone, kept, row)
        """,
        account_group_id,
        gone,
        kept,
        job_id,
        rows,
    )


async def join_memberships(
    connection: Connection, account_group_id: bytes, merges: Sequence[Merge]
) -> None:
    """Gives the memberships of people who are gone to those who are kept: one in each audience.

    It has the earliest position of them, so a client that pages sees the person once. Audiences
    are locked in the order of their ids, also those that other running jobs fill.
    """
    gone = [each.gone for each in merges]
    locked = await _lock_audiences(connection, account_group_id, gone)
    if not locked:
        return
    rows = await _get_joined(connection, account_group_id, merges, locked)
    others = [(row["audience_id"], position) for row in rows for position in row["others"]]
    if others:
        await _remove_memberships(connection, account_group_id, others)
    await connection.execute(
        """
        UPDATE memberships m SET prospect_id = one.kept, added_at = one.added_at,
            last_seen_at = one.last_seen_at, seen_by_job_id = one.seen_by
        FROM unnest($2::bytea[], $3::bytea[], $4::bigint[], $5::timestamptz[], $6::timestamptz[],
                    $7::bytea[])
            AS one (audience_id, kept, position, added_at, last_seen_at, seen_by)
        WHERE m.account_group_id = $1 AND m.audience_id = one.audience_id
          AND m.position = one.position
        """,
        account_group_id,
        *([row[column] for row in rows] for column in _JOINED),
    )


async def _get_joined(
    connection: Connection, account_group_id: bytes, merges: Sequence[Merge], locked: set[bytes]
) -> list[asyncpg.Record]:
    """What each membership is to be, by audience and person; `others`: the positions to remove.

    `seen_by` is the job that saw the person last.
    """
    return await connection.fetch(
        """
        WITH whose AS (
            SELECT * FROM unnest($2::bytea[], $3::bytea[]) AS pair (id, kept)
            UNION SELECT kept, kept FROM unnest($3::bytea[]) AS kept
        ), held AS (
            SELECT m.audience_id, w.kept, m.position, m.added_at, m.seen_by_job_id,
                   coalesce(m.last_seen_at, m.added_at) AS seen_at
            FROM memberships m JOIN whose w ON w.id = m.prospect_id
            WHERE m.account_group_id = $1 AND m.audience_id = ANY($4::bytea[])
        )
        SELECT audience_id, kept, min(position) AS position, min(added_at) AS added_at,
               nullif(max(seen_at), min(added_at)) AS last_seen_at,
               (array_agg(seen_by_job_id ORDER BY seen_at DESC, seen_by_job_id DESC))[1] AS seen_by,
               array_remove(array_agg(position), min(position)) AS others
        FROM held GROUP BY audience_id, kept
        """,
        account_group_id,
        [each.gone for each in merges],
        [each.kept for each in merges],
        list(locked),
    )


async def _lock_audiences(
    connection: Connection, account_group_id: bytes, prospect_ids: Sequence[bytes]
) -> set[bytes]:
    """Locks every audience that has one of these people, so that nobody moves to another one.

    It looks again if somebody was moved while it waited. Then it may lock a lower id, so two
    transactions may wait for each other: PostgreSQL ends one of them, which is run again. Deleted
    audiences are left out, because they are shown nowhere and will be purged.
    """
    locked: set[bytes] = set()
    while True:
        rows = await connection.fetch(
            """
            SELECT a.id FROM audiences a
            WHERE a.account_group_id = $1 AND a.deleted_at IS NULL AND a.id <> ALL($3::bytea[])
              AND a.id IN (
                SELECT m.audience_id FROM memberships m
                WHERE m.account_group_id = $1 AND m.prospect_id = ANY($2::bytea[])
            )
            ORDER BY a.id FOR NO KEY UPDATE
            """,
            account_group_id,
            prospect_ids,
            list(locked),
        )
        if not rows:
            return locked
        locked.update(row["id"] for row in rows)


async def _remove_memberships(
    connection: Connection, account_group_id: bytes, memberships: Sequence[tuple[bytes, int]]
) -> None:
    """Removes memberships from audiences that are locked, and from their counts."""
    await connection.execute(
        """
        WITH gone AS (
            DELETE FROM memberships m
            USING unnest($2::bytea[], $3::bigint[]) AS one (audience_id, position)
            WHERE m.account_group_id = $1 AND m.audience_id = one.audience_id
              AND m.position = one.position
            RETURNING m.audience_id
        ), counted AS (
            SELECT audience_id, count(*) AS number FROM gone GROUP BY audience_id
        )
        UPDATE audiences a SET prospect_count = a.prospect_count - c.number
        FROM counted c WHERE a.account_group_id = $1 AND a.id = c.audience_id
        """,
        account_group_id,
        [audience for audience, _ in memberships],
        [position for _, position in memberships],
    )
