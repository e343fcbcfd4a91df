"""Looking several people up with one request: in order, within the budget, each written honestly."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from houselist.jobs.run.looking_up import ask
from houselist.jobs.run.lookups_store import Unknown
from houselist.providers.base import BY_ANY, Broken, LookedUp
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


class Telling:
    """An account that tells of so many of the people it is asked for."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.provider = SimpleNamespace(finds_by=BY_ANY)

    async def look_up(self, people: Sequence[Profile], *, emails: bool) -> list[LookedUp]:
        assert emails
        return [LookedUp(None, reason=who.value) for who in (*people, *people)][: self.count]


def somebody(count: int) -> list[Unknown]:
    return [Unknown(n, bytes(12), f"slug-{n}", None) for n in range(count)]


async def asked(told: int, count: int) -> list[str | None]:
    account: Any = Telling(told)
    return [each.reason for each in await ask(account, somebody(count), emails=True)]


@pytest.mark.parametrize("told", [0, 5])
async def test_a_provider_that_tells_of_nobody_or_of_too_many_has_failed(told: int) -> None:
    with pytest.raises(Broken):
        await asked(told, 4)


@pytest.mark.parametrize("told", [1, 3, 4])
async def test_whoever_is_left_out_at_the_end_is_asked_for_next(told: int) -> None:
    assert await asked(told, 4) == [f"slug-{n}" for n in range(told)]


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
        # 4, then the 3 that are left of the day's budget.
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
