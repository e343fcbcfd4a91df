"""GET /v1/accounts/{accountGroupId}/audiences/navigation: folders and audiences in one structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.prospects import make_busy
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

URL = "audiences/navigation"


async def put(api: Api, audience: Any, folder: Any) -> None:
    url = f"audiences/{audience['id']}/move-to-folder"
    data(await api.post(url, json={"folderId": folder["id"]}))


async def test_an_empty_group_has_an_empty_one(api: Api) -> None:
    assert data(await api.get(URL)) == {"folders": [], "ungroupedAudiences": []}


async def test_audiences_stand_in_their_folders_newest_first(api: Api) -> None:
    folder, empty = await api.make_folder("F"), await api.make_folder("Empty")
    made = [await api.make_audience(f"a{number}") for number in range(4)]
    for item in made[:2]:
        await put(api, item, folder)
    found = data(await api.get(URL))
    grouped = [item | {"folderId": folder["id"]} for item in made[1::-1]]
    assert found["folders"] == [folder | {"audiences": grouped}, empty | {"audiences": []}]
    assert found["ungroupedAudiences"] == made[:1:-1]


async def test_pinned_folders_come_first_then_by_position(api: Api) -> None:
    made = {name: (await api.make_folder(name))["id"] for name in "abcde"}
    changes: dict[str, dict[str, object]] = {
        "e": {"isPinned": True, "position": 9},
        "d": {"isPinned": True, "position": 2},
        "a": {"position": 7},
    }
    for name, change in changes.items():
        data(await api.patch(f"audiences/folders/{made[name]}", json=change))
    found = data(await api.get(URL))["folders"]
    assert [folder["name"] for folder in found] == ["d", "e", "b", "c", "a"]


async def test_one_that_a_job_fills_is_hidden(api: Api, pool: Pool) -> None:
    folder = await api.make_folder()
    inside, outside = await api.make_audience("in"), await api.make_audience("out")
    await put(api, inside, folder)
    for item in (inside, outside):
        await make_busy(pool, api, item["id"])
    assert data(await api.get(URL)) == {
        "folders": [folder | {"audiences": []}],
        "ungroupedAudiences": [],
    }


async def test_while_nothing_changes_the_etag_gives_304(api: Api) -> None:
    await api.make_audience()
    first = await api.get(URL)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert "no-store" not in first.headers["cache-control"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', f"{tag},\t{tag}", "*"):
        again = await api.get(URL, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert len(again.headers["x-trace-id"]) == 32
        assert "ratelimit" in again.headers


@pytest.mark.parametrize("known", ['"other"', "", ",,", "W/", '"', "\xe9", 'W/"\'"'])
async def test_another_tag_gives_the_whole(api: Api, known: str) -> None:
    response = await api.get(URL, headers={"if-none-match": known.encode("latin-1")})
    assert data(response)["folders"] == []


async def test_every_change_makes_another_etag(api: Api) -> None:
    tags = [(await api.get(URL)).headers["etag"]]
    made = await api.make_audience()
    tags.append((await api.get(URL)).headers["etag"])
    folder = await api.make_folder()
    tags.append((await api.get(URL)).headers["etag"])
    await put(api, made, folder)
    tags.append((await api.get(URL)).headers["etag"])
    await api.patch(f"audiences/{made['id']}", json={"description": "x"})
    tags.append((await api.get(URL)).headers["etag"])
    await api.patch(f"audiences/folders/{folder['id']}", json={"isPinned": True})
    tags.append((await api.get(URL)).headers["etag"])
    assert len(set(tags)) == len(tags)
    stale = await api.get(URL, headers={"if-none-match": ", ".join(tags[:-1])})
    assert stale.status_code == 200


async def test_other_groups_stay_apart_and_share_no_etag_answer(api: Api, stranger: Api) -> None:
    await api.make_audience("mine")
    tag = (await api.get(URL)).headers["etag"]
    theirs = await stranger.get(URL, headers={"if-none-match": tag})
    assert data(theirs)["ungroupedAudiences"] == []
    refusal = await stranger.get(f"{api.base_url}{URL}", headers={"if-none-match": "*"})
    error(refusal, 404, "NOT_FOUND")
    assert refusal.headers["cache-control"] == "no-store"


async def test_it_takes_no_parameters(api: Api) -> None:
    assert set(problems(await api.get(f"{URL}?limit=1&q="))) == {"limit", "q"}


async def test_it_needs_audiences_read(service: Service, pool: Pool) -> None:
    writer = await make_tenant(pool, permissions=["audiences:write"])
    async with service.client(writer) as api:
        refused = await api.get(URL, headers={"if-none-match": "*"})
    assert "audiences:read" in error(refused, 403, "FORBIDDEN")["details"]
