"""A batch is decided while the one before it is stored, and again where that does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from houselist.jobs.run import batches, uploaded_rows
from houselist.people import store as people
from support.depth import rounds
from support.jobs import csv, kept, members, outcomes, slugs, working

if TYPE_CHECKING:
    from support.jobs import Place
    from support.service import Api

HEADER = "publicIdentifier,linkedinUrl,email,headline"
SALES = "https://www.linkedin.com/sales/lead/ACwAA"


class Decisions:
    """What came of each batch of the jobs under test: "ahead", "apart" or "under the lock"."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead: list[bool] = []
        self.under_lock: list[int] = []
        look, decide = uploaded_rows.decide_ahead, batches.decide

        async def looks(*given: Any) -> Any:
            found = await look(*given)
            self.ahead.append(found is not None)
            return found

        async def decides(connection: Any, target: Any, batch: Any, *rest: Any) -> Any:
            self.under_lock.append(batch.first_row)
            return await decide(connection, target, batch, *rest)

        monkeypatch.setattr(uploaded_rows, "decide_ahead", looks)
        monkeypatch.setattr(batches, "decide", decides)


@pytest.fixture
def decisions(monkeypatch: pytest.MonkeyPatch) -> Decisions:
    return Decisions(monkeypatch)


async def imported(api: Api, place: Place, text: str, batch: int = 2, **more: Any) -> Any:
    async with working(place.dsn, batch=batch):
        return await run_one(api, text, **more)


async def run_one(api: Api, text: str, **more: Any) -> Any:
    upload = await api.upload(text)
    where = {} if "audienceId" in more else {"audienceName": f"People of {upload['uploadId']}"}
    job = await api.start(type="file_upload", uploadId=upload["uploadId"], **where, **more)
    job = await api.finished(job["jobId"])
    assert job["status"] == "completed", job
    return job


async def test_strangers_are_decided_ahead(idle: Api, place: Place, decisions: Decisions) -> None:
    job = await imported(idle, place, slugs(100), batch=20)
    # A worker that waited too long for PostgreSQL begins the job again.
    assert set(decisions.under_lock) == {1}
    assert decisions.ahead[-4:] == [True] * 4
    assert await outcomes(idle, job) == ["added"] * 100
    again = await imported(idle, place, slugs(100), 20, audienceId=job["audienceId"])
    assert set(decisions.under_lock) == {1}
    assert await outcomes(idle, again) == ["alreadyMember"] * 100
    assert len(await members(idle, job)) == 100


