"""Whatever makes, changes or removes people, a search finds them as they are: at once and later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.clock import PATIENCE
from support.search import write_texts
from support.service import data

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api

CSV = """Name,LinkedIn URL,Email,Company,Title
Ada Lovelace,https://www.linkedin.com/in/ada-search,ada@x.example,Analytical Engines,
Charles Babbage,https://www.linkedin.com/in/charles-search,,Difference Ltd,Inventor
"""
LATER = """Name,LinkedIn URL,Title,Company
Ada King,https://www.linkedin.com/in/ada-search,Countess,Lovelace Estates
Grace Hopper,https://www.linkedin.com/in/grace-search,Admiral,US Navy
"""


class Found:
    """What searches find, asked before and after everybody is written."""

    def __init__(self, api: Api, pool: Pool) -> None:
        self._api = api
        self._pool = pool

    async def are(self, **expected: list[str]) -> None:
        """`expected`: names by word. Asked at once, and when everybody is written."""
        for _ in range(2):
            for word, names in expected.items():
                page = await self._api.all_items("prospects", q=word, sort="name")
                assert [person["name"] for person in page] == names, word
            await write_texts(self._pool, self._api)


@pytest.fixture
def found(api: Api, pool: Pool) -> Found:
    return Found(api, pool)


async def _person(api: Api, word: str) -> Any:
    (person,) = data(await api.get("prospects", params={"q": word}))["items"]
    return person


@pytest.mark.usefixtures("worker")
async def test_a_search_finds_people_as_they_are(api: Api, found: Found) -> None:
    first = await api.import_file(CSV, "Inventors")
    ada, charles = "Ada Lovelace", "Charles Babbage"
    await found.are(ada=[ada], engines=[ada], inventor=[charles], nobody=[])

    later = await api.import_file(LATER, "", audienceId=first["audienceId"], onKnown="update")
    ada, grace = "Ada King", "Grace Hopper"
    await found.are(engines=[], ada=[ada], lovelace=[ada], countess=[ada], navy=[grace])

    undone = data(await api.post(f"prospecting/{later['jobId']}/undo", json={}), 202)
    assert (await api.finished(undone["jobId"]))["status"] == "completed"
    ada = "Ada Lovelace"
    await found.are(countess=[], navy=[], engines=[ada], ada=[ada])

    person = await _person(api, "ada")
    data(await api.patch(f"prospects/{person['id']}", json={"title": "Mathematician"}))
    await found.are(mathematician=[ada])

    path = f"audiences/{first['audienceId']}/prospects"
    inline = {"name": "Augusta Byron", "email": "augusta@x.example", "headline": "Poet's daughter"}
    assert data(await api.post(path, json={"prospects": [inline]}))["added"] == 1
    await found.are(augusta=["Augusta Byron"], poet=["Augusta Byron"])

    other = await _person(api, "augusta")
    merged = {"prospectIds": [other["id"]]}
    data(await api.post(f"prospects/{person['id']}/merge", json=merged))
    await found.are(augusta=[], poet=[ada], ada=[ada])


@pytest.mark.usefixtures("worker")
async def test_a_worker_writes_what_people_are_found_by(api: Api, pool: Pool) -> None:
    await api.import_file(CSV.replace("-search", "-written"), "Inventors")
    group = bytes.fromhex(api.tenant.account_group_id)
    async with asyncio.timeout(PATIENCE):
        while True:
            written = await pool.fetchval(
                "SELECT count(*) FROM search_texts WHERE account_group_id = $1", group
            )
            pending = await pool.fetchval(
                "SELECT count(*) FROM search_pending WHERE account_group_id = $1", group
            )
            if (written, pending) == (2, 0):
                break
            await asyncio.sleep(0.02)
    page = data(await api.get("prospects", params={"company": "difference", "sort": "-name"}))
    assert [person["name"] for person in page["items"]] == ["Charles Babbage"]
