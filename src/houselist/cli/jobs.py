"""`houselist jobs`: prospecting jobs as the command line sees them, without a running API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import msgspec
import uvloop
from cyclopts import App, Parameter
from cyclopts.validators import Number

from houselist import config, logs
from houselist.cli import accounts
from houselist.cli.database import database, with_pool
from houselist.cli.following import following
from houselist.cli.out import DONE, FAILED, CommandError, UsageError, say, say_json, say_table, tell
from houselist.errors import NotFound
from houselist.ids import parse_id
from houselist.jobs import store
from houselist.jobs.follow.watching import Watching
from houselist.jobs.shapes import Job, JobCancelled, JobsQuery, JobStatus
from houselist.paging import Page
from houselist.postgres import db
from houselist.serving.postgres import kept_running

if TYPE_CHECKING:
    from houselist.cli.database import Database
    from houselist.postgres.db import Connection, Pool

app = App(name="jobs", help="List, follow and cancel prospecting jobs.")

_PAGE = 250


@app.command(name="list")
def list_(
    *,
    account: str | None = None,
    status: JobStatus | None = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1))] = 50,
    json: bool = False,
) -> None:
    """List an account group's jobs, newest first.

    Parameters
    ----------
    account
        Id of the account group; needed where there are several.
    status
        Only the jobs of this status.
    limit
        How many at most.
    json
        Print one JSON object and nothing else.
    """

    async def work(pool: Pool) -> Page[Job]:
        async with db.acquire(pool) as connection:
            group = await accounts.find(connection, account)
            return await _newest(connection, group, status, limit)

    found = with_pool(work)
    if json:
        say_json({"items": found.items, "hasMore": found.has_more})
        return
    header = "ID", "CREATED", "SOURCE", "STATUS", "IMPORT", "ENRICHMENT", "ROWS", "ADDED"
    say_table(header, [_row(job) for job in found.items])
    if found.has_more:
        tell(f"There are more: --limit {limit * 10} shows them.")


async def _newest(
    connection: Connection, group: bytes, status: JobStatus | None, limit: int
) -> Page[Job]:
    jobs: list[Job] = []
    cursor: str | None = None
    while True:
        size = min(_PAGE, limit - len(jobs))
        query = JobsQuery(limit=size, cursor=cursor, status=status)
        page = await store.get_page(connection, group, query)
        jobs += page.items
        cursor = page.next_cursor
        if cursor is None or len(jobs) == limit:
            return Page(jobs, cursor, page.has_more)


def _row(job: Job) -> tuple[str, ...]:
    stages = job.stages.import_, job.stages.enrichment
    progress = [f"{int(100 * stage.progress)}%" for stage in stages]
    counts = f"{job.counts.rows:,}", f"{job.counts.added:,}"
    return job.job_id, job.created_at, job.source_type, job.status, *progress, *counts


@app.command
def watch(job_id: str, /, *, account: str | None = None, json: bool = False) -> int:
    """Follow a job until it is over. Exit code 1 when it failed or was cancelled.

    It shows how far the job is, and what it waits for.

    Parameters
    ----------
    job_id
        The job's id: `houselist jobs list` shows it.
    account
        Id of the account group; needed where there are several.
    json
        Print the job as one JSON object when it is over, and nothing else.
    """
    wanted = _id(job_id)
    settings = config.load()
    logs.configure("warning")
    with database(settings) as found:
        group, job = uvloop.run(_watch(found, account, wanted, quiet=json))
    if json:
        say_json({"accountGroupId": group.hex(), **msgspec.to_builtins(job)})
    else:
        _report(job)
    return DONE if job.status == "completed" else FAILED


async def _watch(
    found: Database, account: str | None, job_id: bytes, *, quiet: bool
) -> tuple[bytes, Job]:
    """The account group and the job, once that is over. Raises UsageError."""
    async with kept_running(found.server), db.make_pool(found.dsn, size=2) as pool:
        async with db.acquire(pool) as connection:
            group = await accounts.find(connection, account)
        jobs = Watching(pool)
        listening = asyncio.create_task(jobs.listen(found.dsn))
        end = asyncio.create_task(_follow(jobs, group, job_id, quiet=quiet))
        try:
            await asyncio.wait({listening, end}, return_when=asyncio.FIRST_COMPLETED)
            if not end.done():
                await listening  # which ends by a failure alone
            return group, await end
        finally:
            listening.cancel()
            end.cancel()
            await asyncio.wait({listening, end})


async def _follow(jobs: Watching, group: bytes, job_id: bytes, *, quiet: bool) -> Job:
    try:
        async with jobs.follow(group, job_id) as follower:
            with following(quiet=quiet) as show:
                state = await follower.next()
                show(state.job)
                while not state.over:
                    state = await follower.next(state.version)
                    show(state.job)
    except NotFound as error:
        raise _unknown(group, job_id) from error
    return state.job


def _report(job: Job) -> None:
    counts = job.counts
    say(
        f"Job {job.job_id} {job.status}: {counts.rows:,} rows, {counts.added:,} added,"
        f" {counts.already_member:,} already in the audience, {counts.duplicate:,} duplicates,"
        f" {counts.invalid:,} invalid, {counts.over_limit:,} over the limit."
    )
    if job.error:
        tell(f"houselist: {job.error.message}")


@app.command
def cancel(job_id: str, /, *, account: str | None = None, json: bool = False) -> None:
    """Cancel a job that is not over. What it added so far stays, and the audience is ready.

    Parameters
    ----------
    job_id
        The job's id: `houselist jobs list` shows it.
    account
        Id of the account group; needed where there are several.
    json
        Print one JSON object and nothing else.
    """
    wanted = _id(job_id)

    async def work(pool: Pool) -> bool:
        async with db.transaction(pool) as connection:
            group = await accounts.find(connection, account)
            try:
                return await store.cancel(connection, group, wanted)
            except NotFound as error:
                raise _unknown(group, wanted) from error

    if not with_pool(work):
        raise CommandError(f"Job {job_id} is over and can't be cancelled.")
    if json:
        say_json(JobCancelled(wanted.hex()))
    else:
        say(f"Cancelled job {wanted.hex()}.")


def _id(text: str) -> bytes:
    try:
        return parse_id(text)
    except ValueError as error:
        raise UsageError(f"The job's id {text!r} {error}. {_SHOW}") from error


def _unknown(group: bytes, job_id: bytes) -> UsageError:
    return UsageError(f"There is no job {job_id.hex()} in the account group {group.hex()}. {_SHOW}")


_SHOW = "`houselist jobs list` shows the jobs there are."
