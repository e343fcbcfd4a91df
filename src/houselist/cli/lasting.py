"""The database of a command that may take long: kept running, with a pool, and with logs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from houselist import config, logs
from houselist.cli.database import Database, database, make_pool
from houselist.postgres import db
from houselist.serving.postgres import kept_running


@asynccontextmanager
async def lasting_database(
    settings: config.Settings,
) -> AsyncGenerator[tuple[Database, db.Pool]]:
    """As database(), with a pool on it."""
    logs.configure("warning")
    async with (
        database(settings) as found,
        kept_running(found.server),
        make_pool(found) as pool,
    ):
        yield found, pool
