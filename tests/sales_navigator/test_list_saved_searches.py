"""GET /sales-navigator/saved-searches: from whom they come, and every way in which that fails."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fakes.unipile.world import Source
from houselist.connections.gate import Gate
from houselist.directory import sources_store as sources
from houselist.postgres import db
from houselist.texts import Name
from support.apps import own_service
from support.clock import measures_time
from support.directory import stock
from support.provided import KEY, SEARCH, SECRET, VARIABLES, connect, used
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    import httpx

    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api

PATH = "sales-navigator/saved-searches"
# What stands beside the items where they are all.
WHOLE = {"hasMore": False, "note": None}


def failure(response: httpx.Response) -> tuple[str, int]:
    """What a 502 says, and after how many seconds to ask again."""
    details = error(response, 502, "UPSTREAM_ERROR")["details"]
    shown = response.text + str(response.headers)
    assert KEY not in shown
    assert SECRET not in shown
    assert "://" not in details
    return details, int(response.headers["retry-after"])


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_they_are_those_of_the_account(
    place: Place, idle: Api, fake: FakeUnipile, version: str
) -> None:
    account_id = await connect(place.pool, idle, fake, version=version)
    response = await idle.get(PATH)
    assert data(response) == {
        "items": [{"id": "501", "name": "Buyers"}, {"id": "502", "name": "Café"}],
        **WHOLE,
    }
    assert "etag" not in response.headers
    assert await used(place.pool, idle) == {"pages": fake.stats.calls.total()}
    assert fake.stats.highest == {account_id: 1}


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_all_pages_are_read(place: Place, idle: Api, fake: FakeUnipile, version: str) -> None:
    await connect(place.pool, idle, fake, version=version)
    fake.world.saved_searches = {
        str(number): Source(0, 1, f"Search {number}") for number in range(1000, 1019)
    }
    items = data(await idle.get(PATH))["items"]
    assert [each["id"] for each in items] == [str(number) for number in range(1000, 1019)]


async def test_pages_without_end_are_read_for_so_long_only(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, version="v2")
    fake.world.saved_searches = {
        str(number): Source(0, 1, f"Search {number}") for number in range(1000, 1100)
    }
    found = data(await idle.get(PATH))
    assert len(found["items"]) == 20
    assert found["hasMore"] is True
    assert found["note"] == (
        "Houselist reads only the first 20. The id of another one stands in its address on Sales"
        " Navigator."
    )
    assert fake.stats.calls.total() == 10


@pytest.mark.parametrize(("held", "read"), [(99, 99), (100, 100), (101, 100)])
async def test_a_list_that_fills_the_only_page_there_is_says_that_it_may_be_cut(
    place: Place, idle: Api, fake: FakeUnipile, held: int, read: int
) -> None:
    """Version 1 has neither a cursor nor a total there, so a full page may not be all."""
    await connect(place.pool, idle, fake)
    fake.world.saved_searches = {
        str(number): Source(0, 1, f"Search {number}") for number in range(1000, 1000 + held)
    }
    found = data(await idle.get(PATH))
    assert len(found.pop("items")) == read
    cut = {
        "hasMore": True,
        "note": "Unipile names only the first 100, and there may be more. The id of another one"
        " stands in its address on Sales Navigator.",
    }
    assert found == (cut if read == 100 else WHOLE)
    assert fake.stats.calls.total() == 1


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_page_that_unipile_finds_too_large_is_asked_for_again_with_less(
    place: Place, idle: Api, fake: FakeUnipile, version: str
) -> None:
    await connect(place.pool, idle, fake, version=version)
    fake.control.largest = 30
    assert len(data(await idle.get(PATH))["items"]) == 2
    limits = [request.one("limit") for request in fake.stats.requests]
    assert limits[:3] == ["100", "50", "25"]
    assert set(limits[3:]) <= {"25"}


async def test_a_list_that_counts_nothing_ends_with_the_page_that_is_refused(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, version="v2")
    fake.control.bare = True
    assert data(await idle.get(PATH)) == {
        "items": [{"id": "501", "name": "Buyers"}, {"id": "502", "name": "Café"}],
        **WHOLE,
    }


async def test_there_may_be_none(place: Place, idle: Api, fake: FakeUnipile) -> None:
    await connect(place.pool, idle, fake)
    fake.world.saved_searches = {}
    assert data(await idle.get(PATH)) == {"items": [], **WHOLE}


async def test_those_of_the_directory_where_nothing_is_connected(place: Place, idle: Api) -> None:
    group = bytes.fromhex(idle.tenant.account_group_id)
    await stock(place.pool, group, "Name,Email\nAda,ada@example.com\n")
    assert data(await idle.get(PATH)) == {"items": [], **WHOLE}
    async with db.transaction(place.pool) as connection:
        kept = await sources.save_search(connection, group, Name("CTOs"), f"{SEARCH}cto")
    assert data(await idle.get(PATH)) == {"items": [{"id": kept.id, "name": "CTOs"}], **WHOLE}


async def test_without_a_provider_it_is_refused(idle: Api) -> None:
    refusal = error(await idle.get(PATH), 409, "PROVIDER_NOT_CONNECTED")
    assert "providers connect" in refusal["details"]


async def test_another_tenants_are_404(place: Place, idle: Api, fake: FakeUnipile) -> None:
    await connect(place.pool, idle, fake)
    async with place.api() as stranger:
        path = f"http://houselist/v1/accounts/{idle.tenant.account_group_id}/{PATH}"
        error(await stranger.get(path), 404, "NOT_FOUND")
    assert not fake.stats.calls


async def test_it_needs_the_permission(place: Place, idle: Api, fake: FakeUnipile) -> None:
    await connect(place.pool, idle, fake)
    others = ["prospecting:write", "audiences:read", "prospects:read"]
    tenant = await make_tenant(place.pool, others, groups=[idle.tenant.account_group_id])
    async with place.service.client(tenant) as api:
        details = error(await api.get(PATH), 403, "FORBIDDEN")["details"]
    assert "prospecting:read" in details
    assert not fake.stats.calls


async def test_unknown_parameters_are_refused(place: Place, idle: Api, fake: FakeUnipile) -> None:
    await connect(place.pool, idle, fake)
    assert "limit" in problems(await idle.get(PATH, params={"limit": "5"}))
    assert not fake.stats.calls


@measures_time
@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    ("faults", "words", "seconds"),
    [
        (["500"] * 2, "Unexpected error", 30),
        (["503"] * 2, "No client session", 30),
        (["501"], "Not implemented", 30),
        (["400"], "Invalid parameters", 30),
        (["not-subscribed"], "Feature not subscribed", 30),
        (["restricted"], "Account restricted", 300),
        (["disconnected"], "Disconnected account", 300),
        (["429"], "Too many requests", 30),
        (["gone"], "", 30),
        (["drop"] * 2, "broke off", 30),
        (["cut"] * 2, "broke off", 30),
        (["truncated"] * 2, "cut off", 30),
        (["html"], "not as documented", 30),
        (["array"], "not as documented", 30),
        (["latin"], "not as documented", 30),
        (["packed"], "packed", 30),
        (["huge"], "too large", 30),
        (["elsewhere"], "another address", 30),
        (["circle"], "redirects in a circle", 30),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else None,
)
async def test_a_provider_that_fails_is_told_in_its_own_words(
    place: Place,
    idle: Api,
    fake: FakeUnipile,
    *,
    version: str,
    faults: list[str],
    words: str,
    seconds: int,
) -> None:
    await connect(place.pool, idle, fake, version=version)
    fake.control.next(*faults)
    began = time.monotonic()
    told, wait = failure(await idle.get(PATH))
    assert time.monotonic() - began < 3
    assert told.startswith("The provider failed: ")
    assert words in told
    assert wait == seconds


@pytest.mark.parametrize("faults", [["500"], ["drop"], ["slash"], ["truncated"]], ids="+".join)
async def test_a_failure_that_passes_is_got_over(
    place: Place, idle: Api, fake: FakeUnipile, faults: list[str]
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next(*faults)
    assert len(data(await idle.get(PATH))["items"]) == 2


@measures_time
@pytest.mark.parametrize("wait", [20, 3600])
async def test_the_time_that_the_provider_gives_is_passed_on(
    place: Place, idle: Api, fake: FakeUnipile, wait: int
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.retry_after = wait
    fake.control.next("429-seconds")
    began = time.monotonic()
    _, seconds = failure(await idle.get(PATH))
    assert time.monotonic() - began < 1
    assert wait - 2 <= seconds <= wait


async def test_a_wrong_key_is_told_and_not_shown(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.keys = {"another"}
    told, wait = failure(await idle.get(PATH))
    assert "Unipile" in told
    assert wait == 300


@measures_time
async def test_a_provider_that_is_down_is_told_soon(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    await fake.stop()
    began = time.monotonic()
    told, _ = failure(await idle.get(PATH))
    assert "can't be reached" in told
    assert time.monotonic() - began < 3


@measures_time
async def test_a_budget_that_is_spent_is_told_until_when(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake, limits={"pages": 1})
    data(await idle.get(PATH))
    told, wait = failure(await idle.get(PATH))
    assert told.startswith("The day's budget of the account is used up")
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    assert abs(wait - (midnight - datetime.now(UTC)).total_seconds()) < 5
    assert fake.stats.calls.total() == 1


async def test_a_key_that_cannot_be_read_is_told(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    async with (
        own_service(place.dsn, PROVIDER_URL_POLICY="allow-private") as service,
        service.client(idle.tenant) as api,
    ):
        told, _ = failure(await api.get(PATH))
    assert "HOUSELIST_SECRET_KEY" in told
    assert not fake.stats.calls


@measures_time
@pytest.mark.parametrize("fault", ["slow", "drip"])
async def test_a_provider_that_takes_too_long_is_told_before_the_deadline(
    place: Place, idle: Api, fake: FakeUnipile, fault: str
) -> None:
    await connect(place.pool, idle, fake)
    fake.control.next(fault)
    async with (
        own_service(place.dsn, REQUEST_TIMEOUT="0.8", **VARIABLES) as service,
        service.client(idle.tenant) as api,
    ):
        began = time.monotonic()
        told, wait = failure(await api.get(PATH))
        assert time.monotonic() - began < 1.2
        assert told == "The provider did not answer in time."
        assert wait == 30
        # It holds nothing up that comes after.
        assert len(data(await api.get(PATH))["items"]) == 2


@measures_time
async def test_an_account_in_use_for_too_long_is_told_as_such(
    place: Place, idle: Api, fake: FakeUnipile
) -> None:
    await connect(place.pool, idle, fake)
    gate = Gate(place.dsn, 15)
    async with gate.hold(f"call/{idle.tenant.account_group_id}", 1):
        began = time.monotonic()
        told, _ = failure(await idle.get(PATH))
        assert time.monotonic() - began < 3
    await gate.close()
    assert "busy with another request" in told
    assert not fake.stats.calls
