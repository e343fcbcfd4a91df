"""`previousCursor` of a page of people: the page before, in every order and with all filters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.prospects import join_many, make_prospects
from support.search import write_texts
from support.service import data, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api

SORTS = ("addedAt", "-addedAt", "name", "-name", "company", "-company")
CROWD: list[dict[str, Any]] = [
    # Some have no name, and a company is that of several.
    {"title": ("CTO", "Engineer")[n % 2], "company_name": (None, "Acme", "Böhm")[n % 3]}
    | ({"name": f"Person {n * 7 % 23}"} if n % 4 else {})
    for n in range(23)
]
FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"title": "cto"},
    {"q": "person", "company": "acme"},
    {"addedAfter": "2026-01-01T00:00:00Z"},
)


async def crowd(api: Api, pool: Pool, *, written: bool) -> str:
    audience = (await api.make_audience())["id"]
    people = await make_prospects(pool, api, *CROWD)
    data(await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people}))
    if written:
        await write_texts(pool, api)
    return audience


async def get(api: Api, path: str, query: dict[str, Any], cursor: str | None) -> Any:
    more = {} if cursor is None else {"cursor": cursor}
    return data(await api.get(path, params={**query, **more}))


async def forth(api: Api, path: str, **query: Any) -> list[Any]:
    """All pages, from the first to the last."""
    pages = [await get(api, path, query, None)]
    while pages[-1]["hasMore"]:
        pages.append(await get(api, path, query, pages[-1]["nextCursor"]))
    return pages


async def check_back(api: Api, path: str, pages: list[Any], **query: Any) -> None:
    """Goes back from the last page to the first: the same pages, each of which leads on."""
    assert "previousCursor" not in pages[0]
    at = pages[-1]
    for before in reversed(pages[:-1]):
        after, at = at, await get(api, path, query, at["previousCursor"])
        assert at["items"] == before["items"]
        assert at["hasMore"]
        again = await get(api, path, query, at["nextCursor"])
        assert again["items"] == after["items"]
        assert again["hasMore"] == after["hasMore"]
    assert "previousCursor" not in at


@pytest.mark.parametrize("written", [True, False], ids=["written", "pending"])
@pytest.mark.parametrize("sort", SORTS)
async def test_pages_are_the_same_both_ways(
    api: Api, pool: Pool, sort: str, *, written: bool
) -> None:
    audience = await crowd(api, pool, written=written)
    for path in (f"audiences/{audience}/prospects", "prospects"):
        for filters in FILTERS:
            for limit in (4, 23) if filters else (3, 22):
                query = {**filters, "sort": sort, "limit": limit}
                pages = await forth(api, path, **query)
                await check_back(api, path, pages, **query)


@pytest.mark.parametrize("sort", ["addedAt", "-addedAt", "-name"])
async def test_people_of_a_past_moment(api: Api, pool: Pool, sort: str) -> None:
    audience = await crowd(api, pool, written=True)
    path = f"audiences/{audience}/prospects"
    everybody = await api.all_items(path)
    moment = max(person["addedAt"] for person in everybody)
    leavers = [person["id"] for person in everybody[::3]]
    data(await api.post(f"{path}/remove", json={"prospectIds": leavers}))
    query = {"asOf": moment, "sort": sort, "limit": 5}
    pages = await forth(api, path, **query)
    assert sum(len(page["items"]) for page in pages) == len(everybody)
    await check_back(api, path, pages, **query)


@pytest.mark.parametrize("sort", ["name", "-name"])
async def test_pages_by_one_statement(api: Api, pool: Pool, sort: str) -> None:
    """An audience of more than 5,000 whose people are written for the search."""
    audience = (await api.make_audience())["id"]
    group = bytes.fromhex(api.tenant.account_group_id)
    rows = await pool.fetch(
        """
        INSERT INTO prospects (account_group_id, id, name, created_at)
        SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'Person ' || n % 5000, now()
        FROM generate_series(1, 5100) n RETURNING id
        """,
        group,
    )
    await join_many(pool, api, audience, [row[0].hex() for row in rows])
    await write_texts(pool, api)
    for path in (f"audiences/{audience}/prospects", "prospects"):
        query = {"sort": sort, "limit": 250}
        pages = await forth(api, path, **query)
        assert len(pages) == 21
        await check_back(api, path, pages, **query)


async def test_large_people(api: Api, pool: Pool) -> None:
    """A response holds fewer than 20 of them; nobody is left out on the way back."""
    audience = (await api.make_audience())["id"]
    large = json.dumps({"notes": "x" * 900_000})
    people = await make_prospects(pool, api, *({"attributes": large} for _ in range(40)))
    await join_many(pool, api, audience, people)
    for path in (f"audiences/{audience}/prospects", f"audiences/{audience}/prospects?sort=name"):
        pages = await forth(api, path, limit=100)
        assert len(pages) > 2
        at, found = pages[-1], [person["id"] for person in pages[-1]["items"]]
        while "previousCursor" in at:
            at = await get(api, path, {"limit": 100}, at["previousCursor"])
            found = [*(person["id"] for person in at["items"]), *found]
        assert found == [person["id"] for page in pages for person in page["items"]]
        assert sorted(found) == sorted(people)


@pytest.mark.parametrize("sort", ["addedAt", "name"])
async def test_those_who_leave_meanwhile(api: Api, pool: Pool, sort: str) -> None:
    audience = await crowd(api, pool, written=True)
    path, query = f"audiences/{audience}/prospects", {"sort": sort, "limit": 6}
    pages = await forth(api, path, **query)
    first, second, *_ = ([person["id"] for person in page["items"]] for page in pages)

    async def remove(*ids: str) -> None:
        data(await api.post(f"{path}/remove", json={"prospectIds": ids}))

    # Nobody appears twice and nobody is missed.
    await remove(second[0], first[5], first[2])
    back = await get(api, path, query, pages[1]["previousCursor"])
    assert [person["id"] for person in back["items"]] == [first[n] for n in (0, 1, 3, 4)]
    onward = await get(api, path, query, back["nextCursor"])
    assert [person["id"] for person in onward["items"]][:5] == second[1:]
    # Where nobody is left before, it is the first page.
    await remove(*(first[n] for n in (0, 1, 3, 4)))
    back = await get(api, path, query, pages[1]["previousCursor"])
    assert [person["id"] for person in back["items"]][:5] == second[1:]
    assert "previousCursor" not in back
    # A page after which and on which nobody is left leads to the last one.
    rest = [person["id"] for page in pages[2:] for person in page["items"]]
    await remove(*rest)
    gone = await get(api, path, query, pages[1]["nextCursor"])
    assert (gone["items"], gone["hasMore"]) == ([], False)
    last = await get(api, path, query, gone["previousCursor"])
    assert [person["id"] for person in last["items"]] == second[1:]
    assert (last["nextCursor"], last["hasMore"]) == (None, False)


async def test_a_cursor_back_is_of_its_own_list(api: Api, pool: Pool) -> None:
    audience = await crowd(api, pool, written=True)
    path = f"audiences/{audience}/prospects"
    _, second, *_ = await forth(api, path, limit=5)
    for query in ("sort=name", "q=person", "title=cto"):
        asked = f"{path}?{query}&cursor={second['previousCursor']}"
        assert "cursor" in problems(await api.get(asked))
    body = {"filters": {}, "cursor": second["previousCursor"]}
    assert "cursor" in problems(await api.post(f"{path}/remove-matching", json=body))
