"""What conftest files share whose tests have a database in which no worker runs unless they start one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.jobs import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.service import Api

__all__ = ["idle", "place"]


@pytest.fixture(scope="session")
async def place(server_dsn: str) -> AsyncIterator[Place]:
    # Each folder of tests has one of its own.
    async with Place.made(server_dsn, "place") as place:
        yield place


@pytest.fixture
async def idle(place: Place) -> AsyncIterator[Api]:
    """A client of the service there, for an account group that nobody else has."""
    async with place.api() as api:
        yield api
