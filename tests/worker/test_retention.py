"""What is kept for a time only is deleted after that time, and nothing else, whoever looks on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from houselist.postgres import queue_store
from houselist.worker import retention
from houselist.worker.retention import BUDGET_DAYS, QUEUE_LOG_DAYS, forget_history, forget_traces
from support.jobs import Place, kept, working
from support.prospects import join_many, make_many
from support.service import data, problems

if TYPE_CHECKING:
    from support.service import Api

DAYS = 400
HISTORY = ("left_members", "membership_spans", "audience_days", "value_changes")
# When what happened is noted to have happened.
MOMENTS = {
    "left_members": "left_at",
    "membership_spans": "at",
    "audience_days": "day",
    "value_changes": "at",
    "audience_lists": "emptied_at",
    "provider_budgets": "day",
    "idempotency_keys": "created_at",
}


async def grow_older(place: Place, api: Api, table: str, days: float) -> None:
    """All that the account group has in a table becomes so many days older."""
    column, group = MOMENTS[table], bytes.fromhex(api.tenant.account_group_id)
    rows = await place.pool.fetch(
        f"SELECT DISTINCT {column} FROM {table} WHERE account_group_id = $1 AND {column} IS NOT NULL"
        f" ORDER BY {column}",
        group,
    )
    # One by one: a cluster changes no column by a function of it that depends on the time zone.
    await place.pool.executemany(
        f"UPDATE {table} SET {column} = $3 WHERE account_group_id = $1 AND {column} = $2",
        [(group, row[0], row[0] - timedelta(days=days)) for row in rows],
    )


async def happenings(api: Api, place: Place, count: int = 10) -> tuple[str, list[str]]:
    """An audience that people joined and left, of whom something changed; those who are in it."""
    made = (await api.make_audience())["id"]
    people = await make_many(place.pool, api, count)
    body = {"prospectIds": people}
    data(await api.post(f"audiences/{made}/prospects", json=body))
    gone = {"prospectIds": people[: count // 2]}
    data(await api.post(f"audiences/{made}/prospects/remove", json=gone))
    for person in people:
        data(await api.patch(f"prospects/{person}", json={"headline": "CTO"}))
    return made, people[count // 2 :]


async def ids_in(api: Api, audience_id: str) -> list[str]:
    found = await api.all_items(f"audiences/{audience_id}/prospects", limit=250)
    told = data(await api.get(f"audiences/{audience_id}"))
    assert told["prospectCount"] == len(found)
    return [person["id"] for person in found]


async def changes(api: Api, audience_id: str) -> list[Any]:
    return data(await api.get(f"audiences/{audience_id}/changes?limit=250"))["items"]


async def test_history_is_let_go_on_its_day_and_the_members_stay(idle: Api, place: Place) -> None:
    audience, people = await happenings(idle, place)
    before = await kept(place.pool, idle, HISTORY)
    assert before == dict(zip(HISTORY, (5, 1, 1, 10), strict=True))
    for table in HISTORY:
        await grow_older(place, idle, table, DAYS - 1)
    await forget_history(place.pool, DAYS)
    assert await kept(place.pool, idle, HISTORY) == before
    for table in HISTORY:
        await grow_older(place, idle, table, 2)
    async with place.api() as other:
        await happenings(other, place)
        await forget_history(place.pool, DAYS)
        assert await kept(place.pool, other, HISTORY) == before
    assert await kept(place.pool, idle, HISTORY) == dict.fromkeys(HISTORY, 0)
    assert await ids_in(idle, audience) == people
    told = await changes(idle, audience)
    assert [(each["prospectId"], each["change"]) for each in told] == [
        (person, "joined") for person in people
    ]


async def test_fewer_days_let_go_sooner(idle: Api, place: Place) -> None:
    await happenings(idle, place)
    await grow_older(place, idle, "left_members", 100)
    await forget_history(place.pool, 90)
    found = await kept(place.pool, idle, HISTORY)
    assert (found["left_members"], found["value_changes"]) == (0, 10)


async def test_a_moment_before_the_history_that_is_kept_is_refused(server_dsn: str) -> None:
    async with Place.made(server_dsn, "short", HISTORY_DAYS="90") as place, place.api() as api:
        audience, _ = await happenings(api, place)
        await place.pool.execute(
            "UPDATE audiences SET created_at = $1", datetime.now(UTC) - timedelta(days=200)
        )
        for days, status in ((89, 200), (91, 400)):
            as_of = {"asOf": (datetime.now(UTC) - timedelta(days=days)).isoformat()}
            for path in ("prospects", "prospects/count"):
                response = await api.get(f"audiences/{audience}/{path}", params=as_of)
                assert response.status_code == status, response.text
        assert "90 days" in problems(response)["asOf"]


async def test_what_is_much_goes_in_slices_and_a_round_that_broke_off_is_made_up_for(
    idle: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 3)
    await happenings(idle, place, 20)
    await grow_older(place, idle, "left_members", DAYS + 1)
    forget, slices = retention.store.forget, []

    async def break_off(*arguments: Any, **limits: int) -> int:
        slices.append(await forget(*arguments, **limits))
        if len(slices) == 2:
            raise RuntimeError("the worker dies, and this slice with it")
        return slices[-1]

    monkeypatch.setattr(retention.store, "forget", break_off)
    with pytest.raises(RuntimeError, match="dies"):
        await forget_history(place.pool, DAYS)
    assert (await kept(place.pool, idle, ["left_members"])) == {"left_members": 7}
    await forget_history(place.pool, DAYS)
    assert (await kept(place.pool, idle, ["left_members"])) == {"left_members": 0}
    assert slices == [3, 3, 3, 3, 1]


async def test_one_worker_does_it_at_a_time(idle: Api, place: Place) -> None:
    await happenings(idle, place)
    await grow_older(place, idle, "left_members", DAYS + 1)
    async with place.pool.acquire() as other, other.transaction():
        assert await retention.store.try_lock(other)
        await forget_history(place.pool, DAYS)
        assert (await kept(place.pool, idle, ["left_members"])) == {"left_members": 5}
    await forget_history(place.pool, DAYS)
    assert (await kept(place.pool, idle, ["left_members"])) == {"left_members": 0}


async def test_a_list_that_was_emptied_goes_with_its_members_and_the_present_one_stays(
    idle: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 3)
    audience, _ = await happenings(idle, place, 20)
    data(await idle.post(f"audiences/{audience}/empty"))
    (person,) = await make_many(place.pool, idle, 1)
    body = {"prospectIds": [person]}
    data(await idle.post(f"audiences/{audience}/prospects", json=body))
    tables = ["memberships", "audience_lists"]
    assert await kept(place.pool, idle, tables) == {"memberships": 11, "audience_lists": 2}
    await forget_history(place.pool, DAYS)
    assert await kept(place.pool, idle, tables) == {"memberships": 11, "audience_lists": 2}
    await grow_older(place, idle, "audience_lists", DAYS + 1)
    await forget_history(place.pool, DAYS)
    assert await kept(place.pool, idle, tables) == {"memberships": 1, "audience_lists": 1}
    assert await ids_in(idle, audience) == [person]
    told = [(each["prospectId"], each["change"]) for each in await changes(idle, audience)]
    assert told == [(person, "joined")]
    assert data(await idle.get(f"prospects/{person}"))["audienceIds"] == [audience]


async def test_a_combination_under_way_keeps_the_history_that_it_reads(
    idle: Api, place: Place
) -> None:
    people = await make_many(place.pool, idle, 30)
    one, two = [(await idle.make_audience(name))["id"] for name in ("One", "Two")]
    await join_many(place.pool, idle, one, people[:20])
    await join_many(place.pool, idle, two, people[10:])
    body = {"operation": "union", "audienceIds": [one, two], "audienceName": "Both"}
    job = data(await idle.post("audiences/combine", json=body), 202)
    group = bytes.fromhex(idle.tenant.account_group_id)
    # It has waited for longer than history is kept.
    await place.pool.execute(
        "UPDATE prospecting_jobs SET created_at = $2 WHERE account_group_id = $1",
        group,
        datetime.now(UTC) - timedelta(days=DAYS + 9),
    )
    gone = {"prospectIds": people[:5]}
    data(await idle.post(f"audiences/{one}/prospects/remove", json=gone))
    data(await idle.post(f"audiences/{two}/empty"))
    for table in ("left_members", "audience_lists"):
        await grow_older(place, idle, table, DAYS + 1)
    await forget_history(place.pool, DAYS)
    async with working(place.dsn):
        await idle.finished(job["jobId"])
    assert await ids_in(idle, job["audienceId"]) == people
    await forget_history(place.pool, DAYS)
    tables = ("left_members", "audience_lists")
    assert await kept(place.pool, idle, tables) == {"left_members": 0, "audience_lists": 1}


async def test_budgets_of_days_long_past_are_let_go(idle: Api, place: Place) -> None:
    group = bytes.fromhex(idle.tenant.account_group_id)
    await place.pool.executemany(
        "INSERT INTO provider_budgets (account_group_id, day, kind, used)"
        " VALUES ($1, (now() AT TIME ZONE 'UTC')::date - $2::integer, 'profiles', 1)",
        [(group, days) for days in (0, 1, BUDGET_DAYS, BUDGET_DAYS + 1, BUDGET_DAYS + 900)],
    )
    await forget_history(place.pool, DAYS)
    assert await kept(place.pool, idle, ["provider_budgets"]) == {"provider_budgets": 3}


async def test_idempotency_keys_go_after_a_day_however_many_there_are(
    idle: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    for number in range(5):
        headers = {"idempotency-key": str(number)}
        body = {"name": f"Audience {number}", "type": "on_demand"}
        data(await idle.post("audiences", json=body, headers=headers), 201)
    await forget_traces(place.pool)
    assert await kept(place.pool, idle, ["idempotency_keys"]) == {"idempotency_keys": 5}
    await grow_older(place, idle, "idempotency_keys", 1)
    await forget_traces(place.pool)
    assert await kept(place.pool, idle, ["idempotency_keys"]) == {"idempotency_keys": 0}


async def test_what_the_queue_wrote_down_goes_after_a_week(place: Place) -> None:
    for table in queue_store.LOGS:
        columns = "entrypoint, priority, status, created"
        more = {"pgqueuer_log": ("job_id", "1"), "pgqueuer_statistics": ("count", "1")}[table]
        await place.pool.executemany(
            f"INSERT INTO {table} ({columns}, {more[0]})"
            f" VALUES ('old', 0, 'successful', now() - $1::interval, {more[1]})",
            [(timedelta(days=days),) for days in (0, QUEUE_LOG_DAYS - 1, QUEUE_LOG_DAYS + 1, 900)],
        )
    await forget_traces(place.pool)
    for table in queue_store.LOGS:
        left = await place.pool.fetchval(f"SELECT count(*) FROM {table} WHERE entrypoint = 'old'")
        assert left == 2, table
