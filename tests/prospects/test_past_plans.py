"""A page of a past moment reads the next members of then, not all of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from houselist.migrations import cluster_store
from houselist.postgres.plans_store import plan_by_index
from houselist.prospects import finding_store
from houselist.prospects.asked import Asked, Scope
from houselist.search.wanted import Wanted

if TYPE_CHECKING:
    from houselist.postgres.db import Connection, Pool
    from support.service import Api

MEMBERS, STEPS = 20_000, 100
_FILL = [
    """
    INSERT INTO prospects (account_group_id, id, name, created_at)
    SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'Person ' || n, now()
    FROM generate_series(1, $2::int) n
    """,
    """
    INSERT INTO memberships (account_group_id, audience_id, position, prospect_id, seen_by_job_id,
                             added_at)
    SELECT $1, $1, n, decode(lpad(to_hex(n), 24, '0'), 'hex'), $1, now()
    FROM generate_series(1, $2::int) n
    """,
    """
    INSERT INTO search_texts (account_group_id, prospect_id, name, company, title, location, words)
    SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'person ' || n, '', '', '', 'abc! abcperson'
    FROM generate_series(1, $2::int) n
    """,
]


class _Explaining:
    """A connection that tells the plan of a statement, and how many rows its parts read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plan = ""

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        rows = await self._connection.fetch(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}", *values)
        self.plan = "\n".join(row[0] for row in rows)
        return []


@pytest.mark.parametrize("order", ["addedAt", "name"])
async def test_it_reads_what_it_goes_through(api: Api, pool: Pool, order: Any) -> None:
    group = bytes.fromhex(api.tenant.account_group_id)
    async with pool.acquire() as connection:
        if await cluster_store.is_created(connection):
            pytest.skip("another server plans it")
        undone = connection.transaction()
        await undone.start()
        try:
            plan = await _plan(connection, group, order)
        finally:
            await undone.rollback()
    read = [int(float(rows)) for rows in re.findall(r"actual rows=([\d.]+)", plan)]
    assert read[0] == STEPS
    assert max(read) <= 2 * STEPS, plan


async def _plan(connection: Connection, group: bytes, order: Any) -> str:
    for statement in _FILL:
        await connection.execute(statement, group, MEMBERS)
    await connection.execute("ANALYZE prospects, memberships, search_texts, left_members")
    scope = Scope(group, group, datetime.now(UTC), low=0, high=MEMBERS)
    explaining: Any = _Explaining(connection)
    await plan_by_index(connection)
    await finding_store.walk(
        explaining,
        Asked(scope, Wanted(), order, descending=False),
        None,
        keyed=True,
        steps=STEPS,
        limit=STEPS,
    )
    return explaining.plan
