"""A combination whose sources change between its batches: it is of the moment at which it was started."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, cast

import pytest

from houselist.jobs.run import combined_members, job
from houselist.jobs.run.tasks import Task
from houselist.members import store as moving
from houselist.people import merged_members_store
from houselist.people import merges_store as merging
from houselist.people import store as people
from houselist.people.members_store import By
from houselist.people.merges_store import Merge
from houselist.postgres import db
from support.prospects import join, make_prospects
from support.service import data

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.jobs import Place
    from support.service import Api

PEOPLE = 16
KEY = By(key_id=b"k" * 12)


class _BatchByBatch(Task):
    """Work that leaves off after each batch."""

    async def is_file_slice_over(self) -> bool:
        return True


class World:
    """An account group with three audiences, and what happens in it."""

    def __init__(self, place: Place, api: Api, chance: random.Random) -> None:
        self.api = api
        self._pool = place.pool
        self._chance = chance
        self._group = bytes.fromhex(api.tenant.account_group_id)
        self.audiences: list[str] = []
        self.people: list[str] = []
        self.kept: dict[str, str] = {}

    async def begin(self) -> None:
        self.people = await make_prospects(self._pool, self.api, *({} for _ in range(PEOPLE)))
        for name in "ABC":
            made = (await self.api.make_audience(name))["id"]
            share = self._chance.sample(self.people, self._chance.randrange(4, PEOPLE))
            await join(self._pool, self.api, made, *share)
            self.audiences.append(made)

    async def members(self, audience_id: str) -> list[str]:
        rows = await self._pool.fetch(
            """
            SELECT m.prospect_id, p.id, a.prospect_count FROM audiences a
            JOIN memberships m ON m.account_group_id = $1
                AND m.audience_id = coalesce(a.list_id, a.id)
            LEFT JOIN prospects p ON p.account_group_id = $1 AND p.id = m.prospect_id
            WHERE a.account_group_id = $1 AND a.id = $2 ORDER BY m.position
            """,
            self._group,
            bytes.fromhex(audience_id),
        )
        assert all(row["id"] for row in rows), "there is no such person"
        assert {row["prospect_count"] for row in rows} <= {len(rows)}
        return [row["prospect_id"].hex() for row in rows]

    def now(self, person: str) -> str:
        while person in self.kept:
            person = self.kept[person]
        return person

    async def move(self) -> None:
        if len(self.audiences) < 2:
            return
        here, there = self._chance.sample(self.audiences, 2)
        if held := await self.members(here):
            some = self._chance.sample(held, self._chance.randint(1, len(held)))
            ids = [bytes.fromhex(each) for each in (here, there)]
            async with db.transaction(self._pool) as connection:
                locked = await moving.lock_ready(connection, self._group, *ids)
                leavers = [*map(bytes.fromhex, some)]
                leaving = await moving.get_positions(connection, locked[0], leavers)
                await moving.move(connection, *locked, leaving, KEY)

    async def merge(self) -> None:
        gone, kept = self._chance.sample(self.people, 2)
        self.people.remove(gone)
        await self.make_one(gone, kept)

    async def make_one(self, gone: str, kept: str) -> None:
        self.kept[gone] = kept
        merges = [Merge(bytes.fromhex(gone), bytes.fromhex(kept), None)]
        async with db.transaction(self._pool) as connection:
            await people.lock_batches(connection, self._group)
            await merging.remove_people(connection, self._group, KEY, merges)
            await merged_members_store.join_memberships(connection, self._group, merges, KEY)

    async def arrive(self) -> None:
        (person,) = await make_prospects(self._pool, self.api, {})
        self.people.append(person)
        if self.audiences:
            await join(self._pool, self.api, self._chance.choice(self.audiences), person)

    async def empty(self) -> None:
        if self.audiences:
            emptied = self._chance.choice(self.audiences)
            data(await self.api.post(f"audiences/{emptied}/empty"))

    async def delete(self) -> None:
        if self.audiences:
            gone = self._chance.choice(self.audiences)
            self.audiences.remove(gone)
            data(await self.api.delete(f"audiences/{gone}"))

    async def happen(self, *, merges: bool, lasting: bool) -> None:
        """One thing or another. `lasting`: no audience is emptied or deleted."""
        choices = [self.move, self.move, self.arrive]
        choices += [self.merge] * 3 if merges else []
        choices += [] if lasting else [self.empty, self.delete]
        await self._chance.choice(choices)()

    def task(self, job_id: str) -> Task:
        none = cast("Any", None)
        stop = asyncio.Event()
        return _BatchByBatch(self._pool, none, self._group, bytes.fromhex(job_id), 1, stop)


OPERATIONS: dict[str, Callable[[list[str], list[str], list[str]], list[str]]] = {
    "union": lambda one, two, rest: [*dict.fromkeys([*one, *two, *rest])],
    "intersect": lambda one, two, rest: [x for x in one if x in two and x in rest],
    "subtract": lambda one, two, rest: [x for x in one if x not in two and x not in rest],
}


@pytest.mark.parametrize("merges", [True, False], ids=["merges", "no merges"])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_it_is_exact_whatever_happens_between_its_batches(
    place: Place, monkeypatch: pytest.MonkeyPatch, operation: str, *, merges: bool
) -> None:
    monkeypatch.setattr(combined_members, "_MEMBERS_A_ROW", 2)
    for seed in range(6):
        async with place.api() as api:
            world = World(place, api, random.Random(f"{operation} {merges} {seed}"))
            await world.begin()
            for _ in range(6):
                await world.happen(merges=merges, lasting=True)
            sources = list(world.audiences)
            lists = [await world.members(each) for each in sources]
            expected = OPERATIONS[operation](*lists)
            body = {"operation": operation, "audienceIds": sources, "audienceName": "Result"}
            started = data(await api.post("audiences/combine", json=body), 202)
            task, batches = world.task(started["jobId"]), 0
            while data(await api.get(f"prospecting/{started['jobId']}"))["status"] != "completed":
                await job.run_own(task)
                await world.happen(merges=merges, lasting=False)
                batches += 1
            assert batches >= len(lists[0]) // 2
            found = await world.members(started["audienceId"])
            people_now = [*dict.fromkeys(map(world.now, expected))]
            assert sorted(found) == sorted(people_now), seed
            if not merges:
                assert found == expected, seed
            told = data(await api.get(f"audiences/{started['audienceId']}"))
            assert told["prospectCount"] == len(people_now)


async def test_nobody_is_missed_whom_a_merge_moves_to_where_it_has_been(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(combined_members, "_MEMBERS_A_ROW", 2)
    async with place.api() as api:
        world = World(place, api, random.Random())
        people_ids = await make_prospects(place.pool, api, *({} for _ in range(6)))
        first, *others, last = people_ids
        one, two = [(await api.make_audience(name))["id"] for name in ("One", "Two")]
        await join(place.pool, api, one, *people_ids)
        await join(place.pool, api, two, last, *others)
        body = {"operation": "intersect", "audienceIds": [one, two], "audienceName": "Both"}
        started = data(await api.post("audiences/combine", json=body), 202)
        await job.run_own(world.task(started["jobId"]))
        assert await world.members(started["audienceId"]) == others[:1]
        # The first, who does not belong, is the last, who does and now has the first position.
        await world.make_one(first, last)
        assert await world.members(one) == [last, *others]
        for _ in range(4):
            await job.run_own(world.task(started["jobId"]))
        assert data(await api.get(f"prospecting/{started['jobId']}"))["status"] == "completed"
        assert await world.members(started["audienceId"]) == [*others, last]
