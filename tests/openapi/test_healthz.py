"""GET /healthz: the process lives, whatever else is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.apps import own_visitor
from support.service import data

if TYPE_CHECKING:
    import httpx


async def test_it_needs_no_key(anybody: httpx.AsyncClient) -> None:
    response = await anybody.get("/healthz")
    assert data(response) == {"status": "ok"}
    assert response.headers["cache-control"] == "no-store"


async def test_a_bad_key_does_not_matter(anybody: httpx.AsyncClient) -> None:
    data(await anybody.get("/healthz", headers={"authorization": "Bearer nonsense"}))


async def test_it_lives_without_a_database() -> None:
    async with own_visitor("postgresql://nobody@127.0.0.1:1/none") as client:
        data(await client.get("/healthz"))
