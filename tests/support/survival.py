"""For the survival tests: files with a known fate for every row, worker processes, and the final count."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from houselist import config, migrations
from houselist.app import create_app
from houselist.postgres import db
from support.service import Service, data, make_tenant

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from houselist.postgres.db import Pool
    from houselist.postgres.embedded import Server
    from support.service import Api

HEADER = "Name,LinkedIn URL,Email,Headline\n"
WORKER = """
import asyncio
from houselist import config, logs
from houselist.worker import session as worker
settings = config.load()
logs.configure(settings.log_level)
asyncio.run(worker.work(settings, settings.database_url, asyncio.Event()))
"""


@dataclass
class Source:
    """A file, and what has to become of it. People are numbers; `whose` is None for an invalid row."""

    outcomes: list[str] = field(default_factory=list)
    whose: list[int | None] = field(default_factory=list)
    headlines: dict[int, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return HEADER + "".join(self.lines)

    @property
    def joined(self) -> list[int]:
        """The people that it adds, in the order of their first rows."""
        rows = zip(self.whose, self.outcomes, strict=True)
        return [person for person, outcome in rows if person is not None and outcome == "added"]

    def add(self, chance: random.Random, person: int | None, outcome: str) -> None:
        """One more row. A first row names all identities, a later one only one of them."""
        self.outcomes.append(outcome)
        self.whose.append(person)
        if person is None:
            self.lines.append("Nobody Known,,not-an-address,\n")
            return
        slug, email = f"https://www.linkedin.com/in/person-{person}", f"p{person}@acme.example"
        if outcome == "duplicate" and chance.random() < 0.5:
            slug, email = chance.choice([("", email.upper()), (slug.upper(), "")])
        headline = f"Row {len(self.lines)}" if chance.random() < 0.3 else ""
        if headline:
            self.headlines.setdefault(person, headline)
        self.lines.append(f"Person {person},{slug},{email},{headline}\n")


def members_only(chance: random.Random, count: int) -> Source:
    """A file of `count` people, each once."""
    source = Source()
    for person in range(count):
        source.add(chance, person, "added")
    return source


def mixed(chance: random.Random, rows: int, members: Source | None = None) -> Source:
    """A file where new people, `members`, people met before and invalid rows are mixed."""
    old = members.joined if members else []
    source = Source(headlines=dict(members.headlines) if members else {})
    met: list[int] = []
    seen: set[int] = set()
    newest = len(old)
    for _ in range(rows):
        dice = chance.random()
        if dice < 0.1:
            source.add(chance, None, "invalid")
            continue
        if dice < 0.25 and met:
            person = chance.choice(met)
        elif dice < 0.30 and old:
            person = chance.choice(old)
        else:
            person, newest = newest, newest + 1
        outcome = (
            "duplicate" if person in seen else "alreadyMember" if person < len(old) else "added"
        )
        if person not in seen:
            seen.add(person)
            met.append(person)
        source.add(chance, person, outcome)
    return source


class Worker:
    """A worker process. What it says goes to a file, so that no pipe can block it."""

    def __init__(
        self, dsn: str, log: Path, *, batch: int, takeover: float, code: str, variables: Any
    ) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={
                    **os.environ,
                    "HOUSELIST_DATABASE_URL": dsn,
                    "HOUSELIST_JOB_BATCH": str(batch),
                    "HOUSELIST_JOB_TAKEOVER": str(takeover),
                    **{f"HOUSELIST_{name}": value for name, value in variables.items()},
                },
            )

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def words(self) -> str:
        return self._log.read_text(errors="replace")


@contextmanager
def workers(
    dsn: str, folder: Path, *, batch: int, takeover: float, code: str = WORKER, **variables: str
) -> Iterator[Callable[[], Worker]]:
    """A way to start worker processes, none of which outlives the block.

    `variables`: more settings, without their HOUSELIST_.
    """
    started: list[Worker] = []

    def start() -> Worker:
        log = folder / f"worker-{len(started)}.log"
        started.append(
            Worker(dsn, log, batch=batch, takeover=takeover, code=code, variables=variables)
        )
        return started[-1]

    try:
        yield start
    finally:
        for worker in started:
            worker.kill()


async def start_import(api: Api, source: Source, **target: str) -> Any:
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

    async def reach(self, row: int, seconds: float = 30) -> None:
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

    async def answers(self, seconds: float = 10) -> None:
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
