"""Taking back what a job did: who joined leaves, whom it made goes, what it changed is put back.

It follows the job's ledger, batch by batch, and has a ledger of its own: a row for each that added
somebody, and for each whose person was changed. Other jobs and requests may have gone on since, so
each person is looked at as things are now.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from houselist.jobs.run import store
from houselist.jobs.run import undo_store as undo
from houselist.jobs.run.batches import Lost
from houselist.jobs.run.store import StageEnd
from houselist.jobs.run.tasks import FILE_SLICE, SliceOver, Stopped
from houselist.people import changes_store, copying, members_store
from houselist.people import store as people
from houselist.people.changes import Known, change_of, columns_of
from houselist.people.members_store import By, Tally
from houselist.people.outcomes import Verdict
from houselist.people.undoing import listed, put_back
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.jobs.run.undo_store import Merged, Met, Past, Undone
    from houselist.people.changes import Change
    from houselist.postgres.db import Connection

_NOBODY_LOOKED_UP = StageEnd("An undo looks nobody up.")
_WAS_MEMBER = "was in the audience before the job"
_LEFT_BEFORE = "was not in the audience any more"
_NOT_KNOWN = "is not known any more"
_MET_SINCE = "a later job or request has met this person in the audience"
_CHANGED_SINCE = "was changed or merged by hand since"
_STAYS_HELD = "stays known, as another audience has this person"
_STAYS_CHANGED = "stays known, as others have changed this person since"


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


class _Facts(NamedTuple):
    """Whom the job met in some rows, the changes of these people since it began, and merges."""

    met: list[Met]
    changes: dict[bytes, list[Past]]
    merges: dict[bytes, list[Merged]]

    @property
    def ids(self) -> set[bytes]:
        return {each.known_id for each in self.met if each.known_id is not None}


async def _look(
    connection: Connection, group: bytes, undone: Undone, position: int, last: int
) -> _Facts:
    """The facts of the rows after `position`."""
    met = await undo.get_met(connection, group, undone, position, last)
    ids = _Facts(met, {}, {}).ids
    if not ids:
        return _Facts(met, {}, {})
    changes = await undo.get_changes(connection, group, ids, undone.created_at)
    return _Facts(met, changes, await undo.get_merges(connection, group, ids))


class _Ahead:
    """The facts of a batch, looked up while the one before it is written.

    They hold if nobody else had the batch lock in between, and the two batches share nobody. No
    other work changes the members of an audience that this job occupies.
    """

    def __init__(self, task: Task, undone: Undone) -> None:
        self._task = task
        self._undone = undone
        self._looking: asyncio.Task[_Facts] | None = None
        self._version = 0
        self._before = set[bytes]()

    def begin(self, position: int, last: int, version: int, before: set[bytes]) -> None:
        """Begins to look, under the lock of the batch before, which gave it that version."""
        self._version, self._before = version, before
        self._looking = asyncio.create_task(self._look(position, last))

    async def _look(self, position: int, last: int) -> _Facts:
        async with db.transaction(self._task.pool) as connection:
            await people.begin_looking(connection)
            group = self._task.account_group_id
            return await _look(connection, group, self._undone, position, last)

    async def result(self, version: int) -> _Facts | None:
        """The facts, if they hold under this version."""
        if self._looking is None:
            return None
        facts = await self._looking
        holds = version == self._version + 1 and self._before.isdisjoint(facts.ids)
        return facts if holds else None

    async def drop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)


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
            facts = await ahead.result(version)
            if facts is None:
                facts = await _look(connection, group, self._undone, self._position, self._last)
            if self._last < self._claimed.total_rows:
                end = min(self._last + self._task.batch_rows, self._claimed.total_rows)
                ahead.begin(self._last, end, version, facts.ids)
            met, verdicts = facts.met, self._decide(facts)
            await self._leave(connection, met, verdicts)
            gone, stay = await self._remove(connection, facts, verdicts)
            told, changed = await self._put_back(connection, facts, version)
            rows = list(_ledger(met, verdicts, stay, told))
            await people.add_rows(connection, copying.ledger(group, job_id, rows))
            counted = Counter(counted) + Counter(deleted=len(gone), putBack=changed)
            await self._end(connection, rows, counted)

    def _decide(self, facts: _Facts) -> dict[int, Verdict]:
        """What becomes of the rows that added somebody."""
        return {each.row: self._verdict(each, facts) for each in facts.met if each.is_added}

    def _verdict(self, each: Met, facts: _Facts) -> Verdict:
        id_, reason = each.prospect_id, None
        if each.known_id is None:
            return Verdict("removed", _NOT_KNOWN, id_)
        if each.position is None or each.added_at is None:
            return Verdict("removed", _LEFT_BEFORE, id_)
        if each.seen_by != self._undone.job_id:
            reason = _MET_SINCE
        elif each.position < self._undone.first_position:
            # A row of the job has shown that an earlier member and somebody new are one.
            reason = _WAS_MEMBER
        else:
            by_hand = [
                at
                for at, noted in facts.changes.get(id_, ())
                if noted.key_id is not None and at >= each.added_at
            ]
            by_hand += [
                merged.at
                for merged in facts.merges.get(id_, ())
                if merged.key_id is not None and merged.at >= each.added_at
            ]
            reason = _CHANGED_SINCE if by_hand else None
        return Verdict("removed" if reason is None else "kept", reason, id_)

    async def _leave(
        self, connection: Connection, met: Sequence[Met], verdicts: dict[int, Verdict]
    ) -> None:
        """Ends the memberships of who leaves, in the order in which they joined."""
        if self._undone.list_id is None:
            return
        leaving = {
            each.position
            for each in met
            if each.position is not None
            and each.is_added
            and verdicts[each.row].outcome == "removed"
        }
        if not leaving:
            return
        group, by = self._task.account_group_id, self._by
        members = await members_store.lock(connection, group, self._claimed.audience_id)
        located = await members_store.locate_positions(connection, members, leaving)
        await members_store.leave(
            connection, members, located, by, first_number=members.next_number
        )
        await members_store.note(connection, members, Tally(left=len(leaving)), by)

    async def _remove(
        self,
        connection: Connection,
        facts: _Facts,
        verdicts: dict[int, Verdict],
    ) -> tuple[set[bytes], dict[bytes, str]]:
        """Removes whom the job made and nobody else holds. Who is gone, and why others stay."""
        made = {
            each.known_id
            for each in facts.met
            if each.known_id is not None
            and each.made_by == self._undone.job_id
            and each.is_added
            and verdicts[each.row].outcome == "removed"
        }
        if not made:
            return set(), {}
        stays = dict.fromkeys(filter(lambda id_: self._is_others(id_, facts), made), _STAYS_CHANGED)
        group = self._task.account_group_id
        held = await undo.get_held(connection, group, made)
        gone = made - held - stays.keys()
        if gone:
            await undo.remove_people(connection, group, gone)
        return gone, {**stays, **dict.fromkeys(held, _STAYS_HELD)}

    def _is_others(self, id_: bytes, facts: _Facts) -> bool:
        """Whether anybody else has changed a person whom the job made."""
        job_id = self._undone.job_id
        return any(noted.job_id != job_id for _, noted in facts.changes.get(id_, ())) or any(
            merged.job_id != job_id for merged in facts.merges.get(id_, ())
        )

    async def _put_back(
        self,
        connection: Connection,
        facts: _Facts,
        version: int,
    ) -> tuple[dict[bytes, str], int]:
        """Puts back the values of people whom the job did not make.

        Returns what is to be said of each, and of how many something was put back.
        """
        job_id = self._undone.job_id
        rows = {
            each.known_id: each.row
            for each in reversed(facts.met)
            if each.known_id is not None
            and each.made_by != job_id
            and any(noted.job_id == job_id for _, noted in facts.changes.get(each.known_id, ()))
        }
        if not rows:
            return {}, 0
        group = self._task.account_group_id
        known = await people.get_people(connection, group, rows)
        told: dict[bytes, str] = {}
        changes: list[Change] = []
        for person in known:
            before = Known.of(person)
            noted = [past.noted for past in facts.changes[person.id]]
            done, not_done, identities = put_back(person, noted, job_id)
            if identities:
                await people.remove_identities(connection, group, person.id, identities)
            person.stored = True
            if change := change_of(person, before, "undo", rows[person.id]):
                changes.append(change)
            if done or not_done:
                told[person.id] = _told(done, not_done)
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
        self, connection: Connection, rows: Sequence[tuple[int, Verdict]], counted: Counter[str]
    ) -> None:
        """Moves the job on; with its last rows it is over."""
        group, job_id = self._task.account_group_id, self._task.job_id
        counts = Counter(verdict.outcome for _, verdict in rows)
        is_last = self._last >= self._claimed.total_rows
        words = None
        if is_last:
            words = (
                f"No longer known: {_people(counted['deleted'])} whom nobody else held."
                f" Values were put back of {_people(counted['putBack'])}."
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


def _ledger(
    met: Sequence[Met],
    verdicts: dict[int, Verdict],
    stay: dict[bytes, str],
    told: dict[bytes, str],
) -> Iterator[tuple[int, Verdict]]:
    """The undo's rows. `stay`: why people are still known; `told`: what of their values."""
    said = set[bytes]()
    for each in met:
        id_ = each.prospect_id
        words = told.get(id_) if id_ not in said else None
        said.add(id_)
        verdict = verdicts.get(each.row)
        if verdict is None:
            if words:
                yield each.row, Verdict("kept", f"{_WAS_MEMBER}; {words}", id_)
            continue
        reasons = (verdict.reason, stay.get(id_), words)
        yield each.row, verdict._replace(reason="; ".join(filter(None, reasons)) or None)


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"


def _told(done: Sequence[str], not_done: Sequence[str]) -> str:
    """What is said of a person's values."""
    parts = [f"put back: {listed(done)}"] if done else []
    parts += [f"not put back, as changed since: {listed(not_done)}"] if not_done else []
    return "; ".join(parts)
