"""The gate: places at an account that one at a time may have, whatever happens to whoever has one."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import pytest

from houselist.connections.gate import Gate, NoFreeSlot
from houselist.errors import Upstream
from support.clock import measures_time
from support.databases import with_database
from support.gate import holder

if TYPE_CHECKING:
    from support.jobs import Place

CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'houselist gate' AND datname = current_database()
"""


async def is_free(gate: Gate, name: str, places: int = 1, *, within: float = 0) -> bool:
    try:
        async with gate.hold(name, places, within=within):
            return True
    except NoFreeSlot:
        return False


class Holding:
    """A task that holds a place until it is stopped, and takes its time to leave."""

    def __init__(self, gate: Gate, name: str, *, to_leave: float = 0) -> None:
        self._gate, self._name, self._to_leave = gate, name, to_leave
        self._holds = asyncio.Event()

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._hold())
        await self._holds.wait()

    async def _hold(self) -> None:
        async with self._gate.hold(self._name, 1):
            self._holds.set()
            try:
                await asyncio.sleep(5)
            finally:
                await asyncio.sleep(self._to_leave)

    async def failure(self) -> str:
        """How it was stopped, once it has left."""
        with pytest.raises(Upstream) as told:
            await self._task
        return told.value.details or ""

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()


@measures_time
async def test_one_at_a_time_among_many_tasks(gate: Gate, other: Gate, name: str) -> None:
    inside = highest = served = 0

    async def use(gate: Gate) -> None:
        nonlocal inside, highest, served
        async with gate.hold(name, 1, within=20):
            inside += 1
            highest = max(highest, inside)
            await asyncio.sleep(0.002)
            inside -= 1
            served += 1

    await asyncio.gather(*(use(each) for each in (gate, other) for _ in range(15)))
    assert (highest, served) == (1, 30)


async def test_one_at_a_time_among_processes(place: Place, name: str) -> None:
    async def spans() -> list[tuple[float, float]]:
        async with holder(place.dsn, name, times=8, seconds=0.005) as one:
            found = [await one.says("was") for _ in range(8)]
            await one.says("ready")
        return [(float(began), float(ended)) for began, ended in found]

    held = sorted(chain(*await asyncio.gather(*(spans() for _ in range(3)))))
    assert len(held) == 24
    assert all(before[1] <= after[0] for before, after in pairwise(held))


async def test_as_many_as_there_are_places(gate: Gate, other: Gate, name: str) -> None:
    async with gate.hold(name, 3), other.hold(name, 3):
        assert await is_free(gate, name, 3)
        async with gate.hold(name, 3):
            assert not await is_free(gate, name, 3)
            assert not await is_free(other, name, 3)
        assert await is_free(other, name, 3)


@measures_time
async def test_who_finds_no_place_in_time_is_told_so(gate: Gate, other: Gate, name: str) -> None:
    async with gate.hold(name, 1):
        for within in (0.0, 0.3):
            began = time.monotonic()
            assert not await is_free(other, name, within=within)
            assert within <= time.monotonic() - began < within + 0.5
    assert await is_free(other, name)


async def test_a_place_is_not_given_twice_to_one_process(
    gate: Gate, other: Gate, name: str
) -> None:
    async with gate.hold(name, 1):
        assert not await is_free(gate, name)
    async with gate.hold(name, 1):
        assert not await is_free(other, name)
    assert await is_free(other, name)


async def test_names_are_apart(gate: Gate, name: str) -> None:
    async with gate.hold(name, 1):
        assert await is_free(gate, f"{name}x")


@measures_time
async def test_who_waits_is_served_before_one_who_comes_again_and_again(
    gate: Gate, other: Gate, name: str
) -> None:
    holds, stop = asyncio.Event(), asyncio.Event()

    async def greedy() -> None:
        while not stop.is_set():
            async with gate.hold(name, 1, within=20):
                holds.set()
                await asyncio.sleep(0.05)

    hogging = asyncio.create_task(greedy())
    await holds.wait()
    for _ in range(5):
        assert await is_free(other, name, within=0.5)
    stop.set()
    await hogging


@measures_time
async def test_a_process_killed_leaves_its_place_at_once(
    place: Place, gate: Gate, name: str
) -> None:
    async with holder(place.dsn, name) as one:
        await one.says("ready")
        await one.says("holds")
        assert not await is_free(gate, name)
        one.tell(signal.SIGKILL)
        began = time.monotonic()
        assert await is_free(gate, name, within=5)
        assert time.monotonic() - began < 1


@measures_time
async def test_a_process_that_hangs_loses_its_place_and_finds_out(
    place: Place, gate: Gate, name: str
) -> None:
    async with holder(place.dsn, name, silence=1) as one:
        await one.says("ready")
        await one.says("holds")
        # It beats, so it keeps the place for longer than its silence.
        assert not await is_free(gate, name, within=1.5)
        one.tell(signal.SIGSTOP)
        assert not await is_free(gate, name, within=0.3)
        assert await is_free(gate, name, within=3)
        one.tell(signal.SIGCONT)
        assert "lost." in await one.says("lost")


@measures_time
async def test_who_holds_a_place_is_stopped_when_its_line_is_cut(
    place: Place, gate: Gate, other: Gate, name: str
) -> None:
    holding = Holding(gate, name)
    async with holding:
        await place.pool.execute(CUT)
        assert "lost" in await holding.failure()
    assert await is_free(other, name, within=1)
    assert await is_free(gate, name, within=1)


@measures_time
async def test_a_place_lost_is_not_taken_from_who_has_it_now(
    place: Place, gate: Gate, other: Gate, name: str
) -> None:
    holding = Holding(gate, name, to_leave=0.4)
    async with holding:
        await place.pool.execute(CUT)
        # PostgreSQL has freed it; here it is still in use.
        assert not await is_free(gate, name)
        async with other.hold(name, 1, within=0.1):
            assert "lost" in await holding.failure()
            assert not await is_free(gate, name, within=0.1)
    assert await is_free(gate, name)


@measures_time
async def test_nothing_stays_locked_of_tasks_cancelled_at_any_moment(
    gate: Gate, other: Gate, name: str
) -> None:
    chance = random.Random(7)

    async def use(places: int) -> None:
        async with gate.hold(name, places, within=5):
            await asyncio.sleep(0.001)

    # Nor does it cost another of the process its place.
    async with gate.hold(f"{name}/quiet", 1):
        for _ in range(150):
            tasks = [asyncio.create_task(use(2)) for _ in range(3)]
            await asyncio.sleep(chance.uniform(0, 0.006))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    async with other.hold(name, 2, within=1), other.hold(name, 2, within=1):
        pass
    assert await is_free(other, f"{name}/door")


@measures_time
async def test_a_database_out_of_reach_is_told_as_such(place: Place, name: str) -> None:
    gate = Gate(with_database(place.dsn, "nosuch"), 15)
    with pytest.raises(Upstream):
        async with gate.hold(name, 1, within=1):
            pass
    await gate.close()


@measures_time
async def test_closing_gives_up_all_places(place: Place, gate: Gate, name: str) -> None:
    own = Gate(place.dsn, 15)
    holding = Holding(own, name)
    async with holding:
        await own.close()
        assert "lost" in await holding.failure()
    assert await is_free(gate, name, within=1)
    await own.close()
