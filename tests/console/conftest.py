"""A served console and a browser, for all tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.console import CHROMIUM, Visitor, open_browser, visiting
from support.http import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

    from houselist.postgres.db import Pool
    from support.service import Api


@pytest.fixture(scope="session")
async def address(dsn: str) -> AsyncIterator[str]:
    """Where the service is, in a process of its own."""
    async with serving(dsn) as server:
        yield server.url


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    async with open_browser() as browser:
        yield browser


@pytest.fixture
async def visitor(browser: Browser, address: str, pool: Pool, api: Api) -> AsyncIterator[Visitor]:
    """Somebody who is signed in with the key of `api`. Complains at the end if the pages did."""
    async with visiting(browser, address, pool, api.tenant) as visitor:
        yield visitor
