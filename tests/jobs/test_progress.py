"""A running job as its pollers see it: progress never goes back, and counts always add up."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from support.clock import PATIENCE
from support.jobs import slugs, until, working
from support.service import data, error

if TYPE_CHECKING:
    from support.jobs import Place
    from support.service import Api

ORDER = ["queued", "running", "completed"]


async def watch(api: Api, job_id: str) -> list[Any]:
    """The job at every look, to its end."""
    looks: list[Any] = []
    async with asyncio.timeout(PATIENCE):
        while not looks or looks[-1]["status"] in ("queued", "running"):
            looks.append(data(await api.get(f"prospecting/{job_id}")))
            await asyncio.sleep(0.005)
    return looks


async def some_rows(api: Api, job_id: str, count: int) -> bool:
    return data(await api.get(f"prospecting/{job_id}"))["counts"]["rows"] >= count


async def test_progress_never_goes_back_and_counts_add_up(idle: Api, place: Place) -> None:
    file = slugs(900) + slugs(300) + "nobody\n" * 300
    upload = await idle.upload(file)
    started = await idle.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName="Watched"
    )
    watching = asyncio.create_task(watch(idle, started["jobId"]))
    await asyncio.sleep(0.05)
    # Taken over once on the way, as when a worker is restarted.
    async with working(place.dsn, batch=20):
        await until(lambda: some_rows(idle, started["jobId"], 300))
    async with working(place.dsn, batch=20):
        looks = await watching
    assert len({look["counts"]["rows"] for look in looks}) > 5
    for before, after in pairwise(looks):
        assert ORDER.index(before["status"]) <= ORDER.index(after["status"])
        assert before["updatedAt"] <= after["updatedAt"]
        for stage in ("import", "enrichment"):
            earlier, later = before["stages"][stage], after["stages"][stage]
            assert 0 <= earlier["progress"] <= later["progress"] <= 1
            assert ORDER.index(earlier["status"]) <= ORDER.index(later["status"])
        for outcome, number in before["counts"].items():
            assert number <= after["counts"][outcome]
    for look in looks:
        counts = dict(look["counts"])
        rows = counts.pop("rows")
        assert sum(counts.values()) == rows
        if look["status"] != "completed":
            assert look["stages"]["import"]["progress"] == rows / upload["rowCount"]
    counts = looks[-1]["counts"]
    assert counts["rows"] == upload["rowCount"]
    assert (counts["added"], counts["duplicate"]) == (900, 300)


async def test_the_guard_tells_the_progress(idle: Api, place: Place) -> None:
    upload = await idle.upload(slugs(2000))
    started = await idle.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName="Guarded"
    )
    told: list[int] = []
    async with working(place.dsn, batch=20), asyncio.timeout(PATIENCE):
        while True:
            response = await idle.get(f"audiences/{started['audienceId']}")
            if response.status_code == 200:
                break
            words = error(response, 409, "AUDIENCE_NOT_READY")["details"]
            told.append(int(words.partition("%")[0].rpartition(" ")[2]))
            assert 1 <= int(response.headers["retry-after"]) <= 60
            await asyncio.sleep(0.01)
    assert told == sorted(told)
    assert len(set(told)) > 3
    assert 0 <= told[0] <= told[-1] <= 100
    assert data(response)["prospectCount"] == 2000
