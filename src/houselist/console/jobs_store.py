"""All SQL of the pages of jobs: pages both ways, states that the API does not tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.postgres.db import Connection

# What is known of a job, for a line of the history and for its page. Each subquery and join names
# the account group by itself: else Citus would ask every server.
_SHOWN = """
    j.id, j.source_type, j.audience_id, j.status, j.position, j.total_rows, j.added,
    j.already_member, j.duplicate, j.invalid, j.over_limit, j.removed, j.kept, j.dry_run,
    j.undoes_job_id, j.import_status, j.progress, j.enrichment_status, j.enriched_row,
    j.waiting_for, j.waiting_until, j.waiting_until > now() AND j.status = 'running' AS waits,
    j.error_message, j.created_at, j.started_at, j.updated_at, j.key_id, j.question, j.snapshot,
    j.upload_id, j.emails_charged,
    (SELECT k.name FROM api_keys k WHERE k.id = j.key_id) AS key_name,
    (SELECT -c.amount FROM credit_entries c WHERE c.account_group_id = $1
        AND c.job_id = j.id AND c.kind = 'reserve') AS credits_held,
    a.name AS audience_name, a.deleted_at AS audience_deleted_at,
    a.active_job_id AS audience_filled_by,
    f.read_as ->> 'name' AS file_name, u.source_type AS undone_type,
    u.question AS undone_question, u.snapshot AS undone_snapshot,
    u.total_rows AS undone_rows
"""
_JOINED = """
    prospecting_jobs j
    LEFT JOIN audiences a ON a.account_group_id = j.account_group_id AND a.id = j.audience_id
    LEFT JOIN prospecting_jobs u ON u.account_group_id = j.account_group_id
        AND u.id = j.undoes_job_id
    LEFT JOIN uploads f ON f.account_group_id = j.account_group_id AND f.id = j.upload_id
"""
_STATE = """
    CASE WHEN j.status = 'running' AND j.waiting_until > now() THEN 'waiting'
         WHEN j.status = 'queued' THEN 'running' ELSE j.status END
"""
_ASKED = """
    j.account_group_id = $1 AND ($2::text IS NULL OR j.source_type = $2)
    AND ($3::timestamptz IS NULL OR j.created_at >= $3)
    AND ($4::timestamptz IS NULL OR j.created_at < $4)
