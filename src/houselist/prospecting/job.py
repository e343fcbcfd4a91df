"""Running one job: batch after batch, each one transaction, the next read while one is written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from houselist import db
from houselist.errors import Upstream
from houselist.ledger import store as ledger
from houselist.logs import log
from houselist.prospecting import store
from houselist.prospecting.batches import Batch, Lost, Target, write
from houselist.prospecting.candidates import Reader
from houselist.uploads import store as uploads
from houselist.uploads.chunks import unpack

if TYPE_CHECKING:
    from houselist.prospecting.candidates import Candidate, Refusal
    from houselist.prospecting.store import Claimed

NO_PROVIDER = "No provider is connected, so nobody was looked up."

# A batch that kills its worker every time must not be tried for ever; a worker that is killed now
# and then must not end a job.
_MOST_ATTEMPTS = 50

# After so many rows of a run PostgreSQL is told to look at the tables anew, and again each time the
# import has grown by this factor. Autovacuum looks once a minute, which is many batches late: an
# account group that looks small in the statistics is read whole for every batch.
_FIRST_REFRESH = 1000
_REFRESH_GROWTH = 4


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The worker was asked to stop; the job goes on elsewhere, from its last batch."""


class SourceLost(RuntimeError):  # noqa: N818 - named for what it tells people
    """Rows that the upload had are not there any more."""


class Task(NamedTuple):
    """One job in the hands of this worker."""

    pool: db.Pool
    account_group_id: bytes
    job_id: bytes
    batch_rows: int
    stop: asyncio.Event


async def run(task: Task) -> None:
    """Runs a job to its end. Raises Stopped or Lost, or Upstream when PostgreSQL is out of reach.

    Anything else that goes wrong ends the job as failed, with its audience free.
    """
    async with db.transaction(task.pool) as connection:
        claimed = await store.claim(connection, task.account_group_id, task.job_id)
    if claimed is None:
        return
    try:
        _refuse_endless(claimed)
        await _import(task, claimed)
        async with db.transaction(task.pool) as connection:
            await store.finish(
                connection, task.account_group_id, task.job_id, claimed.audience_id, NO_PROVIDER
            )
    except (Stopped, Lost, Upstream):
        raise
    except asyncpg.TransactionRollbackError as error:
        # A deadlock was untied at our cost: the batch goes again, as after an outage.
        raise Upstream(details="The batch has to be written again.") from error
    except Exception as error:  # noqa: BLE001 - whatever it is, the job ends and frees its audience
        log.exception("job failed", jobId=task.job_id.hex())
        code, message = _explain(error)
        async with db.transaction(task.pool) as connection:
            await store.fail(connection, task.account_group_id, task.job_id, code, message)


def _refuse_endless(claimed: Claimed) -> None:
    if claimed.attempts > _MOST_ATTEMPTS:
        raise RuntimeError(f"gave up after {_MOST_ATTEMPTS} starts without progress")


def _explain(error: Exception) -> tuple[str, str]:
    """Code and words for whoever started the job; never internals, which are in the log."""
    if isinstance(error, SourceLost):
        return "SOURCE_LOST", str(error)
    return (
        "INTERNAL_ERROR",
        "Something went wrong on our side; the log has the story. Start a new job.",
    )


async def _import(task: Task, claimed: Claimed) -> None:
    reader = Reader(claimed.columns, claimed.mapping)
    target = Target(task.account_group_id, task.job_id, claimed.audience_id)
    position = claimed.position
    ahead = asyncio.create_task(_read(task, claimed, reader, position))
    refreshing = asyncio.create_task(asyncio.sleep(0))
    next_refresh = max(position, _FIRST_REFRESH)
    try:
        while position < claimed.total_rows:
            if task.stop.is_set():
                raise Stopped
            batch = await ahead
            ahead = asyncio.create_task(_read(task, claimed, reader, batch.last_row))
            await write(task.pool, target, batch)
            position = batch.last_row
            if next_refresh <= position < claimed.total_rows:
                next_refresh = _REFRESH_GROWTH * position
                refreshing = asyncio.create_task(_refresh_statistics(task))
    finally:
        ahead.cancel()
        refreshing.cancel()
        await asyncio.gather(ahead, refreshing, return_exceptions=True)


async def _refresh_statistics(task: Task) -> None:
    try:
        async with db.acquire(task.pool) as connection:
            await ledger.refresh_statistics(connection)
    except Upstream as error:
        log.warning("could not refresh the statistics", reason=str(error))


async def _read(task: Task, claimed: Claimed, reader: Reader, position: int) -> Batch:
    """The rows after `position`. An empty batch once all are read."""
    most = min(task.batch_rows, claimed.total_rows - position)
    if most <= 0:
        return Batch(position + 1, [])
    async with db.acquire(task.pool) as connection:
        chunks = await uploads.get_chunks(
            connection, task.account_group_id, claimed.upload_id, after=position, most=most
        )
    found: list[Candidate | Refusal] = []
    for first_row, chunk in chunks:
        skip = position + len(found) + 1 - first_row
        if skip < 0:
            break  # rows between are gone, which the next batch will find
        # A chunk takes some milliseconds. Between two of them PostgreSQL's answers to the batch
        # being written get their turn; a thread fought with it over the interpreter instead.
        found += map(reader.read, unpack(chunk)[skip : skip + most - len(found)])
        await asyncio.sleep(0)
    if not found:
        raise SourceLost(f"The uploaded rows after row {position} are gone; upload the file again.")
    return Batch(position + 1, found)
