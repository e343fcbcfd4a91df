"""All SQL about jobs as clients see them. What a running job writes is in run/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from houselist.audiences import store as audiences
from houselist.credits import store as credit
from houselist.envelope import timestamp, waits_until
from houselist.errors import NotFound
from houselist.ids import new_id
from houselist.jobs import told
from houselist.jobs.changes_store import change_job
from houselist.jobs.shapes import Counts, Job, JobError, JobsQuery, Stage, Stages, StartedBy
from houselist.jobs.source import Source
from houselist.paging import Page, page_of, read_moment, sign_moment
from houselist.providers.base import ProviderQuery

if TYPE_CHECKING:
    import asyncpg

    from houselist.jobs.combination_shapes import Snapshot
    from houselist.jobs.shapes import JobStatus
    from houselist.jobs.start_shapes import OnKnown
    from houselist.postgres.db import Connection


_PAGE = 250
_HALF_UNDONE = (
    "It ended half-way: what was taken back until then stays so, all else stays as it is."
)


_COLUMNS = """
    id, source_type, audience_id, status, position, added, already_member, duplicate, invalid,
    over_limit, dry_run, undoes_job_id, removed, kept, import_status, progress, import_details,
    enrichment_status, enriched_row, enrichment_details, looked_up, looked_up_in_part, not_found,
    refused, held_back, to_look_up, look_ups_a_day, waiting_for, waiting_until, error_code,
    error_message, created_at, updated_at, key_id
"""


# The name of the key that started it, and what the words of the look-ups need to know beside, where
# there are any. Each subquery names the account group by itself: else Citus would ask every server.
_ASIDE = """
    (SELECT k.name FROM api_keys k WHERE k.id = j.key_id) AS key_name,
    (SELECT min(h.again_at) FROM held_back_look_ups h WHERE j.held_back > 0
        AND h.account_group_id = $1 AND h.job_id = j.id) AS again_at,
    j.to_look_up > 0 AND j.status = 'running' AND EXISTS (
        SELECT FROM prospecting_jobs o WHERE o.account_group_id = $1
        AND o.id <> j.id AND o.status IN ('queued', 'running')
        AND (o.question IS NOT NULL OR o.import_status = 'completed')
    ) AS shared
