"""Databases of a test's own, on the server that the tests share."""

from __future__ import annotations

import os
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from houselist import migrations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# Of each server, the database with the whole schema: to copy it is quicker than to migrate again.
_templates: dict[str, str] = {}


def with_database(dsn: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = dsn.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


async def make_database(server_dsn: str, kind: str, *, migrated: bool = True) -> str:
    """The address of a new database, with the schema in it or empty. `kind` stands in its name."""
    name = f"houselist_{kind}_{os.getpid()}_{secrets.token_hex(3)}"
    like = f"TEMPLATE {await _template(server_dsn)}" if migrated else ""
    await _run(server_dsn, f"CREATE DATABASE {name} {like}")
    return with_database(server_dsn, name)


async def drop_database(server_dsn: str, dsn: str) -> None:
    name = dsn.partition("?")[0].rpartition("/")[2]
    await _run(server_dsn, f"DROP DATABASE {name} WITH (FORCE)")


async def drop_template(server_dsn: str) -> None:
    """For a server that outlives the tests."""
    if name := _templates.pop(server_dsn, None):
        await _run(server_dsn, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def migrated_database(server_dsn: str, kind: str) -> AsyncIterator[str]:
    """The address of a database with the schema in it, which is dropped in the end."""
    dsn = await make_database(server_dsn, kind)
    try:
        yield dsn
    finally:
        await drop_database(server_dsn, dsn)


@asynccontextmanager
async def empty_database(server_dsn: str) -> AsyncIterator[str]:
    """The address of a database without any table, which is dropped in the end."""
    dsn = await make_database(server_dsn, "own", migrated=False)
    try:
        yield dsn
    finally:
        await drop_database(server_dsn, dsn)


async def _template(server_dsn: str) -> str:
    if server_dsn not in _templates:
        dsn = await make_database(server_dsn, "template", migrated=False)
        await migrations.migrate(dsn)
        _templates[server_dsn] = dsn.partition("?")[0].rpartition("/")[2]
    return _templates[server_dsn]


async def _run(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
