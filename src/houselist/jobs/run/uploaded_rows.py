"""The import stage of an upload: its rows, batch by batch."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol, TypeVar

from houselist.files.chunks import unpack
from houselist.jobs.run.ahead import Ahead
from houselist.jobs.run.batches import write
from houselist.jobs.run.decisions import Batch, decide_ahead, target_of
from houselist.jobs.run.statistics import Statistics
from houselist.jobs.run.tasks import FILE_SLICE, SliceOver, SourceLost, Stopped
from houselist.people.cells.candidates import Reader
from houselist.postgres import db
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from houselist.jobs.run.decisions import Decided
    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.people.cells.candidates import Candidate, InvalidRow

# Rows that are read together. More are no quicker, and hostile ones would take long.
_READ_AT_ONCE = 100
# Seconds of reading: at a stretch, and for one batch. 5,000 honest rows take a tenth of one. The
# transaction of the batch before waits for a stretch to end a dozen times, so it is short.
_SLICE, _BATCH_TIME = 0.0005, 0.2


async def run(task: Task, claimed: Claimed) -> None:
    """Fills the audience from all rows. Raises Stopped, SliceOver, Lost, SourceLost or Upstream."""
    target = await target_of(task, claimed.audience_id)

    async def decide(batch: Batch, before: Decided) -> Decided | None:
        return await decide_ahead(task.pool, target, batch, before)

    async def store(
        batch: Batch, decided: Decided | None, tell: Callable[[Decided], None] | None
    ) -> None:
        await write(task.pool, target, batch, decided, tell)

    await go_through(task, claimed, Statistics(task.pool, claimed.position), decide, store)


class AnyDecided(Protocol):
    """What was decided of a batch. `adds_people`: whether there are new ones to be copied."""

    @property
    def adds_people(self) -> bool: ...


Some = TypeVar("Some", bound=AnyDecided)


async def go_through(
    task: Task,
    claimed: Claimed,
    statistics: Statistics,
    decide: Callable[[Batch, Some], Awaitable[Some | None]],
    store: Callable[[Batch, Some | None, Callable[[Some], None] | None], Awaitable[None]],
) -> None:
    """Stores all rows of an upload, each batch decided while the one before it is stored.

    `decide` is given what was decided of the batch before; None where it has to wait for that one.
    `store` decides by itself where it is given None, and tells what was decided before it stores
    it. Raises Stopped, SliceOver or SourceLost, and what these two raise.
    """
    task.begin_slice(FILE_SLICE)
    as_is = claimed.source_type == "url_upload"
    rows = Rows(task, claimed, Reader(claimed.columns, claimed.mapping, as_is=as_is))

    def go_on(position: int) -> Ahead[Some]:
        return Ahead(rows.read(position), decide_and_read)

    async def decide_and_read(batch: Batch, before: Some) -> Some | None:
        # New people have to be sent to PostgreSQL as it copies them: reading would get in the way.
        if not before.adds_people:
            rows.read_early(batch)
        decided = await decide(batch, before)
        rows.read_early(batch)
        return decided

    ahead = go_on(claimed.position)
    try:
        while True:
            if task.stop.is_set():
                raise Stopped
            batch, decided = await ahead.result()
            # Asked before the next rows are read, so that none are read for nothing.
            is_over = not batch.is_last and await task.is_file_slice_over()
            tell = None
            if not batch.is_last and not is_over:
                ahead = go_on(batch.last_row)
                tell = ahead.go_on_after
            await store(batch, decided, tell)
            if batch.is_last:
                return
            if is_over:
                raise SliceOver
            statistics.note(batch.last_row)
    finally:
        await ahead.drop()
        await rows.drop()
        await statistics.close()


class Rows:
    """The rows of an upload, batch by batch.

    While no other job waits, a batch is read early: PostgreSQL is busy with the two before it
    meanwhile. Where others wait it might be read for nothing.
    """

    def __init__(self, task: Task, claimed: Claimed, reader: Reader) -> None:
        self._task = task
        self._claimed = claimed
        self._reader = reader
        self._early: asyncio.Task[Batch] | None = None

    async def read(self, position: int) -> Batch:
        """Rows after `position`, which is the end of those that were read before."""
        early, self._early = self._early, None
        return await (early or self._read(position))

    def read_early(self, batch: Batch) -> None:
        """Begins to read the rows after these, once."""
        if self._early is None and self._task.is_alone and not batch.is_last:
            self._early = asyncio.create_task(self._read(batch.last_row))

    async def _read(self, position: int) -> Batch:
        return await read_batch(self._task, self._claimed, self._reader, position)

    async def drop(self) -> None:
        if self._early is not None:
            self._early.cancel()
            await asyncio.gather(self._early, return_exceptions=True)


async def read_batch(task: Task, claimed: Claimed, reader: Reader, position: int) -> Batch:
    """Rows after `position`: as many as a batch has, or as are read in a batch's time."""
    limit = min(task.batch_rows, claimed.total_rows - position)
    if limit <= 0:
        return Batch(position + 1, [], is_last=True)
    async with db.acquire(task.pool) as connection:
        chunks = await uploads.get_chunks(
            connection, task.account_group_id, claimed.upload_id, after=position, limit=limit
        )
    found: list[Candidate | InvalidRow] = []
    pieces = _pieces(reader, chunks, position, limit)
    left = _BATCH_TIME
    # A sender can make rows costly to read. Between two slices everything else may run: other jobs,
    # and PostgreSQL's responses to the batch being written. A thread would compete with them for
    # the interpreter.
    more = True
    while more and left > 0:
        async with task.reading:
            began = time.perf_counter()
            more = _read_slice(pieces, found, began + _SLICE)
            left -= time.perf_counter() - began
            await asyncio.sleep(0)
    if not found:
        raise SourceLost(
            f"The uploaded rows after row {position} are no longer there. Upload the file again."
        )
    return Batch(position + 1, found, is_last=position + len(found) >= claimed.total_rows)


def _pieces(
    reader: Reader, chunks: list[tuple[int, bytes]], position: int, limit: int
) -> Iterator[list[Candidate | InvalidRow]]:
    """Up to `limit` rows after `position`, some at a time, up to the first that is missing."""
    end = position + limit
    for first_row, chunk in chunks:
        if first_row > position + 1:
            return  # rows in between are missing, which the next batch will notice
        rows = unpack(chunk)[position + 1 - first_row : end + 1 - first_row]
        position += len(rows)
        for first in range(0, len(rows), _READ_AT_ONCE):
            yield from reader.read_many(rows[first : first + _READ_AT_ONCE])


def _read_slice(
    pieces: Iterator[list[Candidate | InvalidRow]],
    found: list[Candidate | InvalidRow],
    until: float,
) -> bool:
    """Reads rows into `found` until that time; whether there may be more."""
    for piece in pieces:
        found += piece
        if time.perf_counter() >= until:
            return True
    return False