async def test_alone_a_job_reads_each_row_once_and_early(
    idle: Api, place: Place, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether others wait is then asked after each batch.
    monkeypatch.setattr(uploaded_rows, "FILE_SLICE", 0.0)
    read: list[int] = []
    read_batch = uploaded_rows.read_batch

    async def reads(task: Any, claimed: Any, reader: Any, position: int) -> Any:
        # Batches before this one that are not decided yet, but for the first.
        read.append(position // 10 - 1 - len(decisions.ahead))
        return await read_batch(task, claimed, reader, position)

    monkeypatch.setattr(uploaded_rows, "read_batch", reads)
    # New people have to be copied, and nothing is read meanwhile until the next ones are decided.
    for early in (0, 1):
        job = await imported(idle, place, slugs(100), batch=10)
        assert await outcomes(idle, job) == ["added"] * 100
        assert len(await members(idle, job)) == 100
        # A worker that waited too long for PostgreSQL begins the job again.
        assert len(read) == 10 or decisions.under_lock != [1]
        assert max(read) == early
        for each in (read, decisions.ahead, decisions.under_lock):
            each.clear()


async def test_one_person_in_two_batches_is_decided_again(
    idle: Api, place: Place, decisions: Decisions
) -> None:
    rows = ["a,,,", "b,,,", "b,,,CTO", "c,,,", "d,,,", "e,,,"]
    job = await imported(idle, place, csv(HEADER, *rows))
    assert decisions.ahead == [False, True]
    assert decisions.under_lock == [1, 3]
    assert await outcomes(idle, job) == ["added", "added", "duplicate", "added", "added", "added"]
    assert [each["headline"] for each in await members(idle, job)][1] == "CTO"


async def test_strangers_who_share_an_address_are_decided_again(
    idle: Api, place: Place, decisions: Decisions
) -> None:
    rows = ["a,,x@b.example,", "b,,,", "c,,x@b.example,", "d,,,"]
    job = await imported(idle, place, csv(HEADER, *rows))
    assert decisions.ahead == [False]
    assert await outcomes(idle, job) == ["added"] * 4


async def test_a_known_person_of_both_batches_is_decided_again(
    idle: Api, place: Place, decisions: Decisions
) -> None:
    """Each batch knows the person by something else, so the rows alone do not show it."""
    known = await imported(idle, place, csv(HEADER, "jo,,x@b.example,"))
    rows = ["jo,,,CTO", "a,,,", ",,x@b.example,CEO", "b,,,"]
    job = await imported(idle, place, csv(HEADER, *rows), audienceId=known["audienceId"])
    assert decisions.ahead == [False]
    assert await outcomes(idle, job) == ["alreadyMember", "added", "duplicate", "added"]
    assert (await members(idle, job))[0]["headline"] == "CTO"


async def test_after_two_became_one_the_next_batch_is_decided_again(
    idle: Api, place: Place, decisions: Decisions
) -> None:
    await imported(idle, place, csv(HEADER, "jo,,,", f",{SALES}{'A' * 34},y@b.example,"))
    decisions.ahead.clear()
    rows = [f"jo,{SALES}{'A' * 34},,", "a,,,", "b,,y@b.example,", "c,,,"]
    job = await imported(idle, place, csv(HEADER, *rows))
    assert decisions.ahead == [False]
    assert (await kept(place.pool, idle))["prospects"] == 4
    assert await outcomes(idle, job) == ["added", "added", "added", "added"]


async def test_what_another_job_writes_in_between_is_seen(
    idle: Api, place: Place, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another job adds a person of the second batch when that one has been decided."""
    begin = people.lock_batches
    group = bytes.fromhex(idle.tenant.account_group_id)
    between = [None, "person-3"]

    async def lock(connection: Any, account_group_id: bytes) -> int:
        slug = between.pop(0) if between else None
        if slug is not None:
            async with place.pool.acquire() as other, other.transaction():
                await begin(other, group)
                await other.execute(
                    "INSERT INTO prospects (account_group_id, id, public_identifier, created_at)"
                    " VALUES ($1, 'other-person', $2, now())",
                    group,
                    slug,
                )
        return await begin(connection, account_group_id)

    monkeypatch.setattr(people, "lock_batches", lock)
    job = await imported(idle, place, slugs(6))
    assert decisions.ahead == [True, True]
    assert decisions.under_lock == [1, 3]
    assert await outcomes(idle, job) == ["added"] * 6
    assert (await kept(place.pool, idle))["prospects"] == 6


SLUGS = st.sampled_from(["", "a", "b", "c", "d", "e"])
IDS = st.sampled_from(["", "", *(f"{SALES}{letter * 34}" for letter in "AB")])
EMAILS = st.sampled_from(["", "", "x@b.example", "y@b.example"])
HEADLINES = st.sampled_from(["", "CTO", "CEO", "a\\b"])
ROWS = st.lists(st.tuples(SLUGS, IDS, EMAILS, HEADLINES).map(",".join), min_size=1, max_size=14)


async def everything(api: Api, place: Place, jobs: list[Any]) -> Any:
    """Members, ledgers and people, with ids by the order in which people were made."""
    ids = await place.pool.fetch(
        "SELECT encode(id, 'hex') FROM prospects WHERE account_group_id = $1 ORDER BY id",
        bytes.fromhex(api.tenant.account_group_id),
    )
    number = {row[0]: n for n, row in enumerate(ids)}
    told: list[Any] = [len(ids)]
    for job in jobs:
        rows = await api.all_items(f"prospecting/{job['jobId']}/rows", limit=250)
        told.append([(row["outcome"], number.get(row["prospectId"])) for row in rows])
        shown = await members(api, job)
        drop = ("id", "addedAt", "lastSeenAt", "createdAt")
        told.append(
            [
                (number[each["id"]], {k: v for k, v in each.items() if k not in drop})
                for each in shown
            ]
        )
    return told


@settings(
    max_examples=rounds(4),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(files=st.lists(ROWS, min_size=1, max_size=2), batch=st.integers(1, 5))
async def test_ahead_or_not_comes_to_the_same(
    place: Place, files: list[list[str]], batch: int
) -> None:
    async def never(*_: Any) -> None:
        return None

    found: list[Any] = []
    for decides in (uploaded_rows.decide_ahead, never):
        async with place.api() as api:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(uploaded_rows, "decide_ahead", decides)
                async with working(place.dsn, batch=batch):
                    jobs = [await run_one(api, csv(HEADER, *rows)) for rows in files]
            found.append(await everything(api, place, jobs))
    assert found[0] == found[1]
