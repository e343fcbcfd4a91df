"""A database in which no worker starts a run, unless a test has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.jobs import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.service import Api


@pytest.fixture(scope="session")
async def place(server_dsn: str) -> AsyncIterator[Place]:
    async with Place.made(server_dsn, "schedules") as place:
        yield place


@pytest.fixture
async def idle(place: Place) -> AsyncIterator[Api]:
    """A client of the service there, for an account group that nobody else has."""
    async with place.api() as api:
        yield api