"""


class Asked(NamedTuple):
    """Which jobs the history shows. `before`: started earlier than that."""

    source: str | None
    since: datetime | None
    before: datetime | None


class Place(NamedTuple):
    """Where a page begins: after this job, or before it where `newer`."""

    created_at: datetime
    id: bytes
    newer: bool


async def get_page(
    connection: Connection,
    account_group_id: bytes,
    asked: Asked,
    state: str | None,
    place: Place | None,
    *,
    limit: int,
) -> list[dict[str, Any]]:
    """At most `limit` jobs next to the place, the newest first."""
    if place is not None and place.newer:
        rows = await connection.fetch(
            f"""
            SELECT {_SHOWN} FROM {_JOINED}
            WHERE {_ASKED} AND ($5::text IS NULL OR {_STATE} = $5)
              AND (j.created_at, j.id) > ($6::timestamptz, $7::bytea)
            ORDER BY j.created_at, j.id LIMIT $8
            """,
            account_group_id,
            *asked,
            state,
            place.created_at,
            place.id,
            limit,
        )
        return [dict(row) for row in reversed(rows)]
    rows = await connection.fetch(
        f"""
        SELECT {_SHOWN} FROM {_JOINED}
        WHERE {_ASKED} AND ($5::text IS NULL OR {_STATE} = $5)
          AND ($6::timestamptz IS NULL OR (j.created_at, j.id) < ($6, $7::bytea))
        ORDER BY j.created_at DESC, j.id DESC LIMIT $8
        """,
        account_group_id,
        *asked,
        state,
        place and place.created_at,
        place and place.id,
        limit,
    )
    return [dict(row) for row in rows]


async def count_states(
    connection: Connection, account_group_id: bytes, asked: Asked, limit: int
) -> dict[str, int]:
    """How many of the newest `limit` jobs are in each state."""
    rows = await connection.fetch(
        f"""
        SELECT state, count(*) FROM (
            SELECT {_STATE} AS state FROM prospecting_jobs j WHERE {_ASKED}
            ORDER BY j.created_at DESC, j.id DESC LIMIT $5
        ) states
        GROUP BY state
        """,
        account_group_id,
        *asked,
        limit,
    )
    return {row["state"]: row["count"] for row in rows}


async def get_waiting(
    connection: Connection, account_group_id: bytes, limit: int
) -> list[dict[str, Any]]:
    """The jobs that wait for a provider, the one that goes on first in front."""
    rows = await connection.fetch(
        f"""
        SELECT {_SHOWN} FROM {_JOINED}
        WHERE j.account_group_id = $1 AND j.status = 'running' AND j.waiting_until > now()
        ORDER BY j.waiting_until, j.id LIMIT $2
        """,
        account_group_id,
        limit,
    )
    return [dict(row) for row in rows]


async def get_failed(
    connection: Connection, account_group_id: bytes, since: datetime, limit: int
) -> list[dict[str, Any]]:
    """The newest jobs that failed since then, and whom nothing has made up for yet.

    An undo makes up for a failed job, and so does a later job of the same audience that was
    completed. Of jobs whose audience is gone there is nothing left to do.
    """
    rows = await connection.fetch(
        f"""
        SELECT {_SHOWN} FROM {_JOINED}
        WHERE j.account_group_id = $1 AND j.created_at >= $2 AND j.status = 'failed'
          AND NOT j.dry_run AND a.deleted_at IS NULL AND NOT EXISTS (
            SELECT FROM prospecting_jobs n
            WHERE n.account_group_id = $1 AND n.audience_id = j.audience_id
              AND n.created_at > j.created_at
              AND (n.undoes_job_id = j.id OR n.status = 'completed' AND n.undoes_job_id IS NULL)
          )
        ORDER BY j.created_at DESC, j.id DESC LIMIT $3
        """,
        account_group_id,
        since,
        limit,
    )
    return [dict(row) for row in rows]


async def get(
    connection: Connection, account_group_id: bytes, job_id: bytes
) -> dict[str, Any] | None:
    """One job, with what only its page shows: how its rows are read, and who took it back."""
    row = await connection.fetchrow(
        f"""
        SELECT {_SHOWN}, j.mapping, j.on_known, j.search_emails, j.max_results, j.made_audience,
               f.columns, f.let_go_at, f.row_count, (
                   SELECT t.id FROM prospecting_jobs t
                   WHERE t.account_group_id = $1 AND t.undoes_job_id = $2
               ) AS undone_by
        FROM {_JOINED}
        WHERE j.account_group_id = $1 AND j.id = $2
        """,
        account_group_id,
        job_id,
    )
    return None if row is None else dict(row)


async def find_page_start(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    outcome: str | None,
    *,
    before: int,
    limit: int,
) -> int:
    """After which row the page of the `limit` rows before a row begins; 0 for the first page.

    `outcome` None: any.
    """
    # Two texts, because the planner must see that a filter fits the index of the other outcomes.
    which = "" if outcome is None else "AND outcome = $5"
    if outcome not in (None, "added"):
        which += " AND outcome <> 'added'"
    return await connection.fetchval(
        f"""
        SELECT CASE WHEN count(*) > $4 THEN min(row) ELSE 0 END FROM (
            SELECT row FROM prospecting_rows
            WHERE account_group_id = $1 AND job_id = $2 AND row < $3::bigint {which}
            ORDER BY row DESC LIMIT $4::integer + 1
        ) page
        """,
        account_group_id,
        job_id,
        before,
        limit,
        *([outcome] if outcome else []),
    )


async def get_names(
    connection: Connection, account_group_id: bytes, prospect_ids: list[bytes]
) -> dict[bytes, str]:
    """What to call each of these people who is still known; may be empty."""
    rows = await connection.fetch(
        """
        SELECT id, coalesce(name, nullif(concat_ws(' ', first_name, last_name), ''), email,
            public_identifier, provider_id, '') AS called
        FROM prospects WHERE account_group_id = $1 AND id = ANY($2::bytea[])
        """,
        account_group_id,
        prospect_ids,
    )
    return {row["id"]: row["called"] for row in rows}
