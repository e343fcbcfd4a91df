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
from houselist.jobs.run.decisions import reach_of
from houselist.jobs.run.statistics import Statistics
from houselist.jobs.run.store import StageEnd
from houselist.jobs.run.tasks import FILE_SLICE, SliceOver, SourceLost, Stopped
from houselist.jobs.run.uploaded_rows import read_batch
from houselist.people import copying
from houselist.people import store as people
from houselist.people.cells.candidates import Reader
from houselist.people.matching import IdentityIndex
from houselist.people.merge import MergePolicy
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

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
    task.begin_slice(FILE_SLICE)
    as_is = claimed.source_type == "url_upload"
    reader = Reader(claimed.columns, claimed.mapping, as_is=as_is)
    statistics = Statistics(task.pool, claimed.position, dry.refresh_statistics)
    reading = asyncio.create_task(_prepare(task, claimed, reader, claimed.position))
    try:
        while True:
            if task.stop.is_set():
                raise Stopped
            prepared = await reading
            batch = prepared.batch
            is_over = not batch.is_last and await task.is_file_slice_over()
            # The next rows are read while these are stored.
            if not batch.is_last and not is_over:
                reading = asyncio.create_task(_prepare(task, claimed, reader, batch.last_row))
            await _write(task, prepared)
            if batch.is_last:
                return
            if is_over:
                raise SliceOver
            statistics.note(batch.last_row)
    finally:
        await statistics.close()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


class _Prepared(NamedTuple):
    """Rows, what they identify people by, and who is known by that, whatever the dry run has met.

    A dry run changes nobody who is known, so this can be looked up while the batch before is
    stored.
    """

    batch: Batch
    reach: Identities
    known: list[Person]


async def _prepare(task: Task, claimed: Claimed, reader: Reader, position: int) -> _Prepared:
    group, job_id = task.account_group_id, task.job_id
    batch = await read_batch(task, claimed, reader, position)
    reach = reach_of(batch)
    async with db.transaction(task.pool) as connection:
        await people.begin_looking(connection)
        list_id = await _list_of(connection, group, claimed.fills)
        return _Prepared(
            batch, reach, await people.get_known(connection, group, job_id, list_id, reach)
        )


async def _write(task: Task, prepared: _Prepared) -> None:
    group, job_id = task.account_group_id, task.job_id
    batch = prepared.batch
    async with db.transaction(task.pool) as connection:
        await people.begin_looking(connection)
        updates = await dry.begin_batch(connection, group, job_id, batch.first_row - 1)
        if updates is None:
            raise Lost
        verdicts = await _match(connection, task, prepared, updates=updates)
        rows = copying.rows(group, job_id, verdicts, first_row=batch.first_row)
        await people.add_rows(connection, rows)
        counts = Counter(verdict.outcome for verdict in verdicts)
        await store.end_batch(connection, group, job_id, position=batch.last_row, counts=counts)
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


async def _match(
    connection: Connection, task: Task, prepared: _Prepared, *, updates: bool
) -> list[Verdict]:
    """What would become of the rows; keeps whom they are about."""
    group, job_id = task.account_group_id, task.job_id
    batch, reach, real = prepared
    met, new = await dry.get_met(connection, group, job_id, reach)
    # Whom the dry run has met is by now as it would leave them.
    since_met = await dry.get_known(connection, group, job_id, [each.id for each in real])
    real = [each for each in real if each.id not in since_met]
    index = IdentityIndex([*met, *real], MergePolicy.UPDATE if updates else MergePolicy.FILL)
    matched = index.match(batch.candidates, batch.remaining, batch.first_row)
    await asyncio.sleep(0)
    await dry.add(connection, group, job_id, matched.created)
    await dry.put(connection, group, job_id, list(_touched(index, met, real)), new)
    there = {each.id for each in (*met, *real)} - new
    return list(_as_told(batch, matched, there))


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
