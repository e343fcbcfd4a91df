"""`migrate --distribute` on a real cluster: nothing is lost, and a run that is killed is continued.

These tests need HOUSELIST_TEST_DATABASE_URL to be the coordinator of a Citus cluster.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
import pytest

from houselist import migrations
from houselist.ids import new_id
from houselist.migrations import cluster_store, distributing, run
from houselist.people import counts_store
from houselist.postgres import tables
from houselist.postgres.revision import HEAD, CannotDistribute
from support.cli import environ, start
from support.databases import empty_cluster, empty_database, nodes_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    Connection = asyncpg.Connection[asyncpg.Record]

PLACED = (*tables.SHARED, *tables.DISTRIBUTED)
# The revision that was the newest when the first cluster could be made.
FIRST_ON_CLUSTERS = "0008"
KEYS = """
    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND conrelid::regclass::text = ANY($1) ORDER BY 1
"""


@pytest.fixture
async def cluster(server_dsn: str) -> AsyncIterator[str]:
    async with empty_cluster(server_dsn) as dsn:
        yield dsn


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def fill(connection: Connection) -> None:
    """Rows of eight account groups, some that name others."""
    for number in range(8):
        group, folder, audience, upload = (new_id() for _ in range(4))
        await connection.execute(
            "INSERT INTO account_groups VALUES ($1, 'Acme ' || $2::text, now())", group, str(number)
        )
        await connection.execute(
            "INSERT INTO folders VALUES ($1, $2, 'A', 'a', 'on_demand', false, 1, now(), now())",
            group,
            folder,
        )
        await connection.execute(
            "INSERT INTO audiences (account_group_id, id, name, name_key, type, folder_id, created_at)"
            " VALUES ($1, $2, 'A', 'a', 'on_demand', $3, now())",
            group,
            audience,
            folder,
        )
        await connection.execute(
            "INSERT INTO uploads (account_group_id, id, columns, suggested_mapping, row_count,"
            ' created_at) VALUES ($1, $2, \'{}\', \'{"B": "email", "A": "name"}\', 0, now())',
            group,
            upload,
        )
        await connection.execute(
            "INSERT INTO prospecting_jobs (account_group_id, id, source_type, audience_id, status,"
            " upload_id, mapping, total_rows, created_at, updated_at)"
            " VALUES ($1, $2, 'file_upload', $3, 'completed', $4, '{}', 0, now(), now())",
            group,
            new_id(),
            audience,
            upload,
        )
        await connection.execute(
            "INSERT INTO prospects (account_group_id, id, email, attributes, created_at)"
            " SELECT $1, int8send(n) || '\\x00000000', n || '@acme.example', '{\"n\": 1}', now()"
            " FROM generate_series(1, 500) n",
            group,
        )


async def contents(connection: Connection) -> dict[str, tuple[int, str]]:
    """Of each table, how many rows it has and a digest of them all."""
    found = {}
    for name in PLACED:
        rows = sorted(repr(row) for row in await connection.fetch(f"SELECT * FROM {name}"))
        found[name] = len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


async def assert_in_place(connection: Connection, server_dsn: str) -> None:
    """Every table is where it should be, with the foreign keys that it has elsewhere."""
    rows = await connection.fetch(
        "SELECT logicalrelid::text AS name, partmethod, repmodel, colocationid FROM pg_dist_partition"
    )
    by_group = [row for row in rows if row["partmethod"] == b"h"]
    shared = [row for row in rows if row["repmodel"] == b"t"]
    assert {row["name"] for row in by_group} == set(tables.DISTRIBUTED)
    assert {row["name"] for row in shared} == set(tables.SHARED)
    assert len(rows) == len(PLACED)
    assert len({row["colocationid"] for row in by_group}) == 1
    async with empty_database(server_dsn) as other:
        await migrations.migrate(other)
        async with connected(other) as plain:
            wanted = [row[0] for row in await plain.fetch(KEYS, PLACED)]
    kept = [row[0] for row in await connection.fetch(KEYS, PLACED)]
    assert len(kept) > 10
    assert kept == [re.sub(" ON DELETE SET NULL.*", "", key) for key in wanted]
    assert not await connection.fetchval("SELECT to_regclass('distributing')")
    settings = await connection.fetchval(
        "SELECT setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase"
        " WHERE datname = current_database()"
    )
    assert "citus.override_table_visibility=off" in settings
    assert not await connection.fetch(
        "SELECT FROM pg_dist_partition WHERE pg_relation_size(logicalrelid) > 0"
    ), "rows are left on the coordinator"


async def test_everything_that_was_there_is_there_and_a_second_run_has_nothing_to_do(
    server_dsn: str, cluster: str
) -> None:
    await migrations.migrate(cluster)
    told: list[str] = []
    async with connected(cluster) as connection:
        await fill(connection)
        before = await contents(connection)
        await migrations.migrate(cluster, distribute=True, tell=told.append)
        assert await contents(connection) == before
        assert "prospects: 4,000 rows moved." in told
        assert len(told) == len(PLACED)
        told.clear()
        await migrations.migrate(cluster, distribute=True, tell=told.append)
        assert told == ["The tables are distributed already: there is nothing to do."]
        assert await contents(connection) == before
        await assert_in_place(connection, server_dsn)


async def test_killed_at_any_moment_it_is_continued(server_dsn: str, cluster: str) -> None:
    await migrations.migrate(cluster)
    placed = "SELECT count(*) FROM pg_dist_partition WHERE partmethod = 'h' OR repmodel = 't'"
    aside = "SELECT count(*) FROM distributing"
    async with connected(cluster) as connection:
        await fill(connection)
        before = await contents(connection)
        all_keys = len(await connection.fetch(KEYS, PLACED))

        async def reached(moment: str) -> bool:
            what, _, number = moment.partition(" ")
            there = await connection.fetchval("SELECT to_regclass('distributing') IS NOT NULL")
            if what == "noted" or not there:
                return there
            if what == "placed":
                return await connection.fetchval(placed) >= int(number)
            everything = await connection.fetchval(placed) == len(PLACED)
            return everything and await connection.fetchval(aside) <= all_keys - int(number)

        moments = ["noted", *(f"placed {n}" for n in (0, 1, 4, 12, 24))]
        moments += [f"back {n}" for n in (0, 7, 14)]
        killed = 0
        for moment in moments:
            process = start("migrate", "--distribute", env=environ(database_url=cluster))
            # It runs for moments only, and is looked at in between.
            while process.poll() is None and not await reached(moment):
                process.send_signal(signal.SIGCONT)
                await asyncio.sleep(0.003)
                process.send_signal(signal.SIGSTOP)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            process.stdout.close()
            process.stderr.close()
        assert killed >= len(moments) - 3  # a key is back quickly, and the last may be, too
        await migrations.migrate(cluster)  # --distribute is not needed to go on
        assert await contents(connection) == before
        await assert_in_place(connection, server_dsn)


async def test_no_process_starts_on_tables_that_have_moved_in_part(cluster: str) -> None:
    await migrations.migrate(cluster)
    async with connected(cluster) as connection:
        await cluster_store.begin(connection)
        process = start("accounts", "list", env=environ(database_url=cluster))
        _, err = await asyncio.to_thread(process.communicate)
        assert process.returncode == 1
        assert "run `houselist migrate`" in err
        await migrations.migrate(cluster)
        process = start("accounts", "list", env=environ(database_url=cluster))
        assert await asyncio.to_thread(process.wait) == 0


async def test_it_refuses_while_the_service_runs(cluster: str) -> None:
    await migrations.migrate(cluster)
    for name in ("houselist", "houselist worker", "houselist listener"):
        running = await asyncpg.connect(cluster, server_settings={"application_name": name})
        with pytest.raises(CannotDistribute, match=r"1 of its connections.*Stop serve"):
            await migrations.migrate(cluster, distribute=True)
        assert await running.fetchval("SELECT version_num FROM alembic_version") == HEAD
        assert not await running.fetchval("SELECT to_regclass('distributing')")
        assert not await cluster_store.is_distributed(running)
        await running.close()


async def test_a_worker_node_is_refused(server_dsn: str, cluster: str) -> None:
    node = (await nodes_of(server_dsn))[1]
    there = re.sub(
        r"//[^/]*@[^/]+|//[^/]+", f"//houselist@{node.host}:{node.port}", cluster, count=1
    )
    with pytest.raises(CannotDistribute, match="Connect to the coordinator"):
        await migrations.migrate(there, distribute=True)


async def test_a_cluster_without_nodes_is_refused(server_dsn: str) -> None:
    nodes = await nodes_of(server_dsn)
    if not nodes:
        pytest.skip("needs Citus")
    async with empty_database(server_dsn) as dsn, connected(dsn) as connection:
        with pytest.raises(CannotDistribute, match="citus_set_coordinator_host"):
            await migrations.migrate(dsn, distribute=True)
        await connection.execute(
            f"SELECT citus_set_coordinator_host('{nodes[0].host}', {nodes[0].port})"
        )
        with pytest.raises(CannotDistribute, match="citus_add_node"):
            await migrations.migrate(dsn, distribute=True)
        assert not await connection.fetchval("SELECT to_regclass('account_groups')")


async def test_a_row_that_names_what_is_not_there_is_refused_afterwards_too(cluster: str) -> None:
    await migrations.migrate(cluster, distribute=True)
    async with connected(cluster) as connection:
        await fill(connection)
        group = await connection.fetchval("SELECT account_group_id FROM folders LIMIT 1")
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute(
                "INSERT INTO audiences (account_group_id, id, name, name_key, type, folder_id,"
                " created_at) VALUES ($1, $2, 'B', 'b', 'on_demand', $2, now())",
                group,
                new_id(),
            )
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute(
                "INSERT INTO folders VALUES ($1, $1, 'B', 'b', 'on_demand', false, 1, now(), now())",
                new_id(),
            )


async def test_each_revision_since_there_are_clusters_runs_on_one(
    server_dsn: str, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_since = [
        name
        for path in sorted((migrations.FOLDER / "versions").glob("*.sql"))
        if path.name > f"{FIRST_ON_CLUSTERS}~"
        for name in re.findall(r"CREATE TABLE (\w+)", path.read_text())
    ]
    upgrade = migrations.command.upgrade
    with monkeypatch.context() as earlier:
        placed = tuple(each for each in PLACED if each not in made_since)
        earlier.setattr(cluster_store, "PLACED", placed)
        earlier.setattr(
            migrations.command, "upgrade", lambda config, _: upgrade(config, FIRST_ON_CLUSTERS)
        )
        await migrations.migrate(cluster, distribute=True)
    async with connected(cluster) as connection:
        await fill(connection)
        await migrations.migrate(cluster)
        await assert_in_place(connection, server_dsn)
        assert await connection.fetchval("SELECT count(*) FROM prospects") == 8 * 500
        # Nobody has counted those yet.
        assert len(await counts_store.get_uncounted_groups(connection)) == 8


LATER = '''
"""A revision of later on."""
from houselist.migrations.run import run_file
revision = "9999"
down_revision = "{head}"
def upgrade() -> None:
    run_file("9999_tables.sql")
    run_file("9999_keys.sql")
'''
LATER_TABLES = """
    ALTER TABLE folders ADD COLUMN colour text NOT NULL DEFAULT 'grey';
    CREATE INDEX folders_by_colour ON folders (account_group_id, colour);
    CREATE TABLE folder_notes (
        account_group_id bytea NOT NULL REFERENCES account_groups (id),
        folder_id bytea NOT NULL,
        words text NOT NULL,
        PRIMARY KEY (account_group_id, folder_id)
    );
    INSERT INTO folder_notes SELECT account_group_id, id, name FROM folders;
    CREATE TABLE price_lists (id bytea PRIMARY KEY);
