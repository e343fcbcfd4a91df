"""`dryRun: true`: what an import would do, row by row, without doing it."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from houselist.jobs.run import dry_runs
from houselist.permissions import Permission
from houselist.worker.maintenance import remove_dry_runs
from support.credits import give, left
from support.jobs import csv, kept, members, outcomes, until, working
from support.random_files import random_file
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.jobs import Place
    from support.service import Api, Service

WRITTEN = ("audiences", "prospects", "prospect_identities", "prospect_merges", "memberships")
OWN = ("dry_run_people", "dry_run_identities")
HEADER = "publicIdentifier,email,headline"
UNKNOWN = {"type": "file_upload", "uploadId": "0" * 24, "audienceName": "New", "dryRun": True}


async def dry_run(api: Api, content: str, **more: Any) -> Any:
    target = {} if "audienceId" in more else {"audienceName": "New"}
    upload = await api.upload(content)
    started = await api.start(
        type="file_upload", uploadId=upload["uploadId"], dryRun=True, **target, **more
    )
    return await api.finished(started["jobId"])


async def rows_of(pool: Pool, job: Any) -> list[tuple[str, str | None, bytes | None]]:
    rows = await pool.fetch(
        "SELECT outcome, reason, prospect_id FROM prospecting_rows WHERE job_id = $1 ORDER BY row",
        bytes.fromhex(job["jobId"]),
    )
    return [tuple(row) for row in rows]


@pytest.mark.usefixtures("worker")
async def test_it_tells_what_would_happen_and_writes_nobody(api: Api, pool: Pool) -> None:
    known = await api.import_file(csv(HEADER, "jo,jo@b.example,", "al,,"), "Known")
    jo, al = await members(api, known)
    before = await kept(pool, api, WRITTEN)
    rows = ("jo,,CTO", "new,,", "new,,CEO", ",nonsense,", "other,,", "al,,")
    job = await dry_run(api, csv(HEADER, *rows), audienceId=known["audienceId"])
    assert (job["status"], job["dryRun"]) == ("completed", True)
    assert job["audienceId"] == known["audienceId"]
    assert {name: count for name, count in job["counts"].items() if count} == {
        "rows": 6,
        "added": 2,
        "alreadyMember": 2,
        "duplicate": 1,
        "invalid": 1,
    }
    told = await api.all_items(f"prospecting/{job['jobId']}/rows")
    assert [row["outcome"] for row in told] == [
        "alreadyMember",
        "added",
        "duplicate",
        "invalid",
        "added",
        "alreadyMember",
    ]
    ids = [row["prospectId"] for row in told]
    assert ids == [jo["id"], None, None, None, None, al["id"]]
    assert told[1]["input"]["publicIdentifier"] == "new"
    assert await kept(pool, api, WRITTEN) == before
    assert (await members(api, known))[0] == jo, "nothing of a known person was changed"


@pytest.mark.usefixtures("worker")
async def test_for_a_new_audience_its_name_and_folder_are_only_checked(
    api: Api, pool: Pool
) -> None:
    folder = await api.make_folder()
    job = await dry_run(api, csv(HEADER, "jo,,"), folderId=folder["id"])
    assert (job["audienceId"], job["counts"]["added"]) == (None, 1)
    assert (await kept(pool, api, ["audiences"])) == {"audiences": 0}
    await api.make_audience("new")
    upload = await api.upload(csv(HEADER, "jo,,"))
    wanted = {"type": "file_upload", "uploadId": upload["uploadId"], "dryRun": True}
    taken = await api.post("prospecting", json={**wanted, "audienceName": "New"})
    assert "New" in error(taken, 409, "CONFLICT")["details"]
    refill = await api.make_folder("Weekly", "monitoring")
    body = {**wanted, "audienceName": "Other", "folderId": refill["id"]}
    assert set(problems(await api.post("prospecting", json=body), 422)) == {"folderId"}


@pytest.mark.usefixtures("worker")
async def test_pasted_urls_too_and_no_other_source(api: Api) -> None:
    urls = ["https://www.linkedin.com/in/jo", "https://www.linkedin.com/in/JO/", "nonsense"]
    body = {"type": "url_upload", "urls": urls, "audienceName": "New", "dryRun": True}
    job = await api.finished(data(await api.post("prospecting", json=body), 202)["jobId"])
    assert await outcomes(api, job) == ["added", "duplicate", "invalid"]
    assert (await api.get("prospecting?limit=1")).json()["data"]["items"][0]["dryRun"] is True
    search = "https://www.linkedin.com/search/results/people/?keywords=cto"
    other = {"type": "linkedin_search", "searchUrl": search, "audienceName": "A", "dryRun": True}
    said = problems(await api.post("prospecting", json=other))
    assert "does not go with linkedin_search" in said["dryRun"]
    assert set(problems(await api.post("prospecting", json={**body, "dryRun": "yes"}))) == {
        "dryRun"
    }


async def test_an_audience_stays_ready_and_one_that_is_filled_is_refused(place: Place) -> None:
    async with place.api() as api:
        audience = await api.make_audience()
        upload = await api.upload(csv(HEADER, "jo,,"))
        body = {
            "type": "file_upload",
            "uploadId": upload["uploadId"],
            "audienceId": audience["id"],
        }
        await api.start(**body, dryRun=True)
        data(await api.get(f"audiences/{audience['id']}"))
        real = await api.start(**body)
        assert real["audienceId"] == audience["id"], "a dry run is in nobody's way"
        refused = await api.post("prospecting", json={**body, "dryRun": True})
        assert real["jobId"] in error(refused, 409, "AUDIENCE_NOT_READY")["details"]


@pytest.mark.usefixtures("worker")
async def test_no_credits_are_taken_and_it_says_what_the_import_would_need(
    api: Api, pool: Pool
) -> None:
    await give(pool, api, 2)
    job = await dry_run(api, csv(HEADER, "jo,,", "jo,,", "al,,"))
    words = job["stages"]["import"]["details"]
    assert "would set aside 3 credits" in words
    assert "would be refused" in words
    assert "would cost 2 credits." in words
    assert await left(pool, api) == 2


async def test_strangers_and_keys_without_the_permission_are_refused(
    api: Api, pool: Pool, service: Service
) -> None:
    reader = await make_tenant(
        pool, [Permission.PROSPECTING_READ], groups=[api.tenant.account_group_id]
    )
    async with service.client(reader) as client:
        error(await client.post("prospecting", json=UNKNOWN), 403, "FORBIDDEN")
    error(await api.post("prospecting", json=UNKNOWN), 404, "NOT_FOUND")


@pytest.mark.parametrize("on_known", ["fill", "update"])
async def test_it_tells_of_each_row_what_the_import_then_does(place: Place, on_known: str) -> None:
    chance = random.Random(f"dry run {on_known}")
    told = set[str]()
    async with working(place.dsn, batch=7):
        for _ in range(2):
            async with place.api() as api:
                people = chance.choice((16, 60))
                told |= await _compare(place.pool, api, chance, on_known, people)
    assert told >= {"added", "alreadyMember", "duplicate", "invalid", "merged", "new"}


@pytest.mark.parametrize("on_known", ["fill", "update"])
async def test_what_is_decided_ahead_is_what_the_import_then_does(
    place: Place, on_known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead: list[bool] = []
    decide = dry_runs.decide_ahead

    async def noted(*given: Any) -> Any:
        found = await decide(*given)
        ahead.append(found is not None)
        return found

    monkeypatch.setattr(dry_runs, "decide_ahead", noted)
    chance = random.Random(f"ahead {on_known}")
    async with working(place.dsn, batch=3):
        for people in (150, 600):
            async with place.api() as api:
                await _compare(place.pool, api, chance, on_known, people)
    assert {*ahead} == {True, False}


async def _compare(
    pool: Pool, api: Api, chance: random.Random, on_known: str, people: int
) -> set[str]:
    """Runs a file dry and then for real. What was met on the way."""
    first = await api.import_file(random_file(chance, 25, people // 2), "Known")
    await api.import_file(random_file(chance, 25, people // 2), "Others")
    before = await kept(pool, api, WRITTEN)
    text = random_file(chance, 200, people)
    dry = await dry_run(api, text, audienceId=first["audienceId"], onKnown=on_known)
    assert await kept(pool, api, WRITTEN) == before
    there = {
        row[0]
        for row in await pool.fetch(
            "SELECT id FROM prospects WHERE account_group_id = $1",
            bytes.fromhex(api.tenant.account_group_id),
        )
    }
    real = await api.import_file(text, "", audienceId=first["audienceId"], onKnown=on_known)
    assert dry["counts"] == real["counts"]
    expected = [
        (outcome, _without_new(reason, there), who if who in there else None)
        for outcome, reason, who in await rows_of(pool, real)
    ]
    assert await rows_of(pool, dry) == expected
    met = {outcome for outcome, _, _ in expected}
    met |= {"merged" for _, reason, _ in expected if "merged" in (reason or "")}
    return met | {"new" for _, reason, _ in expected if "somebody new" in (reason or "")}


def _without_new(reason: str | None, there: set[bytes]) -> str | None:
    """The reason as a dry run gives it: it names nobody who is not there."""
    if reason is None:
        return None
    both = re.compile(r": ([0-9a-f]{24}) is now ([0-9a-f]{24})")
    if (found := both.search(reason)) and not {*map(bytes.fromhex, found.groups())} & there:
        return both.sub("", reason)
    return re.sub(
        r"[0-9a-f]{24}",
        lambda id_: id_[0] if bytes.fromhex(id_[0]) in there else "somebody new",
        reason,
    )


async def test_a_day_later_it_is_gone_and_what_it_met_at_once(place: Place) -> None:
    async with place.api() as api:
        async with working(place.dsn, batch=2):
            job = await dry_run(api, csv(HEADER, *(f"jo-{n},," for n in range(9))))
            urls = ["https://www.linkedin.com/in/jo"]
            body = {"type": "url_upload", "urls": urls, "audienceName": "New", "dryRun": True}
            pasted = await api.finished(
                data(await api.post("prospecting", json=body), 202)["jobId"]
            )
        await remove_dry_runs(place.pool)
        assert set((await kept(place.pool, api, OWN)).values()) == {0}
        assert len(await outcomes(api, job)) == 9, "its rows stay for a day"
        await place.pool.execute(
            "UPDATE prospecting_jobs SET updated_at = now() - interval '25 hours'"
            " WHERE account_group_id = $1",
            bytes.fromhex(api.tenant.account_group_id),
        )
        await remove_dry_runs(place.pool)
        for gone in (job, pasted):
            error(await api.get(f"prospecting/{gone['jobId']}"), 404, "NOT_FOUND")
        left = await kept(place.pool, api, ["uploads", "prospecting_jobs", "prospecting_rows"])
        assert left == {"uploads": 1, "prospecting_jobs": 0, "prospecting_rows": 0}


async def test_cancelled_it_leaves_nothing_and_its_rows_so_far(place: Place) -> None:
    async with place.api() as api:
        upload = await api.upload(csv(HEADER, *(f"jo-{n},," for n in range(400))))
        body = {"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": "New"}
        job = await api.start(**body, dryRun=True)
        async with working(place.dsn, batch=1):

            async def has_begun() -> bool:
                return data(await api.get(f"prospecting/{job['jobId']}"))["counts"]["rows"] > 2

            await until(has_begun)
            data(await api.post(f"prospecting/{job['jobId']}/cancel"))
            over = await api.finished(job["jobId"])
        assert 2 < over["counts"]["rows"] < 400
        await remove_dry_runs(place.pool)
        assert set((await kept(place.pool, api, OWN)).values()) == {0}
        assert (await kept(place.pool, api, ["prospects"])) == {"prospects": 0}
