"""GET …/prospects?asOf=: who was a member at a moment, in every order and with every filter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import csv
from support.prospects import make_prospects
from support.search import write_texts
from support.service import data, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api


async def _moment(pool: Pool) -> str:
    """A moment after all that was done, and before all that follows: they are told in milliseconds."""
    began = await _now(pool)
    while (now := await _now(pool)) == began:
        pass
    while await _now(pool) == now:
        pass
    return now.astimezone(UTC).isoformat()


async def _now(pool: Pool) -> datetime:
    return await pool.fetchval("SELECT date_trunc('milliseconds', clock_timestamp())")


async def _history(api: Api, pool: Pool) -> tuple[str, dict[str, list[str]]]:
    """An audience with a past: its id, and its members at some moments in the order they joined."""
    made = await api.make_audience()
    path = f"audiences/{made['id']}/prospects"
    names = [f"Person {letter}" for letter in "hgfedcba"]
    ids = await make_prospects(pool, api, *({"name": name, "title": "CTO"} for name in names))
    then: dict[str, list[str]] = {await _moment(pool): []}

    async def note() -> None:
        now = await api.all_items(path)
        then[await _moment(pool)] = [person["name"] for person in now]

    async def add(*numbers: int) -> None:
        await api.post(path, json={"prospectIds": [ids[n] for n in numbers]})
        await note()

    await add(0, 1, 2)
    await add(3, 4)
    data(await api.post(f"{path}/remove", json={"prospectIds": [ids[1], ids[3]]}))
    await note()
    await add(1, 5)
    data(await api.post(f"audiences/{made['id']}/empty", json={}))
    await note()
    await add(6, 0)
    data(await api.post(f"audiences/{made['id']}/empty", json={}))
    await add(2, 7)
    data(await api.post(f"{path}/remove", json={"prospectIds": [ids[2]]}))
    await note()
    return made["id"], then


@pytest.mark.parametrize("written", [False, True])
async def test_it_tells_who_was_a_member(api: Api, pool: Pool, *, written: bool) -> None:
    audience, then = await _history(api, pool)
    if written:
        await write_texts(pool, api)
    path = f"audiences/{audience}/prospects"
    assert [len(names) for names in then.values()] == [0, 3, 5, 3, 5, 0, 2, 2, 1]
    for moment, names in then.items():
        for sort, expected in (
            ("addedAt", names),
            ("-addedAt", names[::-1]),
            ("name", sorted(names)),
            ("-name", sorted(names, reverse=True)),
        ):
            found = await api.all_items(path, asOf=moment, sort=sort, limit=2)
            assert [person["name"] for person in found] == expected, (moment, sort)
        for q in ("person", "b", "h", "person cto g", "x"):
            # Every one has another letter, and the same words beside it.
            letters = set(q.split()) - {"person", "cto"}
            fit = [name for name in names if not letters or letters == {name[-1]}]
            found = await api.all_items(path, asOf=moment, q=q)
            assert [person["name"] for person in found] == fit, (moment, q)
            counted = data(await api.get(f"{path}/count", params={"asOf": moment, "q": q}))
            assert counted == {"count": len(fit), "isExact": True}
        counted = data(await api.get(f"{path}/count", params={"asOf": moment}))
        assert counted == {"count": len(names), "isExact": True}


async def test_moments_of_joining_bound_it(api: Api, pool: Pool) -> None:
    audience, then = await _history(api, pool)
    path = f"audiences/{audience}/prospects"
    moments = list(then)
    asked = {"asOf": moments[4], "addedAfter": moments[1], "addedBefore": moments[3]}
    # Who was there at the fourth moment, and joined between the first and the third.
    found = await api.all_items(path, **asked)
    assert [person["name"] for person in found] == ["Person d"]
    assert all(moments[1] < person["addedAt"] < moments[3] for person in found)
    everybody = await api.all_items(path, addedAfter=moments[0])
    assert [person["name"] for person in everybody] == then[moments[-1]]
    assert await api.all_items(path, addedAfter=moments[-1]) == []
    assert await api.all_items(path, addedBefore=moments[5]) == []


@pytest.mark.parametrize(
    ("columns", "moment", "said"),
    [
        ({}, datetime.now(UTC) + timedelta(days=1), "in the future"),
        (
            {"created_at": datetime.now(UTC) - timedelta(days=900)},
            datetime.now(UTC) - timedelta(days=401),
            "kept for 400 days",
        ),
        (
            {
                "created_at": datetime.now(UTC) - timedelta(days=9),
                "history_since": datetime.now(UTC) - timedelta(days=2),
            },
            datetime.now(UTC) - timedelta(days=3),
            "before the history of this audience",
        ),
    ],
)
async def test_what_nobody_knows_is_refused(
    api: Api, pool: Pool, columns: dict[str, Any], moment: datetime, said: str
) -> None:
    made = await api.make_audience()
    for name, value in columns.items():
        await pool.execute(
            f"UPDATE audiences SET {name} = $2 WHERE id = $1", bytes.fromhex(made["id"]), value
        )
    for path in ("prospects", "prospects/count"):
        asked = {"asOf": moment.isoformat()}
        refused = await api.get(f"audiences/{made['id']}/{path}", params=asked)
        assert said in problems(refused)["asOf"]


async def test_before_the_audience_there_was_nobody(api: Api) -> None:
    made = await api.make_audience()
    asked = {"asOf": "1999-12-31T23:59:59+01:00"}
    page = data(await api.get(f"audiences/{made['id']}/prospects", params=asked))
    assert page == {"items": [], "nextCursor": None, "hasMore": False}
    counted = data(await api.get(f"audiences/{made['id']}/prospects/count", params=asked))
    assert counted == {"count": 0, "isExact": True}


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("written", [False, True])
async def test_whoever_is_gone_is_told_as_who_stayed_or_not_at_all(
    api: Api, pool: Pool, *, written: bool
) -> None:
    """Members of then who left, and were merged or removed since."""
    file = csv("email,name", *(f"p{n}@b.example,Person {n}" for n in range(6)))
    job = await api.import_file(file, "File")
    path = f"audiences/{job['audienceId']}/prospects"
    people = [each["id"] for each in await api.all_items(path)]
    then = await _moment(pool)
    data(await api.post(f"{path}/remove", json={"prospectIds": people[:5]}))
    # 1 and 2 are 0 now, 3 is somebody who was never a member.
    data(await api.post(f"prospects/{people[0]}/merge", json={"prospectIds": people[1:3]}))
    (other,) = await make_prospects(pool, api, {"name": "Other", "email": "o@b.example"})
    data(await api.post(f"prospects/{other}/merge", json={"prospectIds": [people[3]]}))
    if written:
        await write_texts(pool, api)
    for limit in (1, 250):
        found = await api.all_items(path, asOf=then, limit=limit)
        assert [each["id"] for each in found] == [people[0], other, people[4], people[5]]
        found = await api.all_items(path, asOf=then, sort="-addedAt", limit=limit)
        assert [each["id"] for each in found] == [people[5], people[4], other, people[0]]
    found = await api.all_items(path, asOf=then, q="person", sort="-name")
    assert [each["id"] for each in found] == [people[5], people[4], people[0]]
    told = data(await api.get(f"{path}/count", params={"asOf": then}))
    assert told == {"count": 4, "isExact": True}
    undo = data(await api.post(f"prospecting/{job['jobId']}/undo"), 202)
    await api.finished(undo["jobId"])
    found = await api.all_items(path, asOf=then)
    left = {each["id"] for each in await api.all_items("prospects")}
    assert [each["id"] for each in found] == [
        each for each in (people[0], other, people[4], people[5]) if each in left
    ]
    assert people[4] not in left
    exported = await api.get(
        f"audiences/{job['audienceId']}/export", params={"asOf": then, "fields": "id"}
    )
    assert exported.text.split()[1:] == [each["id"] for each in found]
