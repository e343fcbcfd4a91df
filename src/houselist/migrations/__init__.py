"""Brings a database to the schema of this version: Alembic with plain SQL revisions."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from houselist.migrations import cluster_store, distributing
from houselist.postgres.revision import TooOld

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.postgres import db

FOLDER = Path(__file__).parent
OLDEST_SERVER = 150_000

# Any number will do, as long as nothing but migrations uses it.
_LOCK = 7_305_914_002


def _nothing(_: str) -> None:
    """Tells nobody."""


async def migrate(
    dsn: str, *, distribute: bool = False, tell: Callable[[str], None] = _nothing
) -> None:
    """Brings the database at `dsn` to the newest revision. Of two at once, one waits.

    With `distribute`, it then moves the tables onto the nodes of a cluster, telling how far it is.
    Raises TooOld, CannotDistribute, or what asyncpg raises when the server can't be reached.
    """
    engine = create_async_engine(_alchemy_url(), connect_args={"dsn": dsn})
    try:
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await _check(driver, distribute=distribute)
            await cluster_store.change_shards_one_by_one(driver)
            await connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            await connection.commit()
            await connection.run_sync(_upgrade)
            await distributing.distribute(driver, tell, begin=distribute)
    finally:
        await engine.dispose()


def migrate_now(
    dsn: str, *, distribute: bool = False, tell: Callable[[str], None] = _nothing
) -> None:
    """migrate() for code without an event loop."""
    asyncio.run(migrate(dsn, distribute=distribute, tell=tell))


async def _check(connection: db.Connection, *, distribute: bool) -> None:
    if int(await connection.fetchval("SHOW server_version_num")) < OLDEST_SERVER:
        raise TooOld("This PostgreSQL is too old: Houselist needs version 15 or newer.")
    if distribute:
        await distributing.check(connection)


def _alchemy_url() -> str:
    # asyncpg gets the real address as given; SQLAlchemy only needs to know the driver.
    return "postgresql+asyncpg://"


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
