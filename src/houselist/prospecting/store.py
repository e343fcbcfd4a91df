"""All SQL about prospecting jobs, from the start to the last row."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from houselist.envelope import timestamp
from houselist.errors import NotFound
from houselist.ids import new_id
from houselist.paging import (
    Page,
    seal_moment,
    seal_number,
    unseal_moment,
    unseal_number,
)
from houselist.prospecting.shapes import (
    Counts,
    Job,
    JobError,
    SourceRow,
    Stage,
    Stages,
)
from houselist.uploads import store as uploads
from houselist.uploads.tables import BadRow

if TYPE_CHECKING:
    from collections import Counter
    from datetime import datetime

    import asyncpg

    from houselist.db import Connection
    from houselist.prospecting.shapes import JobsQuery, RowsQuery, SourceType
    from houselist.uploads.tables import Row

_COLUMNS = """
    id, source_type, audience_id, status, total_rows, position, added, already_member, duplicate,
    invalid, over_limit, import_status, enrichment_status, enrichment_details, error_code,
    error_message, created_at, updated_at
"""


class Claimed(NamedTuple):
    """A job as its worker needs it."""

    audience_id: bytes
    upload_id: bytes
    columns: list[str]
    mapping: dict[str, str]
    position: int
    total_rows: int
    attempts: int


class Turn(NamedTuple):
    """What one batch starts from."""

    next_position: int
    moment: datetime


def _job(row: asyncpg.Record) -> Job:
    total, done = row["total_rows"], row["position"]
    imported = row["import_status"] == "completed"
    enriched = row["enrichment_status"] == "completed"
    error = JobError(row["error_code"], row["error_message"]) if row["error_code"] else None
    return Job(
        job_id=row["id"].hex(),
        type="prospecting",
        source_type=row["source_type"],
        audience_id=row["audience_id"].hex(),
        status=row["status"],
        created_at=timestamp(row["created_at"]),
        updated_at=timestamp(row["updated_at"]),
        stages=Stages(
            Stage(row["import_status"], 1.0 if imported else done / total if total else 0.0, None),
            Stage(row["enrichment_status"], float(enriched), row["enrichment_details"]),
        ),
        counts=Counts(
            done, row["added"], row["already_member"], row["duplicate"], row["invalid"],
            row["over_limit"],
        ),
        error=error,
    )  # fmt: skip


async def create(
    connection: Connection,
    account_group_id: bytes,
    *,
    source_type: SourceType,
    audience_id: bytes,
    upload_id: bytes,
    mapping: dict[str, str],
    total_rows: int,
    max_results: int | None,
    search_emails: bool,
) -> tuple[bytes, Job]:
    """A queued job. Its audience is locked and ready; the caller occupies it and queues work."""
    job_id = new_id()
    row = await connection.fetchrow(
        f"""
        INSERT INTO prospecting_jobs (account_group_id, id, source_type, audience_id, status,
            upload_id, mapping, total_rows, max_results, search_emails, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, $8, $9,
                date_trunc('milliseconds', now()), date_trunc('milliseconds', now()))
        RETURNING {_COLUMNS}
        """,  # noqa: S608 - constant columns
        account_group_id, job_id, source_type, audience_id, upload_id,
        msgspec.json.encode(mapping).decode(), total_rows, max_results, search_emails,
    )  # fmt: skip
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    return job_id, _job(row)


async def get(connection: Connection, account_group_id: bytes, job_id: bytes) -> Job:
    """Raises NotFound."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM prospecting_jobs WHERE account_group_id = $1 AND id = $2",  # noqa: S608 - constant columns
        account_group_id, job_id,
    )  # fmt: skip
    if row is None:
        raise NotFound("There is no such job.")
    return _job(row)


