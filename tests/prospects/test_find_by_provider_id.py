"""GET /v1/accounts/{accountGroupId}/prospects/by-provider-id/{providerId}: it never guesses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from support.prospects import make_prospects
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service


def url(provider_id: str) -> str:
    return f"prospects/by-provider-id/{quote(provider_id, safe='')}"


async def test_nobody_has_it(api: Api) -> None:
    found = data(await api.get(url("S000148")))
    assert found == {"providerId": "S000148", "resolution": "none", "matches": []}


async def test_one_person_has_it(api: Api, pool: Pool) -> None:
    people = await make_prospects(
        pool,
        api,
        {
            "provider_id": "S1",
            "name": "A",
            "title": "CTO",
            "company_name": "Acme",
            "public_identifier": "jäger",
            "email": "a@example.com",
        },
        {"provider_id": "S2"},
    )
    found = data(await api.get(url("S1")))
    assert found["resolution"] == "unique"
    assert found["matches"] == [
        {
            "prospectId": people[0],
            "personId": people[0],
            "publicIdentifier": "jäger",
            "linkedinUrl": "https://www.linkedin.com/in/j%C3%A4ger",
            "name": "A",
            "companyName": "Acme",
            "title": "CTO",
        }
    ]


async def test_what_is_not_known_of_a_match_is_null(api: Api, pool: Pool) -> None:
    await make_prospects(
        pool, api, {"provider_id": "S1"}, {"provider_id": "S2", "linkedin_id": "id:ACoAAx"}
    )
    (bare,) = data(await api.get(url("S1")))["matches"]
    assert {name for name, value in bare.items() if value is None} == {
        "publicIdentifier",
        "linkedinUrl",
        "name",
        "companyName",
        "title",
    }
    (by_id,) = data(await api.get(url("S2")))["matches"]
    assert by_id["publicIdentifier"] is None
    assert by_id["linkedinUrl"] == "https://www.linkedin.com/in/ACoAAx"


async def test_of_several_who_share_it_all_are_told(api: Api, pool: Pool) -> None:
    shared = {"provider_id": "S1"}
    people = await make_prospects(
        pool, api, shared | {"public_identifier": "a"}, shared | {"public_identifier": "b"}
    )
    found = data(await api.get(url("S1")))
    assert found["resolution"] == "ambiguous"
    assert [match["prospectId"] for match in found["matches"]] == people


@pytest.mark.parametrize(
    "provider_id", ["urn:li:member:1", "a b", "Ü☃", "x" * 255, "100%", "a+b", "?#&=", "'--"]
)
async def test_any_text_may_be_an_id(api: Api, pool: Pool, provider_id: str) -> None:
    await make_prospects(pool, api, {"provider_id": provider_id})
    found = data(await api.get(url(provider_id)))
    assert (found["providerId"], found["resolution"]) == (provider_id, "unique")


async def test_case_and_spaces_count(api: Api, pool: Pool) -> None:
    await make_prospects(pool, api, {"provider_id": "s1"})
    for other in ("S1", "s1 ", "s", "s%"):
        assert data(await api.get(url(other)))["resolution"] == "none"


@pytest.mark.parametrize("provider_id", ["x" * 256, "\x00", "a\nb", "a\n", "\x7f"])
async def test_what_cannot_be_an_id_is_named(api: Api, provider_id: str) -> None:
    assert set(problems(await api.get(url(provider_id)))) == {"providerId"}


async def test_other_groups_stay_apart(api: Api, stranger: Api, pool: Pool) -> None:
    await make_prospects(pool, api, {"provider_id": "S1"})
    assert data(await stranger.get(url("S1")))["resolution"] == "none"
    error(await stranger.get(f"{api.base_url}{url('S1')}"), 404, "NOT_FOUND")
    assert set(problems(await api.get(f"{url('S1')}?limit=1"))) == {"limit"}


async def test_it_needs_prospects_read(service: Service, pool: Pool) -> None:
    weak = await make_tenant(pool, permissions=["audiences:read", "prospecting:read"])
    async with service.client(weak) as api:
        refused = await api.get(url("S1"))
    assert "prospects:read" in error(refused, 403, "FORBIDDEN")["details"]
