"""All SQL about looking up a job's people. What is found is written by people/."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.jobs.changes_store import change_job

if TYPE_CHECKING:
    from houselist.jobs.run.looked_up import Came
    from houselist.postgres.db import Connection

# Something that a look-up may tell of a person `p` is unknown.
INCOMPLETE = """
    (p.headline IS NULL OR p.about IS NULL OR p.title IS NULL OR p.photo_url IS NULL
        OR p.company_name IS NULL)
"""
# People of the job's rows worth a look-up: something of theirs is null, LinkedIn knows them, nobody
# looked within a month, and it is not settled already when they are asked for again.
_WORTH_IT = f"""
    FROM prospecting_rows r
    LEFT JOIN prospect_merges g ON g.account_group_id = r.account_group_id
        AND g.prospect_id = r.prospect_id
    JOIN prospects p ON p.account_group_id = r.account_group_id
        AND p.id = coalesce(g.kept_id, r.prospect_id)
    WHERE r.account_group_id = $1 AND r.job_id = $2 AND r.row > $3
      AND r.outcome IN ('added', 'alreadyMember')
      AND (p.public_identifier IS NOT NULL OR p.linkedin_id NOT LIKE 'num:%')
      AND ({INCOMPLETE}
           AND (p.looked_up_at IS NULL OR p.looked_up_at < now() - interval '30 days')
        OR $4 AND p.email IS NULL
           AND (p.email_sought_at IS NULL OR p.email_sought_at < now() - interval '30 days'))
      AND NOT EXISTS (
        SELECT FROM held_back_look_ups h
        WHERE h.account_group_id = p.account_group_id AND h.prospect_id = p.id
          AND h.again_at > now()
      )
"""
# Counting that many took up to a quarter of a second.
_COUNTED_AT_ONCE = 10_000


class Unknown(NamedTuple):
    """A person of the job of whom something is unknown. Identities as in prospects."""

    row: int
    prospect_id: bytes
    slug: str | None
    linkedin_id: str | None


async def find(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    after: int,
    search_emails: bool,
    limit: int,
) -> list[Unknown]:
    """The next people of a job worth a look-up, in the order of their rows."""
    rows = await connection.fetch(
        f"""
        SELECT r.row, p.id, p.public_identifier, p.linkedin_id {_WORTH_IT}
        ORDER BY r.row LIMIT $5
        """,
        account_group_id,
        job_id,
        after,
        search_emails,
        limit,
    )
    return [Unknown(*row) for row in rows]


class Counted(NamedTuple):
    """How many of the rows up to `row` are worth a look-up; `is_all`: no row follows."""

    found: int
    row: int
    is_all: bool


async def count(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    after: int,
    search_emails: bool,
) -> Counted:
    """How many people of the job's next rows are worth a look-up."""
    up_to = after + _COUNTED_AT_ONCE
    row = await connection.fetchrow(
        f"""
        SELECT count(DISTINCT p.id), (SELECT position FROM prospecting_jobs
                                      WHERE account_group_id = $1 AND id = $2)
        {_WORTH_IT} AND r.row <= $5
        """,
        account_group_id,
        job_id,
        after,
        search_emails,
        up_to,
    )
    if row is None:
        raise RuntimeError("an aggregate gave no row")
    found, last_row = row
    return Counted(found, up_to, last_row is None or up_to >= last_row)


async def note_forecast(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    left: int,
    a_day: int | None,
) -> None:
    """Notes how many a day may be looked up, and how many are left if nobody has counted before."""
    await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET look_ups_a_day = $4, version = version + 1,
            to_look_up = coalesce(to_look_up, $3 + looked_up + not_found + refused + held_back)
        WHERE account_group_id = $1 AND id = $2 AND status = 'running'
        RETURNING id
        """,
        account_group_id,
        job_id,
        left,
        a_day,
    )


async def begin(
    connection: Connection, account_group_id: bytes, job_id: bytes, enriched_row: int
) -> bool:
    """Locks the job to write look-ups. False when it is over or another worker has it."""
    held = await connection.fetchval(
        """
        SELECT true FROM prospecting_jobs
        WHERE account_group_id = $1 AND id = $2 AND enriched_row = $3 AND status = 'running'
          AND import_status = 'completed'
        FOR UPDATE
        """,
        account_group_id,
        job_id,
        enriched_row,
    )
    return held is not None


async def end(
    connection: Connection, account_group_id: bytes, job_id: bytes, *, row: int, came: Came
) -> int:
    """Moves the enrichment to this row, which keeps why nothing was found.

    E-mail addresses of the people added up to here were looked for, which is paid for even if the
    job is cancelled later. Returns how many were refused in a row up to here.
    """
    changed = await change_job(
        connection,
        """
        WITH told AS (
            UPDATE prospecting_rows SET reason = coalesce(reason || '; ', '') || $4
            WHERE account_group_id = $1 AND job_id = $2 AND row = $3 AND $4::text IS NOT NULL
        )
        UPDATE prospecting_jobs j SET enriched_row = $3, attempts = 0,
            version = version + 1,
            retries = CASE WHEN $5::text = 'heldBack' THEN retries ELSE 0 END,
            looked_up = looked_up + ($5 = 'found')::integer,
            not_found = not_found + ($5 = 'notFound')::integer,
            refused = refused + ($5 = 'refused')::integer,
            held_back = held_back + ($5 = 'heldBack')::integer,
            held_in_a_row = CASE WHEN $5 = 'heldBack' THEN held_in_a_row + 1
                            WHEN $5 = 'found' THEN 0 ELSE held_in_a_row END,
            refused_rows = CASE WHEN $5 = 'refused' THEN refused_rows || $3::bigint ELSE '{}' END,
            emails_charged = CASE WHEN search_emails THEN emails_charged + (
                SELECT count(*) FROM prospecting_rows r
                WHERE r.account_group_id = $1 AND r.job_id = $2 AND r.row > j.enriched_row
                  AND r.row <= $3 AND r.outcome = 'added'
            ) ELSE 0 END,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2
        RETURNING cardinality(refused_rows)
        """,
        account_group_id,
        job_id,
        row,
        came.reason,
        came.kind,
    )
    return 0 if changed is None else changed[0]


async def forget_refusals(connection: Connection, account_group_id: bytes, job_id: bytes) -> None:
    """Takes the last refusals in a row for the account's, not the people's.

    Another job may ask for these people at once, and their addresses were not looked for.
    """
    await change_job(
        connection,
        """
        WITH last AS (
            SELECT coalesce(g.kept_id, r.prospect_id) AS prospect_id, r.outcome, j.search_emails
            FROM prospecting_jobs j
            JOIN prospecting_rows r ON r.account_group_id = j.account_group_id
                AND r.job_id = j.id AND r.row = ANY(j.refused_rows)
            LEFT JOIN prospect_merges g ON g.account_group_id = r.account_group_id
                AND g.prospect_id = r.prospect_id
            WHERE j.account_group_id = $1 AND j.id = $2
        ), forgotten AS (
            UPDATE prospects p SET looked_up_at = NULL,
                email_sought_at = CASE WHEN last.search_emails THEN NULL ELSE p.email_sought_at END
            FROM last WHERE p.account_group_id = $1 AND p.id = last.prospect_id
        )
        UPDATE prospecting_jobs SET refused_rows = '{}', version = version + 1,
            emails_charged = emails_charged - (
                SELECT count(*) FROM last WHERE outcome = 'added' AND last.search_emails
            )
        WHERE account_group_id = $1 AND id = $2
        RETURNING id
        """,
        account_group_id,
        job_id,
    )
