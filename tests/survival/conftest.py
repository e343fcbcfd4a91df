"""A database and a service of the survival tests' own: no other test's worker may take their jobs."""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest

from houselist.postgres.embedded import Server
from support.survival import House, Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from support.service import Api


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
def place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="houselist-survival-"))
    folder.chmod(0o711)
    try:
        with Server.open(folder / "data", settings={"shared_buffers": "64MB"}) as server:
            yield Place(server, folder / "data" / "postgres" / "postmaster.pid")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
