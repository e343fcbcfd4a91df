"""The fake Unipile as a process of its own, as benchmarks and survival tests start it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from fakes.unipile.server import fake_unipile
from fakes.unipile.world import search_url, token
from houselist.providers.base import SearchUrl, TryLater
from houselist.providers.unipile import open_account
from support.clock import PATIENCE

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from houselist.providers.wire import Client

TESTS = Path(__file__).parents[1]


async def test_it_is_controlled_over_http(client: Client) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fakes.unipile.server", "--people", "30"),
        cwd=TESTS,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        url = f"http://127.0.0.1:{int(await process.stdout.readline())}"
        provider = open_account(client, base_url=url, account_id="acc_1", key="k", api_version="v1")
        query = SearchUrl(search_url(0, 20), "classic")
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as control:
            await control.post("/_control", json={"next": ["429"], "day": "2026-11-25"})
            with pytest.raises(TryLater):
                await provider.search(query, None, 10)
            assert len((await provider.search(query, None, 10)).items) == 10
            stats = (await control.get("/_stats")).json()
            assert stats["calls"] == {"search": 2}
            assert stats["faults"] == {"429": 1}
            assert stats["served"] == {"acc_1": {"2026-11-25": {"searchRows": 10}}}
            assert stats["highest"] == {"acc_1": 1}
            assert (await control.post("/_reset")).json()["calls"] == {}
            await control.post("/_control", json={"chaos": {"seed": 1, "probability": 1.0}})
            await control.post("/_control", json={"chaos": None, "throttled": [3]})
            assert len((await provider.search(query, None, 10)).items) == 10
    finally:
        process.kill()
        await process.wait()


async def test_people_come_twice_if_asked(client: Client) -> None:
    async with fake_unipile(people=20, duplicates=0.25) as fake:
        provider = open_account(
            client, base_url=fake.url, account_id="acc_1", key="k", api_version="v2"
        )
        page = await provider.search(SearchUrl(search_url(0, 20), "classic"), None, 50)
    found = [person.provider_id for person in page.items]
    assert len(found) == 20
    assert len(set(found)) == 15
    assert found[3] == token(1)


async def test_the_highest_number_of_calls_at_once_is_known(
    client: Client, fake: FakeUnipile
) -> None:
    fake.control.delay = 0.05
    provider = open_account(
        client, base_url=fake.url, account_id="acc_1", key="k", api_version="v1"
    )
    await asyncio.gather(*(provider.check() for _ in range(3)))
    assert fake.stats.highest["acc_1"] == 3
