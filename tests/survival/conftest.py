"""A database and a service of the survival tests' own: no other test's worker may take their jobs."""

from __future__ import annotations

import os
import random
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest

from support_survival import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support import Api


@pytest.fixture(scope="session")
async def house(server_dsn: str) -> AsyncIterator[House]:
    name = f"houselist_survival_{os.getpid()}"
    connection = await asyncpg.connect(server_dsn)
    await connection.execute(f"CREATE DATABASE {name}")
    try:
        async with House.on(urlsplit(server_dsn)._replace(path=f"/{name}").geturl()) as house:
            yield house
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()


@pytest.fixture
def chance() -> random.Random:
    """Picks the moments. pytest shows the seed of a test that failed."""
    seed = time.time_ns()
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)


@pytest.fixture
async def tenant(house: House) -> AsyncIterator[Api]:
    """A client for an account group of the test's own, in that database."""
    async with house.tenant() as api:
        yield api
