"""A dry run: what an import of an upload would do, row by row, without doing it.

Rows are matched as in an import, against everybody who is known and whom the dry run has met so
far. Whom it meets is kept in tables of its own (dry_run_store.py), so it needs little memory, goes
on after a worker was killed, and keeps no other job waiting: it has no lock but its own.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from houselist.credits import store as credit
from houselist.credits.shapes import in_words, price
from houselist.jobs.run import dry_run_store as dry
from houselist.jobs.run import store
from houselist.jobs.run.batches import Lost
from houselist.jobs.run.decisions import are_apart, reach_of
from houselist.jobs.run.statistics import Statistics
from houselist.jobs.run.store import StageEnd
from houselist.jobs.run.tasks import SourceLost
from houselist.jobs.run.uploaded_rows import go_through
from houselist.people import copying
from houselist.people import store as people
from houselist.people.matching import IdentityIndex
from houselist.people.merge import MergePolicy
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from houselist.jobs.run.decisions import Batch
    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.people.ladder import Identities
    from houselist.people.matching import Matched
    from houselist.people.outcomes import Verdict
    from houselist.people.person import Person
    from houselist.postgres.db import Connection

_NOBODY_LOOKED_UP = StageEnd("A dry run looks nobody up.")
_NO_AUDIENCE = (
    "The audience was deleted while the dry run was under way. Start it for another audience."
)


async def run(task: Task, claimed: Claimed) -> None:
    """Does all rows, and ends the job. Raises Stopped, SliceOver, Lost, SourceLost or Upstream."""

    async def decide(batch: Batch, before: _Decided) -> _Decided | None:
        return await decide_ahead(task, claimed, batch, before)

    async def keep(
        batch: Batch, decided: _Decided | None, tell: Callable[[_Decided], None] | None
    ) -> None:
        await _write(task, claimed, batch, decided, tell)

    statistics = Statistics(task.pool, claimed.position, dry.refresh_statistics)
    await go_through(task, claimed, statistics, decide, keep)


class _Found(NamedTuple):
    """Who has an identity of some rows: whom the dry run has met, as it leaves them, and others.

    `new`: the ids of those whom it would make; `ids`: of everybody who was found, met or not.
    """

    met: list[Person]
    others: list[Person]
    new: set[bytes]
    ids: set[bytes]


class _Decided(NamedTuple):
    """What a batch stores: who is new, who is to be kept anew, and its rows, ready for COPY.

    `reach`: all that the rows identify people by. `merges`: whether two people became one.
    """

    reach: Identities
    found: _Found
    updates: bool
    merges: bool
    new: dry.New
    touched: list[Person]
    rows: bytes
    counts: Counter[str]

    @property
    def adds_people(self) -> bool:
        return bool(self.new.people)


async def decide_ahead(
    task: Task, claimed: Claimed, batch: Batch, before: _Decided
) -> _Decided | None:
    """Decides a batch while the one before it is stored. None if that has to wait for it."""
    reach = reach_of(batch)
    # Of somebody whom both are about, this one would not see what that one does. Nobody else
    # changes whom the dry run has met.
    if before.merges or not are_apart(reach, before.reach):
        return None
    async with db.transaction(task.pool) as connection:
        await people.begin_looking(connection)
        found = await _find(connection, task, claimed, reach)
    if not found.ids.isdisjoint(before.found.ids):
        return None
    return await _decide(task, batch, reach, found, updates=before.updates)


async def _write(
    task: Task,
    claimed: Claimed,
    batch: Batch,
    decided: _Decided | None,
    tell: Callable[[_Decided], None] | None,
) -> None:
    group, job_id = task.account_group_id, task.job_id
    async with db.transaction(task.pool) as connection:
        await people.begin_looking(connection)
        updates = await dry.begin_batch(connection, group, job_id, batch.first_row - 1)
        if updates is None:
            raise Lost
        if decided is None:
            reach = reach_of(batch)
            found = await _find(connection, task, claimed, reach)
            decided = await _decide(task, batch, reach, found, updates=updates)
        if tell is not None:
            tell(decided)
        await dry.add(connection, group, job_id, decided.new)
        await dry.put(connection, group, job_id, decided.touched, decided.found.new)
        await people.add_rows(connection, decided.rows)
        await store.end_batch(
            connection, group, job_id, position=batch.last_row, counts=decided.counts
        )
        if batch.is_last:
            await _end(connection, group, job_id)


async def _list_of(connection: Connection, group: bytes, audience_id: bytes | None) -> bytes | None:
    """The list of members of the audience that would be filled; None if it would be made."""
    if audience_id is None:
        return None
    list_id = await dry.find_list(connection, group, audience_id)
    if list_id is None:
        raise SourceLost(_NO_AUDIENCE)
    return list_id


async def _find(connection: Connection, task: Task, claimed: Claimed, reach: Identities) -> _Found:
    group, job_id = task.account_group_id, task.job_id
    list_id = await _list_of(connection, group, claimed.fills)
    known = await people.get_known(connection, group, job_id, list_id, reach)
    met, new = await dry.get_met(connection, group, job_id, reach)
    ids = {each.id for each in (*known, *met)}
    if known:
        # Whom the dry run has met is by now as it would leave them.
        since_met = await dry.get_known(connection, group, job_id, [each.id for each in known])
        known = [each for each in known if each.id not in since_met]
    return _Found(met, known, new, ids)


async def _decide(
    task: Task, batch: Batch, reach: Identities, found: _Found, *, updates: bool
) -> _Decided:
    """Decides what would become of the rows, bit by bit: everything else runs in between."""
    group, job_id = task.account_group_id, task.job_id
    met, others, new, _ = found
    index = IdentityIndex([*met, *others], MergePolicy.UPDATE if updates else MergePolicy.FILL)
    matched = await index.match_between(batch.candidates, batch.remaining, batch.first_row)
    created = dry.encode(group, job_id, matched.created)
    await asyncio.sleep(0)
    there = {each.id for each in (*met, *others)} - new
    verdicts = list(_as_told(batch, matched, there))
    await asyncio.sleep(0)
    return _Decided(
        reach,
        found,
        updates,
        bool(matched.merged),
        created,
        list(_touched(index, met, others)),
        copying.rows(group, job_id, verdicts, first_row=batch.first_row),
        Counter([verdict.outcome for verdict in verdicts]),
    )


def _touched(index: IdentityIndex, met: list[Person], real: list[Person]) -> Iterator[Person]:
    """The people known before the batch of whom something else is to be kept now."""
    for person in real:
        if person.seen == "job" or person.merged_into is not None:
            yield person
    for person in met:
        is_changed = person.changed or person.id in index.with_new_identities
        if is_changed or person.merged_into is not None:
            yield person


def _as_told(batch: Batch, matched: Matched, there: Collection[bytes]) -> Iterator[Verdict]:
    """The verdicts, which name nobody who is not there."""
    merges = {row: gone for gone, row in matched.merged}
    for row, verdict in enumerate(matched.verdicts, batch.first_row):
        reason, id_ = verdict.reason, verdict.prospect_id
        if (gone := merges.get(row)) is not None and reason is not None:
            reason = _without_new(reason, gone, there)
        if id_ in there and reason is verdict.reason:
            yield verdict
        else:
            yield verdict._replace(reason=reason, prospect_id=id_ if id_ in there else None)


def _without_new(reason: str, gone: Person, there: Collection[bytes]) -> str:
    """What is said of people who would be merged, without the ids of those who are not there."""
    kept = gone.kept
    both = f": {gone.id.hex()} is now {kept.id.hex()}"
    if gone.id not in there and kept.id not in there:
        return reason.replace(both, "")
    for person in (gone, kept):
        if person.id not in there:
            reason = reason.replace(person.id.hex(), "somebody new")
    return reason


async def _end(connection: Connection, group: bytes, job_id: bytes) -> None:
    """Ends the job, whose audience was never occupied, and says what the import would cost."""
    await store.finish_import(connection, group, job_id, None)
    added, search_emails = await dry.get_added(connection, group, job_id)
    plan = await credit.get_plan(connection, group)
    if plan.metered:
        cost = in_words(added * price(search_emails=search_emails))
        most = " at most" if search_emails else ""
        await dry.say(connection, group, job_id, f"It would cost {cost}{most}.")
    await store.finish(connection, group, job_id, _NOBODY_LOOKED_UP)
