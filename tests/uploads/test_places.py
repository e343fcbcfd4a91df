"""How many uploads may be on their way at a time: 429 for one more, before it is read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from houselist.errors import RateLimited
from houselist.uploads.slots import MAX_PER_KEY, UploadSlots
from support.jobs import kept, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.postgres import db
    from support.service import Api

CSV = {"content-type": "text/csv"}


async def take(slots: UploadSlots, key_id: bytes, done: asyncio.Event) -> None:
    async with slots.take(key_id):
        await done.wait()


async def test_a_key_has_its_share_and_gives_it_back() -> None:
    slots, done = UploadSlots(per_key=2, per_process=3), asyncio.Event()
    mine = [asyncio.create_task(take(slots, b"mine", done)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(RateLimited) as refused:
        await take(slots, b"mine", done)
    assert refused.value.headers["retry-after"] == "5"
    assert "This key already has 2 uploads" in (refused.value.details or "")
    other = asyncio.create_task(take(slots, b"other", done))
    await asyncio.sleep(0)
    with pytest.raises(RateLimited, match="Too many uploads") as full:
        await take(slots, b"third", done)
    assert "This server already has 3 uploads" in (full.value.details or "")
    mine[0].cancel()
    await asyncio.gather(mine[0], return_exceptions=True)
    third = asyncio.create_task(take(slots, b"third", done))
    done.set()
    await asyncio.gather(mine[1], other, third)
    await asyncio.gather(*(take(slots, b"mine", done) for _ in range(2)))


async def test_one_upload_more_than_a_key_may_have_is_refused_and_leaves_nothing(
    api: Api, pool: db.Pool
) -> None:
    goes_on = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"LinkedIn URL\nhttps://www.linkedin.com/in/x\n"
        await goes_on.wait()

    running = [
        asyncio.create_task(api.post("uploads", content=slow(), headers=CSV))
        for _ in range(MAX_PER_KEY)
    ]

    async def all_there() -> bool:
        return (await kept(pool, api, ["uploads"]))["uploads"] == MAX_PER_KEY

    await until(all_there)
    response = await api.post("uploads", content=b"Email\na@b.example\n", headers=CSV)
    assert (response.status_code, response.json()["error"]["code"]) == (429, "RATE_LIMITED")
    assert response.headers["retry-after"] == "5"
    assert await all_there()
    goes_on.set()
    answers: list[Any] = await asyncio.gather(*running)
    assert [answer.status_code for answer in answers] == [201] * MAX_PER_KEY
    assert (await api.post("uploads", content=b"Email\na@b.example\n", headers=CSV)).is_success
