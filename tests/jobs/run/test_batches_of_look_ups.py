"""Looking several people up with one request: in order, within the budget, each written honestly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from houselist.jobs.run.looking_up import ask
from houselist.jobs.run.lookups_store import Unknown
from houselist.providers.base import Broken, LookedUp, QuotaSpent
from houselist.providers.unipile.v1 import V1
from support.jobs import members, until
from support.provided import an_hour_passes, connect, provided, used, wait_is_over, waits
from support.service import data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fakes.unipile.server import FakeUnipile
    from houselist.linkedin import Profile
    from support.jobs import Place
    from support.service import Api

LATER = datetime(2026, 11, 26, tzinfo=UTC)


class Limited:
    """An account with so much left of its budget, or of the provider's own where `kind` is None."""

    def __init__(self, left: int, kind: str | None = "profiles", short: int = 0) -> None:
        self.left, self.kind, self.short = left, kind, short
        self.asked: list[int] = []

    async def look_up(self, people: Sequence[Profile], *, emails: bool) -> list[LookedUp]:
        assert emails
        self.asked.append(len(people))
        if len(people) > self.left:
            raise QuotaSpent("spent", LATER, self.kind)
        found = [LookedUp(None, reason=who.value) for who in people]
        return (found * 2)[: len(people) - self.short]


def somebody(count: int) -> list[Unknown]:
    return [Unknown(n, bytes(12), f"slug-{n}", None) for n in range(count)]


async def asked(account: Limited, count: int) -> list[LookedUp]:
    stand_in: Any = account
    return await ask(stand_in, somebody(count), emails=True)


@pytest.mark.parametrize(
    ("left", "count", "requests"),
    [(100, 100, [100]), (7, 100, [100, 50, 25, 12, 6]), (1, 2, [2, 1]), (1, 1, [1])],
)
async def test_as_many_are_asked_for_as_the_budget_allows(
    left: int, count: int, requests: list[int]
) -> None:
    account = Limited(left)
    found = await asked(account, count)
    assert account.asked == requests
    assert [each.reason for each in found] == [f"slug-{n}" for n in range(requests[-1])]


@pytest.mark.parametrize("account", [Limited(0), Limited(0, None)])
async def test_a_spent_budget_ends_it(account: Limited) -> None:
    with pytest.raises(QuotaSpent):
        await asked(account, 4)
    # The provider's own limit is not tried with fewer.
    assert account.asked == ([4, 2, 1] if account.kind else [4])


@pytest.mark.parametrize("short", [4, -1])
async def test_a_provider_that_tells_of_nobody_or_of_too_many_has_failed(short: int) -> None:
    with pytest.raises(Broken):
        await asked(Limited(9, short=short), 4)


async def test_whoever_is_left_out_at_the_end_is_asked_for_next() -> None:
    assert [each.reason for each in await asked(Limited(9, short=1), 3)] == ["slug-0", "slug-1"]


@pytest.fixture
def four_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(V1, "look_up_batch", 4)


@pytest.mark.usefixtures("four_at_once")
async def test_batches_use_the_budget_up_and_each_person_is_written_as_alone(
    idle: Api, place: Place, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 7})
    fake.control.throttled.add(1)
    fake.control.next("fine", "fine", "400", kind="profile")
    slugs = [*(f"person-{n}" for n in range(8)), "nobody-x", "person-9"]
    urls = [f"https://www.linkedin.com/in/{slug}" for slug in slugs]
    async with provided(place.dsn):
        job = await idle.start(type="url_upload", urls=urls, audienceName="Known")
        now = await waits(place.pool, idle, job)
        # 4, then 2 and 1 of the 3 that are left.
        assert now["stages"]["enrichment"]["details"].startswith(
            "5 looked up, 0 not found, 1 refused, 1 held back in part by LinkedIn"
        )
        assert await used(place.pool, idle) == {"profiles": 7}
        await place.pool.execute("UPDATE provider_budgets SET used = 0")
        await wait_is_over(place.pool, job)
        done = await idle.finished(job["jobId"])
        assert done["stages"]["enrichment"]["details"].startswith(
            "7 looked up, 1 not found, 1 refused, 1 held back"
        )
        people = await members(idle, job)
        assert [bool(person["about"]) for person in people] == [
            slug not in ("person-1", "person-2", "nobody-x") for slug in slugs
        ]
        rows = data(await idle.get(f"prospecting/{job['jobId']}/rows"))["items"]
        told = [row["row"] for row in rows if row["reason"]]
        assert told == [2, 3, 9]
        fake.control.throttled.clear()
        await an_hour_passes(place.pool, job)
        await until(lambda: has_about(idle, job, 1))
    assert fake.stats.calls["profile"] == 11


async def has_about(api: Api, job: Any, index: int) -> bool:
    return bool((await members(api, job))[index]["about"])
