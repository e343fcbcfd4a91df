"""All SQL about account groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts.shapes import AccountGroup
from houselist.envelope import timestamp
from houselist.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Collection

    import asyncpg

    from houselist.postgres.db import Connection


def _account_group(row: asyncpg.Record) -> AccountGroup:
    return AccountGroup(row["id"].hex(), row["name"], timestamp(row["created_at"]))


async def create(connection: Connection, name: str) -> AccountGroup:
    row = await connection.fetchrow(
        """
        INSERT INTO account_groups (id, name, created_at)
        VALUES ($1, $2, date_trunc('milliseconds', now()))
        RETURNING id, name, created_at
        """,
        new_id(),
        name,
    )
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    return _account_group(row)


async def get_all(connection: Connection) -> list[AccountGroup]:
    """Every account group, oldest first."""
    rows = await connection.fetch("SELECT id, name, created_at FROM account_groups ORDER BY id")
    return [_account_group(row) for row in rows]


async def get_some(connection: Connection, ids: Collection[bytes]) -> list[AccountGroup]:
    """The account groups with these ids, oldest first."""
    rows = await connection.fetch(
        "SELECT id, name, created_at FROM account_groups WHERE id = ANY($1::bytea[]) ORDER BY id",
        list(ids),
    )
    return [_account_group(row) for row in rows]
