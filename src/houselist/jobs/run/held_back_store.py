"""All SQL about people of whom a provider held parts back, until they are asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.jobs.changes_store import change_job
from houselist.jobs.run.lookups_store import INCOMPLETE

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.jobs.run.looked_up import Came
    from houselist.postgres.db import Connection


class Due(NamedTuple):
    """Somebody who is asked for again, for the `tries + 1`th time. Identities as in prospects.

    `is_worth_it`: something of theirs is still unknown. `is_old`: it was put off for too long.
    """

    row: int
    tries: int
    prospect_id: bytes
    slug: str | None
    linkedin_id: str | None
    is_worth_it: bool
    is_old: bool


class Job(NamedTuple):
    """A completed job some of whose people are asked for again."""

    search_emails: bool


async def hold(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    row: int,
    prospect_id: bytes,
    seconds: float,
) -> None:
    """Notes that the row's person is to be asked for again, and when; before its reason is told."""
    await connection.execute(
        """
        INSERT INTO held_back_look_ups
            (account_group_id, job_id, row, prospect_id, former_reason, again_at, held_at)
        SELECT account_group_id, job_id, row, $4, reason, now() + make_interval(secs => $5), now()
        FROM prospecting_rows WHERE account_group_id = $1 AND job_id = $2 AND row = $3
        """,
        account_group_id,
        job_id,
        row,
        prospect_id,
        seconds,
    )


async def find_job(connection: Connection, account_group_id: bytes, job_id: bytes) -> Job | None:
    """The job, if it is completed and has somebody to ask for now."""
    row = await connection.fetchrow(
        """
        SELECT search_emails FROM prospecting_jobs j
        WHERE j.account_group_id = $1 AND j.id = $2 AND j.status = 'completed' AND EXISTS (
            SELECT FROM held_back_look_ups h
            WHERE h.account_group_id = $1 AND h.job_id = $2 AND h.again_at <= now()
        )
        """,
        account_group_id,
        job_id,
    )
    return None if row is None else Job(*row)


async def take(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    search_emails: bool,
    limit: int,
    seconds: float,
    too_old: float,
) -> list[Due]:
    """The next people to ask for again. For some seconds nobody else takes them.

    `too_old`: seconds after which nobody is asked for any more.
    """
    rows = await connection.fetch(
        f"""
        WITH due AS (
            SELECT row FROM held_back_look_ups
            WHERE account_group_id = $1 AND job_id = $2 AND again_at <= now()
            ORDER BY row LIMIT $4 FOR UPDATE SKIP LOCKED
        ), taken AS (
            UPDATE held_back_look_ups h SET again_at = now() + make_interval(secs => $5)
            FROM due WHERE h.account_group_id = $1 AND h.job_id = $2 AND h.row = due.row
            RETURNING h.row, h.tries, h.prospect_id, h.held_at
        )
        SELECT t.row, t.tries, p.id, p.public_identifier, p.linkedin_id,
               {INCOMPLETE}
                   AND (p.looked_up_at IS NULL OR p.looked_up_at < t.held_at)
               OR $3 AND p.email IS NULL
                   AND (p.email_sought_at IS NULL OR p.email_sought_at < t.held_at),
               t.held_at < now() - make_interval(secs => $6)
        FROM taken t
        LEFT JOIN prospect_merges g ON g.account_group_id = $1 AND g.prospect_id = t.prospect_id
        JOIN prospects p ON p.account_group_id = $1 AND p.id = coalesce(g.kept_id, t.prospect_id)
        ORDER BY t.row
        """,
        account_group_id,
        job_id,
        search_emails,
        limit,
        seconds,
        too_old,
    )
    return [Due(*row) for row in rows]


async def begin(connection: Connection, account_group_id: bytes, job_id: bytes, due: Due) -> bool:
    """Locks the person to write what came. False when another worker did that."""
    held = await connection.fetchval(
        """
        SELECT true FROM held_back_look_ups
        WHERE account_group_id = $1 AND job_id = $2 AND row = $3 AND tries = $4
        FOR UPDATE
        """,
        account_group_id,
        job_id,
        due.row,
        due.tries,
    )
    return held is not None


async def hold_again(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    row: int,
    seconds: float,
    reason: str | None,
) -> None:
    """Parts were held back once more: another try, after so many seconds."""
    await change_job(
        connection,
        """
        WITH held AS (
            UPDATE held_back_look_ups
            SET tries = tries + 1, again_at = now() + make_interval(secs => $4)
            WHERE account_group_id = $1 AND job_id = $2 AND row = $3
            RETURNING former_reason
        ), told AS (
            UPDATE prospecting_rows r
            SET reason = coalesce(held.former_reason || '; ' || $5::text, held.former_reason, $5)
            FROM held WHERE r.account_group_id = $1 AND r.job_id = $2 AND r.row = $3
        )
        UPDATE prospecting_jobs
        SET version = version + 1, updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2
        RETURNING id
        """,
        account_group_id,
        job_id,
        row,
        seconds,
        reason,
    )


async def settle(
    connection: Connection, account_group_id: bytes, job_id: bytes, *, row: int, came: Came
) -> None:
    """Nobody asks for the row's person again; its reason says what came in the end."""
    await change_job(
        connection,
        """
        WITH held AS (
            DELETE FROM held_back_look_ups
            WHERE account_group_id = $1 AND job_id = $2 AND row = $3
            RETURNING former_reason
        ), told AS (
            UPDATE prospecting_rows r
            SET reason = coalesce(held.former_reason || '; ' || $4::text, held.former_reason, $4)
            FROM held WHERE r.account_group_id = $1 AND r.job_id = $2 AND r.row = $3
        )
        UPDATE prospecting_jobs SET held_back = held_back - 1, version = version + 1,
            looked_up = looked_up + ($5::text = 'found')::integer,
            not_found = not_found + ($5 = 'notFound')::integer,
            refused = refused + ($5 = 'refused')::integer,
            looked_up_in_part = looked_up_in_part
                + ($5 = 'found' AND $4::text IS NOT NULL)::integer,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2 AND EXISTS (SELECT FROM held)
        RETURNING id
        """,
        account_group_id,
        job_id,
        row,
        came.reason,
        came.kind,
    )


async def put_off(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    within: float,
    seconds: float | None,
    until: datetime | None,
) -> None:
    """Nobody is asked for before `until`, nor for so many seconds.

    `within`: that is so for all who would be asked for within so many seconds.
    """
    await change_job(
        connection,
        """
        WITH put_off AS (
            UPDATE held_back_look_ups
            SET again_at = greatest(now(), now() + make_interval(secs => $4), $5)
            WHERE account_group_id = $1 AND job_id = $2
              AND again_at <= now() + make_interval(secs => $3)
        )
        UPDATE prospecting_jobs
        SET version = version + 1, updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2
        RETURNING id
        """,
        account_group_id,
        job_id,
        within,
        seconds,
        until,
    )