async def get_page(connection: Connection, account_group_id: bytes, page: JobsQuery) -> Page[Job]:
    """Newest first. Raises Invalid for a bad cursor."""
    scope = f"jobs/{account_group_id.hex()}/{page.status}"
    after = unseal_moment(scope, page.cursor) if page.cursor else (None, None)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM prospecting_jobs
        WHERE account_group_id = $1 AND ($5::text IS NULL OR status = $5)
          AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::bytea))
        ORDER BY created_at DESC, id DESC
        LIMIT $4
        """,  # noqa: S608 - constant columns
        account_group_id, *after, page.limit + 1, page.status,
    )  # fmt: skip
    shown = rows[: page.limit]
    more = len(rows) > len(shown)
    next_cursor = seal_moment(scope, shown[-1]["created_at"], shown[-1]["id"]) if more else None
    return Page([_job(row) for row in shown], next_cursor, more)


async def get_rows(
    connection: Connection, account_group_id: bytes, job_id: bytes, page: RowsQuery
) -> Page[SourceRow]:
    """What became of the rows, in the order of the source.

    Raises NotFound, or Invalid for a bad cursor.
    """
    scope = f"rows/{account_group_id.hex()}/{job_id.hex()}/{page.outcome}"
    after = unseal_number(scope, page.cursor) if page.cursor else 0
    job = await connection.fetchrow(
        """
        SELECT j.upload_id, u.columns FROM prospecting_jobs j
        JOIN uploads u ON u.account_group_id = j.account_group_id AND u.id = j.upload_id
        WHERE j.account_group_id = $1 AND j.id = $2
        """,
        account_group_id, job_id,
    )  # fmt: skip
    if job is None:
        raise NotFound("There is no such job.")
    # Two texts, because the planner must see that a filter fits the index of the other outcomes.
    which = "" if page.outcome is None else "AND outcome = $5"
    if page.outcome not in (None, "added"):
        which += " AND outcome <> 'added'"
    rows = await connection.fetch(
        f"""
        SELECT row, outcome, reason, prospect_id FROM prospecting_rows
        WHERE account_group_id = $1 AND job_id = $2 AND row > $3 {which}
        ORDER BY row LIMIT $4
        """,  # noqa: S608 - constant conditions
        account_group_id, job_id, after, page.limit + 1, *([page.outcome] if page.outcome else []),
    )  # fmt: skip
    shown = rows[: page.limit]
    more = len(rows) > len(shown)
    inputs = await uploads.get_rows(
        connection, account_group_id, job["upload_id"], [row["row"] for row in shown]
    )
    items = [_source_row(row, job["columns"], inputs.get(row["row"], [])) for row in shown]
    return Page(items, seal_number(scope, shown[-1]["row"]) if more else None, more)


def _source_row(row: asyncpg.Record, columns: list[str], cells: Row) -> SourceRow:
    if isinstance(cells, BadRow):
        given: dict[str, str | None] = {"text": cells.text}
    else:
        # Rows of NDJSON may be shorter than the columns that later rows brought.
        given = dict.fromkeys(columns) | dict(zip(columns, cells, strict=False))
    prospect_id = row["prospect_id"]
    return SourceRow(
        row["row"], given, row["outcome"], row["reason"], prospect_id and prospect_id.hex()
    )


async def cancel(connection: Connection, account_group_id: bytes, job_id: bytes) -> bool:
    """Ends a job that is not over and frees its audience, at once. False when it was over.

    Raises NotFound. Waits for the batch under way; its worker then finds the job gone.
    """
    ended = await _end(connection, account_group_id, job_id, "cancelled")
    if not ended:
        await get(connection, account_group_id, job_id)
    return ended


async def fail(
    connection: Connection, account_group_id: bytes, job_id: bytes, code: str, message: str
) -> None:
    """Ends a job with its reason and frees its audience. What it added so far stays."""
    await _end(connection, account_group_id, job_id, "failed", code=code, message=message)


async def _end(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    status: str,
    *,
    code: str | None = None,
    message: str | None = None,
) -> bool:
    row = await connection.fetchrow(
        """
        UPDATE prospecting_jobs SET status = $3, error_code = $4, error_message = $5,
            import_status = CASE WHEN import_status = 'completed' THEN 'completed' ELSE $3 END,
            enrichment_status =
                CASE WHEN enrichment_status = 'completed' THEN 'completed' ELSE $3 END,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2 AND status IN ('queued', 'running')
        RETURNING audience_id
        """,
        account_group_id, job_id, status, code, message,
    )  # fmt: skip
    if row is None:
        return False
    await _free(connection, account_group_id, row["audience_id"], job_id)
    return True


async def _free(
    connection: Connection, account_group_id: bytes, audience_id: bytes, job_id: bytes
) -> None:
    await connection.execute(
        """
        UPDATE audiences SET active_job_id = NULL
        WHERE account_group_id = $1 AND id = $2 AND active_job_id = $3
        """,
        account_group_id, audience_id, job_id,
    )  # fmt: skip


async def claim(connection: Connection, account_group_id: bytes, job_id: bytes) -> Claimed | None:
    """Takes a job on, from where its last batch ended. None when it is over."""
    row = await connection.fetchrow(
        """
        UPDATE prospecting_jobs j SET status = 'running', import_status = 'running',
            attempts = j.attempts + 1, updated_at = date_trunc('milliseconds', now())
        FROM uploads u
        WHERE j.account_group_id = $1 AND j.id = $2 AND j.status IN ('queued', 'running')
          AND u.account_group_id = j.account_group_id AND u.id = j.upload_id
        RETURNING j.audience_id, j.upload_id, u.columns, j.mapping, j.position, j.total_rows,
                  j.attempts
        """,
        account_group_id, job_id,
    )  # fmt: skip
    if row is None:
        return None
    audience_id, upload_id, columns, mapping, *numbers = row
    return Claimed(
        audience_id, upload_id, columns, msgspec.json.decode(mapping, type=dict[str, str]), *numbers
    )


async def begin_batch(
    connection: Connection, account_group_id: bytes, job_id: bytes, position: int
) -> Turn | None:
    """Holds the job and its audience for one batch. None when it is over or another worker's."""
    row = await connection.fetchrow(
        """
        SELECT a.next_position, date_trunc('milliseconds', now()) AS moment
        FROM prospecting_jobs j
        JOIN audiences a ON a.account_group_id = j.account_group_id AND a.id = j.audience_id
        WHERE j.account_group_id = $1 AND j.id = $2 AND j.position = $3 AND j.status = 'running'
        FOR UPDATE
        """,
        account_group_id, job_id, position,
    )  # fmt: skip
    return None if row is None else Turn(row["next_position"], row["moment"])


