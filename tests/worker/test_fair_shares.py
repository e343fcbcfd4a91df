"""Whatever the jobs of one account group are like, those of another do not wait for them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from houselist.jobs.run.shares_store import share_out
from houselist.postgres.queue import SHARE
from support.clock import measures_time
from support.jobs import outcomes, slugs, until
from support.service import data
from support.worker_processes import workers

if TYPE_CHECKING:
    from pathlib import Path

    from support.jobs import Place
    from support.service import Api

ROWS = 30
# What is dear to read: addresses that backtrack, marks to be put in order, and sheer length.
CELLS = (
    "a@" + "b." * 45_000,
    "https://www.linkedin.com/in/" + "a\u0301\u0327" * 30_000,
    "." * 90_000 + "@" * 5_000,
    "x" * 99_000,
    "\u0e33\u0345" * 45_000,
    "mailto:" + "a" * 60 + "@" + "-" * 90_000,
)
HEADER = "Email,LinkedIn URL,Work Email,Headline,About,Personal Email,Slug"


def hostile_rows(rows: int) -> str:
    lines = (",".join((*CELLS, f"person-{number}")) for number in range(rows))
    return "\n".join((HEADER, *lines, ""))


async def start_all(api: Api, text: str, jobs: int) -> list[Any]:
    """So many jobs on the same file."""
    upload = await api.upload(text)
    slug = {"columns": {"Slug": "publicIdentifier"}} if "Slug" in upload["columns"] else {}
    return [
        await api.start(
            type="file_upload", uploadId=upload["uploadId"], audienceName=f"List {number}", **slug
        )
        for number in range(jobs)
    ]


async def seconds_of_an_honest_job(api: Api) -> float:
    name = f"Honest {time.monotonic()}"
    upload = await api.upload(slugs(1))
    began = time.monotonic()
    job = await api.start(type="file_upload", uploadId=upload["uploadId"], audienceName=name)
    assert (await api.finished(job["jobId"]))["counts"]["rows"] == 1
    return time.monotonic() - began


async def under_way(place: Place, api: Api) -> int:
    return await place.pool.fetchval(
        "SELECT count(*) FROM pgqueuer WHERE status = 'picked' AND payload LIKE $1",
        f"{api.tenant.account_group_id}/%".encode(),
    )


async def statuses(api: Api) -> set[str]:
    return {job["status"] for job in await api.all_items("prospecting", limit=250)}


@measures_time
@pytest.mark.parametrize("processes", [1, 2])
async def test_hostile_rows_of_one_account_group_do_not_hold_up_another(
    idle: Api, place: Place, tmp_path: Path, processes: int
) -> None:
    async with place.api() as other:
        jobs = await start_all(idle, hostile_rows(ROWS), 5)
        with workers(place.dsn, tmp_path, batch=5000, takeover=15) as start:
            for _ in range(processes):
                start()
            await until(lambda: under_way(place, idle))
            assert await seconds_of_an_honest_job(other) <= 2
            assert await seconds_of_an_honest_job(other) <= 2
            for job in jobs:
                told = await idle.finished(job["jobId"], 120)
                assert (told["status"], told["counts"]["rows"]) == ("completed", ROWS)


@measures_time
async def test_not_even_rows_that_are_as_dear_as_can_be_hold_up_another(
    idle: Api, place: Place, tmp_path: Path
) -> None:
    """Each of them keeps the worker's core busy for 30 ms, whatever is done to read rows fast."""
    async with place.api() as other:
        await start_all(idle, slugs(ROWS * 10, "dear"), 5)
        with workers(place.dsn, tmp_path, batch=5000, takeover=15, code=SLOW_READING) as start:
            start()
            await until(lambda: under_way(place, idle))
            assert await seconds_of_an_honest_job(other) <= 2
            assert await seconds_of_an_honest_job(other) <= 2
            assert "completed" not in await statuses(idle)


SLOW_READING = """
import asyncio, time
from houselist import config, logs
from houselist.worker import session as worker
from houselist.jobs.run import uploaded_rows
class Reader(uploaded_rows.Reader):
    def read(self, row):
        until = time.perf_counter() + 0.03
        while "dear" in row[0] and time.perf_counter() < until:
            pass
        return super().read(row)
    def read_many(self, rows):
        return ([self.read(row)] for row in rows)
uploaded_rows.Reader = Reader
settings = config.load()
logs.configure(settings.log_level)
asyncio.run(worker.work(settings, settings.database_url, asyncio.Event()))
"""


