"""Writing one batch of a job: people, memberships, ledger, counts, position: one transaction."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from houselist import db
from houselist.ledger import store as ledger
from houselist.prospecting import store
from houselist.prospecting.candidates import Candidate
from houselist.prospecting.resolving import Crowd

if TYPE_CHECKING:
    from houselist.prospecting.candidates import Refusal


class Lost(Exception):  # noqa: N818 - nothing went wrong
    """The job is over or another worker's by now; nothing was written."""


class Target(NamedTuple):
    """Whose rows they are, and which audience they fill."""

    account_group_id: bytes
    job_id: bytes
    audience_id: bytes


class Batch(NamedTuple):
    """Rows of the source, read but not yet placed. `first_row` counts from 1."""

    first_row: int
    candidates: list[Candidate | Refusal]

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.candidates) - 1


async def write(pool: db.Pool, target: Target, batch: Batch) -> None:
    """All of a batch, or nothing. Raises Lost, or Upstream when PostgreSQL is out of reach."""
    group, job_id, audience_id = target
    async with db.transaction(pool) as connection:
        turn = await store.begin_batch(connection, group, job_id, batch.first_row - 1)
        if turn is None:
            raise Lost
        await ledger.take_turn(connection, group)
        wanted = (c.values for c in batch.candidates if isinstance(c, Candidate))
        crowd = Crowd(await ledger.get_known(connection, *target, wanted))
        placed = crowd.place(batch.candidates)
        await ledger.add_people(connection, group, placed.newcomers, turn.moment)
        await ledger.add_members(
            connection, *target, placed.joined,
            first_position=turn.next_position, moment=turn.moment,
        )  # fmt: skip
        await ledger.add_rows(connection, group, job_id, placed.verdicts, first_row=batch.first_row)
        if crowd.changed:
            await ledger.change_people(connection, group, crowd.changed)
        if crowd.met:
            await ledger.note_members(connection, *target, crowd.met)
        counts = Counter(verdict.outcome for verdict in placed.verdicts)
        await store.end_batch(
            connection, group, job_id, audience_id, position=batch.last_row, counts=counts
        )
