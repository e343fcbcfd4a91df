"""Fake providers and a client that may reach them; and failures that show what was compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fakes.people_data_labs.server import fake_people_data_labs
from fakes.unipile.server import fake_unipile
from houselist.providers.wire import Timeouts, make_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fakes.people_data_labs.server import FakePeopleDataLabs
    from fakes.unipile.server import FakeUnipile
    from houselist.providers.wire import Client

pytest.register_assert_rewrite("providers.contract")

# Longer than any answer of the fake takes, however busy the machine is.
PATIENT = Timeouts(connect=30.0, read=60.0, write=30.0, pool=30.0)
# Short, for tests that wait for it.
HASTY = PATIENT._replace(read=0.3)


@pytest.fixture(scope="session")
async def client() -> AsyncIterator[Client]:
    async with make_client("allow-private", timeouts=PATIENT) as client:
        yield client


@pytest.fixture(scope="session")
async def hasty() -> AsyncIterator[Client]:
    """A client that gives up soon."""
    async with make_client("allow-private", timeouts=HASTY) as client:
        yield client


@pytest.fixture
async def fake() -> AsyncIterator[FakeUnipile]:
    async with fake_unipile(people=60) as fake:
        yield fake


@pytest.fixture
async def fake_pdl() -> AsyncIterator[FakePeopleDataLabs]:
    async with fake_people_data_labs(people=60) as fake:
        yield fake
