"""GET /readyz: the database is there, with the schema of this version."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import asyncpg
import pytest

from houselist import migrations
from support.apps import own_visitor
from support.clock import measures_time
from support.databases import empty_database, with_database
from support.service import data, error

if TYPE_CHECKING:
    import httpx


async def ask(dsn: str) -> httpx.Response:
    """What a fresh process answers on the database at `dsn`."""
    async with own_visitor(dsn) as client:
        return await client.get("/readyz")


async def test_it_needs_no_key(anybody: httpx.AsyncClient) -> None:
    assert data(await anybody.get("/readyz")) == {"status": "ready"}


async def test_without_migrations_it_is_not_ready_until_they_ran(server_dsn: str) -> None:
    async with empty_database(server_dsn) as dsn, own_visitor(dsn) as client:
        refusal = error(await client.get("/readyz"), 502, "UPSTREAM_ERROR")
        assert "houselist migrate" in refusal["details"]
        await migrations.migrate(dsn)
        data(await client.get("/readyz"))


async def test_the_schema_of_another_version_is_not_ready(server_dsn: str) -> None:
    async with empty_database(server_dsn) as dsn:
        connection = await asyncpg.connect(dsn)
        await connection.execute("CREATE TABLE alembic_version (version_num text)")
        await connection.execute("INSERT INTO alembic_version VALUES ('9999')")
        await connection.close()
        error(await ask(dsn), 502, "UPSTREAM_ERROR")


@measures_time
@pytest.mark.parametrize(
    "address",
    ["nobody@127.0.0.1:1/none", "nobody@/none?host=/nowhere", "nobody@unknown.invalid/none"],
)
async def test_an_unreachable_database_is_told_in_time(address: str) -> None:
    started = time.monotonic()
    response = await ask(f"postgresql://{address}")
    assert time.monotonic() - started < 3
    error(response, 502, "UPSTREAM_ERROR")
    assert int(response.headers["retry-after"]) >= 1


async def test_a_missing_database_is_told_as_well(server_dsn: str) -> None:
    error(await ask(with_database(server_dsn, "there_is_none")), 502, "UPSTREAM_ERROR")
