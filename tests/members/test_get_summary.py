"""GET /v1/accounts/{accountGroupId}/audiences/{audienceId}/summary."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from houselist.members import summary_store
from houselist.members.shapes import Filled
from houselist.members.summaries import Sample, State, Summaries
from support.prospects import assert_guarded, make_busy, make_prospects
from support.service import data, error, make_tenant

if TYPE_CHECKING:
    from houselist.members.shapes import Summary
    from houselist.postgres.db import Pool
    from support.service import Api, Service


async def test_a_small_one_is_told_exactly(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    people = await make_prospects(
        pool,
        api,
        *({"company_name": "Acme", "title": f"T{n % 12:02}"} for n in range(24)),
        {"company_name": " Acme ", "email": "a@b.example", "photo_url": "https://x.example/a.jpg"},
        {"company_name": "Zeta", "location": "Graz"},
        {"company_name": "x" * 900},
        {"title": " "},
    )
    await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people})
    await api.post(f"audiences/{audience}/prospects/remove", json={"prospectIds": people[:2]})
    told = data(await api.get(f"audiences/{audience}/summary"))
    assert (told["isExact"], told["sampledFrom"]) == (True, 26)
    assert told["companies"] == [{"value": "Acme", "count": 23}, {"value": "Zeta", "count": 1}]
    assert [each["count"] for each in told["titles"]] == [2] * 10
    assert told["locations"] == [{"value": "Graz", "count": 1}]
    assert told["filled"] == {
        "email": round(1 / 26, 4),
        "title": round(23 / 26, 4),
        "company": round(25 / 26, 4),
        "location": round(1 / 26, 4),
        "photoUrl": round(1 / 26, 4),
    }
    days = told["byDay"]
    today = datetime.now(UTC).date()
    assert [date.fromisoformat(each["day"]) for each in days] == [
        today - timedelta(days=ago) for ago in range(89, -1, -1)
    ]
    assert days[-1] | {"day": ""} == {"day": "", "joined": 28, "left": 2, "total": 26}
    assert days[-2] | {"day": ""} == {"day": "", "joined": 0, "left": 0, "total": 0}


async def test_an_empty_one_has_nothing_to_tell(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    told = data(await api.get(f"audiences/{audience}/summary"))
    assert (told["companies"], told["filled"]["email"], told["isExact"]) == ([], 0.0, True)
    people = await make_prospects(pool, api, {"company_name": "Acme"})
    await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people})
    await api.post(f"audiences/{audience}/empty")
    told = data(await api.get(f"audiences/{audience}/summary"))
    assert told["byDay"][-1]["left"] == told["byDay"][-1]["joined"] == 1
    assert told["companies"] == []


async def test_a_large_one_is_sampled_evenly(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    group = bytes.fromhex(api.tenant.account_group_id)
    await pool.execute(
        """
        INSERT INTO prospects (account_group_id, id, company_name, created_at)
        SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'C' || n * 4 / 10000, now()
        FROM generate_series(0, 9999) n
        """,
        group,
    )
    ids = [f"{n:024x}" for n in range(10_000)]
    data(await api.post(f"audiences/{audience}/prospects", json={"prospectIds": ids}))
    gone = {"prospectIds": ids[2_500:5_000]}
    data(await api.post(f"audiences/{audience}/prospects/remove", json=gone))
    told = data(await api.get(f"audiences/{audience}/summary"))
    assert told["isExact"] is False
    assert 1_400 < told["sampledFrom"] <= 2_000
    assert told["filled"]["company"] == 1.0
    assert sorted(each["value"] for each in told["companies"]) == ["C0", "C2", "C3"]
    assert all(2_300 < each["count"] < 2_700 for each in told["companies"])
    assert told["byDay"][-1]["total"] == 7_500


async def ask(pool: Pool, api: Api, audience: str, kept: Summaries) -> tuple[Summary, list[str]]:
    """The summary, and the statements on people that it took."""
    asked: list[str] = []
    async with pool.acquire() as connection:
        of = map(bytes.fromhex, (api.tenant.account_group_id, audience))
        with connection.query_logger(lambda each: asked.append(each.query)):
            told = await summary_store.get(connection, *of, kept)
    return told, [each for each in asked if "JOIN prospects" in each]


async def test_nobody_is_looked_at_again_until_something_changes(api: Api, pool: Pool) -> None:
    kept = Summaries()
    audience = (await api.make_audience())["id"]
    people = await make_prospects(pool, api, *({"company_name": f"C{n}"} for n in range(3)))
    await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people[:2]})
    first, asked = await ask(pool, api, audience, kept)
    assert (len(asked), len(first.companies)) == (1, 2)
    assert await ask(pool, api, audience, kept) == (first, [])
    await api.post(f"audiences/{audience}/prospects", json={"prospectIds": people[2:]})
    second, asked = await ask(pool, api, audience, kept)
    assert (len(asked), len(second.companies)) == (1, 3)
    assert await ask(pool, api, audience, kept) == (second, [])


async def test_every_change_is_told_at_once(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    people = await make_prospects(
        pool, api, *({"company_name": f"C{n}", "public_identifier": f"c{n}"} for n in range(5))
    )

    async def companies() -> list[str]:
        told = data(await api.get(f"audiences/{audience}/summary"))
        return sorted(each["value"] for each in told["companies"])

    assert await companies() == []
    members = f"audiences/{audience}/prospects"
    data(await api.post(members, json={"prospectIds": people[:3]}))
    assert await companies() == ["C0", "C1", "C2"]
    data(await api.post(f"{members}/remove", json={"prospectIds": people[:1]}))
    data(await api.post(members, json={"prospectIds": people[3:4]}))
    assert await companies() == ["C1", "C2", "C3"]
    data(await api.patch(f"prospects/{people[1]}", json={"company": {"name": "New"}}))
    assert await companies() == ["C2", "C3", "New"]
    data(await api.post(f"prospects/{people[4]}/merge", json={"prospectIds": people[3:4]}))
    assert await companies() == ["C2", "C4", "New"]
    data(await api.post(f"audiences/{audience}/empty"))
    assert await companies() == []
    data(await api.post(members, json={"prospectIds": people[1:2]}))
    assert await companies() == ["New"]


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    kept = Summaries(limit=2)
    state, other = State(b"list", 7, 9), State(b"list", 7, 10)
    sample = Sample([], [], [], Filled(*[0.0] * 5), 0)
    for audience in (b"a", b"b"):
        kept.keep(b"group", audience, state, sample)
    assert kept.get(b"group", b"a", other) is None
    assert kept.get(b"another", b"a", state) is None
    assert kept.get(b"group", b"a", state) is sample
    kept.keep(b"group", b"c", state, sample)
    assert [kept.get(b"group", each, state) for each in (b"a", b"b", b"c")] == [
        sample,
        None,
        sample,
    ]


async def test_a_stranger_is_refused(api: Api, service: Service, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    other = service.client(await make_tenant(pool))
    error(await other.get(f"audiences/{audience}/summary"), 404, "NOT_FOUND")


async def test_one_that_a_job_fills_is_guarded(api: Api, pool: Pool) -> None:
    audience = (await api.make_audience())["id"]
    job = await make_busy(pool, api, audience)
    assert_guarded(await api.get(f"audiences/{audience}/summary"), job)
