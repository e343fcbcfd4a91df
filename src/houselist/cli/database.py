"""The database of a command: one of its own, brought up and migrated, or the one it is given."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import asyncpg

from houselist import config, migrations
from houselist.cli.out import CommandError, UsageError
from houselist.connections.secrets import kept_secret
from houselist.postgres import db
from houselist.postgres import readiness_store as readiness
from houselist.postgres.address import FORM, describe, without_password
from houselist.postgres.embedded import Server, default_data_dir

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

T = TypeVar("T")

_CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Database:
    """Where it is; and the embedded server, if it is that, which wants to be kept running.

    `settings` are complete: they hold the secret that belongs to the database.
    """

    dsn: str
    server: Server | None
    settings: config.Settings


@contextmanager
def database(settings: config.Settings, *, migrate: bool = False) -> Generator[Database]:
    """A database with the schema of this version, for as long as the block runs.

    One of somebody's own is migrated only where `migrate` says so. Raises EmbeddedError,
    CommandError, UsageError, or what asyncpg raises.
    """
    if settings.database_url is not None:
        _prepare(settings.database_url, migrate=migrate)
        yield Database(settings.database_url, None, settings)
        return
    folder = Path(settings.data_dir) if settings.data_dir else default_data_dir()
    binaries = Path(settings.postgres_bin) if settings.postgres_bin else None
    with Server.open(folder, binaries=binaries) as server:
        _prepare(server.dsn, migrate=True)
        secret = settings.secret_key or kept_secret(folder)
        yield Database(server.dsn, server, replace(settings, secret_key=secret))


def with_pool(work: Callable[[db.Pool], Awaitable[T]]) -> T:
    """Runs `work` on the database that the environment names."""
    with database(config.load()) as found:
        return asyncio.run(run_with_pool(found.dsn, work))


async def run_with_pool(dsn: str, work: Callable[[db.Pool], Awaitable[T]]) -> T:
    # Without a time limit for statements: nobody waits at the other end of a connection.
    async with db.make_pool(dsn, size=4, command_timeout=None) as pool:
        return await work(pool)


def _prepare(dsn: str, *, migrate: bool) -> None:
    revision = asyncio.run(_revision(dsn))
    if revision is not None and revision > migrations.HEAD:
        raise CommandError(
            f"The database was migrated by a newer Houselist (revision {revision}, this one knows"
            f" {migrations.HEAD}): install that version."
        )
    if revision == migrations.HEAD:
        return
    if not migrate:
        raise CommandError(
            "The database is not at the schema of this version: run `houselist migrate`."
        )
    migrations.migrate_now(dsn)


async def _revision(dsn: str) -> str | None:
    try:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS)
    except ValueError as error:
        said = without_password(str(error), dsn) or FORM
        raise UsageError(f"HOUSELIST_DATABASE_URL can't be understood: {said}") from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CommandError(
            f"{describe(dsn)} can't be reached: {_reason(error, dsn)}."
            " See that PostgreSQL runs there, and that HOUSELIST_DATABASE_URL is right."
        ) from error
    try:
        return await readiness.get_revision(connection)
    finally:
        await connection.close()


def _reason(error: Exception, dsn: str) -> str:
    said = str(error)
    return (without_password(said, dsn) or "it refuses") if said else "it did not answer in time"
