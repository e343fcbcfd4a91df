"""A day's budget of an account: never overspent, whoever spends at once, and given back exactly."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fakes.unipile.world import by_slug
from houselist.connections import store
from houselist.connections.opening import find_account
from houselist.linkedin import Profile
from houselist.postgres import db
from houselist.providers.base import Broken, ProviderError, QuotaSpent, SearchUrl, TryLater
from support.provided import connect, search, used

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.unipile.server import FakeUnipile
    from houselist.connections.accounts import Account
    from houselist.connections.shapes import Spent
    from houselist.providers.base import Kind
    from support.jobs import Place
    from support.service import Api

    Reach = Callable[..., Any]

QUESTION = SearchUrl(search(0, 120), "classic")


async def spend(place: Place, group: bytes, count: int, limit: int) -> Spent:
    async with db.acquire(place.pool) as connection:
        return await store.spend(connection, group, "searchRows", count, limit)


def sent() -> asyncio.Event:
    return asyncio.Event()


async def test_fifty_at_once_get_what_there_is_and_no_more(
    place: Place, idle: Api, group: bytes
) -> None:
    spent = await asyncio.gather(*(spend(place, group, 3, 100) for _ in range(50)))
    assert sum(each.day is not None for each in spent) == 33
    assert await used(place.pool, idle) == {"searchRows": 99}
    assert (await spend(place, group, 1, 100)).day
    assert (await spend(place, group, 1, 100)).day is None


async def test_what_is_spent_and_given_back_at_once_adds_up(
    place: Place, idle: Api, group: bytes
) -> None:
    limit, kept, highest = 60, 0, 0

    async def go_on(seed: int) -> None:
        nonlocal kept, highest
        chance = random.Random(seed)
        for _ in range(4):
            count = chance.randint(1, 12)
            spent = await spend(place, group, count, limit)
            if spent.day is None:
                continue
            highest = max(highest, (await used(place.pool, idle))["searchRows"])
            back = chance.randint(0, count)
            async with db.acquire(place.pool) as connection:
                await store.give_back(connection, group, spent.day, "searchRows", back)
            kept += count - back

    await asyncio.gather(*(go_on(seed) for seed in range(50)))
    assert 0 < kept <= limit
    assert highest <= limit
    assert await used(place.pool, idle) == {"searchRows": kept}


async def test_a_lower_limit_counts_from_now_on(place: Place, group: bytes) -> None:
    assert (await spend(place, group, 101, 100)).day is None
    assert (await spend(place, group, 50, 100)).day
    assert (await spend(place, group, 1, 50)).day is None
    assert (await spend(place, group, 1, 51)).day


async def test_kinds_and_account_groups_have_budgets_of_their_own(
    place: Place, group: bytes
) -> None:
    async with place.api() as stranger, db.acquire(place.pool) as connection:
        theirs = bytes.fromhex(stranger.tenant.account_group_id)
        kinds: tuple[Kind, ...] = ("searchRows", "salesRows", "profiles", "pages")
        for whose in (group, theirs):
            for kind in kinds:
                assert (await store.spend(connection, whose, kind, 5, 5)).day
                assert (await store.spend(connection, whose, kind, 1, 5)).day is None


async def test_a_new_day_has_a_budget_of_its_own(place: Place, idle: Api, group: bytes) -> None:
    spent = await spend(place, group, 100, 100)
    none_left = await spend(place, group, 1, 100)
    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    assert none_left.until == tomorrow + timedelta(days=1)
    assert none_left.until.date() - timedelta(days=1) == spent.day
    await move_a_day(place, group)
    assert (await spend(place, group, 100, 100)).day
    # What was yesterday's is given back to yesterday.
    async with db.acquire(place.pool) as connection:
        assert spent.day
        await store.give_back(connection, group, spent.day - timedelta(days=1), "searchRows", 40)
    assert (await spend(place, group, 1, 100)).day is None


async def move_a_day(place: Place, group: bytes) -> None:
    """Moves the clock: what was used today was used yesterday."""
    await place.pool.execute(
        "UPDATE provider_budgets SET day = day - 1 WHERE account_group_id = $1", group
    )


async def test_a_walk_whose_pages_are_all_as_large_does_not_begin_with_a_tiny_one(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake, limits={"searchRows": 70})
    async with reach() as shared:
        account = await find_account(shared, group)
        await spend(place, group, 21, 70)
        with pytest.raises(QuotaSpent, match=r"70 rows of searches\): 49, .* takes 50") as told:
            await account.ask(QUESTION, None, 50, sent())
    assert told.value.until > datetime.now(UTC)
    assert not fake.stats.calls
    assert await used(place.pool, idle) == {"searchRows": 21}


async def test_pages_that_a_lower_limit_has_no_room_for_say_what_to_do(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    """The pages of a walk that has begun are as large as its first one was."""
    await connect(place.pool, idle, fake, limits={"searchRows": 100})
    async with reach() as shared:
        account = await find_account(shared, group)
        page = (await account.ask(QUESTION, None, None, sent())).page
        await connect(place.pool, idle, fake, limits={"searchRows": 20})
        account = await find_account(shared, group)
        words = r"takes 50, .* is 20 rows of searches\."
        with pytest.raises(QuotaSpent, match=words) as caught:
            await account.ask(QUESTION, page.cursor, None, sent())
    assert caught.value.kind == "searchRows", "the job says how to raise it"


async def test_what_a_page_leaves_over_is_the_callers_to_give_back(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake)
    async with reach() as shared:
        account = await find_account(shared, group)
        answered = await account.ask(SearchUrl(search(0, 20), "classic"), None, None, sent())
    assert answered.spare is not None
    assert answered.spare[1:] == ("searchRows", 30)
    assert await used(place.pool, idle) == {"searchRows": 50}


@pytest.mark.parametrize(
    ("fault", "error", "undelivered"),
    [
        ("429", TryLater, 0),  # it surely gave nothing
        ("500", Broken, 3),  # each of three attempts may have been counted there
        ("cut", Broken, 3),
        ("html", Broken, 1),
    ],
)
async def test_what_was_not_delivered_is_given_back(
    place: Place,
    idle: Api,
    group: bytes,
    fake: FakeUnipile,
    *,
    reach: Reach,
    fault: str,
    error: type[Exception],
    undelivered: int,
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next(*[fault] * 3, kind="profile")
    async with reach(attempts=3) as shared:
        account = await find_account(shared, group)
        with pytest.raises(error):
            await account.look_up([by_slug(3)], emails=False)
    assert await used(place.pool, idle) == {"profiles": 0}
    assert await given_back(place, group) == undelivered


async def given_back(place: Place, group: bytes) -> int:
    return await place.pool.fetchval(
        "SELECT sum(given_back)::int FROM provider_budgets WHERE account_group_id = $1", group
    )


@pytest.mark.parametrize(
    ("limit", "calls", "back"),
    [
        (20, 30, 10),  # half of the day's limit
        (3, 7, 4),  # four requests, where that is more
    ],
)
async def test_a_provider_that_fails_is_asked_so_often_a_day_and_no_more(
    place: Place,
    idle: Api,
    group: bytes,
    fake: FakeUnipile,
    *,
    reach: Reach,
    limit: int,
    calls: int,
    back: int,
) -> None:
    """What it did not deliver it may have asked LinkedIn for all the same."""
    await connect(place.pool, idle, fake, limits={"profiles": limit})
    fake.control.next(*["500"] * 50, kind="profile")
    async with reach(attempts=1) as shared:
        account = await find_account(shared, group)
        told = [await failure(account) for _ in range(calls + 2)]
    assert [type(each) for each in told] == [Broken] * calls + [QuotaSpent] * 2
    assert fake.stats.calls["profile"] == calls
    assert await used(place.pool, idle) == {"profiles": limit}
    assert await given_back(place, group) == back


async def failure(account: Account) -> Exception:
    with pytest.raises(ProviderError) as told:
        await account.look_up([by_slug(3)], emails=False)
    return told.value


async def test_the_bound_holds_for_all_who_give_back_at_once(place: Place, group: bytes) -> None:
    day = (await spend(place, group, 100, 100)).day
    assert day

    async def give() -> None:
        async with db.acquire(place.pool) as connection:
            await store.give_back_undelivered(
                connection, group, day, "searchRows", 3, most_a_day=50
            )

    await asyncio.gather(*(give() for _ in range(30)))
    assert (await spend(place, group, 51, 100)).day is None
    assert (await spend(place, group, 50, 100)).day
    assert await given_back(place, group) == 50


async def test_a_call_that_finds_nobody_counts(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake)
    async with reach() as shared:
        account = await find_account(shared, group)
        ((person, *_),) = await account.look_up([Profile("in", "nobody-at-all")], emails=False)
    assert person is None
    assert await used(place.pool, idle) == {"profiles": 1}
    assert await given_back(place, group) == 0


async def test_fifty_at_once_who_take_less_get_all_there_is(place: Place, group: bytes) -> None:
    async def take(least: int) -> int:
        async with db.acquire(place.pool) as connection:
            spent = await store.spend(connection, group, "salesRows", 7, 100, least=least)
        assert (spent.taken > 0) == (spent.day is not None)
        return spent.taken

    # What is left of 100 after fourteen sevens is two.
    taken = await asyncio.gather(*(take(least) for least in (1, 2, 3) * 17))
    assert sum(taken) == 100
    assert sorted(taken)[-15:] == [2, *[7] * 14]


async def test_people_are_looked_up_as_far_as_the_budget_goes(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 2})
    async with reach() as shared:
        account = await find_account(shared, group)
        people = [by_slug(number) for number in (1, 2, 3)]
        assert len(await account.look_up(people, emails=False)) == 2
        with pytest.raises(QuotaSpent, match="used up: 2 profiles"):
            await account.look_up(people[2:], emails=False)


async def test_a_provider_that_is_down_spends_nothing(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake)
    await fake.stop()
    async with reach() as shared:
        account = await find_account(shared, group)
        with pytest.raises(Broken, match="can't be reached"):
            await account.look_up([by_slug(3)], emails=False)
    assert (await used(place.pool, idle)) == {"profiles": 0}


async def test_attempts_never_spend_more_than_there_is(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 2})
    # All that may be given back today was.
    await place.pool.execute(
        "INSERT INTO provider_budgets VALUES"
        " ($1, (now() AT TIME ZONE 'utc')::date, 'profiles', 0, 4)",
        group,
    )
    fake.control.next("500", "500", "500", kind="profile")
    async with reach(attempts=5) as shared:
        account = await find_account(shared, group)
        with pytest.raises(QuotaSpent):
            await account.look_up([by_slug(3)], emails=False)
    assert fake.stats.calls["profile"] == 2
    assert await used(place.pool, idle) == {"profiles": 2}


async def test_fifty_look_ups_at_once_stay_in_the_budget(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake, limits={"profiles": 20}, concurrency=10)
    async with reach(patience=20) as shared:
        account = await find_account(shared, group)
        told = await asyncio.gather(
            *(account.look_up([by_slug(number)], emails=False) for number in range(50)),
            return_exceptions=True,
        )
    assert sum(isinstance(each, QuotaSpent) for each in told) == 30
    assert fake.stats.calls["profile"] == 20
    assert await used(place.pool, idle) == {"profiles": 20}
