"""Running one job: batch after batch, each one transaction, the next read while one is written."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from houselist import db
from houselist.errors import Upstream
from houselist.ledger import store as ledger
from houselist.logs import log
from houselist.prospecting import store
from houselist.prospecting.candidates import Candidate, Reader
from houselist.prospecting.resolving import Crowd
from houselist.uploads import store as uploads
from houselist.uploads.chunks import unpack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from houselist.ledger.people import Person
    from houselist.ledger.verdicts import Verdict
    from houselist.prospecting.candidates import Refusal
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


# About what a socket holds, so that sending never waits.
_STORED_AT_ONCE = 500


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The worker was asked to stop; the job goes on elsewhere, from its last batch."""


class Lost(Exception):  # noqa: N818 - likewise
    """The job is over or another worker's by now; this one wrote nothing more."""


class SourceLost(RuntimeError):  # noqa: N818 - named for what it tells people
    """Rows that the upload had are not there any more."""


class Batch(NamedTuple):
    """Rows of the source, read but not yet placed. `first_row` counts from 1."""

    first_row: int
    candidates: list[Candidate | Refusal]

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.candidates) - 1


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
            await _write(task, claimed, batch)
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


async def _write(task: Task, claimed: Claimed, batch: Batch) -> None:
    """People, memberships, ledger, counts and position of one batch: all of it, or nothing."""
    group, job_id, audience_id = task.account_group_id, task.job_id, claimed.audience_id
    async with db.transaction(task.pool) as connection:
        turn = await store.begin_batch(connection, group, job_id, batch.first_row - 1)
        if turn is None:
            raise Lost
        await ledger.take_turn(connection, group)
        wanted = (c.values for c in batch.candidates if isinstance(c, Candidate))
        crowd = Crowd(await ledger.get_known(connection, group, audience_id, job_id, wanted))
        verdicts: list[Verdict] = []
        newcomers = crowd.place_all(batch.candidates, verdicts)
        await _add_people(connection, group, newcomers, turn.moment)
        if crowd.changed:
            await ledger.change_people(connection, group, crowd.changed)
        await ledger.add_members(
            connection, group, audience_id, job_id, crowd.joined,
            first_position=turn.next_position, moment=turn.moment,
        )  # fmt: skip
        if crowd.met:
            await ledger.note_members(connection, group, audience_id, job_id, crowd.met)
        await ledger.add_rows(connection, group, job_id, verdicts, first_row=batch.first_row)
        await store.end_batch(
            connection, group, job_id, audience_id,
            position=batch.last_row, counts=Counter(verdict.outcome for verdict in verdicts),
        )  # fmt: skip


async def _add_people(
    connection: db.Connection, group: bytes, newcomers: Iterator[Person], moment: datetime
) -> None:
    """Stores new people some at a time: while PostgreSQL takes these, the next rows are placed."""
    storing: asyncio.Task[None] | None = None
    try:
        while some := list(islice(newcomers, _STORED_AT_ONCE)):
            if storing:
                await storing
            storing = asyncio.create_task(ledger.add_people(connection, group, some, moment))
            await asyncio.sleep(0)  # it sends now, and waits for PostgreSQL beside us
    finally:
        if storing:
            await storing
