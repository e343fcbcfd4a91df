"""`houselist jobs`: prospecting jobs as the command line sees them, without a running API."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from houselist import config
from houselist.cli import out
from houselist.cli.following import follow
from houselist.cli.groups import find, for_account
from houselist.cli.lasting import lasting_database
from houselist.cli.options import Account, Json, read_id
from houselist.cli.tables import say_table
from houselist.errors import Impossible, NotFound
from houselist.jobs import store, undoing
from houselist.jobs.shapes import Job, JobCancelled, JobStatus
from houselist.postgres import db
from houselist.worker.beside import worker_beside

app = App(name="jobs")

_HINT = "`houselist jobs list` shows all jobs."
JobId = Annotated[str, Parameter(help="ID of the job: `houselist jobs list` shows it.")]


@app.command(name="list")
async def list_(
    *,
    account: Account = None,
    status: JobStatus | None = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1))] = 50,
    json: Json = False,
) -> None:
    """List an account group's jobs, newest first.

    Args:
        status: Only jobs with this status.
        limit: How many jobs at most.
    """
    async with for_account(account) as (connection, group):
        found = await store.get_newest(connection, group, status, limit)
    if json:
        out.say_json({"items": found.items, "hasMore": found.has_more})
        return
    header = "ID", "CREATED", "SOURCE", "STATUS", "IMPORT", "ENRICHMENT", "ROWS", "ADDED"
    say_table(header, [_row(job) for job in found.items])
    if found.has_more:
        out.tell(f"There are more: --limit {limit * 10} shows them.")


def _row(job: Job) -> tuple[str, ...]:
    stages = job.stages.import_, job.stages.enrichment
    progress = [
        "failed" if stage.status == "failed" else f"{int(100 * stage.progress)}%"
        for stage in stages
    ]
    counts = f"{job.counts.rows:,}", f"{job.counts.added:,}"
    source = f"{job.source_type} (dry run)" if job.dry_run else job.source_type
    return job.job_id, job.created_at, source, job.status, *progress, *counts


@app.command
async def watch(job_id: JobId, /, *, account: Account = None, json: Json = False) -> int:
    """Follow a job until it is over. The exit code is 1 when it failed or was cancelled.

    It shows how far the job is, about how long looking people up will take, and what the job waits
    for, until when, and what to do about it. With --json it prints the job once, at the end.
    """
    wanted = _read(job_id)
    async with lasting_database(config.load()) as (found, pool):
        async with db.acquire(pool) as connection:
            group = await find(connection, account)
        with _unknown(group, wanted):
            job = await follow(pool, found.dsn, group, wanted, quiet=json)
    return _show_over(group, job, json=json)


def _show_over(group: bytes, job: Job, *, json: bool) -> int:
    """What came of a job that is over; the exit code."""
    words = f"Job {job.job_id} {job.status}: {_counted(job)}."
    out.show(out.of_group(group, job), words, json=json)
    if job.error and not json:
        out.tell(f"houselist: {job.error.message}")
    if job.status == "completed" and job.stages.enrichment.status == "failed" and not json:
        out.tell(
            "houselist: Not everybody was looked up; the last line on the enrichment says why."
        )
    return out.DONE if job.status == "completed" else out.FAILED


def _counted(job: Job) -> str:
    counts = job.counts
    if job.undoes_job_id is not None:
        return (
            f"{out.shown_rows(counts.rows)} of job {job.undoes_job_id}, {counts.removed:,} removed,"
            f" {counts.kept:,} kept"
        )
    return (
        f"{out.shown_rows(counts.rows)}, {counts.added:,} added,"
        f" {counts.already_member:,} already in the audience, {counts.duplicate:,} duplicates,"
        f" {counts.invalid:,} invalid, {counts.over_limit:,} over the limit"
    )


@app.command
async def cancel(job_id: JobId, /, *, account: Account = None, json: Json = False) -> None:
    """Cancel a job that is not over. What it added so far stays, and the audience is ready."""
    wanted = _read(job_id)
    async with for_account(account) as (connection, group):
        with _unknown(group, wanted):
            cancelled = await store.cancel(connection, group, wanted)
    if not cancelled:
        raise out.CommandError(f"Job {job_id} is over and can't be cancelled.")
    out.show(JobCancelled(wanted.hex()), f"Cancelled job {wanted.hex()}.", json=json)


@app.command
async def undo(job_id: JobId, /, *, account: Account = None, json: Json = False) -> int:
    """Take back what a job did, with a job worker in this process. Once a job, within 30 days.

    Whom it added leaves the audience, unless somebody has met or changed them since; people whom it
    made and nobody else holds are removed; values that it filled or replaced are put back. The exit
    code is 1 when that can't be done, or was cancelled.
    """
    wanted = _read(job_id)
    async with lasting_database(config.load()) as (found, pool):
        async with db.acquire(pool) as connection:
            group = await find(connection, account)
        try:
            with _unknown(group, wanted):
                async with db.transaction(pool) as connection:
                    begun = await undoing.undo(connection, group, wanted, None)
        except Impossible as error:
            why = "; ".join(problem.message for problem in error.problems)
            raise out.CommandError(f"Job {job_id} {why}.") from error
        undo_id = bytes.fromhex(begun.job_id)
        async with worker_beside(found.settings, found.dsn):
            job = await follow(pool, found.dsn, group, undo_id, quiet=json, total=0)
    return _show_over(group, job, json=json)


def _read(job_id: str) -> bytes:
    return read_id(job_id, f"The job's ID {job_id!r}", _HINT)


def _unknown(group: bytes, job_id: bytes) -> AbstractContextManager[None]:
    """Says it where the account group has no such job."""
    words = f"There is no job {job_id.hex()} in the account group {group.hex()}. {_HINT}"
    return out.misuse(NotFound, words=lambda _: words)
