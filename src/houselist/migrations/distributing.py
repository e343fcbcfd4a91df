"""Moving the tables onto the nodes of a cluster (Citus): when that can't be, and in which steps.

Each step is a transaction, and what is left to do is read from the database. So a run that is
killed at any moment is continued by the next.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

import asyncpg

from houselist.migrations import cluster_store as store
from houselist.postgres import readiness_store
from houselist.postgres.revision import CannotDistribute
from houselist.postgres.tables import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.postgres.db import Connection

    Tell = Callable[[str], None]


async def check(connection: Connection) -> None:
    """Raises CannotDistribute where this database can't be a cluster's."""
    if not await readiness_store.takes_writes(connection):
        raise CannotDistribute(
            "This server is a replica. Connect to the primary server of the coordinator."
        )
    if await store.is_pooled(connection):
        raise CannotDistribute(
            "There is a connection pooler (such as PgBouncer) in between. Connect to the"
            " coordinator itself."
        )
    await _check_extension(connection)
    await _check_nodes(connection)


async def _check_extension(connection: Connection) -> None:
    if not await store.is_loaded(connection):
        if not await store.is_installed(connection):
            raise CannotDistribute(
                "This PostgreSQL does not have Citus, which distributes tables over several"
                " servers. Install it on every server, or go on without --distribute."
            )
        raise CannotDistribute(
            "Citus is installed but not loaded. Set shared_preload_libraries = 'citus' in"
            " postgresql.conf of every server and restart it."
        )
    if await store.is_created(connection):
        return
    try:
        await store.create_extension(connection)
    except asyncpg.InsufficientPrivilegeError:
        raise CannotDistribute(
            "This database does not have the extension citus. As a superuser, run CREATE EXTENSION"
            " citus in it, and in the database of the same name on every worker node."
        ) from None


async def _check_nodes(connection: Connection) -> None:
    if await store.is_worker_node(connection):
        raise CannotDistribute(
            "This server is a worker node of the cluster. Connect to the coordinator."
        )
    if not await store.knows_itself(connection):
        raise CannotDistribute(
            "The worker nodes do not know the coordinator. As a superuser, run"
            " SELECT citus_set_coordinator_host('ADDRESS', 5432) with the address at which they"
            " reach this server."
        )
    if not await store.count_nodes(connection):
        raise CannotDistribute(
            "The cluster has no worker node. As a superuser, run SELECT citus_add_node('ADDRESS',"
            " 5432) for each; the node needs a database of the same name with the extension citus."
        )
    if broken := await store.get_broken_lines(connection):
        raise CannotDistribute(
            f"Nodes of the cluster can't reach each other: {', '.join(broken)}. Check that they"
            " run, and that pg_hba.conf lets them in."
        )


async def distribute(connection: Connection, tell: Tell, *, begin: bool) -> None:
    """Moves all tables, one transaction a step. What another run has begun is ended in any case.

    Raises CannotDistribute if a process of the service is running.
    """
    unfinished = await store.is_unfinished(connection)
    if not unfinished:
        if not begin:
            return
        if not await store.get_local(connection):
            tell("The tables are distributed already: there is nothing to do.")
            return
        await store.begin(connection)
    if count := await store.count_processes(connection):
        if not unfinished:
            await store.end(connection)
        raise CannotDistribute(
            f"Houselist is running: {count:,} of its connections to this database are open. Stop"
            " serve, worker and every other command, on all hosts, and run this again. The tables"
            " can't move while they are used."
        )
    await store.show_shards(connection)
    await _place(connection, tell, connection.transaction)
    await store.analyze(connection)
    await store.end(connection)


async def place_new(connection: Connection) -> None:
    """Places what a revision made on a cluster, in the revision's own transaction."""
    if await store.is_unfinished(connection) or not await store.is_distributed(connection):
        return
    if await store.get_local(connection):
        await store.begin(connection)
        await _place(connection, lambda _: None, nullcontext)
        await store.end(connection)


async def _place(
    connection: Connection,
    tell: Tell,
    step: Callable[[], AbstractAsyncContextManager[object]],
) -> None:
    async with step():
        await store.set_keys_aside(connection)
        await store.drop_trigger(connection)
    for table in await store.get_local(connection):
        async with step():
            rows = await _place_table(connection, table)
        tell(f"{table}: {rows:,} rows moved.")
    for table in await store.get_with_old_rows(connection):
        async with step():
            await store.drop_old_rows(connection, table)
    while key := await store.get_key(connection):
        async with step():
            await store.put_key_back(connection, *key)


async def _place_table(connection: Connection, table: str) -> int:
    """How many rows it has, all of them moved."""
    await store.lock(connection, table)
    before = await store.count_rows(connection, table)
    if table in SHARED:
        await store.place_shared(connection, table)
    else:
        await store.place_by_group(connection, table)
    after = await store.count_rows(connection, table)
    if before != after:  # ends the transaction: the rows are where they were
        raise CannotDistribute(f"Of {before:,} rows of {table}, {after:,} arrived. Nothing moved.")
    return before
