"""How statements are planned that go by indexes, also on the servers of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from houselist.people import store
from houselist.postgres import db
from houselist.postgres.plans_store import plan_by_index

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.postgres.db import Connection, Pool

_JOIN = """
    EXPLAIN SELECT a FROM memberships m, generate_series(1, 10000) AS a
    JOIN generate_series(1, 10000) AS b ON a = b
    WHERE m.account_group_id = $1
"""


async def _is_hashed_or_merged(connection: Connection) -> bool:
    plan = "".join(row[0] for row in await connection.fetch(_JOIN, b"1"))
    return "Hash Join" in plan or "Merge Join" in plan


async def _lock_batches(connection: Connection) -> None:
    await store.lock_batches(connection, b"1")


@pytest.mark.parametrize("begin", [plan_by_index, store.begin_looking, _lock_batches])
async def test_the_server_with_the_rows_plans_by_index_too(
    begin: Callable[[Connection], Awaitable[object]], pool: Pool
) -> None:
    async with db.transaction(pool) as connection:
        assert await _is_hashed_or_merged(connection)
        await begin(connection)
        assert not await _is_hashed_or_merged(connection)
