"""What an account group may have at most: 409 QUOTA_EXCEEDED for one more, exactly, and never sooner."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from houselist.accounts import quota_store as store
from houselist.errors import QuotaExceeded
from houselist.ids import new_id
from houselist.postgres import db
from houselist.uploads import quotas as upload_quotas
from houselist.uploads import store as uploads
from support.clock import measures_time
from support.jobs import kept, slugs
from support.service import data

if TYPE_CHECKING:
    from support.service import Api

MOST_AT_ONCE = 8


async def allow(pool: db.Pool, api: Api, **limits: int | None) -> None:
    async with db.transaction(pool) as connection:
        await store.change_limits(connection, bytes.fromhex(api.tenant.account_group_id), **limits)


async def stored(pool: db.Pool, api: Api) -> int:
    """Bytes, as they are counted; and they are what is there."""
    group = bytes.fromhex(api.tenant.account_group_id)
    async with db.acquire(pool) as connection:
        counted = (await store.get_usage(connection, group)).upload_bytes
    there = await pool.fetchval(
        "SELECT coalesce(sum(octet_length(rows)), 0) FROM upload_chunks WHERE account_group_id = $1",
        group,
    )
    assert counted == there
    return counted


def refused(response: Any, words: str) -> None:
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (409, "QUOTA_EXCEEDED"), response.text
    assert words in error["details"]


async def at_once(*requests: Any) -> list[int]:
    return sorted(response.status_code for response in await asyncio.gather(*requests))


async def test_one_more_audience_than_allowed_is_refused(api: Api, pool: db.Pool) -> None:
    await allow(pool, api, audiences=3)
    for number in range(3):
        await api.make_audience(f"List {number}")
    body = {"name": "One more", "type": "on_demand"}
    refused(await api.post("audiences", json=body), "audiences: the account group may have 3")
    page = data(await api.get("audiences"))
    await api.delete(f"audiences/{page['items'][0]['id']}")
    assert (await api.post("audiences", json=body)).status_code == 201
    await allow(pool, api, audiences=None)
    await api.make_audience("The default is generous")


async def test_of_two_that_make_the_last_one_at_once_one_wins(api: Api, pool: db.Pool) -> None:
    await allow(pool, api, audiences=1, folders=1)
    posts = [
        api.post("audiences", json={"name": f"L{n}", "type": "on_demand"})
        for n in range(MOST_AT_ONCE)
    ]
    assert await at_once(*posts) == [201] + [409] * (MOST_AT_ONCE - 1)
    posts = [
        api.post("audiences/folders", json={"name": f"F{n}", "audienceType": "on_demand"})
        for n in range(MOST_AT_ONCE)
    ]
    assert await at_once(*posts) == [201] + [409] * (MOST_AT_ONCE - 1)
    assert (await kept(pool, api, ["audiences", "folders"])) == {"audiences": 1, "folders": 1}


async def test_one_more_folder_than_allowed_is_refused(api: Api, pool: db.Pool) -> None:
    await allow(pool, api, folders=1)
    await api.make_folder("Europe")
    response = await api.post(
        "audiences/folders", json={"name": "Asia", "audienceType": "on_demand"}
    )
    refused(response, "folders: the account group may have 1")


async def test_one_more_job_than_allowed_is_refused_and_leaves_nothing(
    api: Api, pool: db.Pool
) -> None:
    await allow(pool, api, jobs=2)
    upload = await api.upload(slugs(1))
    url = ["https://www.linkedin.com/in/avery-stone"]
    bodies = [
        {"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": "A"},
        {"type": "url_upload", "urls": url, "audienceName": "B"},
        {"type": "url_upload", "urls": url, "audienceName": "C"},
        {"type": "file_upload", "uploadId": upload["uploadId"], "audienceName": "D"},
    ]
    posts = [api.post("prospecting", json=body) for body in bodies]
    assert await at_once(*posts) == [202, 202, 409, 409]
    before = await kept(pool, api)
    refused(
        await api.post("prospecting", json={**bodies[1], "audienceName": "E"}),
        "unfinished jobs: the account group may have 2",
    )
    assert await kept(pool, api) == before
    assert before["audiences"] == before["prospecting_jobs"] == 2
    # One that is over makes room.
    job = data(await api.get("prospecting"))["items"][0]
    await api.post(f"prospecting/{job['jobId']}/cancel")
    assert (
        await api.post("prospecting", json={**bodies[1], "audienceName": "E"})
    ).status_code == 202


async def test_no_upload_goes_beyond_the_bytes_that_may_be_stored(api: Api, pool: db.Pool) -> None:
    await api.upload(slugs(400))
    one = await stored(pool, api)
    assert one > 10_000
    await allow(pool, api, upload_bytes=2 * one)
    await api.upload(slugs(400))
    headers = {"content-type": "text/csv"}
    response = await api.post("uploads", content=slugs(1), headers=headers)
    refused(response, "stored uploads: the account group may have")
    body = {"type": "url_upload", "urls": ["https://www.linkedin.com/in/x"], "audienceName": "U"}
    refused(await api.post("prospecting", json=body), "stored uploads")
    assert await stored(pool, api) == 2 * one
    assert (await kept(pool, api, ["uploads"])) == {"uploads": 2}


async def test_of_two_uploads_that_would_fill_the_rest_at_once_one_wins(
    api: Api, pool: db.Pool
) -> None:
    await api.upload(slugs(400))
    one = await stored(pool, api)
    await allow(pool, api, upload_bytes=2 * one)
    headers = {"content-type": "text/csv"}
    posts = [api.post("uploads", content=slugs(400), headers=headers) for _ in range(4)]
    assert await at_once(*posts) == [201, 409, 409, 409]
    assert await stored(pool, api) == 2 * one


async def test_urls_and_the_rows_of_a_file_count_alike(api: Api, pool: db.Pool) -> None:
    urls = [f"https://www.linkedin.com/in/person-{n}" for n in range(300)]
    await api.start(type="url_upload", urls=urls, audienceName="U")
    assert await stored(pool, api) > 300 * 30


async def test_an_upload_under_way_leaves_less_for_those_that_began_after_it(
    api: Api, pool: db.Pool
) -> None:
    group = bytes.fromhex(api.tenant.account_group_id)
    await allow(pool, api, upload_bytes=1000)
    async with db.acquire(pool) as connection:
        first = await uploads.open_upload(connection, group)
        second = await uploads.open_upload(connection, group)
        assert await upload_quotas.remaining_bytes(connection, group, second) == 1000
        await uploads.add_chunk(
            connection, group, first, first_row=1, row_count=1, rows=bytes(400), durable=False
        )
        assert await upload_quotas.remaining_bytes(connection, group, first) == 600
        assert await upload_quotas.remaining_bytes(connection, group, second) == 600
        await uploads.add_chunk(
            connection, group, second, first_row=1, row_count=1, rows=bytes(600), durable=False
        )
        assert await upload_quotas.remaining_bytes(connection, group, first) == 600
        with pytest.raises(QuotaExceeded, match="limits"):
            await upload_quotas.remaining_bytes(connection, group, second)


@measures_time
async def test_the_last_audience_of_ten_thousand_costs_milliseconds(
    api: Api, pool: db.Pool
) -> None:
    group = bytes.fromhex(api.tenant.account_group_id)
    await pool.execute(
        """
        INSERT INTO audiences (account_group_id, id, name, name_key, type, created_at)
        SELECT $1, id, 'list ' || number, 'list ' || number, 'on_demand', now()
        FROM unnest($2::bytea[]) WITH ORDINALITY AS new (id, number)
        """,
        group,
        [new_id() for _ in range(9_990)],
    )
    began = time.perf_counter()
    for number in range(10):
        await api.make_audience(f"More {number}")
    assert time.perf_counter() - began < 10 * 0.1
    refused(await api.post("audiences", json={"name": "x", "type": "on_demand"}), "may have 10,000")