"""


def _job(row: asyncpg.Record) -> Job:
    error = JobError(row["error_code"], row["error_message"]) if row["error_code"] else None
    return Job(
        job_id=row["id"].hex(),
        type="prospecting",
        source_type=row["source_type"],
        audience_id=row["audience_id"] and row["audience_id"].hex(),
        status=row["status"],
        created_at=timestamp(row["created_at"]),
        updated_at=timestamp(row["updated_at"]),
        stages=_stages(row),
        counts=_undone(row) if row["undoes_job_id"] else _counts(row),
        dry_run=row["dry_run"],
        undoes_job_id=row["undoes_job_id"] and row["undoes_job_id"].hex(),
        started_by=row["key_id"] and StartedBy(row["key_id"].hex(), row["key_name"]),
        error=error,
    )


def _counts(row: asyncpg.Record) -> Counts:
    return Counts(
        row["position"],
        row["added"],
        row["already_member"],
        row["duplicate"],
        row["invalid"],
        row["over_limit"],
    )


def _undone(row: asyncpg.Record) -> Counts:
    """Those of an undo: it passes over rows of which there is nothing to take back."""
    removed, kept = row["removed"], row["kept"]
    return Counts(removed + kept, 0, 0, 0, 0, 0, removed, kept)


def _stages(row: asyncpg.Record) -> Stages:
    """Both stages; what the job waits for stands with the current one."""
    imported = row["import_status"] == "completed"
    why = row["waiting_for"]
    waiting = why and waits_until(why, row["waiting_until"])
    enriched = row["enriched_row"] / row["position"] if row["position"] else 0.0
    return Stages(
        Stage(
            row["import_status"],
            1.0 if imported else row["progress"],
            _words(row["import_details"], None if imported else waiting),
        ),
        Stage(
            row["enrichment_status"],
            1.0 if row["enrichment_status"] == "completed" else min(enriched, 1.0),
            _words(
                told.look_ups(_look_ups(row)),
                row["enrichment_details"],
                waiting if imported else None,
            ),
        ),
    )


def _look_ups(row: asyncpg.Record) -> told.LookUps:
    return told.LookUps(
        row["looked_up"],
        row["looked_up_in_part"],
        row["not_found"],
        row["refused"],
        row["held_back"],
        row["again_at"],
        row["to_look_up"],
        row["look_ups_a_day"],
        bool(row["shared"]),
        row["status"] not in ("queued", "running"),
    )


def _words(*parts: str | None) -> str | None:
    return " ".join(filter(None, parts)) or None


async def create(
    connection: Connection,
    account_group_id: bytes,
    *,
    source: Source,
    audience_id: bytes | None,
    upload_id: bytes,
    mapping: dict[str, str],
    total_rows: int,
    max_results: int | None,
    max_added: int | None,
    import_details: str | None,
    made_audience: bool,
    on_known: OnKnown = "fill",
    snapshot: Snapshot | None = None,
    key_id: bytes | None = None,
    dry_run: bool = False,
    undoes: bytes | None = None,
) -> tuple[bytes, Job]:
    """A queued job. The caller holds its audience, marks it as being filled, and queues the work.

    `max_results`: what the plan allows of those asked for. `max_added`: the people that credits pay
    for. `key_id`: who starts it; None for the command line and schedules.
    """
    job_id = new_id()
    await connection.execute(
        """
        INSERT INTO prospecting_jobs (account_group_id, id, source_type, audience_id, status,
            upload_id, mapping, total_rows, question, asked_results, max_results, max_added,
            search_emails, made_audience, import_details, on_known, snapshot, key_id, dry_run,
            undoes_job_id, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                $17, $18, $19, date_trunc('milliseconds', now()),
                date_trunc('milliseconds', now()))
        """,
        account_group_id,
        job_id,
        source.type,
        audience_id,
        upload_id,
        _json(mapping),
        total_rows,
        None if source.query is None else _json(source.query),
        source.max_results,
        max_results,
        max_added,
        source.search_emails,
        made_audience,
        import_details,
        on_known,
        None if snapshot is None else _json(snapshot),
        key_id,
        dry_run,
        undoes,
    )
    return job_id, await get(connection, account_group_id, job_id)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def get(connection: Connection, account_group_id: bytes, job_id: bytes) -> Job:
    """Raises NotFound."""
    _, job = await get_version(connection, account_group_id, job_id)
    return job


async def get_version(
    connection: Connection, account_group_id: bytes, job_id: bytes
) -> tuple[int, Job]:
    """The job, and a number that grows with each of its changes. Raises NotFound."""
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS}, {_ASIDE}, version FROM prospecting_jobs j
        WHERE account_group_id = $1 AND id = $2
        """,
        account_group_id,
        job_id,
    )
    if row is None:
        raise NotFound("There is no such job.")
    return row["version"], _job(row)


