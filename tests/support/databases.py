"""Databases of a test's own, on the server that the tests share."""

from __future__ import annotations

import os
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import asyncpg
import pytest

from houselist import migrations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# Of each server, the database with the whole schema: to copy it is quicker than to migrate again.
_templates: dict[str, str] = {}
# Of each server, how a database is copied.
_strategies: dict[str, str] = {}


class Node(NamedTuple):
    """One of the servers of a cluster (Citus)."""

    host: str
    port: int


# Of each server, the nodes of its cluster, if it is one. A copied database would lack what is on them.
_clusters: dict[str, list[Node]] = {}


def with_database(dsn: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = dsn.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


async def make_database(server_dsn: str, kind: str, *, migrated: bool = True) -> str:
    """The address of a new database, with the schema in it or empty. `kind` stands in its name."""
    name = f"houselist_{kind}_{os.getpid()}_{secrets.token_hex(3)}"
    dsn = with_database(server_dsn, name)
    if migrated and await nodes_of(server_dsn):
        await make_cluster(server_dsn, name)
        await migrations.migrate(dsn, distribute=True)
    else:
        like = ""
        if migrated:
            like = f"TEMPLATE {await _template(server_dsn)} STRATEGY {await _strategy(server_dsn)}"
        await _run(server_dsn, f"CREATE DATABASE {name} {like}")
    return dsn


async def make_cluster(server_dsn: str, name: str) -> None:
    """A database without a table, on all nodes. It will have few shards: each costs a moment."""
    dsn = with_database(server_dsn, name)
    coordinator, *workers = await nodes_of(server_dsn)
    for node in (coordinator, *workers):
        await _run(server_dsn, f"CREATE DATABASE {name}", node)
        await _run(dsn, "CREATE EXTENSION citus", node)
    await _run(dsn, f"ALTER DATABASE {name} SET citus.shard_count = 4")
    await _run(dsn, f"SELECT citus_set_coordinator_host('{coordinator.host}', {coordinator.port})")
    for node in workers:
        await _run(dsn, f"SELECT citus_add_node('{node.host}', {node.port})")


async def drop_database(server_dsn: str, dsn: str) -> None:
    name = dsn.partition("?")[0].rpartition("/")[2]
    await _run(server_dsn, f"DROP DATABASE {name} WITH (FORCE)")
    for node in (await nodes_of(server_dsn))[1:]:
        await _run(server_dsn, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", node)


async def drop_template(server_dsn: str) -> None:
    """For a server that outlives the tests."""
    if name := _templates.pop(server_dsn, None):
        await _run(server_dsn, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def migrated_database(server_dsn: str, kind: str) -> AsyncIterator[str]:
    """The address of a database with the schema in it, which is dropped in the end."""
    dsn = await make_database(server_dsn, kind)
    try:
        yield dsn
    finally:
        await drop_database(server_dsn, dsn)


@asynccontextmanager
async def empty_database(server_dsn: str) -> AsyncIterator[str]:
    """The address of a database without any table, which is dropped in the end."""
    dsn = await make_database(server_dsn, "own", migrated=False)
    try:
        yield dsn
    finally:
        await drop_database(server_dsn, dsn)


@asynccontextmanager
async def empty_cluster(server_dsn: str) -> AsyncIterator[str]:
    """The address of a cluster's database without any table. Skips the test on one server alone."""
    if not await nodes_of(server_dsn):
        pytest.skip("HOUSELIST_TEST_DATABASE_URL is not the coordinator of a Citus cluster")
    name = f"houselist_own_{os.getpid()}_{secrets.token_hex(3)}"
    await make_cluster(server_dsn, name)
    dsn = with_database(server_dsn, name)
    try:
        yield dsn
    finally:
        await drop_database(server_dsn, dsn)


async def _template(server_dsn: str) -> str:
    if server_dsn not in _templates:
        dsn = await make_database(server_dsn, "template", migrated=False)
        await migrations.migrate(dsn)
        _templates[server_dsn] = dsn.partition("?")[0].rpartition("/")[2]
    return _templates[server_dsn]


async def _strategy(server_dsn: str) -> str:
    """How it is copied: as files, where a checkpoint costs nothing because nothing is synced."""
    if server_dsn not in _strategies:
        connection = await asyncpg.connect(server_dsn)
        try:
            synced = await connection.fetchval("SHOW fsync") == "on"
        finally:
            await connection.close()
        _strategies[server_dsn] = "wal_log" if synced else "file_copy"
    return _strategies[server_dsn]


async def nodes_of(server_dsn: str) -> list[Node]:
    """Of a cluster's coordinator, it and its worker nodes: those of the database in the address."""
    if server_dsn not in _clusters:
        connection = await asyncpg.connect(server_dsn)
        try:
            rows = []
            if await connection.fetchval("SELECT to_regclass('pg_catalog.pg_dist_node')"):
                rows = await connection.fetch(
                    "SELECT nodename, nodeport FROM pg_dist_node ORDER BY groupid"
                )
            _clusters[server_dsn] = [Node(*row) for row in rows]
        finally:
            await connection.close()
    return _clusters[server_dsn]


async def _run(dsn: str, sql: str, node: Node | None = None) -> None:
    elsewhere = node._asdict() if node else {}
    connection = await asyncpg.connect(dsn, **elsewhere)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
