"""For tests of jobs that ask a provider: a fake Unipile, connections to it, workers that may reach it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from houselist.connections import store as connections
from houselist.connections.pace import NO_PACE, Pace
from houselist.connections.secrets import Sealer
from houselist.connections.shapes import Stored
from houselist.postgres import db
from support.jobs import until, working
from support.service import data

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

    from fakes.unipile.server import FakeUnipile
    from houselist.providers.base import Kind
    from support.service import Api

SECRET = "a-secret-for-tests-that-is-long-enough"
# What services and workers of these tests are set to.
VARIABLES = {"SECRET_KEY": SECRET, "PROVIDER_URL_POLICY": "allow-private"}
KEY = "unipile-key-1"
PLENTY: dict[Kind, int] = {
    "searchRows": 100_000,
    "salesRows": 100_000,
    "profiles": 100_000,
    "pages": 100_000,
}

SEARCH = "https://www.linkedin.com/search/results/people/?keywords="
SALES = "https://www.linkedin.com/sales/search/people?query=(keywords%3A{})"


def search(first: int, last: int) -> str:
    """The address of a classic search that finds these people of the fake's."""
    return f"{SEARCH}rows{first}-{last}"


async def connect(
    pool: db.Pool,
    api: Api,
    fake: FakeUnipile,
    *,
    version: Any = "v1",
    limits: dict[Kind, int] | None = None,
    concurrency: int | None = None,
    pace: Pace = NO_PACE,
) -> str:
    """Connects the client's account group to an account of its own at the fake; the account's id."""
    group = bytes.fromhex(api.tenant.account_group_id)
    account_id = f"acc_{group.hex()}"
    stored = Stored(
        "unipile",
        fake.url,
        account_id,
        version,
        Sealer(SECRET).seal(group, KEY),
        {**PLENTY, **(limits or {})},
        concurrency,
        "connected",
        None,
        pace,
    )
    async with db.transaction(pool) as connection:
        await connections.save(connection, group, stored, "")
    return account_id


@asynccontextmanager
async def provided(dsn: str, **options: Any) -> AsyncIterator[asyncio.Event]:
    """A worker that may reach the fake."""
    async with working(dsn, **{"takeover": 0.5, **VARIABLES, **options}) as stop:
        yield stop


async def told(api: Api, job: Any) -> Any:
    return data(await api.get(f"prospecting/{job['jobId']}"))


async def used(pool: db.Pool, api: Api) -> dict[str, int]:
    """What is gone of today's budget, by kind."""
    rows = await pool.fetch(
        "SELECT kind, used FROM provider_budgets WHERE account_group_id = $1",
        bytes.fromhex(api.tenant.account_group_id),
    )
    return {row["kind"]: row["used"] for row in rows}


async def wait_is_over(pool: db.Pool, job: Any) -> None:
    """Moves the clock for one job: what it waits for is now."""
    await pool.execute(
        "UPDATE prospecting_jobs SET waiting_until = now() WHERE id = $1",
        bytes.fromhex(job["jobId"]),
    )


async def an_hour_passes(pool: db.Pool, job: Any) -> None:
    """Moves the clock for those of a job's people who are to be asked for again."""
    await pool.execute(
        "UPDATE held_back_look_ups SET again_at = now() WHERE job_id = $1",
        bytes.fromhex(job["jobId"]),
    )


async def waits(pool: db.Pool, api: Api, job: Any) -> Any:
    """The job once it waits for something."""

    async def ask() -> Any:
        row = await pool.fetchrow(
            "SELECT waiting_until > now() AS waits, status FROM prospecting_jobs WHERE id = $1",
            bytes.fromhex(job["jobId"]),
        )
        assert row is not None
        assert row["status"] in ("queued", "running"), await told(api, job)
        return row["waits"]

    await until(ask)
    return await told(api, job)
