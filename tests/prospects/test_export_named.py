"""GET …/audiences/{audienceId}/export?prospectIds=…: a file of some who are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.prospects import join, make_prospects
from support.search import write_texts
from support.service import problems

if TYPE_CHECKING:
    import httpx

    from houselist.postgres.db import Pool
    from support.service import Api


async def _made(pool: Pool, api: Api, *names: str) -> tuple[str, list[str]]:
    """An audience of people of these names; its id and theirs."""
    made = await api.make_audience("CTOs")
    people = [{"name": name, "email": f"{name}@x.example"} for name in names]
    ids = await make_prospects(pool, api, *people)
    await join(pool, api, made["id"], *ids)
    return made["id"], ids


async def _export(api: Api, audience_id: str, **query: Any) -> httpx.Response:
    asked = {"fields": "name", "bom": "false", **query}
    return await api.get(f"audiences/{audience_id}/export", params=asked)


async def test_they_alone_are_in_the_file_in_the_order_they_joined(
    api: Api, pool: Pool, stranger: Api
) -> None:
    audience, ids = await _made(pool, api, "ann", "bo", "cy", "di")
    theirs = await make_prospects(pool, stranger, {"name": "Theirs"})
    not_in_it = await make_prospects(pool, api, {"name": "Elsewhere"})
    asked = ",".join([ids[3], ids[0], ids[0], *theirs, *not_in_it])
    for format_ in ("csv", "ndjson", "xlsx", "parquet"):
        answer = await _export(api, audience, format=format_, prospectIds=asked)
        assert answer.status_code == 200
        assert answer.headers["x-row-count"] == "2"
    assert (await _export(api, audience, prospectIds=asked)).text == "name\nann\ndi\n"
    assert (await _export(api, audience, prospectIds=not_in_it[0])).text == "name\n"


async def test_filters_and_times_leave_some_of_them(api: Api, pool: Pool) -> None:
    audience, ids = await _made(pool, api, "ann", "bo", "di")
    await write_texts(pool, api)
    asked = f"{ids[2]},{ids[0]}"
    assert (await _export(api, audience, prospectIds=asked, q="di")).text == "name\ndi\n"
    some = {"prospectIds": asked, "addedBefore": "2020-01-01T00:00:00Z"}
    assert (await _export(api, audience, **some)).text == "name\n"


@pytest.mark.parametrize(
    "wrong", ["", ",", "x", "0" * 23, "A" * 24, "0" * 24 + ",", ",".join(["0" * 24] * 251)]
)
async def test_ids_that_are_none_or_too_many_are_refused(api: Api, pool: Pool, wrong: str) -> None:
    audience, _ = await _made(pool, api, "ann")
    assert list(problems(await _export(api, audience, prospectIds=wrong))) == ["prospectIds"]
