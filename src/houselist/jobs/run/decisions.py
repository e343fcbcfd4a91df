"""Deciding a batch: who its rows are about, and what that adds. Also ahead of time.

While one batch is stored the next one is decided, as if nothing else were written in between. That
holds if no other transaction had the lock of the account group's batches since the last one began,
and if the two batches share nobody. Otherwise it is decided again, under the lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.jobs.run.store import BatchStart
from houselist.people import copying, members_store, writing
from houselist.people import store as people
from houselist.people.cells.candidates import Candidate
from houselist.people.ladder import identities_of
from houselist.people.matching import IdentityIndex
from houselist.people.members_store import By, Members
from houselist.people.merge import MergePolicy
from houselist.people.writing import Decision
from houselist.postgres import db

if TYPE_CHECKING:
    from houselist.connections.shapes import Spare
    from houselist.jobs.run.tasks import Task
    from houselist.people.cells.candidates import InvalidRow
    from houselist.people.ladder import Identities
    from houselist.people.outcomes import Remaining
    from houselist.people.person import Person
    from houselist.people.writing import Added
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
        list_id = await members_store.get_list(connection, task.account_group_id, audience_id)
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


class Decided(NamedTuple):
    """What a batch writes.

    The decision holds in the transaction that makes the account group's people its `version`, and
    if the audience goes on where its `members` do. `reach`: all that the batch's rows identify
    people by; `known`: the ids of those who were found by it. `rows` are those of the ledger, ready
    for COPY.
    """

    decision: Decision
    reach: Identities
    known: set[bytes]
    updates: bool
    added: Added
    rows: bytes

    @property
    def adds_people(self) -> bool:
        return bool(self.decision.matched.created)

    def holds(self, version: int, start: BatchStart) -> bool:
        decided = self.decision
        return (version, start.next_position) == (decided.version, decided.members.next_number)


async def decide(
    connection: Connection, target: Target, batch: Batch, version: int, start: BatchStart
) -> Decided:
    """Decides a batch under the lock of the account group's batches."""
    reach = reach_of(batch)
    known = await _get_known(connection, target, reach)
    return await _decide(target, batch, reach, known, version=version, start=start)


async def decide_ahead(
    pool: db.Pool, target: Target, batch: Batch, before: Decided
) -> Decided | None:
    """Decides a batch while the one before it is stored. None if that has to wait for it."""
    reach = reach_of(batch)
    members, _, version, _, matched = before.decision
    # Of somebody whom both are about, this one would not see what that one does.
    if matched.merged or not are_apart(reach, before.reach):
        return None
    async with db.transaction(pool) as connection:
        moment = await people.begin_looking(connection)
        known = await _get_known(connection, target, reach)
    if any(each.id in before.known for each in known):
        return None
    # An audience's time never goes back, whatever the clock does.
    moment = max(moment, members.moment)
    start = BatchStart(members.next_number + len(matched.joined), moment, before.updates)
    return await _decide(target, batch, reach, known, version=version + 1, start=start)


async def _get_known(connection: Connection, target: Target, reach: Identities) -> list[Person]:
    group, job_id, _, list_id = target
    return await people.get_known(connection, group, job_id, list_id, reach)


def reach_of(batch: Batch) -> Identities:
    return identities_of(c.values for c in batch.candidates if isinstance(c, Candidate))


def are_apart(some: Identities, others: Identities) -> bool:
    """Whether two batches' rows share no identity."""
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
    group, job_id, audience_id, list_id = target
    index = IdentityIndex(known, MergePolicy.UPDATE if start.updates else MergePolicy.FILL)
    matched = await index.match_between(batch.candidates, batch.remaining, batch.first_row)
    members = Members(group, audience_id, list_id, start.next_position, start.moment)
    decision = Decision(members, By(job_id), version, index, matched)
    added = await writing.encode(decision)
    rows = copying.rows(group, job_id, matched.verdicts, first_row=batch.first_row)
    return Decided(decision, reach, {each.id for each in known}, start.updates, added, rows)
