"""A database for these tests with a service that may reach a fake provider, and no worker in it."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from houselist import config
from houselist.connections import accounts
from houselist.connections.accounts import Habits
from houselist.connections.gate import Gate
from houselist.connections.opening import outside
from support_jobs import Place
from support_provided import VARIABLES
from support_unipile import fake_unipile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from houselist.connections.opening import Outside
    from support import Api
    from support_unipile import FakeUnipile


@pytest.fixture(scope="session")
async def place(server_dsn: str) -> AsyncIterator[Place]:
    async with Place.made(server_dsn, "connections", **VARIABLES) as place:
        yield place


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock between two attempts of a call runs fast."""
    monkeypatch.setattr(accounts, "FIRST_WAIT", 0.02)


@pytest.fixture
async def idle(place: Place) -> AsyncIterator[Api]:
    """A client of the service there, for an account group that nobody else has."""
    async with place.api() as api:
        yield api


@pytest.fixture
def group(idle: Api) -> bytes:
    """That account group."""
    return bytes.fromhex(idle.tenant.account_group_id)


@pytest.fixture
async def fake() -> AsyncIterator[FakeUnipile]:
    """A Unipile of the test's own."""
    async with fake_unipile() as fake:
        yield fake


@pytest.fixture
def reach(place: Place) -> Callable[..., AbstractAsyncContextManager[Outside]]:
    """What a process reaches providers with; its habits and settings can be given."""

    @asynccontextmanager
    async def make(
        *, attempts: int = 3, patience: float = 5, **variables: Any
    ) -> AsyncIterator[Outside]:
        settings = config.load(
            {f"HOUSELIST_{name}": value for name, value in {**VARIABLES, **variables}.items()}
        )
        async with outside(settings, place.dsn, place.pool, Habits(attempts, patience)) as shared:
            yield shared

    return make


@pytest.fixture
def name() -> str:
    """A place that no other test holds."""
    return f"call/{secrets.token_hex(8)}"


@pytest.fixture
async def gate(place: Place) -> AsyncIterator[Gate]:
    gate = Gate(place.dsn, 15)
    yield gate
    await gate.close()


@pytest.fixture
async def other(place: Place) -> AsyncIterator[Gate]:
    """A gate like that of another process."""
    gate = Gate(place.dsn, 15)
    yield gate
    await gate.close()
