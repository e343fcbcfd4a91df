"""All SQL of making one of people known. The caller holds the account group's turn.

A batch first removes who is gone, then writes its people and memberships, then joins memberships: a
person who joined in the same batch is joined like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from houselist.postgres.db import Connection

_JOINED = ("audience_id", "kept", "position", "added_at", "last_seen_at", "seen_by")


class Merge(NamedTuple):
    """Who is gone, who stays of it in the end, and the source's row that showed it."""

    gone: bytes
    kept: bytes
    row: int


async def remove_people(
    connection: Connection, account_group_id: bytes, job_id: bytes, merges: Sequence[Merge]
) -> None:
    """Removes who is gone, and notes who stays. The identities are for the caller to write."""
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
    # Whoever led to somebody gone now leads on, so that one look-up is enough.
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
    """Gives the memberships of who is gone to who stays: one in each audience, the earliest.

    Its place is the earliest too, so whoever pages meets the person once. Audiences are held in the
    order of their ids, those of other running jobs as well.
    """
    gone = [each.gone for each in merges]
    held = await _hold_audiences(connection, account_group_id, gone)
    if not held:
        return
    rows = await _get_joined(connection, account_group_id, merges, held)
    others = [(row["audience_id"], position) for row in rows for position in row["others"]]
    if others:
        await _leave(connection, account_group_id, others)
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
    connection: Connection, account_group_id: bytes, merges: Sequence[Merge], held: set[bytes]
) -> list[asyncpg.Record]:
    """What each membership is to be, by audience and person; `others`: the positions to give up.

    Whoever saw the person last is the job that is filling the audience, if it did.
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
        list(held),
    )


async def _hold_audiences(
    connection: Connection, account_group_id: bytes, prospect_ids: Sequence[bytes]
) -> set[bytes]:
    """Holds every audience that has one of these people, so that none of them can move to another.

    Again where somebody was moved while this waited. That may ask for a lower id, so two can wait
    for each other: PostgreSQL ends one, and both a move and a batch go again. Deleted ones are left
    to be purged: they are shown nowhere.
    """
    held: set[bytes] = set()
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
            list(held),
        )
        if not rows:
            return held
        held.update(row["id"] for row in rows)


async def _leave(
    connection: Connection, account_group_id: bytes, places: Sequence[tuple[bytes, int]]
) -> None:
    """Takes memberships out of audiences that are held, and out of their counts."""
    await connection.execute(
        """
        WITH gone AS (
            DELETE FROM memberships m
            USING unnest($2::bytea[], $3::bigint[]) AS place (audience_id, position)
            WHERE m.account_group_id = $1 AND m.audience_id = place.audience_id
              AND m.position = place.position
            RETURNING m.audience_id
        ), counted AS (
            SELECT audience_id, count(*) AS number FROM gone GROUP BY audience_id
        )
        UPDATE audiences a SET prospect_count = a.prospect_count - c.number
        FROM counted c WHERE a.account_group_id = $1 AND a.id = c.audience_id
        """,
        account_group_id,
        [audience for audience, _ in places],
        [at for _, at in places],
    )
