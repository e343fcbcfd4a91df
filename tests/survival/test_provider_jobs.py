"""Jobs that ask a provider which misbehaves, while workers and PostgreSQL are killed: all exact."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from fakes.unipile.server import fake_unipile
from fakes.unipile.world import Discussion, Source
from support.clock import PATIENCE
from support.depth import rounds
from support.provided import VARIABLES
from support.survival import House
from support.survival_provided import PEOPLE, POST, SOURCES, WORKER, Run, hours_pass
from support.worker_processes import workers

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fakes.unipile.server import FakeUnipile
    from support.survival import Place

KILLS = rounds(6)
# Longer than the attempts at one request, so that jobs wait.
BURST_EVERY, BURST = 4, ["500", "503"] * 4
TAKEOVER = 0.5
# A postmaster that is gone has to be started again.
POSTGRES_KILLS = rounds(2)


@pytest.fixture
async def misbehaving(chance: random.Random) -> AsyncIterator[FakeUnipile]:
    """A provider that fails every tenth call in one of the ways that pass.

    Of every twentieth profile it holds parts back, however often it is asked.
    """
    async with fake_unipile(people=PEOPLE) as fake:
        fake.world.lead_lists["903"] = Source(0, PEOPLE, "Everybody")
        fake.world.posts[POST] = Discussion(150, replies=2, company=7)
        fake.control.delay = 0.01
        fake.control.cause(chance.randrange(1 << 30), 0.1)
        fake.control.throttled |= set(range(chance.randrange(20), PEOPLE, 20))
        yield fake


async def _started(house: House, fake: FakeUnipile, stack: AsyncExitStack) -> list[Run]:
    """One job of each source, each for an account group of its own."""
    runs = []
    for type_ in SOURCES:
        api = await stack.enter_async_context(house.tenant())
        runs.append(await Run.started(house.pool, api, fake, type_))
    return runs


async def test_workers_killed(
    house: House, misbehaving: FakeUnipile, tmp_path: Path, chance: random.Random
) -> None:
    with workers(
        house.dsn, tmp_path, batch=25, takeover=TAKEOVER, code=WORKER, **VARIABLES
    ) as start:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(hours_pass(house.pool))
            worker = start()
            runs = await _started(house, misbehaving, stack)
            for kill in range(KILLS):
                share = (kill + 1) / (KILLS + 1)
                # A job may end with rows of people who are known by then, which take no time.
                await _reach(runs, 0.85 * share * chance.uniform(0.8, 1.0))
                await asyncio.sleep(chance.uniform(0, 0.05))
                if kill % BURST_EVERY == 0:
                    misbehaving.control.next(*BURST)
                assert worker.lives, worker.words()
                worker.kill()
                worker = start()
            for run in runs:
                assert await run.progress() < 1, f"{run.type} was over before the last kill"
            for run in runs:
                await run.assert_exact()
            assert not worker.words()


async def _reach(runs: list[Run], share: float) -> None:
    """Waits until the job that is furthest is so far."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if max([await run.progress() for run in runs]) >= share:
                return
            await asyncio.sleep(0.01)


async def test_postgres_killed(
    place: Place, misbehaving: FakeUnipile, tmp_path: Path, chance: random.Random
) -> None:
    dsn = place.server.dsn
    with workers(dsn, tmp_path, batch=25, takeover=TAKEOVER, code=WORKER, **VARIABLES) as start:
        async with AsyncExitStack() as stack:
            house = await stack.enter_async_context(House.on(dsn))
            await stack.enter_async_context(hours_pass(house.pool))
            worker = start()
            runs = await _started(house, misbehaving, stack)
            for kill in range(POSTGRES_KILLS):
                share = (kill + 1) / (POSTGRES_KILLS + 1)
                await _reach(runs, share * chance.uniform(0.5, 1.0))
                place.kill()
                await asyncio.sleep(chance.uniform(0, 0.5))
                assert await asyncio.to_thread(place.server.ensure_running)
                await house.answers()
            for run in runs:
                await run.assert_exact()
            assert worker.lives, worker.words()
