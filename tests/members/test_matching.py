"""POST …/remove-matching, …/move-matching and …/copy-matching: changes of all who fit filters."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from houselist.prospects import chosen
from support.members import assert_replays, changes, ids
from support.prospects import (
    assert_guarded,
    join_many,
    make_busy,
    make_many,
    make_prospects,
    make_ready,
)
from support.search import write_texts
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

NOBODY = "0" * 24
VERBS = ("remove", "move", "copy")


async def change(api: Api, verb: str, audience: str | None, **body: Any) -> Any:
    path = "prospects" if audience is None else f"audiences/{audience}/prospects"
    return await api.post(f"{path}/{verb}-matching", json=body)


async def all_of(api: Api, verb: str, audience: str | None, **body: Any) -> list[Any]:
    """What each request tells until nothing is left."""
    told: list[Any] = []
    cursor = None
    while True:
        told.append(data(await change(api, verb, audience, cursor=cursor, **body)))
        cursor = told[-1]["nextCursor"]
        assert told[-1]["hasMore"] is (cursor is not None)
        if cursor is None:
            return told


def target(verb: str, audience: str) -> dict[str, str]:
    return {} if verb == "remove" else {"targetAudienceId": audience}


def touched(verb: str, told: list[Any]) -> int:
    name = {"remove": "removed", "move": "movedCount", "copy": "added"}[verb]
    return sum(each[name] for each in told)


async def filled(
    api: Api, pool: Pool, *people: dict[str, Any], name: str = "Source"
) -> tuple[str, list[str]]:
    audience = (await api.make_audience(name))["id"]
    made = await make_prospects(pool, api, *people)
    data(await api.post(f"audiences/{audience}/prospects", json={"prospectIds": made}))
    return audience, made


CROWD: list[dict[str, Any]] = [
    {"name": f"Person {n}", "title": ("CTO", "Engineer")[n % 2], "location": "Łódź"}
    | ({"email": f"p{n}@northwind.example"} if n % 3 == 0 else {})
    for n in range(12)
]


@pytest.mark.parametrize("written", [True, False], ids=["written", "pending"])
@pytest.mark.parametrize(
    ("filters", "fit"),
    [
        ({}, range(12)),
        ({"title": "cto"}, range(0, 12, 2)),
        ({"hasEmail": False, "title": "CTO"}, (2, 4, 8, 10)),
        ({"q": "lodz person"}, range(12)),
        ({"company": "northwind"}, ()),
        ({"addedBefore": "2026-01-01T00:00:00Z"}, ()),
    ],
)
@pytest.mark.parametrize("verb", VERBS)
async def test_all_who_fit_and_nobody_else(
    api: Api, pool: Pool, verb: str, filters: Any, fit: Any, *, written: bool
) -> None:
    source, people = await filled(api, pool, *CROWD)
    other = (await api.make_audience("Target"))["id"]
    if written:
        await write_texts(pool, api)
    wanted = [people[n] for n in fit]
    told = await all_of(api, verb, source, filters=filters, **target(verb, other))
    assert touched(verb, told) == len(wanted)
    stay = people if verb == "copy" else [each for each in people if each not in wanted]
    assert await ids(api, source) == stay
    assert await ids(api, other) == ([] if verb == "remove" else wanted)
    await assert_replays(api, source)
    await assert_replays(api, other)


@pytest.mark.parametrize("verb", VERBS)
async def test_some_at_a_time_until_nobody_is_left(api: Api, pool: Pool, verb: str) -> None:
    source, people = await filled(api, pool, *CROWD)
    other = (await api.make_audience("Target"))["id"]
    told = await all_of(api, verb, source, filters={"title": "cto"}, limit=4, **target(verb, other))
    assert [touched(verb, [each]) for each in told] == [4, 2]
    if verb == "move":
        assert told[0]["sourceAudience"]["prospectCount"] == 8
        assert told[1]["targetAudience"]["prospectCount"] == 6
    assert await ids(api, other) == ([] if verb == "remove" else people[::2])
    # Nothing is left for whoever asks again.
    again = await all_of(api, verb, source, filters={"title": "cto"}, **target(verb, other))
    assert touched(verb, again) == 0


@pytest.mark.parametrize("verb", VERBS)
async def test_fewer_at_a_time_where_finding_them_took_long(
    api: Api, pool: Pool, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(chosen, "_AMPLE", 0.0)
    monkeypatch.setattr(chosen, "_FEWEST", 5)
    source, people = await filled(api, pool, *CROWD)
    other = (await api.make_audience("Target"))["id"]
    told = await all_of(api, verb, source, filters={}, **target(verb, other))
    assert [touched(verb, [each]) for each in told] == [5, 5, 2]
    assert await ids(api, other) == ([] if verb == "remove" else people)


@pytest.mark.parametrize(
    ("found", "seconds", "changed"),
    [(10_000, 0.1, 10_000), (10_000, 0.8, 5_000), (10_000, 60.0, 1_000), (20, 60.0, 1_000)],
)
def test_how_many_can_be_changed_in_time(found: int, seconds: float, changed: int) -> None:
    assert chosen._as_many_as_fit(found, seconds) == changed


@pytest.mark.parametrize("verb", VERBS)
async def test_ten_thousand_with_each_request(api: Api, pool: Pool, verb: str) -> None:
    source, other = [(await api.make_audience(name))["id"] for name in ("Source", "Target")]
    people = await make_many(pool, api, 12_000)
    await join_many(pool, api, source, people)
    told = await all_of(api, verb, source, filters={}, **target(verb, other))
    assert [touched(verb, [each]) for each in told] == [10_000, 2_000]
    assert await ids(api, source) == (people if verb == "copy" else [])
    assert await ids(api, other) == ([] if verb == "remove" else people)


async def test_people_of_all_audiences_and_of_none_are_added(
    api: Api, stranger: Api, pool: Pool
) -> None:
    _, people = await filled(api, pool, *CROWD)
    (alone,) = await make_prospects(pool, api, {"name": "Alone", "title": "CTO"})
    await make_prospects(pool, stranger, {"name": "Theirs", "title": "CTO"})
    other = (await api.make_audience("Target"))["id"]
    data(await api.post(f"audiences/{other}/prospects", json={"prospectIds": [people[2]]}))
    body = {"filters": {"title": "cto"}, "targetAudienceId": other}
    told = await all_of(api, "copy", None, limit=3, **body)
    assert [(each["added"], each["alreadyMember"]) for each in told] == [(2, 1), (3, 0), (1, 0)]
    assert await ids(api, other) == [people[2], people[0], *people[4::2], alone]
    await assert_replays(api, other)


async def test_the_history_names_nobody_twice(api: Api, pool: Pool) -> None:
    source, people = await filled(api, pool, *CROWD)
    _, cursor = await changes(api, source)
    await all_of(api, "remove", source, filters={"hasEmail": True}, limit=2)
    told, _ = await changes(api, source, cursor)
    assert [(each["prospectId"], each["change"]) for each in told] == [
        (person, "left") for person in people[::3]
    ]
    assert {each["jobId"] for each in told} == {None}


async def test_who_is_in_the_target_already_stays_there_once(api: Api, pool: Pool) -> None:
    for verb in ("move", "copy"):
        source, people = await filled(api, pool, {"name": "A"}, {"name": "B"}, name=f"From, {verb}")
        other = (await api.make_audience(f"To, {verb}"))["id"]
        data(await api.post(f"audiences/{other}/prospects", json={"prospectIds": people[1:]}))
        told = data(await change(api, verb, source, filters={}, targetAudienceId=other))
        if verb == "copy":
            assert (told["added"], told["alreadyMember"]) == (1, 1)
        else:
            assert told["movedCount"] == 2
        assert await ids(api, other) == [people[1], people[0]]


async def test_both_ways_at_once_lose_nobody(api: Api, pool: Pool) -> None:
    one, ours = await filled(api, pool, *CROWD, name="One")
    other, theirs = await filled(api, pool, *({"name": f"Other {n}"} for n in range(9)), name="Two")
    answers = await asyncio.gather(
        *(
            change(api, verb, *pair[:1], filters={}, limit=3, targetAudienceId=pair[1])
            for pair in ((one, other), (other, one)) * 4
            for verb in ("move", "copy")
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    assert {*await ids(api, one), *await ids(api, other)} == {*ours, *theirs}
    await assert_replays(api, one)
    await assert_replays(api, other)


async def test_the_same_request_again_changes_nothing(api: Api, pool: Pool) -> None:
    source, people = await filled(api, pool, *CROWD)
    path = f"audiences/{source}/prospects/remove-matching"
    answers = [
        await api.post(
            path, json={"filters": {}, "limit": 5}, headers={"idempotency-key": "remove-1"}
        )
        for _ in range(2)
    ]
    assert [data(answer)["removed"] for answer in answers] == [5, 5]
    assert "idempotent-replayed" in answers[1].headers
    assert await ids(api, source) == people[5:]


@pytest.mark.parametrize("verb", VERBS)
async def test_a_stranger_is_refused(api: Api, stranger: Api, pool: Pool, verb: str) -> None:
    source, people = await filled(api, pool, *CROWD[:2])
    theirs = (await stranger.make_audience())["id"]
    body = {"filters": {}, **target(verb, theirs)}
    error(await change(stranger, verb, source, **body), 404, "NOT_FOUND")
    error(await change(api, verb, NOBODY, **body), 404, "NOT_FOUND")
    if verb != "remove":
        error(await change(api, verb, source, **body), 404, "NOT_FOUND")
    assert await ids(api, source) == people


@pytest.mark.parametrize("verb", VERBS)
async def test_one_that_a_job_fills_is_guarded(api: Api, pool: Pool, verb: str) -> None:
    source, people = await filled(api, pool, *CROWD[:2])
    other = (await api.make_audience("Target"))["id"]
    for busy in (source,) if verb == "remove" else (source, other):
        job = await make_busy(pool, api, busy)
        assert_guarded(await change(api, verb, source, filters={}, **target(verb, other)), job)
        await make_ready(pool, api, busy)
    assert await ids(api, source) == people


@pytest.mark.parametrize("verb", ["move", "copy"])
async def test_an_audience_is_not_its_own_target(api: Api, pool: Pool, verb: str) -> None:
    source, people = await filled(api, pool, *CROWD[:2])
    refused = await change(api, verb, source, filters={}, targetAudienceId=source)
    assert set(problems(refused, 422)) == {"targetAudienceId"}
    assert await ids(api, source) == people


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "filters"),
        ({"filters": None}, "filters"),
        ({"filters": []}, "filters"),
        ({"filters": {"name": "Avery"}}, "filters"),
        ({"filters": {"q": ""}}, "filters.q"),
        ({"filters": {"hasEmail": "true"}}, "filters.hasEmail"),
        ({"filters": {"addedAfter": "2026-03-01"}}, "filters.addedAfter"),
        ({"filters": {"asOf": "2026-03-01T00:00:00Z"}}, "filters"),
        ({"filters": {}, "limit": 0}, "limit"),
        ({"filters": {}, "limit": 10_001}, "limit"),
        ({"filters": {}, "cursor": "x"}, "cursor"),
        ({"filters": {}, "prospectIds": [NOBODY]}, "prospectIds"),
    ],
)
@pytest.mark.parametrize("verb", VERBS)
async def test_what_is_malformed_is_refused(api: Api, verb: str, body: Any, path: str) -> None:
    source, other = [(await api.make_audience(name))["id"] for name in ("Source", "Target")]
    assert path in problems(await change(api, verb, source, **target(verb, other), **body))


async def test_a_cursor_is_of_its_audience_and_filters(api: Api, pool: Pool) -> None:
    source, _ = await filled(api, pool, *CROWD)
    other = (await api.make_audience("Target"))["id"]
    body = {"limit": 1, "targetAudienceId": other}
    cursor = data(await change(api, "copy", source, filters={}, **body))["nextCursor"]
    for audience, filters in ((source, {"title": "cto"}), (None, {})):
        refused = await change(api, "copy", audience, filters=filters, cursor=cursor, **body)
        assert "cursor" in problems(refused)


@pytest.mark.parametrize(
    ("verb", "permission"),
    [("remove", "prospects:write"), ("move", "audiences:write"), ("copy", "prospects:write")],
)
async def test_each_needs_its_permission(
    service: Service, pool: Pool, verb: str, permission: str
) -> None:
    weak = await make_tenant(pool, permissions=["prospects:read", "audiences:read"])
    async with service.client(weak) as api:
        refused = await change(api, verb, NOBODY, filters={}, **target(verb, NOBODY))
    assert permission in error(refused, 403, "FORBIDDEN")["details"]