async def end_batch(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    audience_id: bytes,
    *,
    position: int,
    counts: Counter[str],
) -> None:
    """Moves position and counts of the job, and the audience's count, with what the batch wrote."""
    await connection.execute(
        """
        WITH audience AS (
            UPDATE audiences
            SET prospect_count = prospect_count + $5, next_position = next_position + $5
            WHERE account_group_id = $1 AND id = $3
        )
        UPDATE prospecting_jobs SET position = $4, attempts = 0, added = added + $5,
            already_member = already_member + $6, duplicate = duplicate + $7,
            invalid = invalid + $8, over_limit = over_limit + $9,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2
        """,
        account_group_id, job_id, audience_id, position, counts["added"],
        counts["alreadyMember"], counts["duplicate"], counts["invalid"], counts["overLimit"],
    )  # fmt: skip


async def finish(
    connection: Connection, account_group_id: bytes, job_id: bytes, audience_id: bytes, details: str
) -> None:
    """Completes a job whose rows are all done; `details` tells what its enrichment did."""
    await connection.execute(
        """
        UPDATE prospecting_jobs SET status = 'completed', import_status = 'completed',
            enrichment_status = 'completed', enrichment_details = $3,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2 AND status = 'running' AND position = total_rows
        """,
        account_group_id, job_id, details,
    )  # fmt: skip
    await _free(connection, account_group_id, audience_id, job_id)


async def get_open(connection: Connection) -> list[tuple[bytes, bytes]]:
    """Every job of every group that is not over, as (account group, job)."""
    rows = await connection.fetch(
        "SELECT account_group_id, id FROM prospecting_jobs WHERE status IN ('queued', 'running')"
    )
    return [(row["account_group_id"], row["id"]) for row in rows]
