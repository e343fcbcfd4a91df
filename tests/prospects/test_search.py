"""GET …/prospects with filters and orders: the same people, whether the search has written them yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.prospects import assert_guarded, join, make_busy, make_prospects
from support.search import note, write_texts
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

PEOPLE: dict[str, dict[str, Any]] = {
    "jose": {
        "name": "José O'Brien",
        "headline": "Head of Données at Łódź Labs",
        "title": "Head of Sales",
        "company_name": "Łódź Labs GmbH",
        "location": "Köln, Germany",
        "email": "jo@acme-corp.example",
    },
    "anna": {
        "name": "Anna-Luise Straße",
        "title": "Sales Engineer",
        "company_name": "100% Müller_Söhne",
        "location": "Berlin, Germany",
    },
    "wang": {
        "name": "王小明",
        "title": "工程师",
        "company_name": "北京腾讯科技",
        "location": "北京",
        "email": "wang@x.example",
    },
    "nobody": {"provider_id": "n1"},
    "first": {"first_name": "Zoë", "last_name": "Åberg", "company_name": "acme"},
    "bob": {"name": "bob", "headline": "R&D, C++", "company_name": "Acme Inc", "title": "CTO"},
}
SEARCHES: list[tuple[dict[str, str], list[str]]] = [
    ({"q": "jose"}, ["jose"]),
    ({"q": "OBRIEN"}, []),
    ({"q": "brien"}, ["jose"]),
    ({"q": "o’brien"}, ["jose"]),
    ({"q": "rien"}, []),
    ({"q": "lodz sal"}, ["jose"]),
    ({"q": "sales"}, ["jose", "anna"]),
    ({"q": "sal germ"}, ["jose", "anna"]),
    ({"q": "strasse"}, ["anna"]),
    ({"q": "luise anna"}, ["anna"]),
    ({"q": "acme"}, ["jose", "first", "bob"]),
    ({"q": "jo@acme-corp.example"}, ["jose"]),
    ({"q": "c"}, ["jose", "bob"]),
    ({"q": "R&D"}, ["bob"]),
    ({"q": "王"}, ["wang"]),
    ({"q": "小明"}, []),
    ({"q": "zoe aberg"}, ["first"]),
    ({"q": "nobodyknows"}, []),
    ({"company": "腾讯"}, ["wang"]),
    ({"company": "讯"}, ["wang"]),
    ({"company": "ACME"}, ["first", "bob"]),
    ({"company": "e i"}, ["bob"]),
    ({"company": "100%"}, ["anna"]),
    ({"company": "0%m"}, []),
    ({"company": "r_s"}, ["anna"]),
    ({"company": "mu"}, ["anna"]),
    ({"company": "\\"}, []),
    ({"company": "'"}, []),
    ({"title": "ead of"}, ["jose"]),
    ({"title": "Sales", "location": "berlin"}, ["anna"]),
    ({"location": "GERMANY", "hasEmail": "true"}, ["jose"]),
    ({"hasEmail": "true"}, ["jose", "wang"]),
    ({"hasEmail": "false"}, ["anna", "nobody", "first", "bob"]),
    ({"hasEmail": "false", "q": "acme"}, ["first", "bob"]),
    ({"sort": "name"}, ["anna", "bob", "jose", "first", "wang", "nobody"]),
    ({"sort": "-name"}, ["wang", "first", "jose", "bob", "anna", "nobody"]),
    ({"sort": "company"}, ["anna", "first", "bob", "jose", "wang", "nobody"]),
    ({"sort": "-company"}, ["wang", "jose", "bob", "first", "anna", "nobody"]),
    ({"sort": "-addedAt"}, ["bob", "first", "nobody", "wang", "anna", "jose"]),
    ({"sort": "-company", "q": "acme"}, ["jose", "bob", "first"]),
]

# Whether nobody is written yet, everybody, or some were changed since.
STATES = ("unwritten", "written", "pending")


async def _fill(pool: Pool, api: Api, state: str) -> tuple[str, dict[str, str]]:
    """An audience with PEOPLE in it, in their order: its id, and the name behind each id."""
    made = await api.make_audience()
    group = bytes.fromhex(api.tenant.account_group_id)
    if state == "pending":
        # They were all somebody else when they were written.
        ids = await make_prospects(pool, api, *({"name": "Sales Acme", "title": "Head of C"},) * 6)
        await write_texts(pool, api)
        for id_, person in zip(ids, PEOPLE.values(), strict=True):
            row = {"name": None, "title": None, **person}
            changes = ", ".join(f"{name} = ${n}" for n, name in enumerate(row, 3))
            await pool.execute(
                f"UPDATE prospects SET {changes} WHERE account_group_id = $1 AND id = $2",
                group,
                bytes.fromhex(id_),
                *row.values(),
            )
        await note(pool, api, *ids)
    else:
        ids = await make_prospects(pool, api, *PEOPLE.values())
    if state == "written":
        await write_texts(pool, api)
    await join(pool, api, made["id"], *ids)
    return made["id"], dict(zip(ids, PEOPLE, strict=True))


@pytest.mark.parametrize("state", STATES)
async def test_filters_and_orders_find_the_same_whether_written_or_not(
    api: Api, pool: Pool, state: str
) -> None:
    audience, names = await _fill(pool, api, state)
    for path in (f"audiences/{audience}/prospects", "prospects"):
        for params, expected in SEARCHES:
            page = data(await api.get(path, params=params))
            assert [names[item["id"]] for item in page["items"]] == expected, (path, params)
            assert (page["nextCursor"], page["hasMore"]) == (None, False)
            one_by_one = await api.all_items(path, **params, limit=1)
            assert [names[item["id"]] for item in one_by_one] == expected, (path, params)
    for params, expected in SEARCHES:
        if "sort" not in params:
            counted = data(await api.get(f"audiences/{audience}/prospects/count", params=params))
            assert counted == {"count": len(expected), "isExact": True}, params


async def test_a_cursor_holds_its_filters_and_its_order(api: Api, pool: Pool) -> None:
    audience, _ = await _fill(pool, api, "written")
    path = f"audiences/{audience}/prospects"
    params = {"q": "acme", "sort": "name", "limit": "1"}
    cursor = data(await api.get(path, params=params))["nextCursor"]
    assert data(await api.get(path, params={**params, "cursor": cursor}))["items"]
    for other in (
        {"q": "sales"},
        {"sort": "-name"},
        {"sort": "addedAt"},
        {"hasEmail": "true"},
        {"addedAfter": "2026-01-01T00:00:00Z"},
        {"asOf": "2026-01-01T00:00:00Z"},
    ):
        refused = await api.get(path, params={**params, **other, "cursor": cursor})
        assert "cursor of this list" in problems(refused)["cursor"], other
    plain = data(await api.get(path, params={"limit": "1"}))["nextCursor"]
    for elsewhere in (path, "prospects"):
        refused = await api.get(elsewhere, params={**params, "cursor": plain})
        assert "cursor" in problems(refused)
    long = "\U0001f600" * 100
    (giant,) = await make_prospects(pool, api, {"name": long})
    found = await api.all_items("prospects", sort="-name", limit=1)
    assert found[0]["id"] == giant
    assert len(found) == len(PEOPLE) + 1


async def test_nobody_is_told_twice_while_people_change_between_pages(api: Api, pool: Pool) -> None:
    people = [{"name": f"Person {n:02}", "company_name": "Acme"} for n in range(9)]
    ids = await make_prospects(pool, api, *people)
    await write_texts(pool, api)
    first = data(await api.get("prospects", params={"q": "person", "sort": "name", "limit": 3}))
    # One who was told comes later now, one who was not comes earlier, one is gone, one is new.
    await pool.execute(
        "UPDATE prospects SET name = 'Person 00b' WHERE id = $1", bytes.fromhex(ids[5])
    )
    await pool.execute("DELETE FROM prospects WHERE id = $1", bytes.fromhex(ids[6]))
    (new,) = await make_prospects(pool, api, {"name": "Person 99"})
    await note(pool, api, ids[5], ids[6])
    params = {"q": "person", "sort": "name", "limit": 2}
    rest: list[str] = []
    cursor = first["nextCursor"]
    while cursor:
        # The cursor of a page of three serves one of two.
        page = data(await api.get("prospects", params={**params, "cursor": cursor}))
        rest += [item["id"] for item in page["items"]]
        cursor = page["nextCursor"]
        await write_texts(pool, api)
    assert [item["id"] for item in first["items"]] == ids[:3]
    assert rest == [ids[3], ids[4], ids[7], ids[8], new]


async def test_a_guarded_audience_is_neither_listed_nor_counted(api: Api, pool: Pool) -> None:
    made = await api.make_audience()
    job = await make_busy(pool, api, made["id"])
    for path in ("prospects?q=x", "prospects?sort=name", "prospects/count", "prospects/count?q=x"):
        assert_guarded(await api.get(f"audiences/{made['id']}/{path}"), job)


async def test_strangers_find_nobody(api: Api, stranger: Api, pool: Pool) -> None:
    audience, _ = await _fill(pool, api, "written")
    for path in ("prospects?q=acme", "prospects/count?q=acme", "prospects/count"):
        error(await stranger.get(f"audiences/{audience}/{path}"), 404, "NOT_FOUND")
    assert data(await stranger.get("prospects?q=acme"))["items"] == []
    assert data(await stranger.get("prospects?company=acme&sort=name"))["items"] == []
    error(await api.get(f"{stranger.base_url}prospects"), 404, "NOT_FOUND")


async def test_it_needs_prospects_read(service: Service, pool: Pool, api: Api) -> None:
    groups = [api.tenant.account_group_id]
    reader = await make_tenant(pool, permissions=["audiences:read"], groups=groups)
    async with service.client(reader) as weak:
        for path in ("prospects", f"audiences/{'0' * 24}/prospects/count"):
            assert "prospects:read" in error(await weak.get(path), 403, "FORBIDDEN")["details"]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"q": ""}, {"q": "1 to 200"}),
        ({"q": "a" * 201}, {"q": "1 to 200"}),
        ({"q": "!?"}, {"q": "letter or a digit"}),
        ({"q": " ".join(f"w{n}" for n in range(21))}, {"q": "at most 20 words"}),
        ({"q": "a\tb"}, {"q": "control characters"}),
        ({"company": " "}, {"company": "something in it"}),
        ({"title": "x" * 201, "location": "\x7f"}, {"title": "1 to 200", "location": "control"}),
        ({"hasEmail": "yes"}, {"hasEmail": "true or false"}),
        ({"addedAfter": "yesterday"}, {"addedAfter": "time with its zone"}),
        ({"addedBefore": "2026-03-17"}, {"addedBefore": "time with its zone"}),
        ({"addedBefore": "0001-01-01T00:00:00+14:00"}, {"addedBefore": "years"}),
        ({"sort": "email"}, {"sort": "addedAt, name or company"}),
        ({"sort": "name", "cursor": "AAAAAAAAAAAA"}, {"cursor": "cursor of this list"}),
        ({"email": "x"}, {"email": "not known"}),
    ],
)
async def test_what_is_wrong_is_said(
    api: Api, params: dict[str, str], said: dict[str, str]
) -> None:
    made = await api.make_audience()
    for path in (f"audiences/{made['id']}/prospects", "prospects"):
        found = problems(await api.get(path, params=params))
        assert found.keys() == said.keys()
        assert all(words in found[name] for name, words in said.items()), found


async def test_everybody_has_no_past(api: Api) -> None:
    refused = await api.get("prospects", params={"asOf": "2026-01-01T00:00:00Z"})
    assert "not known" in problems(refused)["asOf"]
    made = await api.make_audience()
    for name in ("limit", "cursor", "sort"):
        refused = await api.get(f"audiences/{made['id']}/prospects/count", params={name: "1"})
        assert "not known" in problems(refused)[name]
