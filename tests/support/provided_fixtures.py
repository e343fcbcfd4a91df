"""What conftest files share whose tests ask a provider: a database, a client, a fake Unipile."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from fakes.unipile.server import fake_unipile
from houselist.connections import accounts
from support.jobs import Place
from support.provided import VARIABLES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fakes.unipile.server import FakeUnipile
    from support.service import Api

__all__ = ["fake", "idle", "no_pause", "place"]


@pytest.fixture(scope="session")
async def place(server_dsn: str) -> AsyncIterator[Place]:
    """A database with a service that may reach a fake provider, and no worker in it."""
    # Each folder of tests has one of its own.
    async with Place.made(server_dsn, f"provided_{secrets.token_hex(3)}", **VARIABLES) as place:
        yield place


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock between two attempts of a call runs fast."""
    monkeypatch.setattr(accounts, "FIRST_WAIT", 0.02)


@pytest.fixture
async def idle(place: Place) -> AsyncIterator[Api]:
    """A client of the service there, for an account group that nobody else has."""
    async with place.api() as api:
        yield api


@pytest.fixture
async def fake() -> AsyncIterator[FakeUnipile]:
    """A Unipile of the test's own."""
    async with fake_unipile() as fake:
        yield fake
