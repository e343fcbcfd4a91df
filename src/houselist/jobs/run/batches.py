"""Writing one batch of a job: people, memberships, rows, counts and position in one transaction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from houselist.connections import store as connections
from houselist.jobs.run import store
from houselist.people import merges_store as merges
from houselist.people import store as people
from houselist.people.cells.candidates import Candidate
from houselist.people.matching import IdentityIndex
from houselist.people.merge import MergePolicy
from houselist.people.merges_store import Merge
from houselist.postgres import db
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from houselist.connections.shapes import Spare
    from houselist.jobs.run.store import BatchStart
    from houselist.people.cells.candidates import InvalidRow
    from houselist.people.matching import Matched
    from houselist.people.outcomes import Remaining
    from houselist.postgres.db import Connection


class Lost(Exception):
    """The job is over or another worker's by now; nothing was written."""


class Target(NamedTuple):
    """Whose rows they are, and which audience they fill."""

    account_group_id: bytes
    job_id: bytes
    audience_id: bytes


class Read(NamedTuple):
    """What a provider's page brings beside its people.

    `chunks` are its rows as uploads keep them; `cursor` asks for this page, `next_cursor` for the
    next one, both of the account named `source`. `spare`: what of the day's budget was not needed.
    """

    upload_id: bytes
    source: str
    chunks: list[tuple[int, bytes]]
    cursor: str | None
    next_cursor: str | None
    total_rows: int
    notes: str | None
    spare: Spare | None


class Batch(NamedTuple):
    """Rows of the source, read but not yet matched. `first_row` counts from 1.

    `is_last`: the source has no more of them. `remaining`: None for no limit.
    """

    first_row: int
    candidates: list[Candidate | InvalidRow]
    is_last: bool
    remaining: Remaining | None = None
    read: Read | None = None

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.candidates) - 1


class Written(NamedTuple):
    """What came of a batch. `found`: new and earlier members; `is_over`: whether the import is."""

    found: int
    added: int
    is_over: bool


async def write(pool: db.Pool, target: Target, batch: Batch) -> Written:
    """Writes all of a batch, or nothing. With the last person wanted the import is over.

    Raises Lost, or Upstream when PostgreSQL is out of reach.
    """
    group, job_id, audience_id = target
    async with db.transaction(pool) as connection:
        await people.lock_batches(connection, group)
        cursor = batch.read and batch.read.cursor
        start = await store.begin_batch(connection, group, job_id, batch.first_row - 1, cursor)
        if start is None:
            raise Lost
        wanted = (c.values for c in batch.candidates if isinstance(c, Candidate))
        known = await people.get_known(connection, *target, wanted)
        index = IdentityIndex(known, MergePolicy.UPDATE if start.updates else MergePolicy.FILL)
        matched = index.match(batch.candidates, batch.remaining)
        await _write_people(
            connection, target, index, matched, first_row=batch.first_row, start=start
        )
        if batch.read is not None:
            await _keep(connection, group, job_id, batch, batch.read)
        counts = Counter(verdict.outcome for verdict in matched.verdicts)
        await store.end_batch(
            connection, group, job_id, audience_id, position=batch.last_row, counts=counts
        )
        added, found = counts["added"], counts["added"] + counts["alreadyMember"]
        remaining = batch.remaining
        is_over = batch.is_last or (remaining is not None and remaining.is_used_up(found, added))
        if is_over:
            await store.finish_import(connection, group, job_id, audience_id)
    return Written(found, added, is_over)


async def _write_people(
    connection: Connection,
    target: Target,
    index: IdentityIndex,
    matched: Matched,
    *,
    first_row: int,
    start: BatchStart,
) -> None:
    """Writes who is new, changed, gone and in the audience, and what became of each row."""
    group, job_id, _ = target
    merged = [Merge(each.id, each.kept.id, first_row + row) for each, row in matched.merged]
    if merged:
        await merges.remove_people(connection, group, job_id, merged)
    await people.add_people(connection, group, matched.created, start.moment)
    await people.add_members(
        connection, *target, matched.joined, first_position=start.next_position, moment=start.moment
    )
    await people.add_rows(connection, group, job_id, matched.verdicts, first_row=first_row)
    if changed := [each for each in index.changed if each.merged_into is None]:
        await people.change_people(connection, group, changed)
    gained = index.with_new_identities.values()
    if gained := [each for each in gained if each.merged_into is None]:
        await people.add_identities(connection, group, gained)
    if merged:
        await merges.join_memberships(connection, group, merged)
    if seen := {each.kept.id for each in index.seen}:
        await people.note_members(connection, *target, seen)


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
