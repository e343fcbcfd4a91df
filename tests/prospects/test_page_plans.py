"""PostgreSQL plans the statement of a page once a connection, not once a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from houselist.migrations import cluster_store
from houselist.paging import PageQuery
from houselist.postgres import db
from houselist.prospects import joined_store
from houselist.prospects.cursors import key_at

if TYPE_CHECKING:
    from support.service import Api

# After five calls PostgreSQL decides whether it keeps a plan.
_CALLS, _DECIDING = 12, 5
_MEMBERS = 10_000


async def _fill(connection: db.Connection, group: bytes, audience: bytes, small: int) -> None:
    await connection.execute(
        """
        INSERT INTO prospects (account_group_id, id, name, created_at)
        SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'Person ' || n, now()
        FROM generate_series(1, $2::int) n
        """,
        group,
        _MEMBERS,
    )
    await connection.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
                                 seen_by_job_id, added_at)
        SELECT $1, $2, n, decode(lpad(to_hex(n), 24, '0'), 'hex'), '\\x00', now()
        FROM generate_series(1, $3::int) n
        """,
        group,
        audience,
        _MEMBERS,
    )
    await connection.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
                                 seen_by_job_id, added_at)
        SELECT $1, decode(lpad(to_hex(4096 + n), 24, 'f'), 'hex'), 1,
               decode(lpad(to_hex(n), 24, '0'), 'hex'), '\\x00', now()
        FROM generate_series(1, $2::int) n
        """,
        group,
        small,
    )
    await connection.execute("ANALYZE memberships, prospects, audiences")


# Beside many small audiences, the planner expects that this one is small too.
@pytest.mark.parametrize("small", [0, 500])
@pytest.mark.parametrize("limit", [1, 25, 100, 250])
@pytest.mark.parametrize("back", [False, True])
async def test_a_page_of_any_size_keeps_its_plan(
    dsn: str, api: Api, limit: int, small: int, *, back: bool
) -> None:
    made = await api.make_audience()
    group, audience = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(made["id"])
    async with db.make_pool(dsn) as pool, db.acquire(pool) as connection:
        if await cluster_store.is_created(connection):
            pytest.skip("Citus plans each statement anew")
        await _fill(connection, group, audience, small)
        query = PageQuery(limit=limit)
        if back:
            cursors = joined_store.cursors_of(group, audience)
            query = PageQuery(limit=limit, cursor=cursors.sign_before(key_at(_MEMBERS // 2)))
        for _ in range(_CALLS):
            page = await joined_store.get_page(connection, group, audience, query)
            assert len(page.items) == limit
        planned = await connection.fetchval(
            """
            SELECT custom_plans FROM pg_prepared_statements
            WHERE statement LIKE '%AS guard%' AND statement NOT LIKE '%pg_prepared%'
            """
        )
    assert planned == _DECIDING
