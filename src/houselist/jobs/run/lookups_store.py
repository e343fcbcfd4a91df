"""All SQL about looking up a job's people. people/store.py writes what is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from houselist.postgres.db import Connection


class Unknown(NamedTuple):
    """A person of the job of whom something is not known. Identities as in prospects."""

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
    most: int,
) -> list[Unknown]:
    """The next people of a job worth a look-up, in the order of their rows.

    Something of theirs is null, LinkedIn knows them, and nobody looked within a month.
    """
    rows = await connection.fetch(
        """
        SELECT r.row, p.id, p.public_identifier, p.linkedin_id
        FROM prospecting_rows r
        LEFT JOIN prospect_merges g ON g.account_group_id = r.account_group_id
            AND g.prospect_id = r.prospect_id
        JOIN prospects p ON p.account_group_id = r.account_group_id
            AND p.id = coalesce(g.kept_id, r.prospect_id)
        WHERE r.account_group_id = $1 AND r.job_id = $2 AND r.row > $3
          AND r.outcome IN ('added', 'alreadyMember')
          AND (p.public_identifier IS NOT NULL OR p.linkedin_id NOT LIKE 'num:%')
          AND ((p.headline IS NULL OR p.about IS NULL OR p.title IS NULL OR p.photo_url IS NULL
                OR p.company_name IS NULL)
               AND (p.looked_up_at IS NULL OR p.looked_up_at < now() - interval '30 days')
            OR $4 AND p.email IS NULL
               AND (p.email_sought_at IS NULL OR p.email_sought_at < now() - interval '30 days'))
        ORDER BY r.row LIMIT $5
        """,
        account_group_id,
        job_id,
        after,
        search_emails,
        most,
    )
    return [Unknown(*row) for row in rows]


async def begin(
    connection: Connection, account_group_id: bytes, job_id: bytes, enriched_row: int
) -> bool:
    """Holds the job to write one look-up. False when it is over or another worker's."""
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
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    row: int,
    reason: str | None,
) -> None:
    """Moves the enrichment to this row; `reason` tells why nothing was found, and stays with it.

    Of the people added up to here an e-mail address was sought, which is paid even if the job is
    cancelled later.
    """
    await connection.execute(
        """
        WITH told AS (
            UPDATE prospecting_rows SET reason = coalesce(reason || '; ', '') || $4
            WHERE account_group_id = $1 AND job_id = $2 AND row = $3 AND $4::text IS NOT NULL
        )
        UPDATE prospecting_jobs j SET enriched_row = $3, attempts = 0, retries = 0,
            looked_up = looked_up + CASE WHEN $4::text IS NULL THEN 1 ELSE 0 END,
            not_found = not_found + CASE WHEN $4::text IS NULL THEN 0 ELSE 1 END,
            emails_charged = CASE WHEN search_emails THEN emails_charged + (
                SELECT count(*) FROM prospecting_rows r
                WHERE r.account_group_id = $1 AND r.job_id = $2 AND r.row > j.enriched_row
                  AND r.row <= $3 AND r.outcome = 'added'
            ) ELSE 0 END,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2
        """,
        account_group_id,
        job_id,
        row,
        reason,
    )
