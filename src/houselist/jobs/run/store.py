"""All SQL of a running job's own row: claiming it, its batches, its waits and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from houselist.credits import store as credit
from houselist.credits.shapes import price
from houselist.jobs import store as jobs
from houselist.jobs.changes_store import change_job
from houselist.postgres import queue, queue_store

if TYPE_CHECKING:
    from collections import Counter
    from datetime import datetime

    from houselist.jobs.run.waits import Wait
    from houselist.jobs.shapes import SourceType
    from houselist.jobs.waiting import WaitReason
    from houselist.postgres.db import Connection
    from houselist.providers.base import ProviderQuery


class Claimed(NamedTuple):
    """A job as its worker needs it. `total_rows` is a guess when the source is a provider.

    `source` names the account that `cursor` belongs to. `found`: people so far, earlier members
    included; `added`: without them. A limit that is None bounds nothing. `fills`: the audience;
    None for a dry run of one that is not there yet.
    """

    source_type: SourceType
    fills: bytes | None
    upload_id: bytes
    columns: list[str]
    mapping: dict[str, str]
    query: ProviderQuery | None
    source: str | None
    cursor: str | None
    position: int
    total_rows: int
    found: int
    added: int
    max_results: int | None
    max_added: int | None
    search_emails: bool
    imported: bool
    enriched_row: int
    attempts: int
    retries: int
    to_look_up: int | None
    look_ups_a_day: int | None
    held_in_a_row: int
    dry_run: bool
    undoes: bytes | None

    @property
    def audience_id(self) -> bytes:
        """The audience that it fills. Raises ValueError for a dry run of a new one."""
        if self.fills is None:
            raise ValueError("a dry run of a new audience has none")
        return self.fills

    @property
    def is_taken_as_it_is(self) -> bool:
        """Whether nobody is looked up: what a file says, or what is known, is enough."""
        return self.source_type in ("file_upload", "combination") and not self.search_emails

    @property
    def is_providers(self) -> bool:
        """Whether the next step asks a provider, and does not read an upload."""
        return self.query is not None or self.imported


class StageEnd(NamedTuple):
    """How the look-ups ended. `details` are more for people.

    `stopped`: the provider refuses to look anybody up. `all_sought`: with searchEmails everybody's
    address counts as looked for; otherwise those of whom it was.
    """

    details: str | None = None
    stopped: bool = False
    all_sought: bool = True


class BatchStart(NamedTuple):
    """What one batch starts from. `updates`: its rows replace what is known."""

    next_position: int
    moment: datetime
    updates: bool


async def claim(connection: Connection, account_group_id: bytes, job_id: bytes) -> Claimed | None:
    """Claims a job, to go on after its last batch. None when it is over or has to wait."""
    # least() passes over null: the first claim tells when the job started.
    row = await change_job(
        connection,
        """
        UPDATE prospecting_jobs j SET status = 'running', version = j.version + 1,
            import_status = CASE WHEN j.import_status = 'completed' THEN 'completed'
                            ELSE 'running' END,
            attempts = j.attempts + 1,
            waiting_until = NULL, waiting_for = NULL, waiting_reason = NULL,
            started_at = least(j.started_at, now()),
            updated_at = date_trunc('milliseconds', now())
        FROM uploads u
        WHERE j.account_group_id = $1 AND j.id = $2 AND j.status IN ('queued', 'running')
          AND (j.waiting_until IS NULL OR j.waiting_until <= now())
          AND u.account_group_id = j.account_group_id AND u.id = j.upload_id
        RETURNING j.source_type, j.audience_id, j.upload_id, u.columns, j.mapping, j.question,
                  j.source_account, j.cursor, j.position, j.total_rows,
                  j.added + j.already_member, j.added, j.max_results, j.max_added, j.search_emails,
                  j.import_status = 'completed', j.enriched_row, j.attempts, j.retries,
                  j.to_look_up, j.look_ups_a_day, j.held_in_a_row, j.dry_run, j.undoes_job_id
        """,
        account_group_id,
        job_id,
    )
    if row is None:
        return None
    type_, audience_id, upload_id, columns, mapping, query, *rest = row
    return Claimed(
        type_,
        audience_id,
        upload_id,
        columns,
        msgspec.json.decode(mapping, type=dict[str, str]),
        None if query is None else jobs.read_provider_query(query),
        *rest,
    )


async def begin_batch(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    position: int,
    cursor: str | None,
) -> BatchStart | None:
    """Locks the job and its audience for a batch. None when it is over or another worker has it."""
    row = await connection.fetchrow(
        """
        SELECT a.next_position, greatest(date_trunc('milliseconds', now()), a.changed_at),
               j.on_known = 'update'
        FROM prospecting_jobs j
        JOIN audiences a ON a.account_group_id = j.account_group_id AND a.id = j.audience_id
        WHERE j.account_group_id = $1 AND j.id = $2 AND j.position = $3 AND j.status = 'running'
          AND j.cursor IS NOT DISTINCT FROM $4 AND j.import_status = 'running'
        FOR UPDATE
        """,
        account_group_id,
        job_id,
        position,
        cursor,
    )
    return None if row is None else BatchStart(*row)


async def end_batch(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    position: int,
    counts: Counter[str],
) -> None:
    """Moves the job's position and counts by what the batch wrote."""
    await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET position = $3::bigint, attempts = 0, retries = 0,
            version = version + 1,
            added = added + $4, already_member = already_member + $5, duplicate = duplicate + $6,
            invalid = invalid + $7, over_limit = over_limit + $8,
            progress = CASE WHEN total_rows = 0 THEN progress
                ELSE greatest(progress, least($3::bigint::double precision / total_rows, 1)) END,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2
        RETURNING id
        """,
        account_group_id,
        job_id,
        position,
        counts["added"],
        counts["alreadyMember"],
        counts["duplicate"],
        counts["invalid"],
        counts["overLimit"],
    )


async def note_page(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    source: str,
    cursor: str | None,
    total_rows: int,
    notes: str | None,
) -> None:
    """Stores where a provider's source goes on, and its notes; before end_batch.

    Progress is measured against the rows that can still come: all, or those up to maxResults. The
    notes are those of the first page.
    """
    await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET cursor = $3, source_account = $6, version = version + 1,
            import_details = CASE WHEN cursor IS NULL
                THEN coalesce(import_details || ' ' || $5::text, import_details, $5)
                ELSE import_details END,
            total_rows = greatest(total_rows, least($4::bigint, coalesce(max_results, $4::bigint)))
        WHERE account_group_id = $1 AND id = $2
        RETURNING id
        """,
        account_group_id,
        job_id,
        cursor,
        total_rows,
        notes,
        source,
    )