async def get_page(connection: Connection, account_group_id: bytes, page: JobsQuery) -> Page[Job]:
    """Newest first. Raises Invalid for a bad cursor."""
    after_moment = page.created_after and page.created_after.at
    before_moment = page.created_before and page.created_before.at
    asked = (page.status, page.source_type, after_moment, before_moment)
    scope = f"jobs/{account_group_id.hex()}/{page.status}"
    if any(asked[1:]):
        scope += "/".join(map(str, ("", *asked[1:])))
    after = read_moment(scope, page.cursor) if page.cursor else (None, None)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}, {_ASIDE} FROM prospecting_jobs j
        WHERE account_group_id = $1 AND ($5::text IS NULL OR status = $5)
          AND ($6::text IS NULL OR source_type = $6)
          AND ($7::timestamptz IS NULL OR created_at > $7)
          AND ($8::timestamptz IS NULL OR created_at < $8)
          AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::bytea))
        ORDER BY created_at DESC, id DESC
        LIMIT $4
        """,
        account_group_id,
        *after,
        page.limit + 1,
        *asked,
    )
    jobs = [_job(row) for row in rows[: page.limit]]
    return page_of(jobs, rows, lambda row: sign_moment(scope, row["created_at"], row["id"]))


async def get_newest(
    connection: Connection, account_group_id: bytes, status: JobStatus | None, limit: int
) -> Page[Job]:
    """The newest jobs of this status, None for any: as many pages as `limit` takes, as one."""
    jobs: list[Job] = []
    cursor: str | None = None
    while True:
        wanted = JobsQuery(limit=min(_PAGE, limit - len(jobs)), cursor=cursor, status=status)
        page = await get_page(connection, account_group_id, wanted)
        jobs += page.items
        cursor = page.next_cursor
        if cursor is None or len(jobs) == limit:
            return Page(jobs, cursor, page.has_more)


async def cancel(connection: Connection, account_group_id: bytes, job_id: bytes) -> bool:
    """Ends a job that is not over and frees its audience, at once. False when it was over.

    Raises NotFound. Waits for the batch under way; its worker then finds the job over.
    """
    ended = await end(connection, account_group_id, job_id, "cancelled")
    if not ended:
        await get(connection, account_group_id, job_id)
    return ended


async def end(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    status: Literal["cancelled", "failed"],
    *,
    code: str | None = None,
    message: str | None = None,
) -> bool:
    """Ends a job that is not over, frees its audience, and gives back the credits not spent.

    People it has added stay. An audience that it created is deleted when the provider failed before
    sending anybody; after the import it may be in use. False when the job was over. `code` and
    `message` say why it failed.
    """
    row = await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET status = $3, error_code = $4, error_message = $5,
            version = version + 1,
            import_status = CASE WHEN import_status = 'completed' THEN 'completed' ELSE $3 END,
            enrichment_status =
                CASE WHEN enrichment_status = 'completed' THEN 'completed' ELSE $3 END,
            import_details = CASE WHEN undoes_job_id IS NULL THEN import_details ELSE $6 END,
            waiting_until = NULL, waiting_for = NULL, waiting_reason = NULL,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2 AND status IN ('queued', 'running')
        RETURNING audience_id, added + emails_charged AS spent,
            made_audience AND question IS NOT NULL AND added = 0 AND import_status = 'failed'
                AS is_empty
        """,
        account_group_id,
        job_id,
        status,
        code,
        message,
        _HALF_UNDONE,
    )
    if row is None:
        return False
    await ask_no_more(connection, account_group_id, job_id)
    if row["audience_id"] is not None:
        await free(connection, account_group_id, row["audience_id"], job_id)
    await credit.close(connection, account_group_id, job_id, row["spent"], "refund")
    if row["is_empty"]:
        await audiences.delete(connection, account_group_id, row["audience_id"])
    return True


async def ask_no_more(connection: Connection, account_group_id: bytes, job_id: bytes) -> None:
    """Nobody asks for an ended job's people again of whom parts were held back; its rows say so."""
    await change_job(
        connection,
        """
        WITH gone AS (
            DELETE FROM held_back_look_ups WHERE account_group_id = $1 AND job_id = $2
            RETURNING row, former_reason
        ), told AS (
            UPDATE prospecting_rows r
            SET reason = coalesce(gone.former_reason || '; ', '') || $3::text
            FROM gone WHERE r.account_group_id = $1 AND r.job_id = $2 AND r.row = gone.row
        )
        UPDATE prospecting_jobs SET held_back = 0, looked_up = looked_up + held_back,
            looked_up_in_part = looked_up_in_part + held_back, version = version + 1
        WHERE account_group_id = $1 AND id = $2 AND held_back > 0
        RETURNING id
        """,
        account_group_id,
        job_id,
        "LinkedIn held back parts of the profile, and the job ended before another try",
    )


async def free(
    connection: Connection, account_group_id: bytes, audience_id: bytes, job_id: bytes
) -> None:
    """Makes the audience that this job was filling ready."""
    await connection.execute(
        """
        UPDATE audiences SET active_job_id = NULL
        WHERE account_group_id = $1 AND id = $2 AND active_job_id = $3
        """,
        account_group_id,
        audience_id,
        job_id,
    )


async def find_source(
    connection: Connection, account_group_id: bytes, audience_id: bytes
) -> Source | None:
    """The source of the audience's last job that asked a provider, if there was one."""
    row = await connection.fetchrow(
        """
        SELECT source_type, question, asked_results, search_emails FROM prospecting_jobs
        WHERE account_group_id = $1 AND audience_id = $2 AND question IS NOT NULL
        ORDER BY created_at DESC, id DESC LIMIT 1
        """,
        account_group_id,
        audience_id,
    )
    if row is None:
        return None
    type_, query, *rest = row
    return Source(type_, read_provider_query(query), *rest)


async def has_source(connection: Connection, account_group_id: bytes, audience_id: bytes) -> bool:
    """Whether a provider was ever asked for people of this audience."""
    return await find_source(connection, account_group_id, audience_id) is not None


def read_provider_query(text: str) -> ProviderQuery:
    """What create() stored of a query."""
    return msgspec.json.decode(text, type=ProviderQuery)
