"""GET /sales-navigator/lead-lists: the same for lists; how it fails is told beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fakes.unipile.world import Source
from support.directory import stock
from support.provided import KEY, connect
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from support.jobs import Place
    from support.service import Api

PATH = "sales-navigator/lead-lists"


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_they_are_those_of_the_account(
    place: Place, idle: Api, fake: FakeUnipile, version: str
) -> None:
    await connect(place.pool, idle, fake, version=version)
    assert data(await idle.get(PATH)) == {
        "items": [{"id": "901", "name": "Fair 2026"}, {"id": "902", "name": "Empty"}],
        "hasMore": False,
        "note": None,
    }


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_all_pages_are_read(place: Place, idle: Api, fake: FakeUnipile, version: str) -> None:
    await connect(place.pool, idle, fake, version=version)
    fake.world.lead_lists = {
        str(number): Source(0, 1, f"List {number}") for number in range(1000, 1019)
    }
    items = data(await idle.get(PATH))["items"]
    assert [each["id"] for each in items] == [str(number) for number in range(1000, 1019)]


async def test_a_list_of_the_directory_can_be_started_on(place: Place, idle: Api) -> None:
    group = bytes.fromhex(idle.tenant.account_group_id)
    await stock(place.pool, group, "Name,Email\nAda,ada@example.com\n", list_name="Fair")
    (found,) = data(await idle.get(PATH))["items"]
    assert found["name"] == "Fair"
    await idle.start(type="sales_navigator", leadListId=found["id"], audienceName="Leads")


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
    tenant = await make_tenant(
        place.pool, ["audiences:read"], groups=[idle.tenant.account_group_id]
    )
    async with place.service.client(tenant) as api:
        details = error(await api.get(PATH), 403, "FORBIDDEN")["details"]
    assert "prospecting:read" in details


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_provider_that_fails_is_told_in_its_own_words(
    place: Place, idle: Api, fake: FakeUnipile, version: str
) -> None:
    await connect(place.pool, idle, fake, version=version)
    fake.control.next("500", "500")
    response = await idle.get(PATH)
    assert "Unexpected error" in error(response, 502, "UPSTREAM_ERROR")["details"]
    assert response.headers["retry-after"] == "30"
    assert KEY not in response.text
