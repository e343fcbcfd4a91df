"""Taking back what a job did: who joined leaves, whom it made goes, what it changed is put back.

It follows the job's ledger, batch by batch, and has a ledger of its own: a row for each that added
somebody, and for each whose person was changed. Other jobs and requests may have gone on since, so
each person is looked at as things are now.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from houselist.jobs.run import store
from houselist.jobs.run import undo_decisions as decisions
from houselist.jobs.run import undo_store as undo
from houselist.jobs.run.batches import Lost
from houselist.jobs.run.store import StageEnd
from houselist.jobs.run.tasks import FILE_SLICE, SliceOver, Stopped
from houselist.people import changes_store, copying, members_store
from houselist.people import store as people
from houselist.people.changes import Known, change_of, columns_of
from houselist.people.members_store import By, Tally
from houselist.people.undoing import put_back
from houselist.postgres import db

if TYPE_CHECKING:
    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.jobs.run.undo_decisions import Decided, Facts
    from houselist.jobs.run.undo_store import Undone
    from houselist.people.changes import Change
    from houselist.postgres.db import Connection

_NOBODY_LOOKED_UP = StageEnd("An undo looks nobody up.")


async def run(task: Task, claimed: Claimed) -> None:
    """Takes all back, and ends the job. Raises Stopped, SliceOver, Lost or Upstream."""
    task.begin_slice(FILE_SLICE)
    async with db.acquire(task.pool) as connection:
        undone = await undo.get_undone(connection, task.account_group_id, task.job_id)
    position = claimed.position
    ahead = _Ahead(task, undone)
    try:
        while True:
            if task.stop.is_set():
                raise Stopped
            last = min(position + task.batch_rows, claimed.total_rows)
            await _Batch(task, claimed, undone, position, last).write(ahead)
            position = last
            if position >= claimed.total_rows:
                return
            if await task.is_file_slice_over():
                raise SliceOver
    finally:
        await ahead.drop()


async def _look(
    connection: Connection, group: bytes, undone: Undone, position: int, last: int
) -> Facts:
    """The facts of the rows after `position`."""
    met = await undo.get_met(connection, group, undone, position, last)
    ids = {each.known_id for each in met if each.known_id is not None}
    if not ids:
        return decisions.Facts(met, ids, {}, {})
    changes = await undo.get_changes(connection, group, ids, undone.created_at)
    return decisions.Facts(met, ids, changes, await undo.get_merges(connection, group, ids))


class _Ahead:
    """A batch that is decided while the one before it is written.

    It holds if nobody else had the batch lock in between, and the two batches share nobody. No
    other work changes the members of an audience that this job occupies.
    """

    def __init__(self, task: Task, undone: Undone) -> None:
        self._task = task
        self._undone = undone
        self._deciding: asyncio.Task[Decided] | None = None
        self._version = 0
        self._before = set[bytes]()

    def begin(self, position: int, last: int, version: int, before: set[bytes]) -> None:
        """Begins to decide, under the lock of the batch before, which gave it that version."""
        self._version, self._before = version, before
        self._deciding = asyncio.create_task(self._decide(position, last))

    async def _decide(self, position: int, last: int) -> Decided:
        group, job_id = self._task.account_group_id, self._task.job_id
        async with db.transaction(self._task.pool) as connection:
            await people.begin_looking(connection)
            facts = await _look(connection, group, self._undone, position, last)
        return await decisions.decide(facts, self._undone, group, job_id)

    async def result(self, version: int) -> Decided | None:
        """What was decided, if it holds under this version."""
        if self._deciding is None:
            return None
        decided = await self._deciding
        holds = version == self._version + 1 and self._before.isdisjoint(decided.facts.ids)
        return decided if holds else None

    async def drop(self) -> None:
        if self._deciding is not None:
            self._deciding.cancel()
            await asyncio.gather(self._deciding, return_exceptions=True)


class _Batch:
    """Some rows of the undone job."""

    def __init__(
        self, task: Task, claimed: Claimed, undone: Undone, position: int, last: int
    ) -> None:
        self._task = task
        self._claimed = claimed
        self._undone = undone
        self._position = position
        self._last = last
        self._by = By(task.job_id)

    async def write(self, ahead: _Ahead) -> None:
        """Takes these rows back, or nothing of them. Raises Lost."""
        group, job_id = self._task.account_group_id, self._task.job_id
        async with db.transaction(self._task.pool) as connection:
            version = await people.lock_batches(connection, group)
            counted = await undo.begin_batch(connection, group, job_id, self._position)
            if counted is None:
                raise Lost
            decided = await ahead.result(version)
            if decided is None:
                facts = await _look(connection, group, self._undone, self._position, self._last)
                decided = await decisions.decide(facts, self._undone, group, job_id)
            if self._last < self._claimed.total_rows:
                end = min(self._last + self._task.batch_rows, self._claimed.total_rows)
                ahead.begin(self._last, end, version, decided.facts.ids)
            await self._leave(connection, decided)
            gone, stay = await self._remove(connection, decided)
            told, changed = await self._put_back(connection, decided, version)
            rows, counts = decided.rows, decided.counts
            if stay or told:
                said = decisions.ledger(decided.facts.met, decided.verdicts, stay, told)
                rows, counts = copying.ledger(group, job_id, said), decisions.counts_of(said)
            await people.add_rows(connection, rows)
            counted = Counter(counted) + Counter(deleted=len(gone), putBack=changed)
            await self._end(connection, counts, counted)

    async def _leave(self, connection: Connection, decided: Decided) -> None:
        """Ends the memberships of who leaves, in the order in which they joined."""
        if self._undone.list_id is None or not decided.leaving:
            return
        group, by = self._task.account_group_id, self._by
        members = await members_store.lock(connection, group, self._claimed.audience_id)
        located = await members_store.locate_positions(connection, members, decided.leaving)
        await members_store.leave(
            connection, members, located, by, first_number=members.next_number
        )
        await members_store.note(connection, members, Tally(left=located.number), by)

    async def _remove(
        self, connection: Connection, decided: Decided
    ) -> tuple[set[bytes], dict[bytes, str]]:
        """Removes whom the job made and nobody else holds. Who is gone, and why others stay."""
        if not decided.made:
            return set(), {}
        group = self._task.account_group_id
        held = await undo.get_held(connection, group, decided.made)
        gone = decided.made - held - decided.others
        if gone:
            await undo.remove_people(connection, group, gone)
        return gone, decisions.reasons(decided, held)

    async def _put_back(
        self, connection: Connection, decided: Decided, version: int
    ) -> tuple[dict[bytes, str], int]:
        """Puts back the values of people whom the job did not make.

        Returns what is to be said of each, and of how many something was put back.
        """
        job_id, rows = self._undone.job_id, decided.changed
        if not rows:
            return {}, 0
        group = self._task.account_group_id
        known = await people.get_people(connection, group, rows)
        told: dict[bytes, str] = {}
        changes: list[Change] = []
        for person in known:
            before = Known.of(person)
            noted = [past.noted for past in decided.facts.changes[person.id]]
            done, not_done, identities = put_back(person, noted, job_id)
            if identities:
                await people.remove_identities(connection, group, person.id, identities)
            person.stored = True
            if change := change_of(person, before, "undo", rows[person.id]):
                changes.append(change)
            if done or not_done:
                told[person.id] = decisions.values(done, not_done)
        changed = [change.person for change in changes]
        if changed:
            await people.change_people(connection, group, changed)
            since = self._undone.created_at
            await undo.forget_look_ups(connection, group, [each.id for each in changed], since)
            await changes_store.add_changes(
                connection, group, self._by, version, columns_of(changes)
            )
        return told, len(changes)

    async def _end(
        self, connection: Connection, counts: Counter[str], counted: Counter[str]
    ) -> None:
        """Moves the job on; with its last rows it is over."""
        group, job_id = self._task.account_group_id, self._task.job_id
        is_last = self._last >= self._claimed.total_rows
        words = None
        if is_last:
            words = (
                f"No longer known: {decisions.people(counted['deleted'])} whom nobody else held."
                f" Values were put back of {decisions.people(counted['putBack'])}."
            )
        await undo.end_batch(
            connection,
            group,
            job_id,
            position=self._last,
            removed=counts["removed"],
            kept=counts["kept"],
            counted=dict(counted),
            words=words,
        )
        if is_last:
            await store.finish_import(connection, group, job_id, self._claimed.fills)
            await store.finish(connection, group, job_id, _NOBODY_LOOKED_UP)
