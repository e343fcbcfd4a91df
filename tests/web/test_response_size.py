"""An answer has 16 MiB at most: a page of large items ends earlier and goes on where it ended."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from houselist.ids import new_id
from houselist.paging import MAX_ITEMS, MAX_RESPONSE, fitting
from houselist.people.merge import LEFT_OUT
from support.clock import measures_time
from support.jobs import kept
from support.service import data

if TYPE_CHECKING:
    from houselist.postgres import db
    from support.service import Api

pytestmark = pytest.mark.usefixtures("worker")
MIB = 1 << 20
PEOPLE = 250


def large(number: int) -> str:
    """Attributes of about 1 MiB: most shrink to nothing in PostgreSQL, some not at all."""
    if number % 10:
        return json.dumps({"Notes": chr(ord("a") + number % 26) * MIB})
    return json.dumps({"Notes": random.Random(number).randbytes(MIB // 2).hex()})


async def add_people(
    pool: db.Pool, api: Api, audience_id: str, attributes: list[str], **more: Any
) -> list[str]:
    """People with these attributes; their ids in the order they joined."""
    group, audience = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(audience_id)
    ids = [new_id() for _ in attributes]
    names = ["account_group_id", "id", "attributes", "created_at", *more]
    values = ", ".join(f"${4 + n}" for n in range(len(more)))
    await pool.executemany(
        f"INSERT INTO prospects ({', '.join(names)})"
        f" VALUES ($1, $2, $3, now(){', ' + values if values else ''})",
        [(group, id_, each, *more.values()) for id_, each in zip(ids, attributes, strict=True)],
        timeout=60,
    )
    await pool.executemany(
        "INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,"
        " seen_by_job_id, added_at) VALUES ($1, $2, $3, $4, $2, now())",
        [(group, audience, n, id_) for n, id_ in enumerate(ids, 1)],
        timeout=60,
    )
    return [id_.hex() for id_ in ids]


async def pages(api: Api, path: str, **params: Any) -> list[Any]:
    """Every page of a list, each within its bounds."""
    found: list[Any] = []
    cursor = None
    while True:
        query = {"limit": 250, **params, **({"cursor": cursor} if cursor else {})}
        response = await api.get(path, params=query)
        assert len(response.content) <= MAX_RESPONSE
        page = data(response)
        assert page["items"]
        found.append(page)
        cursor = page["nextCursor"]
        assert page["hasMore"] == (cursor is not None)
        if cursor is None:
            return found


@measures_time
async def test_a_page_of_people_with_a_mebibyte_each_ends_earlier(api: Api, pool: db.Pool) -> None:
    audience = await api.make_audience()
    attributes = [large(number) for number in range(PEOPLE)]
    ids = await add_people(pool, api, audience["id"], attributes, provider_id="shared")
    began = time.monotonic()
    found = await pages(api, f"audiences/{audience['id']}/prospects")
    assert [item["id"] for page in found for item in page["items"]] == ids
    assert len(found) > 1
    assert all(len(page["items"]) >= 10 for page in found[:-1])
    assert time.monotonic() - began < 30
    response = await api.get("prospects/by-provider-id/shared")
    assert len(response.content) <= MAX_RESPONSE
    told = data(response)
    assert told["resolution"] == "ambiguous"
    assert [each["prospectId" if "prospectId" in each else "id"] for each in told["matches"]] == (
        ids[: len(told["matches"])]
    )


async def test_one_large_person_alone_is_still_answered(api: Api, pool: db.Pool) -> None:
    audience = await api.make_audience()
    attributes = [json.dumps({"Notes": letter * 20 * MIB}) for letter in "ab"]
    ids = await add_people(pool, api, audience["id"], attributes)
    path = f"audiences/{audience['id']}/prospects"
    first = data(await api.get(path))
    assert ([item["id"] for item in first["items"]], first["hasMore"]) == (ids[:1], True)
    second = data(await api.get(path, params={"cursor": first["nextCursor"]}))
    assert ([item["id"] for item in second["items"]], second["hasMore"]) == (ids[1:], False)


async def test_a_person_of_many_files_does_not_grow_beyond_a_mebibyte(api: Api) -> None:
    audience = await api.make_audience()
    for number in range(4):
        names = [f"f{number}x{column}" for column in range(5)]
        header, cells = (
            ",".join(["Email", *names]),
            ",".join(["a@acme.example", *["y" * 90_000] * 5]),
        )
        job = await api.import_file(f"{header}\n{cells}\n", "", audienceId=audience["id"])
        assert job["status"] == "completed"
    (row,) = data(await api.get(f"prospecting/{job['jobId']}/rows"))["items"]
    assert row["outcome"] == "alreadyMember"
    assert row["reason"] == LEFT_OUT
    (person,) = data(await api.get(f"audiences/{audience['id']}/prospects"))["items"]
    assert MIB - 100_000 < len(json.dumps(person["attributes"])) < MIB + 1_000
    assert "f0x0" in person["attributes"]


async def test_names_of_columns_do_not_make_an_answer_large(api: Api) -> None:
    long, inner = "k" * 50_000, {f"a{n}": 1 for n in range(400)}
    lines = [
        {"email": "a@acme.example", long: inner},
        {"email": "b@acme.example", "x" * 900: inner},
    ]
    body = "\n".join(map(json.dumps, lines))
    response = await api.post(
        "uploads", content=body, headers={"content-type": "application/x-ndjson"}
    )
    upload = data(response, 201)
    assert len(response.content) < MAX_RESPONSE // 8
    assert upload["rowCount"] == 2
    job = await api.import_file(body, "Long names", type_="application/x-ndjson")
    rows = data(await api.get(f"prospecting/{job['jobId']}/rows"))["items"]
    assert [row["outcome"] for row in rows] == ["invalid", "added"]
    assert rows[0]["reason"] == "the name of a column is longer than 1,000 characters"


async def test_texts_that_json_makes_longer_count_as_long_as_they_become(
    api: Api, pool: db.Pool
) -> None:
    audience = await api.make_audience()
    ids = await add_people(
        pool, api, audience["id"], ["{}"] * 100, headline="\x01" * 100_000, about='"' * 100_000
    )
    found = await pages(api, f"audiences/{audience['id']}/prospects")
    assert len(found) > 4
    assert [item["id"] for page in found for item in page["items"]] == ids


async def test_a_page_of_a_jobs_large_rows_ends_earlier(api: Api) -> None:
    note = "n" * 99_000
    lines = [
        json.dumps({"Email": f"p{n}@acme.example"} | {f"Note {m}": note for m in range(10)})
        for n in range(60)
    ]
    job = await api.import_file("\n".join(lines), "Large", type_="application/x-ndjson")
    assert job["counts"]["added"] == 60
    found = await pages(api, f"prospecting/{job['jobId']}/rows")
    assert len(found) > 3
    rows = [item for page in found for item in page["items"]]
    assert [row["row"] for row in rows] == list(range(1, 61))
    assert all(row["input"]["Note 9"] == note for row in rows)


async def test_rows_that_are_far_apart_are_all_found(api: Api) -> None:
    """Each refused row stands in a chunk of its own, among many that are fine."""
    lines = [
        f"{'nobody' if n % 700 == 3 else f'p{n}@acme.example'},{'x' * 500}" for n in range(14_000)
    ]
    job = await api.import_file("\n".join(["Email,Note", *lines, ""]), "Far")
    (page,) = await pages(api, f"prospecting/{job['jobId']}/rows", outcome="invalid")
    assert [row["row"] for row in page["items"]] == [n + 1 for n in range(3, 14_000, 700)]
    assert {row["input"]["Email"] for row in page["items"]} == {"nobody"}


async def test_navigation_that_no_answer_could_hold_is_refused_with_advice(
    api: Api, pool: db.Pool
) -> None:
    group = bytes.fromhex(api.tenant.account_group_id)

    async def add(count: int, description: str | None) -> None:
        await pool.execute(
            """
            INSERT INTO audiences
                (account_group_id, id, name, name_key, type, description, created_at)
            SELECT $1, id, 'list ' || encode(id, 'hex'), 'list ' || encode(id, 'hex'),
                'on_demand', $3, now()
            FROM unnest($2::bytea[]) AS id
            """,
            group,
            [new_id() for _ in range(count)],
            description,
        )

    await add(3_000, None)
    told = data(await api.get("audiences/navigation"))
    names = [each["name"] for each in told["ungroupedAudiences"]]
    assert len(names) == len(set(names)) == (await kept(pool, api, ["audiences"]))["audiences"]
    await add(3_500, "d" * 2_000)
    response = await api.get("audiences/navigation")
    assert (response.status_code, len(response.content) > 7_000_000) == (200, True)
    for description in ('"' * 2_000, "\u0928" * 2_000):
        await add(4_000, description)
        response = await api.get("audiences/navigation")
        assert response.status_code == 422
        assert "page by page" in response.json()["error"]["details"]


def test_ordinary_items_are_not_looked_at() -> None:
    class Unreadable:
        """Encoding it would fail."""

    items = [Unreadable() for _ in range(250)]
    assert fitting(items, 1_000_000) == items
    with pytest.raises(TypeError):
        fitting(items, MAX_ITEMS)
