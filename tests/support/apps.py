"""A service of a test's own: with other settings, or as a second process beside the shared one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from houselist import config
from houselist.app import create_app
from support.service import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def own_service(dsn: str, **variables: str) -> AsyncIterator[Service]:
    """A service on `dsn`; `variables` as in the environment, without their HOUSELIST_."""
    settings = config.load(
        {"HOUSELIST_RATE_LIMIT": "off", "HOUSELIST_UNAUTHORIZED_LIMIT": "off"}
        | {f"HOUSELIST_{name}": value for name, value in variables.items()}
    )
    async with Service.running(create_app(settings, dsn)) as service:
        yield service


@asynccontextmanager
async def own_visitor(dsn: str, **variables: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key, of a service of its own."""
    async with own_service(dsn, **variables) as service, visitor(service) as client:
        yield client


def visitor(service: Service) -> httpx.AsyncClient:
    """A client without a key."""
    return httpx.AsyncClient(transport=service.transport(), base_url="http://houselist")
