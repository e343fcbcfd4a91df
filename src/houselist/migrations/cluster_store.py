"""SQL of a cluster (Citus): what a server is, which tables are distributed, and moving them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.postgres.tables import DISTRIBUTED, SHARED, TENANT

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

PLACED = (*SHARED, *DISTRIBUTED)
# A table, `p` in pg_dist_partition, that is placed: distributed, or shared. Others may be there
# too, which Citus has merely taken note of.
_IS_PLACED = "(p.partmethod = 'h' OR p.repmodel = 't')"


async def is_loaded(connection: Connection) -> bool:
    """Whether the server has loaded Citus when it started."""
    # Any role may ask for this setting, unlike shared_preload_libraries.
    found = await connection.fetchval("SELECT current_setting('citus.shard_count', true)")
    return found is not None


async def is_installed(connection: Connection) -> bool:
    """Whether the server's host has the files of Citus."""
    return await connection.fetchval(
        "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citus')"
    )


async def is_created(connection: Connection) -> bool:
    """Whether this database has the extension."""
    return await connection.fetchval(
        "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')"
    )


async def create_extension(connection: Connection) -> None:
    """Raises asyncpg.InsufficientPrivilegeError where only a superuser may."""
    await connection.execute("CREATE EXTENSION IF NOT EXISTS citus")


async def is_worker_node(connection: Connection) -> bool:
    return await connection.fetchval("SELECT groupid <> 0 FROM pg_dist_local_group")


async def knows_itself(connection: Connection) -> bool:
    """Whether the workers know the coordinator's address."""
    return await connection.fetchval("SELECT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0)")


async def count_nodes(connection: Connection) -> int:
    """The nodes that hold rows of distributed tables."""
    return await connection.fetchval(
        "SELECT count(*) FROM pg_dist_node"
        " WHERE noderole = 'primary' AND isactive AND shouldhaveshards"
    )


async def get_broken_lines(connection: Connection) -> list[str]:
    """Pairs of nodes of which one can't reach the other."""
    rows = await connection.fetch(
        """
        SELECT from_nodename || ':' || from_nodeport || ' to ' || to_nodename || ':' || to_nodeport
        FROM citus_check_cluster_node_health() WHERE result IS NOT TRUE
        """
    )
    return [row[0] for row in rows]


async def is_pooled(connection: Connection) -> bool:
    """Whether something stands in between that hands one session to several clients."""
    return await connection.fetchval("SELECT pg_backend_pid()") != connection.get_server_pid()


