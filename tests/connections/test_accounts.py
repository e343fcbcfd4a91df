"""An account group's account: which one it is, how it is asked, and what its failures leave."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from fakes.unipile.world import by_slug
from houselist.connections import store
from houselist.connections.accounts import DIRECTORY
from houselist.connections.opening import NoProvider, find_account
from houselist.connections.secrets import Sealer
from houselist.connections.shapes import Stored
from houselist.errors import Conflict
from houselist.postgres import db
from houselist.providers.base import (
    Broken,
    Commenters,
    ReconnectNeeded,
    SavedSearch,
    SearchUrl,
    TryLater,
    UserError,
)
from support.clock import measures_time
from support.directory import stock
from support.jobs import until
from support.provided import KEY, SECRET, connect, search, used

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.unipile.server import FakeUnipile
    from houselist.providers.base import ProviderQuery
    from support.jobs import Place
    from support.service import Api

    Reach = Callable[..., Any]

CLASSIC = SearchUrl(search(0, 120), "classic")


async def keep(place: Place, group: bytes, fake: FakeUnipile, **other: Any) -> None:
    """A connection as it may be found kept, right or not."""
    stored = Stored(
        "unipile",
        fake.url,
        f"acc_{group.hex()}",
        "v1",
        Sealer(SECRET).seal(group, KEY),
        {},
        None,
        "connected",
        None,
    )
    async with db.transaction(place.pool) as connection:
        await store.save(connection, group, stored._replace(**other), "")


async def status(place: Place, group: bytes) -> tuple[str, str | None]:
    async with db.acquire(place.pool) as connection:
        stored = await store.find(connection, group)
    assert stored is not None
    return stored.status, stored.status_details


async def test_there_may_be_no_provider(group: bytes, reach: Reach) -> None:
    async with reach() as shared:
        with pytest.raises(NoProvider):
            await find_account(shared, group)


async def test_the_directory_is_asked_where_nothing_is_connected(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await stock(place.pool, group, "Name,Email\nAda,ada@example.com\n")
    async with reach() as shared:
        account = await find_account(shared, group)
        assert (account.name, account.concurrency, dict(account.limits)) == (DIRECTORY, 0, {})
        assert await account.check() == "1 person in the directory"
        assert (await account.saved_searches(None)).items == []
        assert await used(place.pool, idle) == {}
        await connect(place.pool, idle, fake)
        assert (await find_account(shared, group)).provider.name == "unipile"


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_connection_is_asked_where_there_is_one(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, *, reach: Reach, version: str
) -> None:
    account_id = await connect(place.pool, idle, fake, version=version)
    async with reach() as shared:
        account = await find_account(shared, group)
        assert account_id in account.name
        assert account.concurrency == 1
        (found,) = await account.look_up([by_slug(3)], emails=False)
    assert found.person is not None
    assert found.person.public_identifier == "person-3"
    assert fake.stats.keys == {KEY}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"sealed_key": Sealer(SECRET).seal(bytes(12), KEY)}, "can.t be read"),
        ({"sealed_key": b"nonsense"}, "can.t be read"),
        ({"provider_account_id": "../../x"}, "account id"),
        ({"base_url": "https://api.example.com/v2"}, "base URL"),
    ],
    ids=["another group's", "spoilt", "bad id", "wrong version"],
)
async def test_what_cannot_be_opened_has_to_be_connected_again(
    place: Place, group: bytes, fake: FakeUnipile, *, reach: Reach, more: Any, words: str
) -> None:
    await keep(place, group, fake, **more)
    async with reach() as shared:
        with pytest.raises(ReconnectNeeded, match=words):
            await find_account(shared, group)
    assert not fake.stats.calls


@pytest.mark.parametrize("secret", ["", "another-secret-for-tests-that-is-long-enough"])
async def test_a_key_sealed_with_another_secret_is_not_read(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, *, reach: Reach, secret: str
) -> None:
    await connect(place.pool, idle, fake)
    async with reach(SECRET_KEY=secret) as shared:
        with pytest.raises(ReconnectNeeded, match="HOUSELIST_SECRET_KEY"):
            await find_account(shared, group)
    async with reach(SECRET_KEY=f"{'x' * 40},{SECRET}") as shared:
        await find_account(shared, group)


async def test_an_account_is_connected_to_one_account_group(
    place: Place, group: bytes, fake: FakeUnipile
) -> None:
    await keep(place, group, fake)
    await keep(place, group, fake, concurrency=2)
    async with place.api() as stranger:
        theirs = bytes.fromhex(stranger.tenant.account_group_id)
        sealed = Sealer(SECRET).seal(theirs, KEY)
        with pytest.raises(Conflict, match="connected already"):
            await keep(
                place, theirs, fake, provider_account_id=f"acc_{group.hex()}", sealed_key=sealed
            )


@pytest.mark.parametrize(
    ("query", "needed", "size"),
    [
        (CLASSIC, None, 7),
        (CLASSIC, 3, 3),
        (CLASSIC, 1_000_000, 7),
        (SavedSearch("501"), None, 100),
        (SavedSearch("501"), 1, 1),
        # A page of comments is one call, however many people stand in it.
        (Commenters("activity", "7100000000000000001"), None, None),
    ],
)
async def test_a_page_is_as_large_as_provider_job_and_day_allow(
    place: Place,
    idle: Api,
    group: bytes,
    fake: FakeUnipile,
    *,
    reach: Reach,
    query: ProviderQuery,
    needed: int | None,
    size: int | None,
) -> None:
    await connect(place.pool, idle, fake, limits={"searchRows": 7, "pages": 1})
    async with reach() as shared:
        account = await find_account(shared, group)
        await account.ask(query, None, needed, asyncio.Event())
    (request,) = fake.stats.requests
    assert request.one("limit") == (size and str(size))
    kind = account.provider.cost(query).kind
    assert await used(place.pool, idle) == {kind: size or 1}


async def test_a_failure_that_may_pass_is_got_over(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next("500", "drop", kind="profile")
    async with reach(attempts=3) as shared:
        account = await find_account(shared, group)
        assert await account.look_up([by_slug(3)], emails=False)
        fake.control.next("500", "500", "500", kind="profile")
        with pytest.raises(Broken):
            await account.look_up([by_slug(3)], emails=False)
    assert not fake.control.plan
    assert fake.stats.calls["profile"] == 6


async def test_a_refusal_is_not_tried_again(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next("not-subscribed", kind="profile")
    async with reach() as shared:
        account = await find_account(shared, group)
        with pytest.raises(UserError):
            await account.look_up([by_slug(3)], emails=False)
    assert fake.stats.calls["profile"] == 1


@measures_time
async def test_a_provider_that_wants_to_be_left_alone_is_waited_for_within_ones_patience(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.retry_after = 1
    fake.control.next("429-seconds", kind="profile")
    async with reach(patience=3) as shared:
        account = await find_account(shared, group)
        began = time.monotonic()
        assert await account.look_up([by_slug(3)], emails=False)
        assert time.monotonic() - began >= 0.9
    fake.control.next("429-seconds", kind="profile")
    async with reach(patience=0.5) as shared:
        account = await find_account(shared, group)
        began = time.monotonic()
        with pytest.raises(TryLater) as told:
            await account.look_up([by_slug(3)], emails=False)
        assert time.monotonic() - began < 0.5
    assert told.value.at is not None


async def test_a_disconnected_account_is_noted_and_so_is_its_return(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    account_id = await connect(place.pool, idle, fake)
    fake.control.disconnected.add(account_id)
    async with reach() as shared:
        account = await find_account(shared, group)
        with pytest.raises(ReconnectNeeded):
            await account.look_up([by_slug(3)], emails=False)
        state, words = await status(place, group)
        assert state == "disconnected"
        assert "isconnected" in (words or "")
        fake.control.disconnected.clear()
        # Whoever asks next may be another process.
        await (await find_account(shared, group)).look_up([by_slug(3)], emails=False)
        assert (await status(place, group))[0] == "connected"


async def test_calls_of_one_account_come_one_after_the_other(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    account_id = await connect(place.pool, idle, fake)
    fake.control.delay = 0.02
    async with reach(patience=20) as one, reach(patience=20) as two:
        accounts = [await find_account(shared, group) for shared in (one, two)]
        await asyncio.gather(
            *(
                account.look_up([by_slug(3)], emails=False)
                for account in accounts
                for _ in range(5)
            ),
            *(account.check() for account in accounts),
        )
    assert fake.stats.highest[account_id] == 1


async def test_an_account_in_use_for_too_long_is_told_as_such(
    place: Place, idle: Api, group: bytes, fake: FakeUnipile, reach: Reach
) -> None:
    account_id = await connect(place.pool, idle, fake)
    fake.control.delay = 1
    async with reach() as one, reach(patience=0.2) as two:
        slow = asyncio.create_task((await find_account(one, group)).check())
        await until(lambda: asyncio.sleep(0, fake.stats.running[account_id] == 1))
        account = await find_account(two, group)
        with pytest.raises(TryLater, match="busy with another request"):
            await account.look_up([by_slug(3)], emails=False)
        # Whether the account works can be asked all the same: LinkedIn is asked nothing.
        fake.control.delay = 0
        assert await account.check()
        assert not slow.done()
        await slow
