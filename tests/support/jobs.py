"""Helpers of the tests of uploads and jobs: workers, databases without one, and what is left behind."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from houselist import config
from houselist.app import create_app
from houselist.postgres import db
from houselist.worker.session import work
from support.clock import PATIENCE
from support.databases import migrated_database
from support.service import Service, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from support.service import Api

TABLES = (
    "audiences",
    "uploads",
    "upload_chunks",
    "prospecting_jobs",
    "prospects",
    "credit_entries",
    "provider_budgets",
)


def slugs(count: int, name: str = "person") -> str:
    """A CSV file of this many people, known by their LinkedIn URL."""
    urls = (f"https://www.linkedin.com/in/{name}-{number}\n" for number in range(count))
    return "LinkedIn URL\n" + "".join(urls)


def csv(header: str, *rows: str) -> str:
    return "\n".join((header, *rows, ""))


async def kept(pool: db.Pool, api: Api, tables: Iterable[str] = TABLES) -> dict[str, int]:
    """How many rows a tenant has in each table."""
    group = bytes.fromhex(api.tenant.account_group_id)
    return {
        table: await pool.fetchval(
            f"SELECT count(*) FROM {table} WHERE account_group_id = $1", group
        )
        for table in tables
    }


async def outcomes(api: Api, job: Any) -> list[str]:
    """The outcome of every row of a job, in order."""
    rows = await api.all_items(f"prospecting/{job['jobId']}/rows", limit=250)
    assert [row["row"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["outcome"] for row in rows]


async def members(api: Api, job: Any) -> list[Any]:
    """The prospects of the audience that a job filled, in the order they joined."""
    return await api.all_items(f"audiences/{job['audienceId']}/prospects", limit=250)


@asynccontextmanager
async def working(
    dsn: str, *, batch: int = 50, takeover: float = 15, **variables: str
) -> AsyncIterator[asyncio.Event]:
    """A worker in this process, stopped gracefully at the end or when the event is set.

    `variables`: more settings, without their HOUSELIST_.
    """
    settings = config.load(
        {"HOUSELIST_JOB_BATCH": str(batch), "HOUSELIST_JOB_TAKEOVER": str(takeover)}
        | {f"HOUSELIST_{name}": value for name, value in variables.items()}
    )
    stop = asyncio.Event()
    running = asyncio.create_task(work(settings, dsn, stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE):
            await running


@asynccontextmanager
async def _without_trigger(pool: db.Pool) -> AsyncIterator[None]:
    """So that no test of a job's changes rests on the trigger, which is for older processes."""
    # A distributed database has none, and Citus refuses even to look for one to drop.
    if await pool.fetchval("SELECT true FROM pg_trigger WHERE tgname = 'prospecting_jobs_changed'"):
        await pool.execute("DROP TRIGGER prospecting_jobs_changed ON prospecting_jobs")
    yield


@dataclass
class Place:
    """A database of its own with the service on it, and no worker unless a test starts one."""

    dsn: str
    pool: db.Pool
    service: Service

    @classmethod
    @asynccontextmanager
    async def made(cls, server_dsn: str, name: str, **variables: str) -> AsyncIterator[Place]:
        """`variables`: settings of the service, without their HOUSELIST_."""
        own = {f"HOUSELIST_{key}": value for key, value in variables.items()}
        settings = config.load({"HOUSELIST_RATE_LIMIT": "off", **own})
        async with (
            migrated_database(server_dsn, name) as dsn,
            db.make_pool(dsn, command_timeout=PATIENCE) as pool,
            _without_trigger(pool),
            Service.running(create_app(settings, dsn)) as service,
        ):
            yield cls(dsn, pool, service)

    @asynccontextmanager
    async def api(self) -> AsyncIterator[Api]:
        """A client with a key of all permissions, for an account group that nobody else has."""
        async with self.service.client(await make_tenant(self.pool)) as api:
            yield api


async def until(question: Any, seconds: float = PATIENCE) -> Any:
    """Asks (an async function without arguments) until the answer is true; the answer."""
    async with asyncio.timeout(seconds):
        while True:
            if answer := await question():
                return answer
            await asyncio.sleep(0.01)
