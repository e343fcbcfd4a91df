"""The pace of an account: pauses that all processes keep, and hours in which jobs ask nothing."""

from __future__ import annotations

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fakes.unipile.world import by_slug
from houselist.connections import store
from houselist.connections.opening import find_account
from houselist.connections.pace import MINUTES, Pace, Pauses, WorkingHours
from houselist.postgres import db
from houselist.providers.base import Broken, QuotaSpent, ReconnectNeeded, Resting, SearchUrl
from support.clock import measures_time
from support.provided import connect, search, used

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.unipile.server import FakeUnipile
    from houselist.connections.accounts import Account
    from support.jobs import Place
    from support.service import Api

    Reach = Callable[..., Any]

SHORT = Pace(Pauses(0.2, 0.25))
LONG = Pace(Pauses(30, 60))


def closed_now() -> WorkingHours:
    """Hours that begin in two and end in three."""
    now = datetime.now(UTC)
    opens = (60 * now.hour + now.minute + 120) % MINUTES
    return WorkingHours(opens, (opens + 60) % MINUTES or MINUTES, tuple(range(7)), "UTC")


async def next_call_in(place: Place, group: bytes, seconds: float) -> None:
    """As after a request whose pause has still so long to go."""
    await place.pool.execute(
        "UPDATE provider_connections SET next_call_at = now() + make_interval(secs => $2)"
        " WHERE account_group_id = $1",
        group,
        seconds,
    )


async def pause_left(place: Place, group: bytes) -> float:
    return await place.pool.fetchval(
        "SELECT extract(epoch FROM next_call_at - now())::float8 FROM provider_connections"
        " WHERE account_group_id = $1",
        group,
    )


def timed(account: Account, calls: list[tuple[float, float]]) -> Account:
    """The account, whose look-ups are noted with beginning and end."""
    look_up = account.provider.look_up

    async def noted(*people: Any, **more: Any) -> Any:
        began = time.monotonic()
        try:
            return await look_up(*people, **more)
        finally:
            calls.append((began, time.monotonic()))

    account.provider.look_up = noted
    return account


@pytest.mark.parametrize("concurrency", [1, 2])
async def test_all_processes_together_keep_the_pauses(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, *, reach: Reach, concurrency: int
) -> None:
    await connect(place.pool, idle, fake, pace=SHORT, concurrency=concurrency)
    fake.control.delay = 0.05
    calls: list[tuple[float, float]] = []
    async with reach() as one, reach() as two:
        accounts = [timed(await find_account(shared, group), calls) for shared in (one, two)]
        await asyncio.gather(
            *(account.look_up([by_slug(3)], emails=False) for account in accounts for _ in range(3))
        )
    calls.sort()
    gaps = [then - end for (_, end), (then, _) in itertools.pairwise(calls)]
    # The pause begins when the request is over.
    assert len(gaps) == 5
    assert all(0.19 <= gap < 1 for gap in gaps), gaps


async def test_a_process_killed_in_a_request_leaves_its_pause_to_others(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake, pace=Pace(Pauses(0.3, 0.3)))
    async with db.acquire(place.pool) as connection:
        assert await store.begin_call(connection, group, 0.3) == 0
        assert 0.2 < await store.begin_call(connection, group, 5) <= 0.3
    began = time.monotonic()
    async with reach() as shared:
        await (await find_account(shared, group)).look_up([by_slug(3)], emails=False)
    assert time.monotonic() - began >= 0.25


async def test_a_moment_is_taken_once_however_many_ask_at_once(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, pace=LONG)

    async def begin() -> float:
        async with db.acquire(place.pool) as connection:
            return await store.begin_call(connection, group, 40)

    waits = await asyncio.gather(*(begin() for _ in range(20)))
    assert waits.count(0) == 1
    # Whose statement waited for another's sees a moment that was set a little after its own began.
    assert all(0 <= wait <= 45 for wait in waits)
    assert 39 < await pause_left(place, group) <= 40


