"""Imports over HTTP: which rows are one person, which are not, and what a person keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.jobs import csv, members, outcomes
from support.service import data

if TYPE_CHECKING:
    from support.service import Api

pytestmark = pytest.mark.usefixtures("worker")

HEADER = "linkedinUrl,providerId,email"
IN = "https://www.linkedin.com/in/"
SALES = "https://www.linkedin.com/sales/lead/ACwAA" + "A" * 34


@pytest.mark.parametrize(
    "rows",
    [
        (f"{IN}jo,,", "linkedin.com/in/jo,,"),
        (f"{IN}jo,,", "HTTPS://de.linkedin.com/in/JO/?utm=1#x,,"),
        (f"{IN}j%C3%B6,,", f"{IN}jö/,,"),
        (f"{IN}jo,1,a@b.example", f"{IN}jo,2,c@b.example"),
        (f"{SALES},,", f"{SALES}?x=1,,"),
        (",1,", ",1,"),
        (",1,a@b.example", ",1,c@b.example"),
        (f"{IN}jo,1,", ",1,"),
        (",1,", f"{IN}jo,1,"),
        (",,Jo@B.example", ",,jo@b.EXAMPLE"),
        (",,jo@b.example", ",,mailto:jo@b.example"),
        (f"{IN}jo,,a@b.example", ",,a@b.example"),
        (",,a@b.example", f"{IN}jo,7,a@b.example"),
        (f"{IN}jo,,a@b.example", f"{SALES},,a@b.example"),
    ],
)
@pytest.mark.parametrize("apart", [False, True], ids=["one file", "two files"])
async def test_one_person(api: Api, rows: tuple[str, str], apart: bool) -> None:
    if apart:
        first = await api.import_file(csv(HEADER, rows[0]), "One")
        job = await api.import_file(csv(HEADER, rows[1]), "", audienceId=first["audienceId"])
        assert await outcomes(api, job) == ["alreadyMember"]
    else:
        job = await api.import_file(csv(HEADER, *rows), "One")
        assert await outcomes(api, job) == ["added", "duplicate"]
    assert len(await members(api, job)) == 1


@pytest.mark.parametrize(
    "rows",
    [
        (f"{IN}jo,,", f"{IN}flo,,"),
        (f"{IN}jo,,a@b.example", f"{IN}flo,,a@b.example"),
        (f"{IN}jo,1,", f"{IN}flo,1,"),
        (",1,a@b.example", ",2,a@b.example"),
        (",1,", ",01,"),
        ("," + "ab,", ",AB,"),
        (",,a@b.example", ",,a+x@b.example"),
    ],
)
@pytest.mark.parametrize("apart", [False, True], ids=["one file", "two files"])
async def test_two_people(api: Api, rows: tuple[str, str], apart: bool) -> None:
    if apart:
        first = await api.import_file(csv(HEADER, rows[0]), "Two")
        job = await api.import_file(csv(HEADER, rows[1]), "", audienceId=first["audienceId"])
        assert await outcomes(api, job) == ["added"]
    else:
        job = await api.import_file(csv(HEADER, *rows), "Two")
        assert await outcomes(api, job) == ["added", "added"]
    assert len(await members(api, job)) == 2


async def test_a_row_that_bridges_two_people_goes_by_the_strongest_and_joins_none(api: Api) -> None:
    file = csv(
        HEADER,
        f"{IN}jo,,",
        ",7,",
        ",,a@b.example",
        f"{IN}jo,7,a@b.example",  # jo, and the two others stay who they are
        ",7,",
        ",,a@b.example",
    )
    job = await api.import_file(file, "Bridged")
    assert await outcomes(api, job) == ["added"] * 3 + ["duplicate"] * 3
    jo, seven, address = await members(api, job)
    assert (jo["providerId"], jo["email"]) == ("7", "a@b.example")
    assert (seven["linkedinUrl"], address["linkedinUrl"]) == (None, None)
    rows = await api.all_items(f"prospecting/{job['jobId']}/rows")
    assert rows[3]["prospectId"] == jo["id"]
    # Of several who share an identity the one known first is found, in this job and in the next.
    assert [row["prospectId"] for row in rows[4:]] == [jo["id"], jo["id"]]
    again = await api.import_file(
        csv(HEADER, ",7,", ",,a@b.example"), "", audienceId=job["audienceId"]
    )
    rows = await api.all_items(f"prospecting/{again['jobId']}/rows")
    assert [row["prospectId"] for row in rows] == [jo["id"], jo["id"]]


async def test_identities_that_are_learnt_in_between_join_later_rows(api: Api) -> None:
    file = csv(HEADER, ",,a@b.example", f"{IN}jo,,a@b.example", f"{IN}jo,7,", ",7,", f"{IN}jo,,")
    job = await api.import_file(file, "Learnt")
    assert await outcomes(api, job) == ["added"] + ["duplicate"] * 4
    (person,) = await members(api, job)
    assert (person["publicIdentifier"], person["providerId"], person["email"]) == (
        "jo",
        "7",
        "a@b.example",
    )


async def test_a_later_row_fills_what_was_null_and_never_blanks(api: Api) -> None:
    first = csv("Email,Headline,Company,City,Team", "a@b.example,CTO,Acme,,red")
    job = await api.import_file(first, "Filled")
    later = csv(
        "Email,Headline,Company,City,Team,Shoe",
        "a@b.example,,,,,",
        "a@b.example,CEO,Globex,Graz,blue,42",
    )
    await api.import_file(later, "", audienceId=job["audienceId"])
    (person,) = await members(api, job)
    assert (person["headline"], person["company"]["name"]) == ("CTO", "Acme")
    assert person["location"] == "Graz"
    assert person["attributes"] == {"Team": "red", "Shoe": "42"}


async def test_another_audience_fills_the_same_person(api: Api) -> None:
    one = await api.import_file(csv("Email,Headline", "a@b.example,"), "One")
    await api.import_file(csv("Email,Headline", "a@b.example,CTO"), "Two")
    (person,) = await members(api, one)
    assert person["headline"] == "CTO"


@pytest.mark.parametrize(
    ("rows", "resolution", "matches"),
    [
        ((), "none", 0),
        ((",7,", ",7,a@b.example"), "unique", 1),
        ((f"{IN}jo,7,", f"{IN}flo,7,"), "ambiguous", 2),
    ],
)
async def test_a_provider_id_resolves_to_whom_imports_made(
    api: Api, rows: tuple[str, ...], resolution: str, matches: int
) -> None:
    await api.import_file(csv(HEADER, *rows), "Provided")
    found = data(await api.get("prospects/by-provider-id/7"))
    assert (found["resolution"], len(found["matches"])) == (resolution, matches)


async def test_an_id_that_only_differs_in_case_is_another_person(api: Api) -> None:
    lower = SALES[:-1] + "a"
    job = await api.import_file(csv(HEADER, f"{SALES},,", f"{lower},,"), "Ids")
    assert await outcomes(api, job) == ["added", "added"]
