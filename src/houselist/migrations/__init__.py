"""Brings a database to the schema of this version: Alembic with plain SQL revisions."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from houselist.postgres.revision import TooOld

FOLDER = Path(__file__).parent
OLDEST_SERVER = 150_000

# Any number will do, as long as nothing but migrations uses it.
_LOCK = 7_305_914_002


async def migrate(dsn: str) -> None:
    """Brings the database at `dsn` to the newest revision. Of two at once, one waits.

    Raises TooOld, or what asyncpg raises when the server can't be reached.
    """
    engine = create_async_engine(_alchemy_url(), connect_args={"dsn": dsn})
    try:
        async with engine.connect() as connection:
            version = (await connection.execute(text("SHOW server_version_num"))).scalar_one()
            if int(version) < OLDEST_SERVER:
                raise TooOld("This PostgreSQL is too old: Houselist needs version 15 or newer.")
            await connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            await connection.commit()
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def migrate_now(dsn: str) -> None:
    """migrate() for code without an event loop."""
    asyncio.run(migrate(dsn))


def _alchemy_url() -> str:
    # asyncpg gets the real address as given; SQLAlchemy only needs to know the driver.
    return "postgresql+asyncpg://"


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
