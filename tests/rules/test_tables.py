"""House rule: each table is shared, distributed or local, and its keys hold where it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.postgres.tables import DISTRIBUTED, LOCAL, SHARED, TENANT

if TYPE_CHECKING:
    from houselist.postgres.db import Pool

# For processes of a version that leaves the telling to it. A distributed database has none.
TRIGGERS = {"prospecting_jobs_changed"}
# What a foreign key does when its row goes. On a cluster it does nothing: the statement does it.
ON_DELETE = {"audiences_folder"}

KEYS = """
    SELECT t.relname AS table, i.relname AS key, EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY(x.indkey)
        AND a.attname = $1
    ) AS holds
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    WHERE x.indisunique AND t.relname = ANY($2::text[])
"""
FOREIGN_KEYS = """
    SELECT c.conname AS key, f.relname AS from, t.relname AS to, c.confdeltype, EXISTS (
        SELECT FROM unnest(c.conkey, c.confkey) AS pair (here, there)
        JOIN pg_attribute h ON h.attrelid = f.oid AND h.attnum = pair.here AND h.attname = $1
        JOIN pg_attribute o ON o.attrelid = t.oid AND o.attnum = pair.there AND o.attname = $1
    ) AS within
    FROM pg_constraint c JOIN pg_class f ON f.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
    WHERE c.contype = 'f' AND f.relnamespace = 'public'::regnamespace
"""


async def test_every_table_is_on_one_list(pool: Pool) -> None:
    rows = await pool.fetch(
        "SELECT relname FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    listed = [*SHARED, *DISTRIBUTED, *LOCAL]
    assert sorted(listed) == sorted(row["relname"] for row in rows)


async def test_a_key_of_a_distributed_table_holds_the_account_group(pool: Pool) -> None:
    rows = await pool.fetch(KEYS, TENANT, list(DISTRIBUTED))
    assert {row["table"] for row in rows} == set(DISTRIBUTED)
    assert [row["key"] for row in rows if not row["holds"]] == []


async def test_a_foreign_key_stays_on_a_server_or_leads_to_a_shared_table(pool: Pool) -> None:
    rows = await pool.fetch(FOREIGN_KEYS, TENANT)
    assert len(rows) >= 10
    for row in rows:
        assert row["to"] in SHARED or (row["from"] in DISTRIBUTED and row["within"]), row["key"]


async def test_each_list_is_in_the_order_of_its_foreign_keys(pool: Pool) -> None:
    order = [*SHARED, *DISTRIBUTED]
    for row in await pool.fetch(FOREIGN_KEYS, TENANT):
        assert order.index(row["to"]) < order.index(row["from"]), row["key"]


async def test_no_foreign_key_does_what_a_statement_should(pool: Pool) -> None:
    rows = await pool.fetch(FOREIGN_KEYS, TENANT)
    assert {row["key"] for row in rows if row["confdeltype"] != b"a"} == ON_DELETE


async def test_no_trigger_matters(pool: Pool) -> None:
    rows = await pool.fetch(
        """
        SELECT g.tgname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
        WHERE NOT g.tgisinternal AND t.relname = ANY($1::text[])
        """,
        [*SHARED, *DISTRIBUTED],
    )
    assert {row["tgname"] for row in rows} <= TRIGGERS


async def test_no_distributed_table_numbers_its_rows_by_a_sequence(pool: Pool) -> None:
    rows = await pool.fetch(
        """
        SELECT t.relname FROM pg_attrdef d JOIN pg_class t ON t.oid = d.adrelid
        WHERE t.relname = ANY($1::text[]) AND pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval%'
        """,
        [*SHARED, *DISTRIBUTED],
    )
    assert rows == []
