"""Jobs that can't go on: they end as failed with a reason, keep what they added, and block nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.jobs.run import decisions as running
from support.jobs import members, outcomes, slugs, until, working
from support.service import data

if TYPE_CHECKING:
    import pytest

    from support.jobs import Place
    from support.service import Api


async def started(api: Api, rows: int, **target: str) -> Any:
    upload = await api.upload(slugs(rows))
    target = target or {"audienceName": "Buyers"}
    return await api.start(type="file_upload", uploadId=upload["uploadId"], **target)


async def lose_chunks(place: Place, job: Any, condition: str) -> None:
    await place.pool.execute(
        f"""
        DELETE FROM upload_chunks c USING prospecting_jobs j
        WHERE j.id = $1 AND c.account_group_id = j.account_group_id AND c.upload_id = j.upload_id
          AND {condition}
        """,
        bytes.fromhex(job["jobId"]),
    )


async def assert_failed(api: Api, job: Any, code: str) -> Any:
    """Ended, with all it did intact, and the audience ready for another job."""
    told = await api.finished(job["jobId"])
    assert told["status"] == "failed"
    assert told["error"]["code"] == code
    assert told["stages"]["import"]["status"] == "failed"
    assert told["stages"]["enrichment"]["status"] == "failed"
    counts = told["counts"]
    assert await outcomes(api, job) == ["added"] * counts["rows"]
    assert len(await members(api, job)) == counts["added"] == counts["rows"]
    audience = data(await api.get(f"audiences/{job['audienceId']}"))
    assert audience["prospectCount"] == counts["added"]
    return told


async def test_rows_that_are_lost_mid_way(idle: Api, place: Place) -> None:
    job = await started(idle, 4000)

    async def some_rows_are_done() -> bool:
        return data(await idle.get(f"prospecting/{job['jobId']}"))["counts"]["rows"] > 0

    async with working(place.dsn, batch=20):
        await until(some_rows_are_done)
        await lose_chunks(place, job, "c.first_row > 3000")
        told = await assert_failed(idle, job, "SOURCE_LOST")
        assert told["counts"]["rows"] == 3000
        assert "row 3000" in told["error"]["message"]
        again = await started(idle, 3500, audienceId=job["audienceId"])
        counts = (await idle.finished(again["jobId"]))["counts"]
    assert (counts["alreadyMember"], counts["added"]) == (3000, 500)


async def test_rows_lost_in_the_middle_shift_no_others(idle: Api, place: Place) -> None:
    job = await started(idle, 1500)
    await lose_chunks(place, job, "c.first_row = 501")
    async with working(place.dsn, batch=2000):
        told = await assert_failed(idle, job, "SOURCE_LOST")
    assert told["counts"]["rows"] == 500


async def test_the_whole_source_lost(idle: Api, place: Place) -> None:
    job = await started(idle, 10)
    await lose_chunks(place, job, "true")
    async with working(place.dsn):
        told = await assert_failed(idle, job, "SOURCE_LOST")
    assert told["counts"]["rows"] == 0


async def test_a_job_whose_attempts_ran_out(idle: Api, place: Place) -> None:
    job = await started(idle, 10)
    await place.pool.execute(
        "UPDATE prospecting_jobs SET attempts = 1000 WHERE id = $1", bytes.fromhex(job["jobId"])
    )
    async with working(place.dsn):
        await assert_failed(idle, job, "INTERNAL_ERROR")


async def test_an_error_of_ours_tells_no_internals(
    idle: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = running.IdentityIndex

    def index(known: Any, *how: Any) -> Any:
        # The third batch meets what nobody thought of.
        nonlocal batches
        batches += 1
        if batches == 3:
            raise LookupError("SELECT secret FROM somewhere")
        return real(known, *how)

    batches = 0
    monkeypatch.setattr(running, "IdentityIndex", index)
    job = await started(idle, 100)
    async with working(place.dsn, batch=20):
        told = await assert_failed(idle, job, "INTERNAL_ERROR")
    assert told["counts"]["rows"] == 40
    assert "secret" not in str(told)


async def test_a_failed_job_leaves_nothing_in_the_queue(idle: Api, place: Place) -> None:
    job = await started(idle, 10)
    await lose_chunks(place, job, "true")
    payload = f"{idle.tenant.account_group_id}/{job['jobId']}".encode()

    async def it_is_gone() -> bool:
        return not await place.pool.fetchval(
            "SELECT count(*) FROM pgqueuer WHERE payload = $1", payload
        )

    async with working(place.dsn):
        await idle.finished(job["jobId"])
        await until(it_is_gone)
