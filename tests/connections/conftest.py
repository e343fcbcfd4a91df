"""A database for these tests with a service that may reach a fake provider, and no worker in it."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from houselist import config
from houselist.connections.accounts import RetryPolicy
from houselist.connections.gate import Gate
from houselist.connections.opening import provider_clients
from support.provided import VARIABLES
from support.provided_fixtures import fake, idle, no_pause, place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from houselist.connections.opening import ProviderClients
    from support.jobs import Place
    from support.service import Api

__all__ = ["fake", "idle", "no_pause", "place"]


@pytest.fixture
def group(idle: Api) -> bytes:
    """That account group."""
    return bytes.fromhex(idle.tenant.account_group_id)


@pytest.fixture
def reach(place: Place) -> Callable[..., AbstractAsyncContextManager[ProviderClients]]:
    """What a process reaches providers with; its habits and settings can be given."""

    @asynccontextmanager
    async def make(
        *, attempts: int = 3, patience: float = 5, **variables: Any
    ) -> AsyncIterator[ProviderClients]:
        settings = config.load(
            {f"HOUSELIST_{name}": value for name, value in {**VARIABLES, **variables}.items()}
        )
        async with provider_clients(
            settings, place.dsn, place.pool, RetryPolicy(attempts, patience)
        ) as shared:
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
