"""Which schema a database has, and which one this version needs. migrations/ makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from houselist.postgres.db import Connection


async def takes_writes(connection: Connection) -> bool:
    """False on a replica, which refuses writes."""
    return not await connection.fetchval("SELECT pg_is_in_recovery()")


async def get_revision(connection: Connection) -> str | None:
    """The schema's revision, or None if Houselist has not set up this database, or not to the end.

    While tables move onto the nodes of a cluster, the table `distributing` is there.
    """
    try:
        return await connection.fetchval(
            "SELECT version_num FROM alembic_version WHERE to_regclass('distributing') IS NULL"
        )
    except asyncpg.UndefinedTableError:
        return None
