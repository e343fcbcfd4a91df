"""Migrations: they build the schema that schema.sql shows, once, whoever else runs them."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

import asyncpg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from pgqueuer.queries import Queries

from houselist import migrations
from houselist.postgres.revision import HEAD, TooOld
from houselist.postgres.tables import DISTRIBUTED
from support.databases import empty_database
from support.jobs import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

QUEUE = migrations.FOLDER / "versions" / "0001_queue.sql"
# Everything that makes a difference: columns, constraints, indexes, options, triggers, functions, types.
CATALOGUE = """
    WITH spoken AS (
        SELECT c.oid, c.relname, c.relkind, c.reloptions FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'alembic_version%'
    )
    SELECT format('%s %s %s %s', relkind, relname, reloptions, '') FROM spoken WHERE relkind <> 'i'
    UNION ALL
    SELECT format('column %s.%s %s %s %s default %s storage %s', s.relname, a.attnum, a.attname,
                  format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  pg_get_expr(d.adbin, d.adrelid), a.attstorage)
    FROM spoken s JOIN pg_attribute a ON a.attrelid = s.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = s.oid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND s.relkind = 'r'
    UNION ALL
    SELECT format('constraint %s %s %s', s.relname, n.conname, pg_get_constraintdef(n.oid))
    FROM spoken s JOIN pg_constraint n ON n.conrelid = s.oid
    UNION ALL
    SELECT pg_get_indexdef(oid) || coalesce(reloptions::text, '') FROM spoken WHERE relkind = 'i'
    UNION ALL
    SELECT pg_get_triggerdef(t.oid) FROM spoken s JOIN pg_trigger t ON t.tgrelid = s.oid
    WHERE NOT t.tgisinternal
    UNION ALL
    SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('enum %s %s', t.typname, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder))
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.typname
"""


async def catalogue(dsn: str) -> list[str]:
    """What the database consists of, one line each."""
    connection = await asyncpg.connect(dsn)
    try:
        return sorted(row[0] for row in await connection.fetch(CATALOGUE))
    finally:
        await connection.close()


@pytest.fixture
async def fresh(server_dsn: str) -> AsyncIterator[str]:
    async with empty_database(server_dsn) as dsn:
        yield dsn


async def test_they_build_what_the_readable_schema_shows(server_dsn: str, fresh: str) -> None:
    await migrations.migrate(fresh)
    async with empty_database(server_dsn) as other:
        connection = await asyncpg.connect(other)
        for file in (migrations.FOLDER / "schema.sql", QUEUE):
            await connection.execute(file.read_text())
        await connection.close()
        shown = await catalogue(other)
    built = await catalogue(fresh)
    assert len(built) > 100
    assert built == shown


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_new_tables_foreign_keys_to_distributed_ones_come_in_a_second_file() -> None:
    """On a cluster they can't be made before the new table is distributed, at the file's end."""
    for path in sorted((migrations.FOLDER / "versions").glob("*.sql")):
        text = path.read_text()
        if path.name > "0008" and "CREATE TABLE" in text:
            assert not set(re.findall(r"REFERENCES (\w+)", text)) & set(DISTRIBUTED), path.name


async def test_twice_is_no_change(fresh: str) -> None:
    await migrations.migrate(fresh)
    before = await catalogue(fresh)
    await migrations.migrate(fresh)
    assert await catalogue(fresh) == before


async def test_many_at_once_wait_for_each_other(fresh: str) -> None:
    await asyncio.gather(*(migrations.migrate(fresh) for _ in range(4)))
    connection = await asyncpg.connect(fresh)
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == HEAD
    await connection.close()


async def test_cut_off_half_way_it_starts_over(fresh: str) -> None:
    connection = await asyncpg.connect(fresh)
    blocking = connection.transaction()
    await blocking.start()
    # A table of this name that is not committed makes the migration wait near its end.
    await connection.execute("CREATE TABLE prospecting_rows (x int)")
    running = asyncio.create_task(migrations.migrate(fresh))
    # A transaction sees pg_stat_activity as it was at its first look, so the blocking one can't ask.
    watching = await asyncpg.connect(fresh)
    await until(
        lambda: watching.fetchval(
            "SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    )
    await watching.close()
    with pytest.raises(Exception, match=r"terminat|closed"):
        await running
    await blocking.rollback()
    await connection.close()
    assert await catalogue(fresh) == []
    await migrations.migrate(fresh)
    assert len(await catalogue(fresh)) > 100


async def test_a_broken_one_leaves_nothing_behind(fresh: str) -> None:
    connection = await asyncpg.connect(fresh)
    # The last of the tables is in the way, so the first revision fails near its end.
    await connection.execute("CREATE TABLE prospecting_rows (x int)")
    before = await catalogue(fresh)
    with pytest.raises(Exception, match="prospecting_rows"):
        await migrations.migrate(fresh)
    assert await catalogue(fresh) == before
    await connection.execute("DROP TABLE prospecting_rows")
    await connection.close()
    await migrations.migrate(fresh)


async def test_the_queues_tables_are_those_of_the_installed_pgqueuer(fresh: str) -> None:
    await migrations.migrate(fresh)
    connection = await asyncpg.connect(fresh)
    plan = await Queries.from_asyncpg_connection(connection).plan_upgrade()
    await connection.close()
    assert list(plan.statements) == []


async def test_a_server_older_than_15_is_refused(
    fresh: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "OLDEST_SERVER", 999_999)
    with pytest.raises(TooOld, match="15 or newer"):
        await migrations.migrate(fresh)
    assert await catalogue(fresh) == []


async def test_mappings_become_json_under_processes_that_still_write_jsonb(fresh: str) -> None:
    versions = migrations.FOLDER / "versions"
    connection = await asyncpg.connect(fresh)
    for name in ("0001_queue.sql", "0001_schema.sql", "0002_providers.sql"):
        await connection.execute((versions / name).read_text())
    group, upload = bytes(12), b"\1" * 12
    await connection.execute("INSERT INTO account_groups VALUES ($1, 'Acme', now())", group)
    # As an older process has it, with its statement prepared before.
    add = await connection.prepare(
        "INSERT INTO uploads (account_group_id, id, columns, suggested_mapping, row_count,"
        " created_at) VALUES ($1, $2, '{}', $3, 0, now())"
    )
    before = '{"E-mail": "email", "Name": "name"}'
    await add.fetch(group, upload, before)
    await connection.execute((versions / "0003_limits.sql").read_text())
    await add.fetch(group, b"\2" * 12, before)
    in_order = '{"Work":"email","E-mail":"email","Name":"name"}'
    await connection.execute(
        "UPDATE uploads SET suggested_mapping = $1 WHERE id = $2", in_order, upload
    )
    rows = await connection.fetch("SELECT suggested_mapping, stored_bytes FROM uploads ORDER BY id")
    await connection.close()
    assert rows[0]["suggested_mapping"] == in_order
    assert json.loads(rows[1]["suggested_mapping"]) == json.loads(before)
    assert [row["stored_bytes"] for row in rows] == [0, 0]


async def test_a_job_that_an_older_process_changes_is_told_once_as_well(fresh: str) -> None:
    await migrations.migrate(fresh)
    connection = await asyncpg.connect(fresh)
    told: asyncio.Queue[str] = asyncio.Queue()
    await connection.add_listener("houselist_jobs", lambda *heard: told.put_nowait(str(heard[-1])))
    ids = {"group": bytes(12), "job": b"\1" * 12}
    await connection.execute("INSERT INTO account_groups VALUES ($1, 'Acme', now())", ids["group"])
    await connection.execute(
        "INSERT INTO audiences (account_group_id, id, name, name_key, type, created_at)"
        " VALUES ($1, $1, '', '', 'on_demand', now())",
        ids["group"],
    )
    await connection.execute(
        "INSERT INTO uploads (account_group_id, id, columns, suggested_mapping, row_count,"
        " created_at) VALUES ($1, $1, '{}', '{}', 0, now())",
        ids["group"],
    )
    await connection.execute(
        "INSERT INTO prospecting_jobs (account_group_id, id, source_type, audience_id, status,"
        " upload_id, mapping, total_rows, created_at, updated_at)"
        " VALUES ($1, $2, 'file_upload', $1, 'queued', $1, '{}', 0, now(), now())",
        *ids.values(),
    )
    # An older process leaves the version to the trigger; one of today counts and tells by itself.
    for change in ("position = 1", "position = 2, version = version + 1"):
        await connection.execute(f"UPDATE prospecting_jobs SET {change}")
    assert await connection.fetchval("SELECT version FROM prospecting_jobs") == 2
    await connection.execute("SELECT pg_notify('houselist_jobs', 'the end')")
    heard = [await told.get(), await told.get()]
    await connection.close()
    assert heard == [f"{ids['group'].hex()}/{ids['job'].hex()}", "the end"]