async def test_a_long_pause_is_told_and_costs_nothing(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake, pace=LONG)
    sent = asyncio.Event()
    async with reach(patience=1) as shared:
        account = await find_account(shared, group)
        await account.look_up([by_slug(3)], emails=False)
        before = await pause_left(place, group)
        assert 29 < before <= 60
        for _ in range(2):
            with pytest.raises(Resting, match="30-60 seconds apart") as told:
                await account.ask(SearchUrl(search(0, 20), "classic"), None, None, sent)
        assert 28 < (told.value.until - datetime.now(UTC)).total_seconds() <= before
        # A person waits for these; nor do they make the pause longer.
        assert (await account.saved_searches(None)).items
        assert await account.check()
    assert await pause_left(place, group) < before
    assert sent.is_set()
    assert not fake.stats.calls["search"]
    assert await used(place.pool, idle) == {"profiles": 1, "pages": 1}


@measures_time
async def test_a_page_that_pauses_does_not_hold_up_the_writing_of_the_one_before(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake, pace=SHORT)
    await next_call_in(place, group, 0.4)
    sent = asyncio.Event()
    async with reach() as shared:
        account = await find_account(shared, group)
        asking = asyncio.create_task(
            account.ask(SearchUrl(search(0, 20), "classic"), None, None, sent)
        )
        async with asyncio.timeout(0.3):
            await sent.wait()
        assert not fake.stats.calls
        assert len((await asking).page.items) == 20


async def test_a_pause_does_not_hide_that_the_provider_fails(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    """Failures are counted, and pauses are not: a job would go on for ever."""
    await connect(place.pool, idle, fake, pace=LONG)
    fake.control.next("503", kind="profile")
    async with reach(patience=1) as shared:
        account = await find_account(shared, group)
        with pytest.raises(Broken, match="No client session"):
            await account.look_up([by_slug(3)], emails=False)
    assert fake.stats.calls["profile"] == 1


async def test_outside_of_working_hours_jobs_ask_nothing(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    hours = closed_now()
    await connect(place.pool, idle, fake, pace=Pace(hours=hours))
    opens = hours.opening(datetime.now(UTC))
    async with reach() as shared:
        account = await find_account(shared, group)
        with pytest.raises(Resting, match=f"{hours.hours()} mon-sun UTC") as told:
            await account.look_up([by_slug(3)], emails=False)
        assert told.value.until == opens
        assert await account.check()
    assert not fake.stats.calls["profile"]
    assert await used(place.pool, idle) == {}


async def test_a_wait_for_tomorrows_budget_or_for_a_pause_ends_in_working_hours(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    now = datetime.now(UTC)
    minute = 60 * now.hour + now.minute
    # They are about to be over, but for a day that ends within two minutes.
    closes = (minute + 2) % MINUTES
    hours = WorkingHours((closes - 60) % MINUTES, closes or MINUTES, tuple(range(7)), "UTC")
    assert hours.opening(now) is None
    pace = Pace(Pauses(300, 600), hours)
    await connect(place.pool, idle, fake, pace=pace, limits={"profiles": 1})
    async with reach(patience=1) as shared:
        account = await find_account(shared, group)
        await account.look_up([by_slug(3)], emails=False)
        with pytest.raises(Resting, match="The account works") as rests:
            await account.look_up([by_slug(3)], emails=False)
        await next_call_in(place, group, -1)
        with pytest.raises(QuotaSpent) as spent:
            await account.look_up([by_slug(3)], emails=False)
    for error in (rests.value, spent.value):
        assert hours.opening(error.until) is None
    assert rests.value.until > now + timedelta(hours=1)


async def test_a_time_zone_that_is_not_known_here_is_told(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    hours = WorkingHours(0, 60, (0,), "Mars/Olympus_Mons")
    await connect(place.pool, idle, fake, pace=Pace(hours=hours))
    async with reach() as shared:
        with pytest.raises(ReconnectNeeded, match=r"Mars/Olympus_Mons .* tzdata"):
            await find_account(shared, group)


async def test_connecting_again_keeps_the_pause_unless_the_pace_changes(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, pace=LONG)
    await next_call_in(place, group, 30)
    await connect(place.pool, idle, fake, pace=LONG)
    assert 29 < await pause_left(place, group) <= 30
    await connect(place.pool, idle, fake, pace=SHORT)
    assert await pause_left(place, group) is None
