"""Imports over HTTP: rows that prove two known people to be one, and rows that must not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from houselist.members import store as moving
from houselist.people.members_store import By
from support.jobs import csv, kept, members, outcomes, until, working
from support.locks import waiting_for_locks
from support.service import data, error

if TYPE_CHECKING:
    from support.jobs import Place
    from support.service import Api

IN = "https://www.linkedin.com/in/"
SALES = "https://www.linkedin.com/sales/lead/ACwAA"
HEADER = "publicIdentifier,linkedinUrl,providerId,email,headline,location,Team"


def sales(letter: str) -> str:
    return SALES + letter * 34


def by_slug(slug: str, rest: str = ",,,,") -> str:
    return f"{slug},,{rest}"


def by_id(letter: str, rest: str = ",,,,") -> str:
    return f",{sales(letter)},{rest}"


def proof(slug: str, letter: str, rest: str = ",,,,") -> str:
    return f"{slug},{sales(letter)},{rest}"


async def rows_of(api: Api, job: Any) -> list[Any]:
    return await api.all_items(f"prospecting/{job['jobId']}/rows", limit=250)


async def count(api: Api, job: Any) -> int:
    return data(await api.get(f"audiences/{job['audienceId']}"))["prospectCount"]


@pytest.mark.usefixtures("worker")
async def test_two_known_people_become_one(api: Api) -> None:
    older = await api.import_file(csv(HEADER, by_slug("jo", ",a@b.example,CTO,,red")), "Older")
    younger = await api.import_file(
        csv(HEADER, by_id("A", "7,c@b.example,CEO,Graz,blue"), by_id("B")), "Younger"
    )
    (jo,) = await members(api, older)
    gone, other = await members(api, younger)
    job = await api.import_file(csv(HEADER, proof("jo", "A")), "Both")
    (row,) = await rows_of(api, job)
    assert (row["outcome"], row["prospectId"]) == ("added", jo["id"])
    assert gone["id"] in row["reason"]
    assert jo["id"] in row["reason"]

    (person,) = await members(api, older)
    assert person["id"] == jo["id"]
    assert (person["headline"], person["location"], person["providerId"]) == ("CTO", "Graz", "7")
    assert (person["email"], person["publicIdentifier"]) == ("a@b.example", "jo")
    assert person["attributes"] == {"Team": "red"}
    refusal = error(await api.get(f"prospects/{gone['id']}"), 404, "NOT_FOUND")
    assert jo["id"] in refusal["details"]
    ledger = await rows_of(api, younger)
    assert [each["prospectId"] for each in ledger] == [jo["id"], other["id"]]
    assert [each["id"] for each in await members(api, younger)] == [jo["id"], other["id"]]
    audiences = {each["audienceId"] for each in (older, younger, job)}
    assert set(data(await api.get(f"prospects/{jo['id']}"))["audienceIds"]) == audiences


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    "row",
    [
        by_slug("jo"),
        by_id("A"),
        by_slug("", "7,,,,"),
        *(by_slug("", f",{address},,,") for address in ("a@b.example", "c@b.example")),
    ],
)
async def test_each_identity_still_finds_who_stayed(api: Api, row: str) -> None:
    first = await api.import_file(
        csv(HEADER, by_slug("jo", ",a@b.example,,,"), by_id("A", "7,c@b.example,,,")), "One"
    )
    jo = (await members(api, first))[0]
    await api.import_file(csv(HEADER, proof("jo", "A")), "", audienceId=first["audienceId"])
    job = await api.import_file(csv(HEADER, row), "", audienceId=first["audienceId"])
    assert await outcomes(api, job) == ["alreadyMember"]
    assert [each["prospectId"] for each in await rows_of(api, job)] == [jo["id"]]


@pytest.mark.usefixtures("worker")
async def test_an_audience_with_both_keeps_the_earliest_place_and_counts_once(api: Api) -> None:
    first = await api.import_file(csv(HEADER, by_id("A"), by_slug("x")), "Both")
    await api.import_file(csv(HEADER, by_slug("jo")), "", audienceId=first["audienceId"])
    before = await members(api, first)
    assert await count(api, first) == 3
    await api.import_file(csv(HEADER, proof("jo", "A")), "Elsewhere")
    after = await members(api, first)
    assert [each["id"] for each in after] == [before[0]["id"], before[1]["id"]]
    assert after[0]["addedAt"] == before[0]["addedAt"]
    assert await count(api, first) == 2


@pytest.mark.usefixtures("worker")
async def test_people_of_one_file_are_merged_too(api: Api) -> None:
    file = csv(HEADER, by_slug("jo"), by_id("A"), proof("jo", "A"), by_id("A"))
    job = await api.import_file(file, "File")
    assert await outcomes(api, job) == ["added", "added", "duplicate", "duplicate"]
    (jo,) = await members(api, job)
    assert await count(api, job) == 1
    assert {each["prospectId"] for each in await rows_of(api, job)} == {jo["id"]}


@pytest.mark.usefixtures("worker")
async def test_a_chain_of_merges_leads_to_the_last_who_stayed(api: Api) -> None:
    first = await api.import_file(csv(HEADER, by_slug("jo"), by_slug("flo"), by_id("A")), "Three")
    jo, flo, one = await members(api, first)
    await api.import_file(csv(HEADER, proof("flo", "A")), "Four")
    refusal = error(await api.get(f"prospects/{one['id']}"), 404, "NOT_FOUND")
    assert flo["id"] in refusal["details"]
    await api.import_file(csv(HEADER, proof("jo", "A")), "Five")
    for gone in (flo, one):
        refusal = error(await api.get(f"prospects/{gone['id']}"), 404, "NOT_FOUND")
        assert jo["id"] in refusal["details"]
    assert {each["prospectId"] for each in await rows_of(api, first)} == {jo["id"]}


@pytest.mark.usefixtures("worker")
async def test_another_internal_id_of_the_kind_merges_nobody_and_says_so(api: Api) -> None:
    first = await api.import_file(csv(HEADER, proof("jo", "A"), by_id("B")), "Two")
    job = await api.import_file(csv(HEADER, proof("jo", "B")), "", audienceId=first["audienceId"])
    (row,) = await rows_of(api, job)
    assert "not merged" in row["reason"]
    assert row["prospectId"] == (await members(api, first))[1]["id"]
    assert await count(api, first) == 2


@pytest.mark.usefixtures("worker")
async def test_no_address_and_no_provider_id_merges_anybody(api: Api) -> None:
    first = await api.import_file(
        csv(HEADER, by_slug("jo", ",a@b.example,,,"), by_id("A", "7,,,,"), by_slug("flo", "8,,,,")),
        "Three",
    )
    job = await api.import_file(
        csv(
            HEADER,
            by_slug("jo", "7,,,,"),
            by_slug("", "8,a@b.example,,,"),
            by_id("A", ",a@b.example,,,"),
        ),
        "",
        audienceId=first["audienceId"],
    )
    assert await outcomes(api, job) == ["alreadyMember"] * 3
    assert await count(api, first) == 3
    assert [each["reason"] for each in await rows_of(api, job)] == [None] * 3


@pytest.mark.usefixtures("worker")
async def test_another_account_groups_people_are_not_touched(api: Api, stranger: Api) -> None:
    theirs = await stranger.import_file(csv(HEADER, by_slug("jo"), by_id("A")), "Theirs")
    await api.import_file(csv(HEADER, by_slug("jo"), by_id("A"), proof("jo", "A")), "Ours")
    assert len(await members(stranger, theirs)) == await count(stranger, theirs) == 2


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("name", "is_noted"),
    [
        ("Jane Doe", False),
        ("J. Doe", False),
        ("Doe Jané", False),
        ("Jane Miller", False),
        ("Dr. Janet Smith", False),
        ("Miller", False),
        ("", False),
        ("Robert Miller", True),
    ],
)
async def test_two_names_on_one_address_are_noted(api: Api, name: str, is_noted: bool) -> None:
    first = await api.import_file("Email,Name\na@b.example,Jane Doe\n", "One")
    job = await api.import_file(
        f"Email,Name,Headline\na@b.example,{name},CTO\n", "", audienceId=first["audienceId"]
    )
    (row,) = await rows_of(api, job)
    assert row["outcome"] == "alreadyMember"
    assert (row["reason"] is not None) == is_noted
    if is_noted:
        assert "Jane Doe" in row["reason"]
        assert name in row["reason"]


async def test_two_jobs_that_merge_the_same_people_lose_no_count(idle: Api, place: Place) -> None:
    """Two files, in opposite orders, prove the same; a third fills an audience with both halves."""
    letters = [chr(ord("A") + n % 26) + chr(ord("a") + n // 26) for n in range(100)]
    people = [(f"jo-{n}", f"{SALES}{letter * 17}") for n, letter in enumerate(letters)]
    halves = [f"{slug},,,,,," for slug, _ in people], [f",{url},,,,," for _, url in people]
    proofs = [f"{slug},{url},,,,," for slug, url in people]
    files = [
        csv(HEADER, *halves[0], *halves[1]),
        csv(HEADER, *proofs),
        csv(HEADER, *reversed(proofs)),
        csv(HEADER, *halves[1], *halves[0]),
    ]
    async with working(place.dsn, batch=50):
        upload = await idle.upload(files[0])
        old = await idle.start(type="file_upload", uploadId=upload["uploadId"], audienceName="Old")
        old = await idle.finished(old["jobId"])
    assert await count(idle, old) == 200
    started = []
    for number, file in enumerate(files[1:]):
        upload = await idle.upload(file)
        started.append(
            await idle.start(
                type="file_upload", uploadId=upload["uploadId"], audienceName=f"New {number}"
            )
        )
    async with working(place.dsn, batch=7), working(place.dsn, batch=11):
        jobs = await asyncio.gather(*(idle.finished(job["jobId"]) for job in started))
    assert [job["status"] for job in jobs] == ["completed"] * 3
    assert (await kept(place.pool, idle))["prospects"] == 100
    for job in (old, *jobs):
        found = [each["id"] for each in await members(idle, job)]
        assert len(found) == len(set(found)) == await count(idle, job) == 100
        assert {each["prospectId"] for each in await rows_of(idle, job)} == set(found)


async def test_somebody_who_is_moved_while_a_merge_waits_is_not_left_behind(
    idle: Api, place: Place
) -> None:
    """The move has both audiences; the merge waits for the one and must then find the other."""
    upload = await idle.upload(csv(HEADER, by_slug("jo"), by_id("A"), by_id("B")))
    async with working(place.dsn):
        old = await idle.start(type="file_upload", uploadId=upload["uploadId"], audienceName="Old")
        old = await idle.finished(old["jobId"])
    jo, gone, _ = await members(idle, old)
    target = (await idle.make_audience())["id"]
    group, source_id, target_id = (
        bytes.fromhex(each) for each in (idle.tenant.account_group_id, old["audienceId"], target)
    )
    async with place.pool.acquire() as connection, working(place.dsn):
        async with connection.transaction():
            both = await moving.lock_ready(connection, group, source_id, target_id)
            ids = [bytes.fromhex(gone["id"])]
            leaving = await moving.get_positions(connection, both[0], ids)
            await moving.move(connection, *both, leaving, By())
            upload = await idle.upload(csv(HEADER, proof("jo", "A")))
            job = await idle.start(
                type="file_upload", uploadId=upload["uploadId"], audienceName="New"
            )
            await until(lambda: _waits_for_a_lock(place))
        await idle.finished(job["jobId"])
    there = {"audienceId": target}
    assert [each["id"] for each in await members(idle, there)] == [jo["id"]]
    assert await count(idle, there) == 1
    assert await count(idle, old) == 2


async def _waits_for_a_lock(place: Place) -> bool:
    return await waiting_for_locks(place.pool, "%FOR NO KEY UPDATE%") > 0
