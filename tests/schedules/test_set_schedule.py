"""PUT /v1/accounts/{accountGroupId}/audiences/{audienceId}/schedule: how often, and from when on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from houselist.envelope import timestamp
from support.prospects import make_ready
from support.schedules import fill_directory, get, make_due, make_watched, moment, now, put
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


@pytest.mark.parametrize("every", STEPS)
async def test_without_a_start_the_first_run_is_one_step_from_now(
    api: Api, pool: Pool, every: str
) -> None:
    audience = await make_watched(pool, api)
    before = now() - timedelta(milliseconds=1)
    told = data(await put(api, audience, every=every))
    assert before <= moment(told["startsAt"]) <= now()
    assert moment(told["nextRunAt"]) == moment(told["startsAt"]) + STEPS[every]
    assert told == {
        "audienceId": audience["id"],
        "every": every,
        "startsAt": told["startsAt"],
        "nextRunAt": told["nextRunAt"],
        "lastRunAt": None,
        "lastJobId": None,
        "lastError": None,
    }
    assert await get(api, audience) == told


async def test_a_start_to_come_is_the_first_run(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    starts_at = timestamp(now() + timedelta(days=40))
    told = data(await put(api, audience, every="month", startsAt=starts_at))
    assert (told["startsAt"], told["nextRunAt"]) == (starts_at, starts_at)


async def test_a_start_that_is_past_sets_the_rhythm_alone(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    start = now() - timedelta(days=400, minutes=10)
    told = data(await put(api, audience, every="hour", startsAt=timestamp(start)))
    due = moment(told["nextRunAt"])
    assert now() < due <= now() + timedelta(hours=1)
    assert (due - moment(told["startsAt"])) % timedelta(hours=1) == timedelta(0)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2030-03-01T06:00:00Z", "2030-03-01T06:00:00.000Z"),
        ("2030-03-01T06:00:00.123987Z", "2030-03-01T06:00:00.123Z"),
        ("2030-03-01T01:30:00+05:30", "2030-02-28T20:00:00.000Z"),
        ("2030-02-28T20:00:00-08:00", "2030-03-01T04:00:00.000Z"),
    ],
)
async def test_a_start_may_be_told_in_any_zone(api: Api, pool: Pool, given: str, kept: str) -> None:
    audience = await make_watched(pool, api)
    told = data(await put(api, audience, every="day", startsAt=given))
    assert (told["startsAt"], told["nextRunAt"]) == (kept, kept)
    assert data(await put(api, audience, every="day", startsAt=given)) == told


@pytest.mark.parametrize("start", [None, "2027-06-30T06:00:00Z", "2026-01-31T06:00:00Z"])
async def test_sent_again_it_changes_nothing(api: Api, pool: Pool, start: str | None) -> None:
    audience = await make_watched(pool, api)
    body: dict[str, Any] = {"every": "month"} | ({"startsAt": start} if start else {})
    first = data(await put(api, audience, **body))
    await make_due(pool, api, audience, timedelta(minutes=5))
    due = await get(api, audience)
    assert due["nextRunAt"] < first["nextRunAt"]
    assert data(await put(api, audience, **body)) == due, "a run that is due stays due"


async def test_another_one_takes_the_place_of_the_first(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    start = timestamp(now() + timedelta(days=3))
    first = data(await put(api, audience, every="day", startsAt=start))
    weekly = data(await put(api, audience, every="week", startsAt=start))
    assert weekly == first | {"every": "week"}
    later = timestamp(now() + timedelta(days=4))
    moved = data(await put(api, audience, every="week", startsAt=later))
    assert moved == weekly | {"startsAt": later, "nextRunAt": later}
    same = data(await put(api, audience, every="week", startsAt=None))
    assert same == moved, "left out, the start stays where the rhythm does"
    fresh = data(await put(api, audience, every="hour"))
    assert moment(fresh["nextRunAt"]) <= now() + timedelta(hours=1)
    assert await get(api, audience) == fresh


async def test_of_many_at_once_one_schedule_is_left(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    every = ["hour", "day", "week", "month"] * 3
    answers = await asyncio.gather(*(put(api, audience, every=one) for one in every))
    assert await get(api, audience) in [data(answer) for answer in answers]


async def test_it_can_be_set_while_the_first_job_fills_the_audience(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api, ready=False)
    error(await api.get(f"audiences/{audience['id']}"), 409, "AUDIENCE_NOT_READY")
    told = data(await put(api, audience, every="day"))
    assert await get(api, audience) == told


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"every"}),
        ({"every": None}, {"every"}),
        ({"every": "year"}, {"every"}),
        ({"every": "Day"}, {"every"}),
        ({"every": 60}, {"every"}),
        ({"every": ["day"]}, {"every"}),
        ({"every": "day", "startsAt": ""}, {"startsAt"}),
        ({"every": "day", "startsAt": "tomorrow"}, {"startsAt"}),
        ({"every": "day", "startsAt": "2026-12-01"}, {"startsAt"}),
        ({"every": "day", "startsAt": "2026-12-01T06:00:00"}, {"startsAt"}),
        ({"every": "day", "startsAt": "2026-02-30T06:00:00Z"}, {"startsAt"}),
        ({"every": "day", "startsAt": 1790000000}, {"startsAt"}),
        ({"every": "day", "startsAt": {}}, {"startsAt"}),
        ({"every": "day", "startsAt": "2026-12-01T06:00:00Z" * 1000}, {"startsAt"}),
        ({"every": "x", "startsAt": "x", "cron": "* * * * *"}, {"every", "startsAt", "cron"}),
        ({"every": "day", "nextRunAt": "2026-12-01T06:00:00Z"}, {"nextRunAt"}),
    ],
)
async def test_every_wrong_field_is_named(
    api: Api, pool: Pool, body: dict[str, Any], fields: set[str]
) -> None:
    audience = await make_watched(pool, api)
    assert set(problems(await put(api, audience, **body))) == fields
    error(await api.get(f"audiences/{audience['id']}/schedule"), 404, "NOT_FOUND")


async def test_a_time_without_a_zone_is_told_what_it_lacks(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    found = problems(await put(api, audience, every="day", startsAt="2026-12-01T06:00:00"))
    assert found == {"startsAt": "must be a time with its zone, such as 2026-12-01T06:00:00Z"}


@pytest.mark.parametrize(
    "start",
    [
        "0001-01-01T00:00:00+14:00",
        "1999-12-31T23:59:59Z",
        "2300-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999-12:00",
    ],
)
async def test_a_start_in_another_age_is_a_slip_of_the_pen(
    api: Api, pool: Pool, start: str
) -> None:
    audience = await make_watched(pool, api)
    assert set(problems(await put(api, audience, every="day", startsAt=start), 422)) == {"startsAt"}


async def test_only_a_monitoring_audience_has_one(api: Api, pool: Pool) -> None:
    await fill_directory(pool, api, "avery-stone")
    audience = await api.make_audience()
    assert "on_demand" in problems(await put(api, audience, every="day"), 422)["audienceId"]
    job = await api.start(
        type="linkedin_search",
        audienceName="Found",
        searchUrl="https://www.linkedin.com/search/results/people/?keywords=x",
    )
    await make_ready(pool, api, job["audienceId"])
    found = problems(await put(api, {"id": job["audienceId"]}, every="day"), 422)
    assert "linkedin_search" in found["audienceId"]


async def test_one_that_no_provider_was_asked_for_has_nothing_to_run(api: Api, pool: Pool) -> None:
    audience = await api.make_audience(type_="monitoring")
    found = problems(await put(api, audience, every="day"), 422)
    assert "has not been filled from a provider yet" in found["audienceId"]
    upload = await api.upload("email\na@example.com\n")
    await api.start(type="file_upload", uploadId=upload["uploadId"], audienceId=audience["id"])
    assert set(problems(await put(api, audience, every="day"), 422)) == {"audienceId"}


async def test_what_is_not_there_is_not_found(api: Api, pool: Pool) -> None:
    error(await put(api, {"id": "0" * 24}, every="day"), 404, "NOT_FOUND")
    assert set(problems(await put(api, {"id": "x"}, every="day"))) == {"audienceId"}
    audience = await make_watched(pool, api)
    data(await api.delete(f"audiences/{audience['id']}"))
    error(await put(api, audience, every="day"), 404, "NOT_FOUND")


async def test_set_while_its_audience_is_deleted_it_is_gone_with_it(api: Api, pool: Pool) -> None:
    for _ in range(5):
        audience = await make_watched(pool, api)
        gone, answer = await asyncio.gather(
            api.delete(f"audiences/{audience['id']}"), put(api, audience, every="day")
        )
        data(gone)
        assert answer.status_code in (200, 404)
        error(await api.get(f"audiences/{audience['id']}/schedule"), 404, "NOT_FOUND")


async def test_an_idempotency_key_means_nothing_to_it(api: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    url, key = f"audiences/{audience['id']}/schedule", {"idempotency-key": "k1"}
    data(await api.put(url, json={"every": "day"}, headers=key))
    told = await api.put(url, json={"every": "week"}, headers=key)
    assert data(told)["every"] == "week"
    assert "idempotent-replayed" not in told.headers


async def test_a_stranger_sets_nothing(api: Api, stranger: Api, pool: Pool) -> None:
    audience = await make_watched(pool, api)
    await fill_directory(pool, stranger, "avery-stone")
    error(await put(stranger, audience, every="day"), 404, "NOT_FOUND")
    url = f"{api.base_url}audiences/{audience['id']}/schedule"
    error(await stranger.put(url, json={"every": "day"}), 404, "NOT_FOUND")
    error(await api.get(url), 404, "NOT_FOUND")


async def test_it_needs_prospecting_write(service: Service, pool: Pool, api: Api) -> None:
    audience = await make_watched(pool, api)
    weak = ["prospecting:read", "audiences:read", "audiences:write"]
    reader = await make_tenant(pool, weak, groups=[api.tenant.account_group_id])
    async with service.client(reader) as weak_api:
        error(await put(weak_api, audience, every="day"), 403, "FORBIDDEN")
