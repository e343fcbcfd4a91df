"""Starting an undo: the job is over and can be taken back, and its audience is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from houselist.accounts import quota_store as quotas
from houselist.audiences import store as audiences
from houselist.errors import Impossible, NotFound, Problem
from houselist.jobs import store, undoing_store
from houselist.jobs.source import Source
from houselist.postgres import db, queue

if TYPE_CHECKING:
    from houselist.jobs.shapes import Job
    from houselist.jobs.undoing_store import Candidate
    from houselist.postgres.db import Connection

# For so many days after its end a job can be undone.
DAYS = 30

RUNNING = "is not over yet; cancel it first, or wait for its end"
TWICE = "has been undone already: that can be done once"
TOO_OLD = f"was over more than {DAYS} days ago, and can be undone no longer"
_UNDO = "is an undo, which can't be undone; import the source again instead"
_DRY_RUN = "was a dry run, which wrote nothing, so there is nothing to undo"


async def undo(
    connection: Connection, account_group_id: bytes, job_id: bytes, key_id: bytes | None
) -> Job:
    """Makes a job that takes back what another did, in the caller's transaction.

    Its audience is occupied meanwhile, unless it was deleted. Raises NotFound, Impossible,
    AudienceNotReady or QuotaExceeded.
    """
    undone = await undoing_store.get(connection, account_group_id, job_id, DAYS)
    if why := _why_not(undone):
        raise Impossible(Problem("jobId", why))
    is_there = await _lock_audience(connection, account_group_id, undone.audience_id)
    await quotas.check_quota(connection, account_group_id, "jobs")
    # Nobody is to learn more of people who are about to go.
    await store.ask_no_more(connection, account_group_id, job_id)
    try:
        undo_id, job = await store.create(
            connection,
            account_group_id,
            source=Source("undo", None, None, search_emails=False),
            audience_id=undone.audience_id,
            upload_id=undone.upload_id,
            mapping={},
            total_rows=undone.rows,
            max_results=None,
            max_added=None,
            import_details=None,
            made_audience=False,
            key_id=key_id,
            undoes=job_id,
        )
    except asyncpg.UniqueViolationError as error:
        if db.violates(error, "prospecting_jobs_undone"):
            raise Impossible(Problem("jobId", TWICE)) from error
        raise
    if is_there and undone.audience_id is not None:
        await audiences.occupy(connection, account_group_id, undone.audience_id, undo_id)
    await queue.enqueue(connection, queue.PROSPECTING, account_group_id, undo_id)
    return job


def _why_not(undone: Candidate) -> str | None:
    if undone.source_type == "undo":
        return _UNDO
    if undone.dry_run:
        return _DRY_RUN
    if undone.status in ("queued", "running"):
        return RUNNING
    if undone.is_undone:
        return TWICE
    return TOO_OLD if undone.is_old else None


async def _lock_audience(
    connection: Connection, account_group_id: bytes, audience_id: bytes | None
) -> bool:
    """Whether the audience is still there; then it is locked. Raises AudienceNotReady."""
    if audience_id is None:
        return False
    try:
        await audiences.lock_ready(connection, account_group_id, audience_id)
    except NotFound:
        return False
    return True
