"""POST /prospecting with `file_upload`: an uploaded file becomes an audience."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import data, error, problems

if TYPE_CHECKING:
    from support import Api

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
        "rows": 5, "added": 3, "alreadyMember": 0, "duplicate": 1, "invalid": 1, "overLimit": 0,
    }  # fmt: skip
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


async def test_a_second_file_finds_the_members_and_fills_what_was_null(api: Api) -> None:
    first = await api.import_file("LinkedIn URL,Email\nlinkedin.com/in/jo,\n", "Buyers")
    again = "LinkedIn URL,Email,Headline\nlinkedin.com/in/jo,jo@x.example,CTO\nlinkedin.com/in/jo,,\n"
    second = await api.import_file(again, "", audienceId=first["audienceId"])
    assert second["counts"]["alreadyMember"] == 1
    assert second["counts"]["duplicate"] == 1
    (person,) = await api.all_items(f"audiences/{first['audienceId']}/prospects")
    assert (person["email"], person["headline"]) == ("jo@x.example", "CTO")


async def test_the_audience_is_guarded_until_the_import_is_over(api: Api) -> None:
    rows = "".join(f"https://www.linkedin.com/in/person-{n}\n" for n in range(1000))
    upload = await api.upload("LinkedIn URL\n" + rows)
    started = await api.start(
        type="file_upload", uploadId=upload["uploadId"], audienceName="Many"
    )
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
