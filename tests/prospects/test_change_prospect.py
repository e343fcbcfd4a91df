"""PATCH /v1/accounts/{accountGroupId}/prospects/{prospectId}: other values, removed values, identities."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import csv, members
from support.prospects import make_prospects
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

HEADER = "publicIdentifier,linkedinUrl,providerId,email,headline"
SALES = "https://www.linkedin.com/sales/lead/ACwAA"
MEMBER = "https://www.linkedin.com/in/ACoAA"

pytestmark = pytest.mark.usefixtures("worker")


async def change(api: Api, prospect_id: str, **fields: Any) -> Any:
    return await api.patch(f"prospects/{prospect_id}", json=fields)


async def get(api: Api, prospect_id: str) -> Any:
    found = data(await api.get(f"prospects/{prospect_id}"))
    found.pop("audienceIds")
    return found


async def found_by(api: Api, *rows: str) -> list[str]:
    """Who each row of a file is about."""
    job = await api.import_file(csv(HEADER, *rows), f"Found by {rows}"[:200])
    found = await api.all_items(f"prospecting/{job['jobId']}/rows", limit=250)
    return [each["prospectId"] for each in found]


async def test_it_changes_what_is_given_and_nothing_else(api: Api, pool: Pool) -> None:
    (one,) = await make_prospects(
        pool,
        api,
        {"email": "jo@b.example", "headline": "CTO", "attributes": '{"Team": "red", "Event": "x"}'},
    )
    before = await get(api, one)
    given = {
        "headline": "  CEO ",
        "about": None,
        "company": {"name": "Acme", "website": None},
        "attributes": {"Team": "blue", "Event": None, "New": "1"},
    }
    now = data(await change(api, one, **given))
    assert now == before | {
        "headline": "CEO",
        "company": before["company"] | {"name": "Acme"},
        "attributes": {"Team": "blue", "New": "1"},
    }
    assert await get(api, one) == now
    gone = data(await change(api, one, company=None, attributes=None, headline=None))
    assert gone == before | {"headline": None, "attributes": {}}


@pytest.mark.parametrize(
    ("known", "given", "name"),
    [
        (("Jo", "Doe", "Jo Doe"), {"firstName": "Ann"}, "Ann Doe"),
        (("Jo", "Doe", "Jo Doe"), {"firstName": "Ann", "name": "Annie"}, "Annie"),
        (("Jo", "Doe", "Jo Doe"), {"lastName": None}, "Jo"),
        (("Jo", "Doe", "Dr. Jo Doe"), {"lastName": None}, "Dr. Jo Doe"),
        (("Jo", "Doe", "Jo Doe"), {"firstName": None, "lastName": None}, None),
        ((None, None, None), {"lastName": "Doe"}, "Doe"),
    ],
)
async def test_the_name_follows_first_and_last_name(
    api: Api, pool: Pool, known: tuple[str], given: dict[str, str], name: str | None
) -> None:
    columns = dict(zip(("first_name", "last_name", "name"), known, strict=True))
    (one,) = await make_prospects(pool, api, {"email": "jo@b.example", **columns})
    assert data(await change(api, one, **given))["name"] == name


async def test_identities_are_read_as_those_of_files_are(api: Api, pool: Pool) -> None:
    (one,) = await make_prospects(pool, api, {"email": "jo@b.example"})
    url = "<http://de.linkedin.com/in/Jo-Doe/?trk=x>"
    now = data(await change(api, one, linkedinUrl=url, email="Jo.DOE@B.example"))
    assert now["publicIdentifier"] == "jo-doe"
    assert now["linkedinUrl"] == "https://www.linkedin.com/in/jo-doe"
    assert now["email"] == "jo.doe@b.example"
    both = data(await change(api, one, linkedinUrl=MEMBER + "x" * 34, publicIdentifier=None))
    assert (both["linkedinUrl"], both["publicIdentifier"]) == (MEMBER + "x" * 34, None)


async def test_a_replaced_identity_still_finds_the_person_and_a_removed_one_does_not(
    api: Api,
) -> None:
    first = await api.import_file(csv(HEADER, "jo,,7,jo@b.example,"), "One")
    jo = (await members(api, first))[0]["id"]
    data(await change(api, jo, publicIdentifier="jo-doe", email="doe@b.example", providerId="8"))
    rows = ["jo,,,,", "jo-doe,,,,", ",,7,,", ",,8,,", ",,,jo@b.example,", ",,,doe@b.example,"]
    assert await found_by(api, *rows) == [jo] * 6
    # Back to the former one, and the other is the former one now.
    assert data(await change(api, jo, email="JO@b.example"))["email"] == "jo@b.example"
    assert await found_by(api, ",,,doe@b.example,again") == [jo]
    data(await change(api, jo, email=None, linkedinUrl=None))
    assert (await get(api, jo))["linkedinUrl"] is None
    now = await found_by(api, "jo,,,,x", "jo-doe,,,,x", ",,,jo@b.example,x", ",,,doe@b.example,x")
    assert jo not in now
    assert len(set(now)) == 4


async def test_an_internal_id_that_is_replaced_was_wrong(api: Api) -> None:
    first = await api.import_file(csv(HEADER, f"jo,{SALES}{'A' * 34},,,"), "One")
    jo = (await members(api, first))[0]["id"]
    data(await change(api, jo, linkedinUrl=SALES + "B" * 34))
    data(await change(api, jo, linkedinUrl=MEMBER + "C" * 34))
    ids = SALES + "B" * 34, MEMBER + "C" * 34, SALES + "A" * 34
    found = await found_by(api, *(f",{each},,," for each in ids))
    assert found[:2] == [jo, jo]
    assert found[2] != jo


async def test_what_is_somebody_elses_is_a_conflict_that_names_whose(api: Api, pool: Pool) -> None:
    jo, flo = await make_prospects(
        pool,
        api,
        {"public_identifier": "jo", "email": "jo@b.example", "provider_id": "7"},
        {"public_identifier": "flo", "email": "flo@b.example"},
    )
    before = await get(api, flo)
    for given in (
        {"linkedinUrl": "https://www.linkedin.com/in/JO/"},
        {"publicIdentifier": "jo"},
        {"email": "JO@b.example"},
        {"providerId": " 7 "},
    ):
        refusal = error(await change(api, flo, headline="x", **given), 409, "CONFLICT")
        assert jo in refusal["details"]
        assert next(iter(given)) in refusal["details"] or "linkedinUrl" in given
    assert await get(api, flo) == before
    # A former one is somebody's as well.
    data(await change(api, jo, email="new@b.example"))
    error(await change(api, flo, email="jo@b.example"), 409, "CONFLICT")


async def test_what_is_shared_already_stays_as_it_is(api: Api, pool: Pool) -> None:
    jo, _ = await make_prospects(
        pool,
        api,
        {"public_identifier": "jo", "email": "all@b.example"},
        {"public_identifier": "flo", "email": "all@b.example"},
    )
    assert data(await change(api, jo, email="all@b.example", title="CTO"))["title"] == "CTO"


async def test_the_last_identity_can_be_replaced_but_not_removed(api: Api, pool: Pool) -> None:
    (one,) = await make_prospects(pool, api, {"email": "jo@b.example"})
    assert set(problems(await change(api, one, email=None), 422)) == {"email"}
    assert (await get(api, one))["email"] == "jo@b.example"
    now = data(await change(api, one, email=None, publicIdentifier="jo"))
    assert (now["email"], now["publicIdentifier"]) == (None, "jo")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, {"body"}),
        ({"id": "x", "addedAt": "x", "fullName": "x"}, {"id", "addedAt", "fullName"}),
        ({"headline": "", "title": "  "}, {"headline", "title"}),
        ({"headline": "a\0b"}, {"headline"}),
        ({"about": "x" * 100_001, "name": 5}, {"about", "name"}),
        ({"email": "nobody"}, {"email"}),
        ({"email": "a@b.example, c@d.example"}, {"email"}),
        ({"linkedinUrl": "https://www.linkedin.com/company/acme"}, {"linkedinUrl"}),
        ({"linkedinUrl": "x" * 5000}, {"linkedinUrl"}),
        ({"publicIdentifier": "jo doe"}, {"publicIdentifier"}),
        ({"providerId": "x" * 256}, {"providerId"}),
        ({"company": {"nme": "x"}}, {"company"}),
        ({"attributes": {"Team": 5}}, {"attributes[...]"}),
        ({"attributes": {"Team": " ", "x": "\0", "y": "z"}}, {"attributes.Team", "attributes.x"}),
        ({"attributes": {"": "x"}}, {"attributes"}),
        ({"linkedinUrl": "linkedin.com/in/jo", "publicIdentifier": "flo"}, {"publicIdentifier"}),
        ({"linkedinUrl": "linkedin.com/in/jo", "publicIdentifier": None}, {"publicIdentifier"}),
        ({"linkedinUrl": None, "publicIdentifier": "jo"}, {"publicIdentifier"}),
    ],
)
async def test_what_makes_no_sense_is_named_and_changes_nothing(
    api: Api, pool: Pool, given: dict[str, Any], named: set[str]
) -> None:
    (one,) = await make_prospects(pool, api, {"email": "jo@b.example"})
    before = await get(api, one)
    assert set(problems(await change(api, one, **given))) == named
    assert await get(api, one) == before


async def test_a_person_can_not_be_given_attributes_without_end(api: Api, pool: Pool) -> None:
    (one,) = await make_prospects(pool, api, {"email": "jo@b.example"})
    data(await change(api, one, attributes={f"a{n}": "x" for n in range(500)}))
    assert set(problems(await change(api, one, attributes={"b": "x"}), 422)) == {"attributes"}
    data(await change(api, one, attributes={"b": "x", "a0": None}))
    large = {f"a{n}": "x" * 99_000 for n in range(1, 8)}
    data(await change(api, one, attributes=large))
    more = {f"a{n}": "x" * 99_000 for n in range(8, 15)}
    assert set(problems(await change(api, one, attributes=more), 422)) == {"attributes"}


async def test_of_two_who_take_one_identity_at_once_one_gets_it(api: Api, pool: Pool) -> None:
    ids = await make_prospects(pool, api, *({"email": f"p{n}@b.example"} for n in range(6)))
    answers = await asyncio.gather(*(change(api, each, publicIdentifier="jo") for each in ids))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5


async def test_a_stranger_changes_nothing(
    api: Api, stranger: Api, service: Service, pool: Pool
) -> None:
    (one,) = await make_prospects(pool, api, {"email": "jo@b.example"})
    error(await change(stranger, one, headline="x"), 404, "NOT_FOUND")
    error(await change(api, "0" * 24, headline="x"), 404, "NOT_FOUND")
    reader = await make_tenant(
        pool, permissions=["prospects:read"], groups=[api.tenant.account_group_id]
    )
    async with service.client(reader) as weak:
        refusal = error(await change(weak, one, headline="x"), 403, "FORBIDDEN")
    assert "prospects:write" in refusal["details"]
    assert (await get(api, one))["headline"] is None
