"""The import stage of a source that Houselist has itself: the rows of an upload, batch by batch."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist import db
from houselist.files.chunks import unpack
from houselist.filling.batches import Batch, Target, write
from houselist.filling.candidates import Reader
from houselist.filling.statistics import Statistics
from houselist.filling.tasks import SourceLost, Stopped
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from houselist.filling.candidates import Candidate, Refusal
    from houselist.filling.store import Claimed
    from houselist.filling.tasks import Task


async def run(task: Task, claimed: Claimed) -> None:
    """Fills the audience from all rows. Raises Stopped, Lost, SourceLost or Upstream."""
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
            if not batch.is_last:
                ahead = asyncio.create_task(_read(task, claimed, reader, batch.last_row))
            await write(task.pool, target, batch)
            if batch.is_last:
                return
            position = batch.last_row
            statistics.note(position)
    finally:
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)
        await statistics.close()


async def _read(task: Task, claimed: Claimed, reader: Reader, position: int) -> Batch:
    """The rows after `position`."""
    most = min(task.batch_rows, claimed.total_rows - position)
    if most <= 0:
        return Batch(position + 1, [], is_last=True)
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
    return Batch(position + 1, found, is_last=position + len(found) >= claimed.total_rows)
