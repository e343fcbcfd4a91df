"""POST /prospecting with `file_upload`: an uploaded file becomes an audience."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.jobs import csv, members, outcomes
from support.service import data, error, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api

pytestmark = pytest.mark.usefixtures("worker")

PEOPLE = """First Name,Last Name,LinkedIn Profile URL,E-mail Address,Company,Favourite Colour
Avery,Stone,https://www.linkedin.com/in/Avery-Stone/,AVERY@acme.example,Acme,green
Bo,Li,https://de.linkedin.com/in/bo-li?trk=x,,Globex,
Cy,Fox,,cy@initech.example,Initech,red
Avery,Stone,linkedin.com/in/avery-stone,,,blue
Nobody,Known,,,Nowhere,grey
"""


async def test_every_row_has_one_outcome(api: Api) -> None:
    job = await api.import_file(PEOPLE, "Buyers")
    assert job["status"] == "completed"
    assert job["counts"] == {
        "rows": 5,
        "added": 3,
        "alreadyMember": 0,
        "duplicate": 1,
        "invalid": 1,
        "overLimit": 0,
    }
    rows = await api.all_items(f"prospecting/{job['jobId']}/rows", limit=2)
    assert [row["row"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["outcome"] for row in rows] == ["added", "added", "added", "duplicate", "invalid"]
    assert rows[3]["prospectId"] == rows[0]["prospectId"]
    assert "LinkedIn" in rows[4]["reason"]
    assert rows[4]["input"]["Company"] == "Nowhere"


async def test_the_audience_serves_the_people_in_their_order(api: Api) -> None:
    job = await api.import_file(PEOPLE, "Buyers")
    audience = data(await api.get(f"audiences/{job['audienceId']}"))
    assert audience["prospectCount"] == 3
    assert audience["type"] == "file_upload"
    people = await api.all_items(f"audiences/{job['audienceId']}/prospects", limit=2)
    assert [person["name"] for person in people] == ["Avery Stone", "Bo Li", "Cy Fox"]
    avery = people[0]
    assert avery["email"] == "avery@acme.example"
    assert avery["linkedinUrl"] == "https://www.linkedin.com/in/avery-stone"
    assert avery["publicIdentifier"] == "avery-stone"
    assert avery["company"]["name"] == "Acme"
    # What is known is never blanked or overwritten by a later row.
    assert avery["attributes"] == {"Favourite Colour": "green"}


async def test_columns_that_are_left_out_are_not_kept_at_all(api: Api) -> None:
    columns = {"E-mail Address": "email", "First Name": "firstName"}
    left_out = dict.fromkeys(("Favourite Colour", "Last Name", "LinkedIn Profile URL"), "leaveOut")
    job = await api.import_file(PEOPLE, "Buyers", columns={**columns, **left_out})
    people = await api.all_items(f"audiences/{job['audienceId']}/prospects")
    assert [each["email"] for each in people] == ["avery@acme.example", "cy@initech.example"]
    assert people[0]["attributes"] == {"Company": "Acme"}
    assert (people[0]["lastName"], people[0]["linkedinUrl"]) == (None, None)


async def test_nobody_is_known_by_columns_that_are_left_out(api: Api) -> None:
    upload = await api.upload(PEOPLE)
    columns = {"E-mail Address": "leaveOut", "Company": "company.name"}
    refused = await api.post(
        "prospecting",
        json={
            "type": "file_upload",
            "uploadId": upload["uploadId"],
            "audienceName": "Buyers",
            "columns": columns,
        },
    )
    assert "no column tells who the people are" in problems(refused, 422)["columns"]


async def test_a_second_file_finds_the_members_and_fills_what_was_null(api: Api) -> None:
    first = await api.import_file("LinkedIn URL,Email\nlinkedin.com/in/jo,\n", "Buyers")
    again = (
        "LinkedIn URL,Email,Headline\nlinkedin.com/in/jo,jo@x.example,CTO\nlinkedin.com/in/jo,,\n"
    )
    second = await api.import_file(again, "", audienceId=first["audienceId"])
    assert second["counts"]["alreadyMember"] == 1
    assert second["counts"]["duplicate"] == 1
    (person,) = await api.all_items(f"audiences/{first['audienceId']}/prospects")
    assert (person["email"], person["headline"]) == ("jo@x.example", "CTO")


async def test_the_audience_is_guarded_until_the_import_is_over(api: Api) -> None:
    rows = "".join(f"https://www.linkedin.com/in/person-{n}\n" for n in range(1000))
    upload = await api.upload("LinkedIn URL\n" + rows)
    started = await api.start(type="file_upload", uploadId=upload["uploadId"], audienceName="Many")
    refused = await api.get(f"audiences/{started['audienceId']}")
    words = error(refused, 409, "AUDIENCE_NOT_READY")["details"]
    assert started["jobId"] in words
    assert int(refused.headers["retry-after"]) >= 1
    assert data(await api.get("audiences"))["items"] == []
    job = await api.finished(started["jobId"])
    assert job["counts"]["added"] == 1000
    assert data(await api.get(f"audiences/{started['audienceId']}"))["prospectCount"] == 1000


async def test_exactly_one_audience_must_be_named(api: Api) -> None:
    upload = await api.upload("Email\na@b.example\n")
    body = {"type": "file_upload", "uploadId": upload["uploadId"]}
    assert "audienceId" in problems(await api.post("prospecting", json=body))


async def test_the_suggested_mapping_is_used_unless_another_is_given(api: Api) -> None:
    file = csv("Vorname,Nachname,E-Mail,Position,Ort", "Éva,Nagy,EVA@b.example,CTO,Graz")
    (person,) = await members(api, await api.import_file(file, "Suggested"))
    assert (person["firstName"], person["lastName"], person["name"]) == ("Éva", "Nagy", "Éva Nagy")
    assert (person["title"], person["location"], person["email"]) == (
        "CTO",
        "Graz",
        "eva@b.example",
    )
    assert person["attributes"] == {}

    file = file.replace("EVA", "ida")
    columns = {"E-Mail": "email", "Ort": "company.name"}
    (person,) = await members(api, await api.import_file(file, "Given", columns=columns))
    assert (person["firstName"], person["name"], person["location"]) == (None, None, None)
    assert person["company"]["name"] == "Graz"
    assert person["attributes"] == {"Vorname": "Éva", "Nachname": "Nagy", "Position": "CTO"}


async def test_of_several_columns_for_a_field_the_order_of_the_mapping_counts(api: Api) -> None:
    file = csv("Z,Long name,A", "z@b.example,long@b.example,a@b.example", ",x,a2@b.example")
    columns = {"Long name": "email", "Z": "email", "A": "email"}
    job = await api.import_file(file, "Ordered", columns=columns)
    people = await members(api, job)
    assert [person["email"] for person in people] == ["long@b.example", "a2@b.example"]
    assert people[0]["attributes"] == {"Z": "z@b.example", "A": "a@b.example"}
    assert people[1]["attributes"] == {"Long name": "x"}


async def test_every_field_of_a_prospect_can_be_mapped(api: Api) -> None:
    fields = {
        "firstName": "Ada",
        "lastName": "Li",
        "name": "Dr. Ada Li",
        "headline": "h",
        "about": "b",
        "title": "t",
        "location": "l",
        "email": "ada@b.example",
        "photoUrl": "https://p.example/a",
        "linkedinUrl": "https://www.linkedin.com/in/ada",
        "publicIdentifier": "ada",
        "providerId": "P 1",
        "company.name": "Acme",
        "company.linkedinIdentifier": "acme",
        "company.linkedinUrl": "https://www.linkedin.com/company/acme",
        "company.industry": "i",
        "company.website": "acme.example",
    }
    columns = {f"c{number}": field for number, field in enumerate(fields)}
    job = await api.import_file(
        csv(",".join(columns), ",".join(fields.values())), "All", columns=columns
    )
    (person,) = await members(api, job)
    company = {name.removeprefix("company."): v for name, v in fields.items() if "company." in name}
    assert person["company"] == company
    alone = {name: value for name, value in fields.items() if "." not in name}
    assert {name: person[name] for name in alone} == alone


@pytest.mark.parametrize(
    ("cells", "name"), [("Jo,Li,Boss", "Boss"), ("Jo,Li,", "Jo Li"), ("Jo,,", "Jo"), (",Li,", "Li")]
)
async def test_the_name_is_built_where_it_is_not_given(api: Api, cells: str, name: str) -> None:
    file = csv("First Name,Last Name,Full Name,Email", f"{cells},a@b.example")
    (person,) = await members(api, await api.import_file(file, "Named"))
    assert person["name"] == name


async def test_a_column_of_public_identifiers(api: Api) -> None:
    file = csv(
        "Public Identifier", "Jane-Doe", "https://www.linkedin.com/in/jane-doe/", "a b", "me"
    )
    job = await api.import_file(file, "Slugs")
    assert await outcomes(api, job) == ["added", "duplicate", "invalid", "invalid"]
    (person,) = await members(api, job)
    assert person["linkedinUrl"] == "https://www.linkedin.com/in/jane-doe"


async def test_a_cell_that_cannot_be_used_is_kept_and_told(api: Api) -> None:
    file = csv("LinkedIn URL,Email,providerId", f"linkedin.com/in/jo,not an address,{'x' * 256}")
    job = await api.import_file(file, "Kept")
    assert job["counts"]["added"] == 1
    (person,) = await members(api, job)
    assert (person["email"], person["providerId"]) == (None, None)
    assert person["attributes"] == {"Email": "not an address", "providerId": "x" * 256}
    (row,) = await api.all_items(f"prospecting/{job['jobId']}/rows")
    assert "Email: is not an e-mail address" in row["reason"]
    assert "providerId: is longer" in row["reason"]


async def test_an_unusable_url_beside_a_good_address_is_kept_and_told(api: Api) -> None:
    file = csv("LinkedIn URL,Email", "https://www.linkedin.com/company/acme,jo@b.example")
    job = await api.import_file(file, "Kept")
    (person,) = await members(api, job)
    assert person["linkedinUrl"] is None
    assert person["attributes"] == {"LinkedIn URL": "https://www.linkedin.com/company/acme"}
    (row,) = await api.all_items(f"prospecting/{job['jobId']}/rows")
    assert row["outcome"] == "added"
    assert "company" in row["reason"]


async def test_a_file_without_rows_gives_an_empty_audience(api: Api) -> None:
    job = await api.import_file("Email,Name\n", "Empty")
    assert job["status"] == "completed"
    assert job["stages"]["import"] == {"status": "completed", "progress": 1.0, "details": None}
    assert set(job["counts"].values()) == {0}
    assert data(await api.get(f"audiences/{job['audienceId']}"))["prospectCount"] == 0


async def test_a_file_of_invalid_rows_alone_completes(api: Api) -> None:
    job = await api.import_file(csv("Email,Name", *["x,y"] * 120), "Nobody")
    assert job["status"] == "completed"
    assert (job["counts"]["rows"], job["counts"]["invalid"]) == (120, 120)
    assert await members(api, job) == []


async def test_one_upload_fills_several_audiences_and_its_people_know_them(api: Api) -> None:
    upload = await api.upload(PEOPLE)
    held_by: list[str] = []
    for name in ("One", "Two"):
        started = await api.start(
            type="file_upload", uploadId=upload["uploadId"], audienceName=name
        )
        job = await api.finished(started["jobId"])
        assert job["counts"]["added"] == 3
        held_by.append(job["audienceId"])
        people = await members(api, job)
        assert len(people) == 3
    for person in people:
        told = data(await api.get(f"prospects/{person['id']}"))
        assert sorted(told["audienceIds"]) == sorted(held_by)


async def test_tenants_share_no_people(api: Api, stranger: Api) -> None:
    mine = await members(api, await api.import_file(PEOPLE, "Mine"))
    theirs = await members(stranger, await stranger.import_file(PEOPLE, "Theirs"))
    assert len(mine) == len(theirs) == 3
    assert not {person["id"] for person in mine} & {person["id"] for person in theirs}


async def test_the_example_file_fills_an_audience(api: Api) -> None:
    file = (Path(__file__).parents[2] / "examples" / "us-legislators.csv").read_bytes()
    columns = {
        "bioguide_id": "providerId",
        "first_name": "firstName",
        "last_name": "lastName",
        "full_name": "name",
        "title": "title",
        "state": "location",
    }
    job = await api.import_file(file, "Congress", columns=columns)
    assert (job["counts"]["rows"], job["counts"]["added"]) == (537, 537)
    people = await members(api, job)
    assert len({person["providerId"] for person in people}) == 537
    found = data(await api.get("prospects/by-provider-id/K000367"))
    assert found["resolution"] == "unique"
    assert found["matches"][0]["name"] == "Amy Klobuchar"
    amy = next(person for person in people if person["id"] == found["matches"][0]["prospectId"])
    assert amy["attributes"]["twitter"] == "SenAmyKlobuchar"
    again = await api.import_file(file, "", columns=columns, audienceId=job["audienceId"])
    assert again["counts"]["alreadyMember"] == 537


async def test_text_that_postgresql_cannot_hold_fails_no_job(api: Api) -> None:
    lines = (
        '{"email": "a@b.example", "about": "x\\u0000y", "odd\\u0000key": "v\\u0000"}',
        '{"email": "b@b.example", "about": "\\ud800"}',
        '{"email": "c@b.example", "about": ["\\u0000", {"k\\u0000": "\\ud83d\\ude00"}]}',
        '{"email": "d@b.example", "\\udc00": "x"}',
        '{"email": "e@b.example", "about": "\\u0001\\ufffe\\u202e\U0010ffff"}',
        '{"email": "f\\u0000@b.example", "providerId": "\\u0000"}',
        '{"email": "\\u0000", "linkedinUrl": "https://www.linkedin.com/in/a\\u0000b"}',
    )
    job = await api.import_file("\n".join(lines), "Odd", type_="application/x-ndjson")
    assert job["status"] == "completed"
    assert await outcomes(api, job) == [
        "added",
        "invalid",
        "added",
        "invalid",
        "added",
        "added",
        "added",
    ]
    people = await members(api, job)
    assert (people[0]["about"], people[0]["attributes"]) == ("xy", {"oddkey": "v"})
    assert people[2]["about"] == "\u0001\ufffe\u202e\U0010ffff"


async def test_very_long_rows_are_imported(api: Api) -> None:
    cells = ",".join(["x" * 99_999] * 9)
    file = csv("Email,a,b,c,d,e,f,g,h,i", *(f"p{n}@b.example,{cells}" for n in range(30)))
    job = await api.import_file(file, "Long")
    assert (job["status"], job["counts"]["added"]) == ("completed", 30)


async def test_the_order_of_a_mapping_is_kept(api: Api, pool: Pool) -> None:
    columns = {"Zeta": "email", "Alpha": "name", "Middle": "headline"}
    upload = await api.upload("Alpha,Middle,Zeta\nA,B,c@d.example\n")
    job = await api.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName="Order", columns=columns
    )
    kept = await pool.fetchval(
        "SELECT mapping FROM prospecting_jobs WHERE id = $1", bytes.fromhex(job["jobId"])
    )
    assert list(json.loads(kept).items()) == list(columns.items())
