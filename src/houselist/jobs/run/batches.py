"""Writing one batch of a job: people, memberships, ledger, counts, position: one transaction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from houselist.connections import store as connections
from houselist.jobs.run import store
from houselist.people import merges_store as merges
from houselist.people import store as ledger
from houselist.people.cells.candidates import Candidate
from houselist.people.matching import Crowd
from houselist.people.merges_store import Merge
from houselist.postgres import db
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from houselist.connections.shapes import Spare
    from houselist.jobs.run.store import BatchStart
    from houselist.people.cells.candidates import Refusal
    from houselist.people.matching import Placed, Room
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
    """Rows of the source, read but not yet placed. `first_row` counts from 1.

    `is_last`: the source has no more of them. `room`: None for all of them.
    """

    first_row: int
    candidates: list[Candidate | Refusal]
    is_last: bool
    room: Room | None = None
    read: Read | None = None

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.candidates) - 1


class Written(NamedTuple):
    """What a batch came to. `found`: people who joined or were met; `is_over`: the import is."""

    found: int
    added: int
    is_over: bool


async def write(pool: db.Pool, target: Target, batch: Batch) -> Written:
    """All of a batch, or nothing. With the last one wanted the import is over.

    Raises Lost, or Upstream when PostgreSQL is out of reach.
    """
    group, job_id, audience_id = target
    async with db.transaction(pool) as connection:
        await ledger.take_turn(connection, group)
        cursor = batch.read and batch.read.cursor
        turn = await store.begin_batch(connection, group, job_id, batch.first_row - 1, cursor)
        if turn is None:
            raise Lost
        wanted = (c.values for c in batch.candidates if isinstance(c, Candidate))
        known = await ledger.get_known(connection, *target, wanted)
        crowd = Crowd(known, updates=turn.updates)
        placed = crowd.place(batch.candidates, batch.room)
        await _write_people(connection, target, crowd, placed, first_row=batch.first_row, turn=turn)
        if batch.read is not None:
            await _keep(connection, group, job_id, batch, batch.read)
        counts = Counter(verdict.outcome for verdict in placed.verdicts)
        await store.end_batch(
            connection, group, job_id, audience_id, position=batch.last_row, counts=counts
        )
        added, found = counts["added"], counts["added"] + counts["alreadyMember"]
        is_over = batch.is_last or (batch.room is not None and batch.room.is_filled(found, added))
        if is_over:
            await store.finish_import(connection, group, job_id, audience_id)
    return Written(found, added, is_over)


async def _write_people(
    connection: Connection,
    target: Target,
    crowd: Crowd,
    placed: Placed,
    *,
    first_row: int,
    turn: BatchStart,
) -> None:
    """Who is new, changed, gone, and in the audience, and what became of each row."""
    group, job_id, _ = target
    merged = [Merge(each.id, each.kept.id, first_row + row) for each, row in placed.merged]
    if merged:
        await merges.remove_people(connection, group, job_id, merged)
    await ledger.add_people(connection, group, placed.newcomers, turn.moment)
    await ledger.add_members(
        connection, *target, placed.joined, first_position=turn.next_position, moment=turn.moment
    )
    await ledger.add_rows(connection, group, job_id, placed.verdicts, first_row=first_row)
    if changed := [each for each in crowd.changed if each.merged_into is None]:
        await ledger.change_people(connection, group, changed)
    if learnt := [each for each in crowd.learnt.values() if each.merged_into is None]:
        await ledger.add_identities(connection, group, learnt)
    if merged:
        await merges.join_memberships(connection, group, merged)
    if met := {each.kept.id for each in crowd.met}:
        await ledger.note_members(connection, *target, met)


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
