"""A database and a service of the survival tests' own: no other test's worker may take their jobs."""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from houselist.postgres.embedded import Server
from support.databases import migrated_database
from support.survival import House, Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from support.service import Api


@pytest.fixture(scope="session")
async def house(server_dsn: str) -> AsyncIterator[House]:
    async with migrated_database(server_dsn, "survival") as dsn, House.on(dsn) as house:
        yield house


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
