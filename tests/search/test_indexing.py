"""What people are found by is written once, whoever is killed, and also for whom nobody noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg

from houselist import migrations
from houselist.migrations.run import statements
from houselist.postgres import db
from houselist.search.documents import COLUMNS, document, index_words, mark_of
from houselist.search.indexing import AT_ONCE, Indexer
from houselist.search.store import get_unwritten_groups
from support.databases import empty_database, migrated_database
from support.prospects import make_prospects
from support.search import note, write_texts
from support.service import data
from support.worker_processes import workers

if TYPE_CHECKING:
    from pathlib import Path

    from houselist.postgres.db import Connection, Pool
    from support.service import Api

GROUP = b"\7" * 12
PEOPLE = 4 * AT_ONCE
_MAKE = """
    INSERT INTO prospects (account_group_id, id, name, company_name, title, email, created_at)
    SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'Person ' || n, 'Company ' || n % 700,
           CASE WHEN n % 3 = 0 THEN 'Tïtle ' || n % 5 END,
           CASE WHEN n % 2 = 0 THEN 'p' || n || '@x.example' END, now()
    FROM generate_series(1, $2::int) n
"""


async def _found_by(connection: Connection, group: bytes) -> dict[bytes, Any]:
    rows = await connection.fetch(
        "SELECT prospect_id, name, company, title, location, words FROM search_texts"
        " WHERE account_group_id = $1",
        group,
    )
    return {row[0]: tuple(row)[1:] for row in rows}


async def _as_they_are(connection: Connection, group: bytes) -> dict[bytes, Any]:
    rows = await connection.fetch(
        f"SELECT id, {', '.join(COLUMNS)} FROM prospects WHERE account_group_id = $1", group
    )
    people = {row[0]: document(tuple(row)[1:]) for row in rows}
    return {
        id_: (*person[:4], index_words(mark_of(group), person)) for id_, person in people.items()
    }


async def _written(connection: Connection) -> int:
    return await connection.fetchval("SELECT count(*) FROM search_texts")


async def test_workers_that_are_killed_lose_and_repeat_nothing(
    server_dsn: str, tmp_path: Path
) -> None:
    async with migrated_database(server_dsn, "killed") as dsn, db.make_pool(dsn) as pool:
        await pool.execute("INSERT INTO account_groups VALUES ($1, 'Acme', now())", GROUP)
        await pool.execute("INSERT INTO people_versions VALUES ($1, 5, 5)", GROUP)
        await pool.execute(_MAKE, GROUP, PEOPLE)
        version = 5
        with workers(dsn, tmp_path, batch=50, takeover=2) as start:
            for _ in range(3):
                before = await _written(pool)
                worker = start()
                while await _written(pool) == before and before < PEOPLE:
                    pass
                worker.kill()
                # Meanwhile some change, and some are gone.
                version += 1
                changed = [n.to_bytes(12, "big") for n in range(version, PEOPLE, 97)]
                async with db.transaction(pool) as connection:
                    await connection.execute(
                        "UPDATE prospects SET name = name || ' ' || $2, company_name = 'New ' || $2"
                        " WHERE id = ANY($1)",
                        changed,
                        str(version),
                    )
                    await connection.execute(
                        "DELETE FROM prospects WHERE id = ANY($1)", changed[:3]
                    )
                    await connection.execute(
                        "UPDATE people_versions SET version = $1, noted = $1", version
                    )
                    await connection.execute(
                        "INSERT INTO search_pending VALUES ($1, $2, $3)",
                        GROUP,
                        version,
                        b"".join(changed),
                    )
            start()
            while await pool.fetchval(
                "SELECT count(*) FROM search_pending"
            ) or not await pool.fetchval("SELECT is_written FROM search_groups"):
                pass
        expected = await _as_they_are(pool, GROUP)
        assert len(expected) < PEOPLE
        assert await _found_by(pool, GROUP) == expected
        values = await pool.fetch("SELECT field, hash, value FROM search_values")
        assert {row["value"] for row in values if row["field"] == "company"} >= {
            company for _, company, *_ in expected.values()
        }


async def test_people_of_an_older_version_are_written_after_an_upgrade(server_dsn: str) -> None:
    async with empty_database(server_dsn) as dsn:
        connection = await asyncpg.connect(dsn)
        files = sorted((migrations.FOLDER / "versions").glob("*.sql"))
        for file in (each for each in files if each.name < "0010"):
            for statement in statements(file.read_text()):
                await connection.execute(statement)
        await connection.execute("INSERT INTO account_groups VALUES ($1, 'Acme', now())", GROUP)
        await connection.execute(_MAKE, GROUP, 100)
        await connection.execute((migrations.FOLDER / "versions" / "0010_search.sql").read_text())
        assert await get_unwritten_groups(connection) == [GROUP]
        async with db.make_pool(dsn) as pool:
            indexer = Indexer(pool)
            while await indexer.run(GROUP):
                pass
            assert await get_unwritten_groups(connection) == []
            assert await _found_by(connection, GROUP) == await _as_they_are(connection, GROUP)
            # A process of the version before still runs: it leaves no word.
            await connection.execute("UPDATE people_versions SET version = version + 1")
            await connection.execute("UPDATE prospects SET name = 'Somebody else'")
            assert await get_unwritten_groups(connection) == [GROUP]
            while await indexer.run(GROUP):
                pass
            assert await get_unwritten_groups(connection) == []
            assert await _found_by(connection, GROUP) == await _as_they_are(connection, GROUP)
        await connection.close()


async def test_who_was_changed_without_a_word_is_found_before_that(api: Api, pool: Pool) -> None:
    (one, _) = await make_prospects(pool, api, {"name": "Old Name"}, {"name": "Other"})
    await write_texts(pool, api)
    group = bytes.fromhex(api.tenant.account_group_id)
    await pool.execute("UPDATE prospects SET name = 'New' WHERE id = $1", bytes.fromhex(one))
    await pool.execute(
        "UPDATE people_versions SET version = version + 1 WHERE account_group_id = $1", group
    )
    for q, expected in (("old", []), ("new", [one])):
        page = data(await api.get("prospects", params={"q": q}))
        assert [item["id"] for item in page["items"]] == expected


async def test_groups_are_written_without_each_other(api: Api, stranger: Api, pool: Pool) -> None:
    for each in (api, stranger):
        ids = await make_prospects(pool, each, {"name": "Same Name", "company_name": "Same"})
        await note(pool, each, *ids)
    assert await write_texts(pool, api) > 0
    groups = [bytes.fromhex(each.tenant.account_group_id) for each in (api, stranger)]
    assert [len(await _found_by(pool, group)) for group in groups] == [1, 0]
    await write_texts(pool, stranger)
    assert [len(await _found_by(pool, group)) for group in groups] == [1, 1]


async def test_nobody_waits_for_another_who_writes(api: Api, pool: Pool) -> None:
    await make_prospects(pool, api, {"name": "A"})
    await write_texts(pool, api)
    (late,) = await make_prospects(pool, api, {"name": "B"})
    group = bytes.fromhex(api.tenant.account_group_id)
    async with db.transaction(pool) as connection:
        await connection.execute(
            "SELECT FROM search_groups WHERE account_group_id = $1 FOR UPDATE", group
        )
        assert await Indexer(pool).run(group) == 0
    assert await Indexer(pool).run(group) == 1
    assert bytes.fromhex(late) in await _found_by(pool, group)
