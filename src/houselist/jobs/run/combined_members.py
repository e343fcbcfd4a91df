"""The import stage of a combination: the members of its sources, part by part."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from houselist.jobs import combination_store
from houselist.jobs.combination import walked
from houselist.jobs.run import combined_store, store
from houselist.jobs.run.batches import Lost
from houselist.jobs.run.combined_store import Listed, Part
from houselist.jobs.run.decisions import target_of
from houselist.jobs.run.tasks import FILE_SLICE, SliceOver, Stopped
from houselist.people import members_store
from houselist.people import store as people
from houselist.people.members_store import By, Members, Tally
from houselist.postgres import db

if TYPE_CHECKING:
    from houselist.jobs.combination_shapes import Snapshot
    from houselist.jobs.run.combined_store import Key
    from houselist.jobs.run.decisions import Target
    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.postgres.db import Connection

# A member costs about a quarter of what a row of a file costs, and as much again where there are so
# many other lists to look into.
_MEMBERS_A_ROW, _OTHERS_A_MEMBER = 4, 4


class _Walk(NamedTuple):
    """Going through one list, by one key. `weight` is its share of all the work, up to `done`."""

    listed: Listed
    key: Key
    weight: float
    done: float


class _Place(msgspec.Struct, frozen=True):
    """Where the job goes on: in which walk, and after which key there."""

    walk: int = 0
    after: int = 0


class _Plan(NamedTuple):
    """All walks of a combination, and in how many of the other lists a person has to be."""

    walks: list[_Walk]
    others: list[Listed]
    wanted: int

    def progress(self, place: _Place) -> float:
        if place.walk == len(self.walks):
            return 1.0
        walk = self.walks[place.walk]
        return walk.done + walk.weight * place.after / max(walk.listed.number, 1)


def _plan(snapshot: Snapshot) -> _Plan:
    """First through the lists in their order, then once more for people whom a merge moved."""
    sources = walked(snapshot)
    lists = [
        Listed(bytes.fromhex(each.audience_id), bytes.fromhex(each.list_id), each.number)
        for each in snapshot.sources
    ]
    total = sum(each.members for each in sources) or 1
    weights = [each.members / total for each in sources]
    done = [0.0, *accumulate(weights)]
    walks = [
        _Walk(listed, "position", weight, before)
        for listed, weight, before in zip(lists[: len(sources)], weights, done[:-1], strict=True)
    ]
    walks += [_Walk(walk.listed, "joined_number", 0.0, 1.0) for walk in walks]
    others = lists[len(sources) :]
    return _Plan(walks, others, len(others) if snapshot.operation == "intersect" else 0)


async def run(task: Task, claimed: Claimed) -> None:
    """Fills the audience, and ends the job. Raises Stopped, SliceOver, Lost or Upstream."""
    task.begin_slice(FILE_SLICE)
    target = await target_of(task, claimed.audience_id)
    async with db.acquire(task.pool) as connection:
        snapshot = await combination_store.get(connection, task.account_group_id, task.job_id)
    plan = _plan(snapshot)
    costs = 1 + len(plan.others) // _OTHERS_A_MEMBER
    limit = max(_MEMBERS_A_ROW * task.batch_rows // costs, 1)
    position, cursor = claimed.position, claimed.cursor
    while True:
        if task.stop.is_set():
            raise Stopped
        batch = _Batch(target, plan, position, cursor)
        position, cursor, is_over = await batch.write(task.pool, limit)
        if is_over:
            return
        if await task.is_file_slice_over():
            raise SliceOver


class _Batch:
    """One transaction: parts of one walk or of several, until it went through enough members."""

    def __init__(self, target: Target, plan: _Plan, position: int, cursor: str | None) -> None:
        """`position` and `cursor`: as the batch before left them."""
        self._target = target
        self._plan = plan
        self._position = position
        self._cursor = cursor
        self._place = msgspec.json.decode(cursor, type=_Place) if cursor else _Place()

    async def write(self, pool: db.Pool, limit: int) -> tuple[int, str, bool]:
        """Writes it, or nothing: the position and the cursor now, and whether the import is over.

        Raises Lost, or Upstream when PostgreSQL is out of reach.
        """
        group, job_id, audience_id, list_id = self._target
        async with db.transaction(pool) as connection:
            # Nobody is merged meanwhile: whoever is found is who joins.
            await people.lock_batches(connection, group)
            start = await store.begin_batch(connection, group, job_id, self._position, self._cursor)
            if start is None:
                raise Lost
            members = Members(group, audience_id, list_id, start.next_position, start.moment)
            added = await self._add(connection, members, limit)
            await members_store.note(connection, members, Tally(added), By(job_id))
            cursor = msgspec.json.encode(self._place).decode()
            await combined_store.end_batch(
                connection,
                group,
                job_id,
                added=added,
                cursor=cursor,
                progress=self._plan.progress(self._place),
            )
            is_over = self._place.walk == len(self._plan.walks)
            if is_over:
                await store.finish_import(connection, group, job_id, audience_id)
                await store.finish(connection, group, job_id, _END)
        return self._position + added, cursor, is_over

    async def _add(self, connection: Connection, members: Members, limit: int) -> int:
        """Adds who is found in the next parts; how many."""
        plan, added = self._plan, 0
        while limit > 0 and self._place.walk < len(plan.walks):
            walk = plan.walks[self._place.walk]
            last, found = await combined_store.find_last(
                connection,
                members.account_group_id,
                walk.listed,
                walk.key,
                after=self._place.after,
                limit=limit,
            )
            if found:
                added += await combined_store.add(
                    connection,
                    members._replace(next_number=members.next_number + added),
                    Part(walk.listed, walk.key, self._place.after, last),
                    self._target.job_id,
                    others=plan.others,
                    wanted=plan.wanted,
                    first=self._place.walk == 0,
                )
            limit -= found
            is_end = last >= walk.listed.number
            self._place = _Place(self._place.walk + 1) if is_end else _Place(self._place.walk, last)
        return added


_END = store.StageEnd("These people were known already, so nobody was looked up.")
