"""Deciding a batch: who its rows are about, and what that adds. Also ahead of time.

While one batch is stored the next one is decided, as if nothing else were written in between. That
holds if no other transaction had the lock of the account group's batches since the last one began,
and if the two batches share nobody. Otherwise it is decided again, under the lock.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from houselist.jobs.run.store import BatchStart
from houselist.people import copying
from houselist.people import members_store as members
from houselist.people import store as people
from houselist.people.cells.candidates import Candidate
from houselist.people.ladder import identities_of
from houselist.people.matching import IdentityIndex
from houselist.people.merge import MergePolicy
from houselist.postgres import db

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.connections.shapes import Spare
    from houselist.jobs.run.tasks import Task
    from houselist.people.cells.candidates import InvalidRow
    from houselist.people.ladder import Identities
    from houselist.people.matching import Matched
    from houselist.people.outcomes import Remaining
    from houselist.people.person import Person
    from houselist.postgres.db import Connection


class Target(NamedTuple):
    """Whose rows they are, and which audience they fill: `list_id` is its list of members."""

    account_group_id: bytes
    job_id: bytes
    audience_id: bytes
    list_id: bytes


async def target_of(task: Task, audience_id: bytes) -> Target:
    """What a job fills. Nobody empties an audience while a job fills it."""
    async with db.acquire(task.pool) as connection:
        list_id = await members.get_list(connection, task.account_group_id, audience_id)
    return Target(task.account_group_id, task.job_id, audience_id, list_id)


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


class Added(NamedTuple):
    """What a batch adds, ready for COPY (people/copying.py). `columns`: those of the people."""

    columns: list[str]
    people: list[bytes]
    members: bytes
    rows: bytes


class Decided(NamedTuple):
    """What a batch writes.

    It holds in the transaction that makes the account group's people `version`, and if the audience
    goes on at `position`. `reach`: all that the batch's rows identify people by; `known`: the ids
    of those who were found by it.
    """

    version: int
    position: int
    moment: datetime
    reach: Identities
    known: set[bytes]
    updates: bool
    people: IdentityIndex
    matched: Matched
    added: Added

    def holds(self, version: int, start: BatchStart) -> bool:
        return (version, start.next_position) == (self.version, self.position)


async def decide(
    connection: Connection, target: Target, batch: Batch, version: int, start: BatchStart
) -> Decided:
    """Decides a batch under the lock of the account group's batches."""
    reach = _reach(batch)
    known = await _get_known(connection, target, reach)
    return await _decide(target, batch, reach, known, version=version, start=start)


async def decide_ahead(
    pool: db.Pool, target: Target, batch: Batch, before: Decided
) -> Decided | None:
    """Decides a batch while the one before it is stored. None if that has to wait for it."""
    reach = _reach(batch)
    # Of somebody whom both are about, this one would not see what that one does.
    if before.matched.merged or not _are_apart(reach, before.reach):
        return None
    async with db.transaction(pool) as connection:
        moment = await people.begin_looking(connection)
        known = await _get_known(connection, target, reach)
    if any(each.id in before.known for each in known):
        return None
    position = before.position + len(before.matched.joined)
    start = BatchStart(position, moment, before.updates)
    return await _decide(target, batch, reach, known, version=before.version + 1, start=start)


async def _get_known(connection: Connection, target: Target, reach: Identities) -> list[Person]:
    group, job_id, _, list_id = target
    return await people.get_known(connection, group, job_id, list_id, reach)


def _reach(batch: Batch) -> Identities:
    return identities_of(c.values for c in batch.candidates if isinstance(c, Candidate))


def _are_apart(some: Identities, others: Identities) -> bool:
    return all(one.isdisjoint(other) for one, other in zip(some, others, strict=True))


async def _decide(
    target: Target,
    batch: Batch,
    reach: Identities,
    known: list[Person],
    *,
    version: int,
    start: BatchStart,
) -> Decided:
    index = IdentityIndex(known, MergePolicy.UPDATE if start.updates else MergePolicy.FILL)
    matched = index.match(batch.candidates, batch.remaining)
    await asyncio.sleep(0)
    added = await _add(target, batch.first_row, matched, start)
    ids = {each.id for each in known}
    return Decided(
        version,
        start.next_position,
        start.moment,
        reach,
        ids,
        start.updates,
        index,
        matched,
        added,
    )


async def _add(target: Target, first_row: int, matched: Matched, start: BatchStart) -> Added:
    """Writes what is added as COPY takes it, bit by bit: everything else runs in between."""
    group, job_id, _, list_id = target
    created = copying.PeopleCopy(group, matched.created, start.moment)
    pieces: list[bytes] = []
    for piece in created.pieces():
        pieces.append(piece)
        await asyncio.sleep(0)
    joined = copying.members(
        group,
        list_id,
        job_id,
        matched.joined,
        first_position=start.next_position,
        moment=start.moment,
    )
    await asyncio.sleep(0)
    rows = copying.rows(group, job_id, matched.verdicts, first_row=first_row)
    return Added(created.columns, pieces, joined, rows)
