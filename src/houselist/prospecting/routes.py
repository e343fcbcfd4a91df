"""HTTP of prospecting jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts.shapes import AccountPath
from houselist.endpoint import Reply, endpoint
from houselist.errors import (
    AudienceNotReady,
    Conflict,
    Impossible,
    InsufficientCredits,
    NotFound,
    Problem,
    ProviderNotConnected,
    QuotaExceeded,
)
from houselist.paging import Page
from houselist.permissions import Permission
from houselist.prospecting import starting, store
from houselist.prospecting.events import EventStream
from houselist.prospecting.rows import store as rows
from houselist.prospecting.shapes import (
    Job,
    JobCancelled,
    JobPath,
    JobsQuery,
    JobStart,
    JobStarted,
    RowsQuery,
    SourceRow,
)

if TYPE_CHECKING:
    from houselist.call import Call
    from houselist.db import Connection

_JOBS = "/v1/accounts/{accountGroupId}/prospecting"
_JOB = _JOBS + "/{jobId}"
_READ, _WRITE = Permission.PROSPECTING_READ, Permission.PROSPECTING_WRITE
_TAG = "Prospecting"


@endpoint(
    "POST", _JOBS, permission=_WRITE, answer=JobStarted, status=202,
    summary="Start a prospecting job", tag=_TAG,
    refuses=(
        InsufficientCredits, NotFound, AudienceNotReady, Conflict, ProviderNotConnected,
        QuotaExceeded, Impossible,
    ),
)  # fmt: skip
async def start_job(connection: Connection, at: AccountPath, body: JobStart) -> Reply:
    """Fills an audience from a source, in the background.

    The audience is not ready until the job's import stage is over; its enrichment stage, in which
    people are looked up, keeps nobody waiting. A job whose provider is throttled, disconnected or
    out of the day's budget stays `running`; the `details` of its stage tell why and until when.

    `columns` maps the file's columns to fields of a prospect; left out, the suggested mapping of
    the upload is used. Columns that map to nothing become `attributes`.

    Where the account group's credits are counted, what the job may cost is set aside at the start,
    and what it did not cost comes back at its end. The plan may allow fewer than `maxResults`; the
    job's `stages.import.details` says so.
    """
    job = await starting.start(connection, at.account_group_id, body)
    started = JobStarted(job.job_id, job.audience_id, job.status, job.created_at)
    location = f"/v1/accounts/{at.account_group_id.hex()}/prospecting/{job.job_id}"
    return Reply(started, headers={"location": location})


@endpoint(
    "GET", _JOBS, permission=_READ, answer=Page[Job],
    summary="List prospecting jobs", tag=_TAG, refuses=(NotFound,),
)  # fmt: skip
async def list_jobs(connection: Connection, at: AccountPath, query: JobsQuery) -> Page[Job]:
    """Newest first; `status` shows only those."""
    return await store.get_page(connection, at.account_group_id, query)


@endpoint(
    "GET", _JOB, permission=_READ, answer=Job,
    summary="Get a prospecting job", tag=_TAG, refuses=(NotFound,),
)  # fmt: skip
async def get_job(connection: Connection, at: JobPath) -> Job:
    """How far it is, what became of its rows so far, and why it failed if it did."""
    return await store.get(connection, at.account_group_id, at.job_id)


@endpoint(
    "GET", _JOB + "/events", permission=_READ, answer=Job, media_type="text/event-stream",
    summary="Follow a prospecting job", tag=_TAG, refuses=(NotFound,),
)  # fmt: skip
async def follow_job(call: Call, at: JobPath) -> EventStream:
    """Server-Sent Events: `progress` at once and at each change, `end` when the job is over.

    Both carry the job as `GET /prospecting/{jobId}` answers it, without the envelope, and its
    version as `id`. With `Last-Event-ID` the first event comes when there is something newer. After
    `end` the stream is closed; close yours too, as a job that is over answers `end` each time.
    """
    seen = call.header(b"last-event-id")
    return EventStream(call, at.account_group_id, at.job_id, None if seen is None else int(seen))


@endpoint(
    "POST", _JOB + "/cancel", permission=_WRITE, answer=JobCancelled,
    summary="Cancel a prospecting job", tag=_TAG, refuses=(NotFound, Impossible),
)  # fmt: skip
async def cancel_job(connection: Connection, at: JobPath) -> JobCancelled:
    """Stops a job that is not over. What it added so far stays, and the audience is ready."""
    if not await store.cancel(connection, at.account_group_id, at.job_id):
        raise Impossible(Problem("jobId", "the job is over and can't be cancelled"))
    return JobCancelled(at.job_id.hex())


@endpoint(
    "GET", _JOB + "/rows", permission=_READ, answer=Page[SourceRow],
    summary="List what became of the source's rows", tag=_TAG, refuses=(NotFound,),
)  # fmt: skip
async def list_rows(connection: Connection, at: JobPath, query: RowsQuery) -> Page[SourceRow]:
    """One outcome for every row, in the order of the source.

    It is added, alreadyMember, duplicate, invalid (with the reason) or overLimit.
    """
    return await rows.get_page(connection, at.account_group_id, at.job_id, query)


ROUTES = [start_job, list_jobs, get_job, follow_job, cancel_job, list_rows]