async def finish_import(
    connection: Connection, account_group_id: bytes, job_id: bytes, audience_id: bytes | None
) -> bool:
    """Ends the import stage: the audience is ready. False when the job was over already.

    `audience_id`: None for a job that fills none.
    """
    done = await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET import_status = 'completed', enrichment_status = 'running',
            version = version + 1, progress = 1, updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2 AND status = 'running'
        RETURNING id
        """,
        account_group_id,
        job_id,
    )
    if done is not None and audience_id is not None:
        await jobs.free(connection, account_group_id, audience_id, job_id)
    return done is not None


async def finish(
    connection: Connection, account_group_id: bytes, job_id: bytes, end: StageEnd
) -> None:
    """Completes a job whose import is over, and settles its credits."""
    row = await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET status = 'completed', version = version + 1,
            enrichment_status = CASE WHEN $4 THEN 'failed' ELSE 'completed' END,
            enrichment_details = $3,
            enriched_row = CASE WHEN $4 THEN enriched_row ELSE position END,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2 AND status = 'running'
          AND import_status = 'completed'
        RETURNING added, search_emails, emails_charged
        """,
        account_group_id,
        job_id,
        end.details,
        end.stopped,
    )
    if row is not None:
        spent = row["added"] + row["emails_charged"]
        if end.all_sought:
            spent = row["added"] * price(search_emails=row["search_emails"])
        await credit.close(connection, account_group_id, job_id, spent, "settle")


async def wait(
    connection: Connection, account_group_id: bytes, job_id: bytes, what: Wait, reason: WaitReason
) -> None:
    """Sets a running job aside. Such a wait does not count as an attempt that killed its worker."""
    await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET waiting_for = $6, waiting_reason = $7, attempts = 0,
            version = version + 1,
            waiting_until = greatest($4, now() + make_interval(secs => $3), now()),
            retries = retries + CASE WHEN $5 THEN 1 ELSE 0 END,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2 AND status = 'running'
        RETURNING id
        """,
        account_group_id,
        job_id,
        what.seconds,
        what.until,
        what.counted,
        what.words,
        reason,
    )


async def note_turn(
    connection: Connection, account_group_id: bytes, job_id: bytes, words: str
) -> None:
    """Says of a job that has not begun that others come first. The place in line stays."""
    await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET waiting_for = $3, version = version + 1
        WHERE account_group_id = $1 AND id = $2 AND status = 'queued'
          AND waiting_for IS DISTINCT FROM $3
        RETURNING id
        """,
        account_group_id,
        job_id,
        words,
    )


async def is_anybody_waiting(
    connection: Connection, account_group_id: bytes, job_id: bytes, slots: int
) -> bool:
    """Whether another job waits for this one's slot: one of its account group, or of the queue.

    `slots`: how many of the account group's jobs run at once; 0: all.
    """
    # Two statements: on a cluster the queue is on one server and the group's jobs on another.
    if await queue_store.is_anything_waiting(connection, queue.PROVIDER):
        return True
    if slots <= 0:
        return False
    return await connection.fetchval(
        """
        SELECT count(*) >= $3 FROM prospecting_jobs
        WHERE account_group_id = $1 AND id <> $2 AND status IN ('queued', 'running')
          AND (question IS NOT NULL OR import_status = 'completed')
          AND (waiting_until IS NULL OR waiting_until <= now())
        """,
        account_group_id,
        job_id,
        slots,
    )


async def find_next(connection: Connection, account_group_id: bytes, job_id: bytes) -> bytes | None:
    """The other job of the account group that has waited longest for its provider.

    Imports come first: their audiences wait for them, and looking people up may take days.
    """
    return await connection.fetchval(
        """
        SELECT id FROM prospecting_jobs
        WHERE account_group_id = $1 AND id <> $2 AND status IN ('queued', 'running')
          AND (question IS NOT NULL OR import_status = 'completed')
          AND (waiting_until IS NULL OR waiting_until <= now())
        ORDER BY import_status = 'completed', updated_at, id LIMIT 1
        """,
        account_group_id,
        job_id,
    )
