"""Databases for a measurement: made with the schema, and dropped after."""

from __future__ import annotations

from contextlib import asynccontextmanager

import asyncpg

from houselist import migrations


def with_database(dsn: str, name: str) -> str:
    head, _, query = dsn.partition("?")
    scheme, _, rest = head.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{name}" + (f"?{query}" if query else "")


@asynccontextmanager
async def fresh_database(dsn: str, name: str):
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name}")
    own = with_database(dsn, name)
    try:
        await migrations.migrate(own)
        yield own
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()
