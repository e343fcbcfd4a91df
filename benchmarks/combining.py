"""Combining two audiences of 1,000,000 that share half of it, against one bare statement.

Both write memberships with their indexes into a new list, in turns: the job, and the statement that
a person with a console would type.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING, Any

import asyncpg

from benchmarks import dataset
from benchmarks.databases import fresh_database
from benchmarks.processes import cpu_of, working
from houselist.ids import Id, new_id
from houselist.jobs import combination, store
from houselist.jobs.combination_shapes import CombinationStart
from houselist.postgres import db
from houselist.texts import Name

if TYPE_CHECKING:
    from collections.abc import Callable

_WANTED = 2.0
_STEP = 100_000
_AUDIENCE = """
    INSERT INTO audiences (account_group_id, id, name, name_key, type, prospect_count,
                           next_position, created_at)
    VALUES ($1, $2, $3::text, lower($3), 'on_demand', $4::bigint, $4 + 1, now())
"""
_SHARED_SQL = """
    INSERT INTO memberships (account_group_id, audience_id, position, prospect_id, seen_by_job_id,
                             added_at)
    SELECT $1, $2, n - $3::int, decode(lpad(to_hex(n), 24, '0'), 'hex'), $2, now()
    FROM generate_series($4::int, $5::int) n
"""
_INTO = """
    INSERT INTO memberships (account_group_id, audience_id, position, prospect_id, seen_by_job_id,
                             added_at)
    SELECT $1, $2, row_number() OVER (ORDER BY place), prospect_id, $2, now() FROM (
"""
_ONE = "SELECT prospect_id, position AS place FROM memberships a WHERE audience_id = $3"
_TWO = "SELECT FROM memberships b WHERE b.audience_id = $4 AND b.prospect_id = a.prospect_id"
_BARE = {
    "union": f"""{_INTO} SELECT prospect_id, min(place) AS place FROM (
        {_ONE} UNION ALL
        SELECT prospect_id, position + 1000000000 FROM memberships WHERE audience_id = $4
    ) AS each GROUP BY 1) AS one""",
    "intersect": f"{_INTO} {_ONE} AND EXISTS ({_TWO})) AS one",
    "subtract": f"{_INTO} {_ONE} AND NOT EXISTS ({_TWO})) AS one",
}
_EXPECTED: dict[str, Callable[[int], int]] = {
    "union": lambda members: members + members // 2,
    "intersect": lambda members: members // 2,
    "subtract": lambda members: members // 2,
}


async def measure(server_dsn: str, postmaster: int, members: int, rounds: int) -> dict[str, Any]:
    """For each operation the seconds of the job and of the statement, in turns."""
    figures: dict[str, Any] = {"members": members, "rounds": rounds}
    async with (
        fresh_database(server_dsn, "bench_combining") as dsn,
        db.make_pool(dsn, command_timeout=600) as pool,
    ):
        group, _ = await dataset.make_tenant(pool, "Combining")
        combining = _Combining(pool, bytes.fromhex(group), members, postmaster)
        await combining.build(dsn)
        with working(dsn):
            await asyncio.sleep(2)
            for operation in _BARE:
                figures[operation] = [
                    await combining.measure(operation, number) for number in range(rounds)
                ]
    return figures


class _Combining:
    """Two audiences, and what is made of them."""

    def __init__(self, pool: db.Pool, group: bytes, members: int, postmaster: int) -> None:
        self._pool = pool
        self._group = group
        self._members = members
        self._postmaster = postmaster
        self._audiences = [new_id(), new_id()]

    async def build(self, dsn: str) -> None:
        connection = await asyncpg.connect(dsn)
        try:
            half, group = self._members // 2, self._group
            for first in range(1, 3 * half + 1, _STEP):
                last = min(first + _STEP - 1, 3 * half)
                await dataset.add_people(connection, group, first, last)
            for audience_id, before in zip(self._audiences, (0, half), strict=True):
                name = f"From {before}"
                await connection.execute(_AUDIENCE, group, audience_id, name, self._members)
                for first in range(before + 1, before + self._members + 1, _STEP):
                    last = min(first + _STEP - 1, before + self._members)
                    await connection.execute(_SHARED_SQL, group, audience_id, before, first, last)
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()

    async def measure(self, operation: str, number: int) -> dict[str, float]:
        """One pair. Who comes first changes, because the table and its indexes grow."""
        job, bare = self._job, self._bare
        figures: dict[str, float] = {}
        for side in (job, bare) if number % 2 else (bare, job):
            await self._pool.execute("CHECKPOINT")
            cpu = cpu_of(self._postmaster)
            name = "job" if side == job else "bare"
            figures[f"{name}Seconds"] = await side(operation, number)
            figures[f"{name}PostgresCpuSeconds"] = cpu_of(self._postmaster) - cpu
        return figures

    async def _job(self, operation: str, number: int) -> float:
        wanted = CombinationStart(
            operation, [Id(each) for each in self._audiences], Name(f"{operation} {number}")
        )
        started = time.perf_counter()
        async with db.transaction(self._pool) as connection:
            job = await combination.start(connection, self._group, wanted, None)
        while True:
            async with db.acquire(self._pool) as connection:
                now = await store.get(connection, self._group, bytes.fromhex(job.job_id))
            if now.status not in ("queued", "running"):
                break
            await asyncio.sleep(0.02)
        seconds = time.perf_counter() - started
        if now.counts.added != _EXPECTED[operation](self._members):
            raise RuntimeError(f"the combination went wrong: {now}")
        return seconds

    async def _bare(self, operation: str, _number: int) -> float:
        started = time.perf_counter()
        done = await self._pool.execute(_BARE[operation], self._group, new_id(), *self._audiences)
        seconds = time.perf_counter() - started
        if int(done.split()[-1]) != _EXPECTED[operation](self._members):
            raise RuntimeError(f"the bare statement went wrong: {done}")
        return seconds


def show(figures: dict[str, Any]) -> None:
    print(f"\ntwo audiences of {figures['members']:,}  ({figures['rounds']} rounds)")
    for operation in _BARE:
        pairs = figures[operation]
        for each in pairs:
            told = [f"{each[f'{side}Seconds']:6.1f} s" for side in ("job", "bare")]
            cpu = [f"{each[f'{side}PostgresCpuSeconds']:5.1f} s" for side in ("job", "bare")]
            print(
                f"  {operation:9} job {told[0]}, PostgreSQL CPU {cpu[0]};"
                f" one statement {told[1]}, {cpu[1]}"
            )
        ratio = statistics.median(each["jobSeconds"] / each["bareSeconds"] for each in pairs)
        verdict = "reached" if ratio <= _WANTED else "SHORT"
        print(f"  {operation:9} against the statement {ratio:5.2f}   <= {_WANTED:.2f} {verdict}")