@measures_time
async def test_fifty_large_jobs_of_one_account_group_do_not_hold_up_another(
    idle: Api, place: Place, tmp_path: Path
) -> None:
    async with place.api() as other:
        with workers(place.dsn, tmp_path, batch=5000, takeover=15) as start:
            start()
            jobs = await start_all(idle, slugs(20_000), 50)
            assert await seconds_of_an_honest_job(other) <= 2
            assert await under_way(place, idle) <= 2
            assert await seconds_of_an_honest_job(other) <= 2
            done = [data(await idle.get(f"prospecting/{job['jobId']}"))["status"] for job in jobs]
            assert done.count("completed") < 25
            for job in jobs:
                await idle.post(f"prospecting/{job['jobId']}/cancel")
            await until(lambda: under_way_none(place, idle))


async def under_way_none(place: Place, api: Api) -> bool:
    return not await under_way(place, api)


async def test_large_jobs_take_turns_and_none_starves(
    idle: Api, place: Place, tmp_path: Path
) -> None:
    """More large jobs than there are slots for: each gets on, and each row is done once."""
    rows = 9_000
    jobs = await start_all(idle, slugs(rows), 4)
    with workers(place.dsn, tmp_path, batch=300, takeover=15, code=SHORT_TURNS) as start:
        start()

        async def all_begun() -> bool:
            told = [data(await idle.get(f"prospecting/{job['jobId']}")) for job in jobs]
            assert any(each["status"] != "completed" for each in told)
            return all(each["counts"]["rows"] for each in told)

        await until(all_begun)
        for job in jobs:
            assert (await idle.finished(job["jobId"]))["counts"]["rows"] == rows
    told = await outcomes(idle, jobs[0])
    assert told == ["added"] * rows


SHORT_TURNS = """
import asyncio
from houselist import config, logs
from houselist.worker import session as worker
from houselist.jobs.run import uploaded_rows
uploaded_rows.FILE_SLICE = 0.05
settings = config.load()
logs.configure(settings.log_level)
asyncio.run(worker.work(settings, settings.database_url, asyncio.Event()))
"""


@measures_time
async def test_deleted_audiences_of_one_account_group_do_not_hold_up_another(
    idle: Api, place: Place, tmp_path: Path
) -> None:
    group = bytes.fromhex(idle.tenant.account_group_id)
    for number in range(12):
        audience = await idle.make_audience(f"Gone {number}")
        await place.pool.execute(
            """
            INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
                                     seen_by_job_id, added_at)
            SELECT $1, $2, n, decode(lpad(to_hex(n + $3 * 100000), 24, '0'), 'hex'), $2, now()
            FROM generate_series(1, 8000) AS n
            """,
            group,
            bytes.fromhex(audience["id"]),
            number,
        )
        await idle.delete(f"audiences/{audience['id']}")
    async with place.api() as other:
        with workers(place.dsn, tmp_path, batch=5000, takeover=15) as start:
            start()
            await until(lambda: under_way(place, idle))
            assert await seconds_of_an_honest_job(other) <= 2
            await until(lambda: nothing_left(place, group))


async def nothing_left(place: Place, group: bytes) -> bool:
    return not await place.pool.fetchval(
        "SELECT EXISTS (SELECT FROM memberships WHERE account_group_id = $1)", group
    )


async def test_work_beyond_the_share_waits_aside_in_its_order(idle: Api, place: Place) -> None:
    jobs = await start_all(idle, slugs(1), 5)
    async with place.api() as other, place.pool.acquire() as connection:
        (mine,) = await start_all(other, slugs(1), 1)
        await share_out(connection)
        rows = await connection.fetch(
            "SELECT payload, priority, execute_after <= now() AS due FROM pgqueuer ORDER BY id"
        )
        by_job = {bytes(row["payload"]).decode()[25:]: row for row in rows}
        assert [by_job[job["jobId"]]["priority"] for job in jobs] == [0, -1, -2, -2, -2]
        assert [by_job[job["jobId"]]["due"] for job in jobs] == [True] * SHARE + [False] * 3
        assert (by_job[mine["jobId"]]["priority"], by_job[mine["jobId"]]["due"]) == (0, True)
        for job in jobs:
            await idle.post(f"prospecting/{job['jobId']}/cancel")
        await other.post(f"prospecting/{mine['jobId']}/cancel")
        await connection.execute("DELETE FROM pgqueuer")
