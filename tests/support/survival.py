"""For the survival tests: a service on a database that may die, a job's progress, and the final count."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from houselist import config, migrations
from houselist.app import create_app
from houselist.postgres import db
from support.clock import PATIENCE
from support.service import Service, data, make_tenant

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator
    from pathlib import Path

    from houselist.postgres.db import Pool
    from houselist.postgres.embedded import Server
    from support.known_files import Source
    from support.service import Api


async def start_import(api: Api, source: Source, **target: Any) -> Any:
    upload = await api.upload(source.text)
    assert upload["rowCount"] == len(source.lines)
    return await api.start(type="file_upload", uploadId=upload["uploadId"], **target)


@dataclass
class Place:
    """A server of the test's own, with fsync on: what it has committed must outlive it."""

    server: Server
    pid_file: Path

    def kill(self) -> None:
        os.kill(int(self.pid_file.read_text().split()[0]), signal.SIGKILL)


class Progress:
    """How far a job is. It must never go back, whatever is killed."""

    def __init__(self, pool: Pool, job_id: str) -> None:
        self._pool = pool
        self._job_id = bytes.fromhex(job_id)
        self.position = 0

    async def look(self) -> bool:
        """Reads the position; whether the job goes on."""
        row = await self._pool.fetchrow(
            "SELECT position, status FROM prospecting_jobs WHERE id = $1", self._job_id
        )
        assert row is not None
        assert row["position"] >= self.position
        self.position = row["position"]
        return row["status"] in ("queued", "running")

    async def reach(self, row: int, seconds: float = PATIENCE) -> None:
        """Waits until this row is done, or the job is over."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    goes_on = await self.look()
                    if not goes_on or self.position >= row:
                        return
                    await asyncio.sleep(0.005)
        except TimeoutError:
            queued = await self._pool.fetch("SELECT * FROM pgqueuer")
            doing = await self._pool.fetch("SELECT state, wait_event, query FROM pg_stat_activity")
            pytest.fail(f"stuck at row {self.position} of {row}: {queued}, {doing}")


def next_death(chance: random.Random, position: int, rows: int, kills: int) -> int:
    """At which row to kill next, so that `kills` more fit between here and the last row."""
    return position + int(chance.uniform(0, 1.3) * (rows - position) / (kills + 1))


@dataclass
class House:
    """A database with a service on it in this process, and no worker but those that a test starts."""

    dsn: str
    pool: Pool
    service: Service

    @classmethod
    @asynccontextmanager
    async def on(cls, dsn: str) -> AsyncIterator[House]:
        await migrations.migrate(dsn)
        settings = config.load({"HOUSELIST_RATE_LIMIT": "off"})
        app = create_app(settings, dsn)
        async with db.make_pool(dsn) as pool, Service.running(app) as service:
            yield cls(dsn, pool, service)

    async def answers(self, seconds: float = PATIENCE) -> None:
        """Waits until PostgreSQL does."""
        async with asyncio.timeout(seconds):
            while True:
                with suppress(Exception):
                    await self.pool.execute("SELECT 1")
                    return
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def tenant(self) -> AsyncIterator[Api]:
        """A client for an account group of its own."""
        async with self.service.client(await make_tenant(self.pool)) as api:
            yield api


async def assert_exact(
    pool: Pool, api: Api, job: Any, source: Source, *, members: Source | None = None
) -> None:
    """Every row has the outcome it must have, everybody is there once, and the audience serves them."""
    assert job["status"] == "completed", job
    assert job["error"] is None
    assert job["stages"]["import"] == {
        **job["stages"]["import"],
        "status": "completed",
        "progress": 1,
    }
    expected = Counter(source.outcomes)
    assert job["counts"] == {
        "rows": len(source.lines),
        **{name: expected[name] for name in ("added", "alreadyMember", "duplicate", "invalid")},
        "overLimit": 0,
    }
    ids = await _assert_ledger(pool, job["jobId"], source)
    joined = [*(members.joined if members else []), *source.joined]
    await _assert_members(pool, api, job["audienceId"], joined, ids)
    await _assert_people(pool, api, joined, source.headlines)


async def _assert_ledger(pool: Pool, job_id: str, source: Source) -> dict[int, bytes]:
    """Rows 1 to the last, each once; all rows of a person name one prospect. The prospects' ids."""
    ledger = await pool.fetch(
        "SELECT row, outcome, prospect_id FROM prospecting_rows WHERE job_id = $1 ORDER BY row",
        bytes.fromhex(job_id),
    )
    assert [entry["row"] for entry in ledger] == list(range(1, len(source.lines) + 1))
    assert [entry["outcome"] for entry in ledger] == source.outcomes
    ids: dict[int, bytes] = {}
    for person, entry in zip(source.whose, ledger, strict=True):
        if person is None:
            assert entry["prospect_id"] is None
        else:
            assert ids.setdefault(person, entry["prospect_id"]) == entry["prospect_id"]
    assert len(set(ids.values())) == len(ids)
    return ids


async def _assert_members(
    pool: Pool, api: Api, audience_id: str, joined: list[int], ids: dict[int, bytes]
) -> None:
    """Everybody who joined is a member, in the order of the rows, and the audience is ready."""
    rows = await pool.fetch(
        """
        SELECT m.position, m.prospect_id, p.public_identifier
        FROM memberships m
        JOIN prospects p ON p.account_group_id = m.account_group_id AND p.id = m.prospect_id
        WHERE m.audience_id = $1 ORDER BY m.position
        """,
        bytes.fromhex(audience_id),
    )
    assert [row["position"] for row in rows] == list(range(1, len(joined) + 1))
    assert [row["public_identifier"] for row in rows] == [f"person-{person}" for person in joined]
    for person, row in zip(joined, rows, strict=True):
        assert ids.get(person, row["prospect_id"]) == row["prospect_id"]
    audience = data(await api.get(f"audiences/{audience_id}"))
    assert audience["prospectCount"] == len(joined)


async def _assert_people(
    pool: Pool, api: Api, everybody: list[int], headlines: dict[int, str]
) -> None:
    """The account group knows each person once, with what the first row that told it said."""
    rows = await pool.fetch(
        "SELECT public_identifier, email, headline FROM prospects WHERE account_group_id = $1",
        bytes.fromhex(api.tenant.account_group_id),
    )
    known = {row["public_identifier"]: (row["email"], row["headline"]) for row in rows}
    assert len(rows) == len(known) == len(everybody)
    assert known == {
        f"person-{person}": (f"p{person}@acme.example", headlines.get(person))
        for person in everybody
    }


async def assert_queue_empties(pool: Pool, seconds: float = 5) -> None:
    """Nothing of the work stays behind in the queue."""
    async with asyncio.timeout(seconds):
        while True:
            if not await pool.fetchval("SELECT count(*) FROM pgqueuer"):
                return
            await asyncio.sleep(0.05)
