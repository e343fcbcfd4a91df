"""For the survival tests of jobs that ask a provider: one job of each source, and the final count."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from houselist.credits import store as credit
from houselist.postgres import db
from support.jobs import until
from support.provided import PLENTY, connect, search, used
from support.service import data

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fakes.unipile.server import FakeUnipile
    from support.service import Api

POST = "7100000000000000077"
PEOPLE = 120
CREDITS = 5_000

# Retries follow soon after one another; the hours that jobs wait are moved by the tests.
WORKER = """
import asyncio
from houselist import config, logs
from houselist.worker import session as worker
from houselist.connections import accounts
accounts.FIRST_WAIT = 0.02
settings = config.load()
logs.configure("error")
asyncio.run(worker.work(settings, settings.database_url, asyncio.Event()))
"""

# What each source is asked for, its API version, and whom it has.
SOURCES: dict[str, tuple[dict[str, Any], str]] = {
    "linkedin_search": ({"searchUrl": search(0, PEOPLE)}, "v1"),
    "sales_navigator": ({"leadListId": "903"}, "v2"),
    "post_commenters": ({"postUrl": f"urn:li:activity:{POST}"}, "v1"),
    "url_upload": (
        {"urls": [f"https://www.linkedin.com/in/person-{n}" for n in range(PEOPLE)]},
        "v2",
    ),
}


@dataclass
class Run:
    """One job under way, for an account group of its own."""

    pool: db.Pool
    api: Api
    fake: FakeUnipile
    account: str
    type: str
    job: Any
    _furthest: float = 0.0

    @classmethod
    async def started(cls, pool: db.Pool, api: Api, fake: FakeUnipile, type_: str) -> Run:
        given, version = SOURCES[type_]
        account = await connect(pool, api, fake, version=version)
        group = bytes.fromhex(api.tenant.account_group_id)
        async with db.transaction(pool) as connection:
            await credit.change_plan(connection, group, metered=True)
            await credit.grant(connection, group, CREDITS, None)
        job = await api.start(type=type_, audienceName="Found", searchEmails=True, **given)
        return cls(pool, api, fake, account, type_, job)

    async def progress(self) -> float:
        """Of both stages together, 0 to 1. It never goes back, whatever is killed."""
        row = await self.pool.fetchrow(
            """
            SELECT CASE WHEN import_status = 'completed' THEN 1 ELSE progress END AS import,
                   CASE WHEN status = 'completed' THEN 1
                   ELSE enriched_row::float8 / greatest(position, 1) END AS enrichment, status
            FROM prospecting_jobs WHERE id = $1
            """,
            bytes.fromhex(self.job["jobId"]),
        )
        assert row is not None
        assert row["status"] in ("queued", "running", "completed"), row
        now = (row["import"] + row["enrichment"]) / 2
        assert now >= self._furthest, "progress went back"
        self._furthest = now
        return now

    async def assert_exact(self) -> None:
        """The ledger is whole, nobody is there twice, and credits, budget and count are right."""
        done = await self.api.finished(self.job["jobId"])
        assert (done["status"], done["error"]) == ("completed", None), done
        await until(self._nobody_is_held_back)
        people = self.people()
        await self._assert_ledger(done, people)
        audience = data(await self.api.get(f"audiences/{self.job['audienceId']}"))
        assert audience["prospectCount"] == len(people)
        members = await self.api.all_items(
            f"audiences/{self.job['audienceId']}/prospects", limit=250
        )
        assert len({member["id"] for member in members}) == len(members) == len(people)
        await self._assert_looked_up(members)
        await self._assert_credits(len(people))
        await self._assert_budget()

    async def _assert_looked_up(self, members: Any) -> None:
        """Everybody is known, but for the parts that were held back each time, which is told."""
        rows = await self.api.all_items(f"prospecting/{self.job['jobId']}/rows", limit=250)
        in_part = {row["prospectId"] for row in rows if "each of the 3" in (row["reason"] or "")}
        held_back = {f"person-{index}" for index in self.fake.control.throttled}
        for each in members:
            # Where the parts are known from elsewhere, nobody asks for them again.
            is_whole = each["about"] and each["title"]
            assert is_whole or each["id"] in in_part, (self.type, each)
            assert each["id"] not in in_part or each["publicIdentifier"] in held_back, each
        if self.type == "url_upload":
            assert len(in_part) == len(held_back)

    async def _nobody_is_held_back(self) -> bool:
        """Whether all parts of profiles have come, or were asked for often enough."""
        return not await self.pool.fetchval(
            "SELECT count(*) FROM held_back_look_ups WHERE job_id = $1",
            bytes.fromhex(self.job["jobId"]),
        )

    def people(self) -> set[int]:
        """Whom the source has."""
        if self.type != "post_commenters":
            return set(range(PEOPLE))
        comments = self.fake.world.comments(POST)
        everybody = {c.author for c in comments} | {r.author for c in comments for r in c.replies}
        return {author for author in everybody if author is not None}

    async def _assert_ledger(self, done: Any, people: set[int]) -> None:
        rows = await self.pool.fetch(
            "SELECT row, outcome, prospect_id FROM prospecting_rows WHERE job_id = $1 ORDER BY row",
            bytes.fromhex(self.job["jobId"]),
        )
        assert [row["row"] for row in rows] == list(range(1, done["counts"]["rows"] + 1))
        added = [row["prospect_id"] for row in rows if row["outcome"] == "added"]
        assert len(added) == len(set(added)) == done["counts"]["added"]
        assert len(added) == len(people), (self.type, Counter(row["outcome"] for row in rows))
        assert {row["prospect_id"] for row in rows} == set(added)
        assert {row["outcome"] for row in rows} <= {"added", "duplicate"}
        kept = await self.pool.fetchval(
            "SELECT sum(row_count) FROM upload_chunks c JOIN prospecting_jobs j"
            " ON j.account_group_id = c.account_group_id AND j.upload_id = c.upload_id"
            " WHERE j.id = $1",
            bytes.fromhex(self.job["jobId"]),
        )
        assert kept == len(rows)

    async def _assert_credits(self, added: int) -> None:
        entries = await self.pool.fetch(
            "SELECT kind, amount, balance FROM credit_entries WHERE account_group_id = $1"
            " ORDER BY number",
            bytes.fromhex(self.api.tenant.account_group_id),
        )
        assert [entry["kind"] for entry in entries] == ["grant", "reserve", "settle"]
        assert sum(entry["amount"] for entry in entries) == entries[-1]["balance"]
        assert entries[-1]["balance"] == CREDITS - 2 * added

    async def _assert_budget(self) -> None:
        """Whatever the provider gave was set aside before, and at times given back after it."""
        counted = await used(self.pool, self.api)
        rows = await self.pool.fetch(
            "SELECT kind, given_back FROM provider_budgets WHERE account_group_id = $1",
            bytes.fromhex(self.api.tenant.account_group_id),
        )
        back = {row["kind"]: row["given_back"] for row in rows}
        for kind, served in self.fake.stats.served[self.account][self.fake.control.today()].items():
            assert served <= counted[kind] + back[kind], (kind, served, counted, back)
            assert counted[kind] <= PLENTY[kind]
            assert back[kind] <= PLENTY[kind] // 2
        assert self.fake.stats.highest[self.account] == 1


@asynccontextmanager
async def hours_pass(pool: db.Pool) -> AsyncIterator[None]:
    """Moves the clock of all jobs that wait, again and again."""

    async def move() -> None:
        while True:
            with suppress(Exception):  # PostgreSQL may be away
                await pool.execute(
                    "UPDATE prospecting_jobs SET waiting_until = now() WHERE waiting_until > now()"
                )
                await pool.execute(
                    "UPDATE held_back_look_ups SET again_at = now() WHERE again_at > now()"
                )
            await asyncio.sleep(0.05)

    moving = asyncio.create_task(move())
    try:
        yield
    finally:
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)