"""
LATER_KEYS = """
    ALTER TABLE folder_notes ADD CONSTRAINT folder_notes_folder
        FOREIGN KEY (account_group_id, folder_id) REFERENCES folders (account_group_id, id);
"""


@pytest.fixture
def upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes this a later version of Houselist: one more revision, with a column and two tables."""

    def work() -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(migrations.FOLDER, folder)
        versions = folder / "versions"
        (versions / "9999_later.py").write_text(LATER.format(head=HEAD))
        (versions / "9999_tables.sql").write_text(LATER_TABLES)
        (versions / "9999_keys.sql").write_text(LATER_KEYS)
        monkeypatch.setattr(migrations, "FOLDER", folder)
        monkeypatch.setattr(run, "VERSIONS", versions)
        monkeypatch.setattr(distributing, "SHARED", (*tables.SHARED, "price_lists"))
        monkeypatch.setattr(cluster_store, "PLACED", (*PLACED, "price_lists", "folder_notes"))

    return work


async def assert_upgraded(connection: Connection) -> None:
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == "9999"
    assert await connection.fetchval("SELECT min(colour) FROM folders") == "grey"
    assert await connection.fetchval("SELECT count(*) FROM folder_notes") == 8
    assert await connection.fetchval("SELECT max(words) FROM folder_notes") == "A"
    group = await connection.fetchval("SELECT account_group_id FROM folder_notes LIMIT 1")
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await connection.execute("INSERT INTO folder_notes VALUES ($1, $1, 'x')", group)


