"""HTTP of prospecting jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts.quotas import DEFAULT, too_many
from houselist.accounts.shapes import AccountPath
from houselist.audiences.shapes import AUDIENCE_NAME
from houselist.errors import (
    AudienceNotReady,
    Conflict,
    Impossible,
    InsufficientCredits,
    NotFound,
    Problem,
    ProviderNotConnected,
)
from houselist.jobs import combination, store, undoing
from houselist.jobs import rows_store as rows
from houselist.jobs import start as starting
from houselist.jobs.combination_shapes import CombinationStart
from houselist.jobs.follow.events import EventStream
from houselist.jobs.shapes import (
    Job,
    JobCancelled,
    JobPath,
    JobsQuery,
    JobStarted,
    RowsQuery,
    SourceRow,
)
from houselist.jobs.start_shapes import JobStart
from houselist.paging import Page
from houselist.web.endpoint import Reply, endpoint

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.web.request import Request

_TAKEN = Conflict(details=f"There is an audience named {AUDIENCE_NAME!r} already.")
_OVER = Impossible(Problem("jobId", "the job is over and can't be cancelled"))


@endpoint(
    response=JobStarted,
    status=202,
    summary="Start a prospecting job",
    tag="Prospecting",
    refuses=(
        InsufficientCredits,
        NotFound,
        AudienceNotReady,
        _TAKEN,
        ProviderNotConnected,
        too_many("jobs", DEFAULT.jobs),
        Impossible(
            Problem("folderId", "is a folder for monitoring audiences; this one is file_upload")
        ),
    ),
)
async def start_job(
    connection: Connection, request: Request, at: AccountPath, body: JobStart
) -> Reply:
    """Fills an audience from a source, in the background.

    The audience is not ready until the job's import stage is over; its enrichment stage, in which
    people are looked up, keeps nobody waiting. A job whose provider is throttled, disconnected or
    out of the day's budget stays `running`; the `details` of its stage tell why, until when, what
    to do, and about how long it will take to look everybody up.

    `columns` maps the file's columns to fields of a prospect; left out, the suggested mapping of
    the upload is used. Columns that map to nothing become `attributes`.

    Where the account group's credits are counted, what the job may cost is set aside at the start,
    and what it did not cost comes back at its end. The plan may allow fewer than `maxResults`; the
    job's `stages.import.details` says so.

    With `dryRun: true` a `file_upload` or `url_upload` only tells what would become of each row, as
    things are: nobody is written, no audience is made, filled or hidden, and no credits are taken;
    `stages.import.details` says what the import would cost, and whether it would be refused for
    that. `prospectId` is told of people who are known already. A dry run and its rows are kept
    for a day.
    """
    job = await starting.start(connection, at.account_group_id, body, request.key_id)
    return _started(at, job)


def _started(at: AccountPath, job: Job) -> Reply:
    started = JobStarted(job.job_id, job.audience_id, job.status, job.created_at)
    location = f"/v1/accounts/{at.account_group_id.hex()}/prospecting/{job.job_id}"
    return Reply(started, headers={"location": location})


@endpoint(
    response=JobStarted,
    status=202,
    summary="Combine audiences into a new one",
    tag="Audiences",
    refuses=(
        NotFound,
        AudienceNotReady,
        _TAKEN,
        too_many("audiences", DEFAULT.audiences),
        Impossible(Problem("audienceIds", combination.TWO_NEEDED)),
    ),
)
async def combine_audiences(
    connection: Connection, at: AccountPath, body: CombinationStart, request: Request
) -> Reply:
    """Makes an audience of whoever is in several: a job with `sourceType` `combination`.

    All audiences are taken as they are at the moment of the request, exactly and whatever their
    size. What changes in them afterwards makes no difference, not even that one is emptied or
    deleted while the job runs. People come in the order of the first audience; of a union, then
    those of the second who are not in the first, and so on. They join the new audience at the time
    of the job, and somebody who was merged into another person meanwhile joins as that one.

    The new audience is not ready until the job is over, as with any job. A job that is cancelled
    leaves in it whom it had added. It costs no credits, and nobody is looked up. The job has no
    rows to list: its `counts.rows` is the number of people it added.
    """
    job = await combination.start(connection, at.account_group_id, body, request.key_id)
    return _started(at, job)


@endpoint(
    response=Page[Job], summary="List prospecting jobs", tag="Prospecting", refuses=(NotFound,)
)
async def list_jobs(connection: Connection, at: AccountPath, query: JobsQuery) -> Page[Job]:
    """Lists jobs, newest first; the filters show only those to which all of them apply."""
    return await store.get_page(connection, at.account_group_id, query)


@endpoint(response=Job, summary="Get a prospecting job", tag="Prospecting", refuses=(NotFound,))
async def get_job(connection: Connection, at: JobPath) -> Job:
    """Shows how far the job is, what became of its rows so far, and why it failed if it did."""
    return await store.get(connection, at.account_group_id, at.job_id)


@endpoint(
    response=Job,
    summary="Follow a prospecting job",
    tag="Prospecting",
    refuses=(NotFound,),
    media_type="text/event-stream",
)
async def follow_job(request: Request, at: JobPath) -> EventStream:
    """Server-Sent Events: `progress` at once and at each change, `end` when the job is over.

    Both carry the job as `GET /prospecting/{jobId}` answers it, without the envelope, and its
    version as `id`. With `Last-Event-ID` the first event comes when there is something newer. After
    `end` the stream is closed; close yours too, as a job that is over answers `end` each time.
    """
    seen = request.header(b"last-event-id")
    return EventStream(at.account_group_id, at.job_id, None if seen is None else int(seen))


@endpoint(
    response=JobCancelled,
    summary="Cancel a prospecting job",
    tag="Prospecting",
    refuses=(NotFound, _OVER),
)
async def cancel_job(connection: Connection, at: JobPath) -> JobCancelled:
    """Stops a job that is not over. People it has added stay, and the audience becomes ready."""
    if not await store.cancel(connection, at.account_group_id, at.job_id):
        raise Impossible(*_OVER.problems)
    return JobCancelled(at.job_id.hex())


@endpoint(
    response=JobStarted,
    status=202,
    summary="Undo a prospecting job",
    tag="Prospecting",
    refuses=(
        NotFound,
        AudienceNotReady,
        too_many("jobs", DEFAULT.jobs),
        Impossible(Problem("jobId", undoing.TWICE)),
    ),
)
async def undo_job(connection: Connection, request: Request, at: JobPath) -> Reply:
    """Takes back what a job did, however it ended, in a job of its own with a ledger of its own.

    Whom it added leaves the audience, unless a later job or request has met the person there, or
    the person was changed or merged by hand since. People whom it made are removed where no
    audience holds them any more and nobody else has changed them. Values of others that it filled
    or replaced are put back where nobody has changed them since. Merges stay as they are. Credits
    are not given back, and an audience that it made stays, with whoever is left.

    Its rows are those of the undone job that added somebody, and those of whose people something
    was put back: `removed`, or `kept`, with the reason. The audience is not ready meanwhile. A job
    can be undone once, within 30 days of its end; if the undo is cancelled, what it has taken back
    stays so. If the audience was deleted, people and values are put right all the same.
    """
    return _started(
        at, await undoing.undo(connection, at.account_group_id, at.job_id, request.key_id)
    )


@endpoint(
    response=Page[SourceRow],
    summary="List what became of the source's rows",
    tag="Prospecting",
    refuses=(NotFound,),
)
async def list_rows(connection: Connection, at: JobPath, query: RowsQuery) -> Page[SourceRow]:
    """Lists every row of the source with its outcome, in the order of the source.

    It is added, alreadyMember, duplicate, invalid (with the reason) or overLimit; in an undo, whose
    rows are numbered as those of the job that it takes back, removed or kept.
    """
    return await rows.get_page(connection, at.account_group_id, at.job_id, query)
