"""Jobs that ask a provider: its share of an import's time, and how long who waits."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.databases import fresh_database
from benchmarks.dataset import make_tenant
from benchmarks.processes import cpu_of, working
from houselist.connections import store as connections
from houselist.connections.secrets import Sealer
from houselist.connections.shapes import Stored
from houselist.jobs import start as starting
from houselist.jobs.queries import SearchAddress
from houselist.jobs.start_shapes import LinkedInSearchStart
from houselist.postgres import db
from houselist.providers.base import SearchUrl
from houselist.providers.unipile import open_account
from houselist.providers.wire import make_client
from houselist.texts import Name

_TESTS = Path(__file__).parent.parent / "tests"
_SECRET = "a-secret-for-measurements-long-enough"
_ENVIRON = {
    "HOUSELIST_SECRET_KEY": _SECRET,
    "HOUSELIST_PROVIDER_URL_POLICY": "allow-private",
    "HOUSELIST_LOG_LEVEL": "warning",
}
_PLENTY = 10_000_000
_PAGE = 100
_DELAY = 0.02
_KEY = "key"


def _search(first: int, last: int) -> str:
    query = f"(keywords%3Arows{first}-{last})"
    return f"https://www.linkedin.com/sales/search/people?query={query}"


@contextmanager
def _provider(people: int):
    """A provider of its own process that answers each call after 20 ms; its address."""
    fake = [sys.executable, "-m", "fakes.unipile.server"]
    command = [*fake, "--people", str(people), "--delay", str(_DELAY)]
    with subprocess.Popen(command, cwd=_TESTS, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


async def _connect(pool: db.Pool, name: str, url: str, profiles: int) -> bytes:
    """An account group connected to an account of its own, with so many look-ups a day; its id."""
    group, _ = await make_tenant(pool, name)
    group_id = bytes.fromhex(group)
    limits = {**dict.fromkeys(("searchRows", "salesRows", "pages"), _PLENTY), "profiles": profiles}
    stored = Stored(
        "unipile",
        url,
        f"acc_{group}",
        "v1",
        Sealer(_SECRET).seal(group_id, _KEY),
        limits,
        None,
        "connected",
        None,
    )
    async with db.transaction(pool) as connection:
        await connections.save(connection, group_id, stored, "")
    return group_id


async def _start(pool: db.Pool, group_id: bytes, name: str, first: int, last: int) -> bytes:
    new = LinkedInSearchStart(
        audience_name=Name(name), search_url=SearchAddress(_search(first, last))
    )
    async with db.transaction(pool) as connection:
        job = await starting.start(connection, group_id, new)
    return bytes.fromhex(job.job_id)


async def pace(server_dsn: str, pages: int, rounds: int) -> dict[str, Any]:
    """Seconds of import stages, and of asking the same pages with nothing around it, in turns."""
    figures: dict[str, Any] = {
        "pages": pages,
        "rounds": rounds,
        "bare": [],
        "import": [],
        "cpu": [],
    }
    rows = pages * _PAGE
    with _provider(rows) as url:
        async with fresh_database(server_dsn, "bench_pace") as dsn, db.make_pool(dsn) as pool:
            with working(dsn, **_ENVIRON) as worker:
                await asyncio.sleep(2)
                for number in range(rounds):
                    # Everybody is new to an account group of its own.
                    group_id = await _connect(pool, f"Pace {number}", url, profiles=1)
                    figures["bare"].append(await _ask_alone(url, group_id, rows))
                    before = cpu_of(worker.pid)
                    job_id = await _start(pool, group_id, "Pace", 0, rows)
                    figures["import"].append(await _import_seconds(pool, job_id, rows))
                    figures["cpu"].append(cpu_of(worker.pid) - before)
    return figures


async def _ask_alone(url: str, group_id: bytes, rows: int) -> float:
    """Seconds of all pages one after the other, as fast as the client can."""
    async with make_client("allow-private") as client:
        account = f"acc_{group_id.hex()}"
        alone = open_account(client, base_url=url, account_id=account, key=_KEY, api_version="v1")
        query = SearchUrl(url=_search(0, rows), product="sales")
        started = time.perf_counter()
        cursor, found = None, 0
        while found < rows:
            page = await alone.search(query, cursor, _PAGE)
            cursor, found = page.cursor, found + len(page.items)
        return time.perf_counter() - started


async def _import_seconds(pool: db.Pool, job_id: bytes, rows: int) -> float:
    """From the job's first claim to the end of its import stage, by PostgreSQL's clock."""
    while True:
        row = await pool.fetchrow(
            "SELECT import_status, position, extract(epoch FROM clock_timestamp() - started_at)"
            " AS age, status FROM prospecting_jobs WHERE id = $1",
            job_id,
        )
        if row["import_status"] == "completed":
            if row["position"] != rows:
                raise RuntimeError(f"the import went wrong: {row}")
            return float(row["age"])
        if row["status"] == "failed":
            raise RuntimeError("the job failed")
        await asyncio.sleep(0.005)


async def fairness(server_dsn: str, groups: int, jobs: int, pages: int) -> dict[str, Any]:
    """How long many account groups wait for their jobs, all queued at once, on two workers."""
    with _provider(pages * _PAGE) as url:
        async with fresh_database(server_dsn, "bench_fair") as dsn, db.make_pool(dsn) as pool:
            ids = [await _connect(pool, f"Group {n}", url, profiles=1) for n in range(groups)]
            for group_id in ids:  # group after group, the worst order for those at the end
                for number in range(jobs):
                    await _start(pool, group_id, f"Job {number}", 0, pages * _PAGE)
            with working(dsn, **_ENVIRON), working(dsn, **_ENVIRON):
                await _all_imported(pool, groups * jobs)
            waits = await _waits(pool)
        async with httpx.AsyncClient() as client:
            highest = (await client.get(f"{url}/_stats")).json()["highest"]
    return {
        "groups": groups,
        "jobs": groups * jobs,
        "pages": pages,
        "medianSeconds": statistics.median(waits),
        "largestSeconds": max(waits),
        "mostCallsAtOnceOfAnAccount": max(highest.values()),
    }


async def _all_imported(pool: db.Pool, count: int) -> None:
    while True:
        done = await pool.fetchval(
            "SELECT count(*) FROM prospecting_jobs WHERE import_status = 'completed'"
        )
        if done == count:
            return
        await asyncio.sleep(0.2)


async def _waits(pool: db.Pool) -> list[float]:
    """For each account group the mean seconds that its jobs waited, from the first start of all."""
    rows = await pool.fetch(
        """
        SELECT avg(extract(epoch FROM started_at - zero))::float8 AS mean
        FROM prospecting_jobs, (SELECT min(started_at) AS zero FROM prospecting_jobs) AS begun
        GROUP BY account_group_id
        """
    )
    return [row["mean"] for row in rows]