async def test_a_later_revision_runs_on_one_server(
    upgrade: Callable[[], None], server_dsn: str
) -> None:
    async with empty_database(server_dsn) as dsn, connected(dsn) as connection:
        await migrations.migrate(dsn)
        await fill(connection)
        upgrade()
        await migrations.migrate(dsn)
        await assert_upgraded(connection)


async def test_a_later_revision_runs_on_a_cluster_and_its_tables_are_distributed(
    upgrade: Callable[[], None], cluster: str
) -> None:
    await migrations.migrate(cluster, distribute=True)
    async with connected(cluster) as connection:
        await fill(connection)
        upgrade()
        await migrations.migrate(cluster)
        await assert_upgraded(connection)
        rows = await connection.fetch(
            "SELECT logicalrelid::text, partmethod, repmodel, colocationid FROM pg_dist_partition"
        )
        kept = {row[0]: tuple(row)[1:] for row in rows}
        assert kept["folder_notes"] == kept["folders"]
        assert kept["price_lists"] == kept["api_keys"]


async def test_a_later_revision_that_fails_leaves_a_cluster_as_it_was(
    upgrade: Callable[[], None], cluster: str
) -> None:
    await migrations.migrate(cluster, distribute=True)
    async with connected(cluster) as connection:
        await fill(connection)
        upgrade()
        keys = run.VERSIONS / "9999_keys.sql"
        keys.write_text("SELECT 1 / 0")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrations.migrate(cluster)
        assert not await connection.fetchval("SELECT to_regclass('folder_notes')")
        assert not await connection.fetchval("SELECT to_regclass('distributing')")
        keys.write_text(LATER_KEYS)
        await migrations.migrate(cluster)
        await assert_upgraded(connection)
