"""The import stage of a source that Houselist has itself: the rows of an upload, batch by batch."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from houselist.files.chunks import unpack
from houselist.jobs.run.batches import Batch, Target, write
from houselist.jobs.run.statistics import Statistics
from houselist.jobs.run.tasks import OWN_TURN, SourceLost, Stopped, TurnOver
from houselist.people.cells.candidates import Reader
from houselist.postgres import db
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.people.cells.candidates import Candidate, InvalidRow
    from houselist.people.rows import Row

# Seconds of reading: at a stretch, and for one batch. 5,000 honest rows take a tenth of one.
_SLICE, _BATCH_TIME = 0.005, 0.2


async def run(task: Task, claimed: Claimed) -> None:
    """Fills the audience from all rows. Raises Stopped, TurnOver, Lost, SourceLost or Upstream."""
    task.begin_turn(OWN_TURN)
    as_is = claimed.source_type == "url_upload"
    reader = Reader(claimed.columns, claimed.mapping, as_is=as_is)
    target = Target(task.account_group_id, task.job_id, claimed.audience_id)
    position = claimed.position
    ahead = asyncio.create_task(_read(task, claimed, reader, position))
    statistics = Statistics(task.pool, position)
    try:
        while True:
            if task.stop.is_set():
                raise Stopped
            batch = await ahead
            # Asked before the next rows are read, because they would be read in vain.
            is_over = not batch.is_last and await task.is_own_turn_over()
            if not batch.is_last and not is_over:
                ahead = asyncio.create_task(_read(task, claimed, reader, batch.last_row))
            await write(task.pool, target, batch)
            if batch.is_last:
                return
            if is_over:
                raise TurnOver
            position = batch.last_row
            statistics.note(position)
    finally:
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)
        await statistics.close()


async def _read(task: Task, claimed: Claimed, reader: Reader, position: int) -> Batch:
    """Rows after `position`: as many as a batch has, or as are read in a batch's time."""
    limit = min(task.batch_rows, claimed.total_rows - position)
    if limit <= 0:
        return Batch(position + 1, [], is_last=True)
    async with db.acquire(task.pool) as connection:
        chunks = await uploads.get_chunks(
            connection, task.account_group_id, claimed.upload_id, after=position, most=limit
        )
    found: list[Candidate | InvalidRow] = []
    rows = _rows(chunks, position, limit)
    left = _BATCH_TIME
    # Rows may be as costly to read as their sender likes. Between two slices everybody else gets a
    # turn: other jobs, and PostgreSQL's answers to the batch being written. A thread fought with
    # them over the interpreter instead.
    more = True
    while more and left > 0:
        async with task.reading:
            began = time.perf_counter()
            more = _read_slice(reader, rows, found, began + _SLICE)
            left -= time.perf_counter() - began
            await asyncio.sleep(0)
    if not found:
        raise SourceLost(f"The uploaded rows after row {position} are gone; upload the file again.")
    return Batch(position + 1, found, is_last=position + len(found) >= claimed.total_rows)


def _rows(chunks: list[tuple[int, bytes]], position: int, limit: int) -> Iterator[Row]:
    """Up to `limit` rows after `position`, as far as none is missing between them."""
    end = position + limit
    for first_row, chunk in chunks:
        if first_row > position + 1:
            return  # rows between are gone, which the next batch will find
        for row in unpack(chunk)[position + 1 - first_row : end + 1 - first_row]:
            position += 1
            yield row


def _read_slice(
    reader: Reader, rows: Iterator[Row], found: list[Candidate | InvalidRow], until: float
) -> bool:
    """Reads rows into `found` until that time; whether there may be more."""
    for row in rows:
        found.append(reader.read(row))
        if time.perf_counter() >= until:
            return True
    return False
