"""Exports of many people over real connections, for what only those show."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from houselist.ids import new_id
from support.clock import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.postgres.db import Pool
    from support.http import Server
    from support.service import Tenant

# More than lies between a server and a client that does not read.
MANY = 12_000
LAST_CHUNK = b"0\r\n\r\n"


async def fill(pool: Pool, tenant: Tenant, people: int = MANY) -> str:
    """An audience of so many people, a kilobyte each; its id."""
    group, audience = bytes.fromhex(tenant.account_group_id), new_id()
    await pool.execute(
        """
        INSERT INTO audiences (account_group_id, id, name, name_key, type, created_at,
                               prospect_count, next_position)
        VALUES ($1, $2, 'Many', 'many' || encode($2, 'hex'), 'on_demand', now(), $3::bigint,
                $3::bigint + 1)
        """,
        group,
        audience,
        people,
    )
    await pool.execute(
        """
        INSERT INTO prospects (account_group_id, id, name, about, created_at)
        SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'Avery ' || n, repeat('x', 1000), now()
        FROM generate_series(1, $2::int) n
        """,
        group,
        people,
    )
    await pool.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
                                 seen_by_job_id, added_at)
        SELECT $1, $2, n, decode(lpad(to_hex(n), 24, '0'), 'hex'), $2, now()
        FROM generate_series(1, $3::int) n
        """,
        group,
        audience,
        people,
    )
    return audience.hex()


class Download:
    """An export on a connection of its own, whose client reads only what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, head: bytes) -> None:
        self._reader = reader
        self.head = head

    @property
    def status(self) -> int:
        return int(self.head.split(b" ", 2)[1])

    async def rest(self, seconds: float = PATIENCE) -> bytes:
        """All that is still to come, until the server closes the connection or the file is whole."""
        found = b""
        async with asyncio.timeout(seconds):
            while not found.endswith(LAST_CHUNK):
                try:
                    piece = await self._reader.read(1 << 18)
                except ConnectionResetError:
                    break
                if not piece:
                    break
                found += piece
        return found


@asynccontextmanager
async def downloading(
    server: Server, tenant: Tenant, audience: str, query: str = "format=ndjson"
) -> AsyncIterator[Download]:
    """Asks for an export and reads its headers alone. The client goes away with the block."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", server.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=16_384)
    path = f"/v1/accounts/{tenant.account_group_id}/audiences/{audience}/export?{query}"
    writer.write(
        f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {tenant.token}\r\n\r\n".encode()
    )
    try:
        async with asyncio.timeout(PATIENCE):
            yield Download(reader, await reader.readuntil(b"\r\n\r\n"))
    finally:
        writer.transport.abort()


async def copies(pool: Pool) -> int:
    """How many exports PostgreSQL is writing in this database."""
    return await pool.fetchval(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND (query LIKE '%COPY%' AND state = 'active' OR state LIKE 'idle in transaction%')
        """
    )


def none_is_open(pool: Pool) -> Any:
    async def none() -> bool:
        return await copies(pool) == 0

    return none
