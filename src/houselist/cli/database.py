"""The database of a command: one of its own, started and migrated, or the one it is given."""

from __future__ import annotations

import pkgutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg

from houselist import config
from houselist.cli.interrupts import interruptible
from houselist.cli.out import CommandError, UsageError
from houselist.connections.secrets import kept_secret
from houselist.errors import Upstream
from houselist.postgres import db
from houselist.postgres import readiness_store as readiness
from houselist.postgres.address import FORM, describe, without_password
from houselist.postgres.embedded import EmbeddedError, Server, default_data_dir
from houselist.postgres.revision import HEAD, CannotDistribute, TooOld

_CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Database:
    """Where it is, and the embedded server that must be kept running, if it is that one.

    `settings` are complete: they hold the secret that belongs to the database.
    """

    dsn: str
    server: Server | None
    settings: config.Settings


@asynccontextmanager
async def database(settings: config.Settings, *, migrate: bool = False) -> AsyncGenerator[Database]:
    """A database with the schema of this version, for as long as the block runs.

    A database that the user runs is migrated only when `migrate` says so. Raises CommandError or
    UsageError for whatever PostgreSQL refuses, in the block too.
    """
    with _failures_in_words():
        if settings.database_url is not None:
            await _prepare(settings.database_url, migrate=migrate)
            yield Database(settings.database_url, None, settings)
            return
        folder = Path(settings.data_dir) if settings.data_dir else default_data_dir()
        binaries = Path(settings.postgres_bin) if settings.postgres_bin else None
        with interruptible():
            opened = Server.open(folder, binaries=binaries)
        with opened as server:
            await _prepare(server.dsn, migrate=True)
            secret = settings.secret_key or kept_secret(folder)
            yield Database(server.dsn, server, replace(settings, secret_key=secret))


def make_pool(found: Database) -> db.Pool:
    # Statements have no time limit: nobody waits at the other end of a connection.
    return db.make_pool(found.dsn, size=4, command_timeout=None)


@asynccontextmanager
async def transaction() -> AsyncGenerator[db.Connection]:
    """A connection in a transaction, to the database that the environment names."""
    async with (
        database(config.load()) as found,
        make_pool(found) as pool,
        db.transaction(pool) as connection,
    ):
        yield connection


@contextmanager
def _failures_in_words() -> Generator[None]:
    try:
        yield
    except EmbeddedError as error:
        raise UsageError(str(error)) from error
    except (TooOld, CannotDistribute) as error:
        raise CommandError(str(error)) from error
    except (Upstream, asyncpg.PostgresError, *db.OUT_OF_REACH) as error:
        cause = (isinstance(error, Upstream) and error.__cause__) or error
        if not isinstance(cause, asyncpg.PostgresError) and not db.is_out_of_reach(cause):
            raise
        raise CommandError(
            f"The database can't be used: {str(cause) or 'it did not answer in time'}."
            " Check that PostgreSQL runs and that HOUSELIST_DATABASE_URL is right. Without that"
            " variable, Houselist starts its own."
        ) from error


async def distribute_tables(settings: config.Settings, tell: Callable[[str], None]) -> None:
    """Migrates the user's database and moves its tables onto the nodes of a cluster.

    Tells how far it is. Raises CommandError or UsageError where that can't be.
    """
    dsn = settings.database_url
    if dsn is None:
        raise UsageError(
            "Houselist's own PostgreSQL can't be distributed: set HOUSELIST_DATABASE_URL to the"
            " coordinator of a Citus cluster."
        )
    with _failures_in_words():
        await _known_revision(dsn)
        await _migrate(dsn, distribute=True, tell=tell)


async def _known_revision(dsn: str) -> str | None:
    revision = await _revision(dsn)
    if revision is not None and revision > HEAD:
        raise CommandError(
            f"The database was migrated by a newer Houselist (revision {revision}; this one knows"
            f" {HEAD}). Install that version."
        )
    return revision


async def _prepare(dsn: str, *, migrate: bool) -> None:
    if await _known_revision(dsn) == HEAD:
        return
    if not migrate:
        raise CommandError(
            "The database is not at the schema of this version: run `houselist migrate`."
        )
    await _migrate(dsn)


async def _migrate(dsn: str, **options: Any) -> None:
    # By name, because SQLAlchemy and Alembic would more than double the start of every command.
    migrate: Callable[..., Awaitable[None]] = pkgutil.resolve_name("houselist.migrations:migrate")
    await migrate(dsn, **options)


async def _revision(dsn: str) -> str | None:
    try:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS)
    except ValueError as error:
        reason = without_password(str(error), dsn) or FORM
        raise UsageError(f"HOUSELIST_DATABASE_URL can't be understood: {reason}") from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CommandError(
            f"{describe(dsn)} can't be reached: {_reason(error, dsn)}."
            " Check that PostgreSQL runs there and that HOUSELIST_DATABASE_URL is right."
        ) from error
    try:
        return await readiness.get_revision(connection)
    finally:
        await connection.close()


def _reason(error: Exception, dsn: str) -> str:
    said = str(error)
    return (without_password(said, dsn) or "it refuses") if said else "it did not answer in time"