async def count_processes(connection: Connection) -> int:
    """The connections of Houselist's processes to this database."""
    return await connection.fetchval(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'houselist%'
            AND pid <> pg_backend_pid()
        """
    )


async def is_distributed(connection: Connection) -> bool:
    """Whether any of our tables has left the coordinator, even where not all have."""
    if not await is_created(connection):
        return False
    return await connection.fetchval(
        "SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid::text = ANY($1))", PLACED
    )


async def is_unfinished(connection: Connection) -> bool:
    """Whether moving the tables has begun and is not over."""
    return await connection.fetchval("SELECT to_regclass('distributing') IS NOT NULL")


async def begin(connection: Connection) -> None:
    """Notes that the tables move. Until the note is gone, no process of the service starts."""
    await connection.execute(
        "CREATE TABLE distributing (table_name text, key_name text, definition text)"
    )


async def end(connection: Connection) -> None:
    await connection.execute("DROP TABLE distributing")


async def set_keys_aside(connection: Connection) -> None:
    """Drops the foreign keys of tables that are not placed yet, and notes how to make them again.

    A key between a table that is placed and one that is not can't be. Citus knows no
    ON DELETE SET NULL for one column of several: the statements that delete do it themselves.
    """
    await connection.execute(
        f"""
        DO $$
        DECLARE
            key record;
        BEGIN
            FOR key IN
                SELECT c.conrelid::regclass AS table_name, c.conname AS key_name,
                       regexp_replace(pg_get_constraintdef(c.oid), ' ON DELETE SET NULL.*', '')
                           AS definition
                FROM pg_constraint c
                WHERE c.contype = 'f' AND c.conparentid = 0
                    AND c.conrelid::regclass::text IN ({_quoted(PLACED)})
                    AND NOT EXISTS (
                        SELECT FROM pg_dist_partition p WHERE p.logicalrelid = c.conrelid
                            AND {_IS_PLACED}
                    )
            LOOP
                INSERT INTO distributing VALUES (key.table_name, key.key_name, key.definition);
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.table_name, key.key_name);
            END LOOP;
        END $$
        """
    )


async def drop_trigger(connection: Connection) -> None:
    """Drops what old processes need during an upgrade. It would run on a worker node, unheard."""
    # By the catalogue: Citus refuses IF EXISTS on a table that is distributed.
    if await connection.fetchval(
        "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'prospecting_jobs_changed'"
        " AND tgrelid = to_regclass('prospecting_jobs'))"
    ):
        await connection.execute("DROP TRIGGER prospecting_jobs_changed ON prospecting_jobs")


async def change_shards_one_by_one(connection: Connection) -> None:
    """For this session: foreign keys to tables that all nodes have want it so."""
    if await is_created(connection):
        await connection.execute("SET citus.multi_shard_modify_mode = 'sequential'")


async def show_shards(connection: Connection) -> None:
    """Sets, for all sessions to come, that the catalogue lists shards like any other table.

    Citus would hide them by asking of each row whether it is a shard's. asyncpg reads the catalogue
    when a connection first meets an array, and with the shards of all tables that took seconds.
    """
    await connection.execute(
        """
        DO $$ BEGIN
            EXECUTE format(
                'ALTER DATABASE %I SET citus.override_table_visibility = off', current_database()
            );
        END $$
        """
    )


async def get_local(connection: Connection) -> list[str]:
    """The tables that are still to be placed, in the order to do so."""
    rows = await connection.fetch(
        f"""
        SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS t (name, number)
        WHERE to_regclass(name) IS NOT NULL AND NOT EXISTS (
            SELECT FROM pg_dist_partition p WHERE p.logicalrelid = to_regclass(name)
                AND {_IS_PLACED}
        )
        ORDER BY number
        """,
        PLACED,
    )
    return [row["name"] for row in rows]


async def lock(connection: Connection, table: str) -> None:
    """Keeps everybody from changing the table until the transaction ends."""
    await connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")


async def count_rows(connection: Connection, table: str) -> int:
    return await connection.fetchval(f"SELECT count(*) FROM {table}")


async def place_shared(connection: Connection, table: str) -> None:
    await connection.execute("SELECT create_reference_table($1::text::regclass)", table)


async def place_by_group(connection: Connection, table: str) -> None:
    """Distributes a table by account group; a group's rows of all tables are on one node."""
    beside = DISTRIBUTED[0] if table != DISTRIBUTED[0] else "none"
    await connection.execute(
        "SELECT create_distributed_table($1::text::regclass, $2, colocate_with => $3)",
        table,
        TENANT,
        beside,
    )


async def get_with_old_rows(connection: Connection) -> list[str]:
    """Placed tables whose rows still take up room on the coordinator, where nobody sees them."""
    rows = await connection.fetch(
        """
        SELECT logicalrelid::text AS name FROM pg_dist_partition
        WHERE logicalrelid::text = ANY($1) AND pg_relation_size(logicalrelid) > 0
        """,
        PLACED,
    )
    return [row["name"] for row in rows]


async def drop_old_rows(connection: Connection, table: str) -> None:
    await connection.execute(
        "SELECT truncate_local_data_after_distributing_table($1::text::regclass)", table
    )


async def get_key(connection: Connection) -> tuple[str, str] | None:
    """A foreign key that was set aside: its name, and the statement that makes it again."""
    row = await connection.fetchrow(
        """
        SELECT key_name,
               format('ALTER TABLE %s ADD CONSTRAINT %I %s', table_name, key_name, definition)
        FROM distributing ORDER BY table_name, key_name LIMIT 1
        """
    )
    return (row[0], row[1]) if row else None


async def put_key_back(connection: Connection, name: str, statement: str) -> None:
    await connection.execute(statement)
    await connection.execute("DELETE FROM distributing WHERE key_name = $1", name)


async def analyze(connection: Connection) -> None:
    """Tells the planner about the moved rows, before the first statement meets them."""
    await connection.execute(f"ANALYZE {', '.join(PLACED)}")


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)
