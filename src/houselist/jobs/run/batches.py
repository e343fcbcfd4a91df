"""Writing one batch of a job: people, memberships, rows, counts and position in one transaction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from houselist.connections import store as connections
from houselist.jobs.run import store
from houselist.jobs.run.decisions import decide
from houselist.people import store as people
from houselist.people import writing
from houselist.postgres import db
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.jobs.run.decisions import Batch, Decided, Read, Target
    from houselist.postgres.db import Connection


class Lost(Exception):
    """The job is over or another worker's by now; nothing was written."""


class Written(NamedTuple):
    """What came of a batch. `found`: new and earlier members; `is_over`: whether the import is."""

    found: int
    added: int
    is_over: bool


async def write(
    pool: db.Pool,
    target: Target,
    batch: Batch,
    early: Decided | None = None,
    tell: Callable[[Decided], None] | None = None,
) -> Written:
    """Writes all of a batch, or nothing. With the last person wanted the import is over.

    `early`: what was decided of the batch before. `tell` is told what counts, before it is stored.
    Raises Lost, or Upstream when PostgreSQL is out of reach.
    """
    group, job_id, audience_id, _ = target
    async with db.transaction(pool) as connection:
        version = await people.lock_batches(connection, group)
        cursor = batch.read and batch.read.cursor
        start = await store.begin_batch(connection, group, job_id, batch.first_row - 1, cursor)
        if start is None:
            raise Lost
        if early is None or not early.holds(version, start):
            early = await decide(connection, target, batch, version, start)
        if tell is not None:
            tell(early)
        await writing.write(connection, early.decision, early.added)
        await people.add_rows(connection, early.rows)
        if batch.read is not None:
            await _keep(connection, group, job_id, batch, batch.read)
        counts = Counter(verdict.outcome for verdict in early.decision.matched.verdicts)
        await store.end_batch(connection, group, job_id, position=batch.last_row, counts=counts)
        added, found = counts["added"], counts["added"] + counts["alreadyMember"]
        remaining = batch.remaining
        is_over = batch.is_last or (remaining is not None and remaining.is_used_up(found, added))
        if is_over:
            await store.finish_import(connection, group, job_id, audience_id)
    return Written(found, added, is_over)


async def _keep(
    connection: Connection, group: bytes, job_id: bytes, batch: Batch, read: Read
) -> None:
    """The rows of a provider's page as they came, and where the source goes on."""
    first_row = batch.first_row
    for count, chunk in read.chunks:
        await uploads.add_chunk(
            connection, group, read.upload_id, first_row=first_row, row_count=count, rows=chunk
        )
        first_row += count
    await uploads.extend(
        connection,
        group,
        read.upload_id,
        row_count=batch.last_row,
        more_bytes=sum(len(chunk) for _, chunk in read.chunks),
    )
    await store.note_page(
        connection,
        group,
        job_id,
        source=read.source,
        cursor=read.next_cursor,
        total_rows=read.total_rows,
        notes=read.notes,
    )
    if read.spare is not None:
        spare = read.spare
        await connections.give_back(connection, group, *spare)
