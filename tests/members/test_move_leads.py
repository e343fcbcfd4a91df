"""POST /v1/accounts/{accountGroupId}/audiences/{audienceId}/move-leads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.prospects import assert_guarded, join, make_busy, make_prospects, make_ready
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

NOBODY = "0" * 24


async def move(api: Api, source: Any, target: object, leads: object, **headers: str) -> Any:
    body = {"targetAudienceId": target, "leadIds": leads}
    return await api.post(f"audiences/{source}/move-leads", json=body, headers=headers)


async def filled(api: Api, pool: Pool, name: str, count: int) -> tuple[str, list[str]]:
    """An audience and its people, in order."""
    made = await api.make_audience(name)
    people = await make_prospects(pool, api, *({"name": f"{name} {n}"} for n in range(count)))
    await join(pool, api, made["id"], *people)
    return made["id"], people


async def members(api: Api, audience_id: str) -> list[str]:
    """Who is in it, in order; its count is right."""
    found = await api.all_items(f"audiences/{audience_id}/prospects", limit=3)
    told = data(await api.get(f"audiences/{audience_id}"))
    assert told["prospectCount"] == len(found)
    return [person["id"] for person in found]


async def test_people_leave_the_one_and_join_the_end_of_the_other(api: Api, pool: Pool) -> None:
    source, ours = await filled(api, pool, "Source", 5)
    target, theirs = await filled(api, pool, "Target", 2)
    before = {one: data(await api.get(f"audiences/{one}")) for one in (source, target)}
    told = data(await move(api, source, target, [ours[3], ours[1], ours[4]]))
    assert told == {
        "sourceAudience": before[source] | {"prospectCount": 2},
        "targetAudience": before[target] | {"prospectCount": 5},
        "movedCount": 3,
    }
    assert await members(api, source) == [ours[0], ours[2]]
    # In the order they had, not in that of the request.
    assert await members(api, target) == [*theirs, ours[1], ours[3], ours[4]]
    assert data(await api.get(f"prospects/{ours[1]}"))["audienceIds"] == [target]


async def test_they_joined_when_they_were_moved(api: Api, pool: Pool) -> None:
    source, (one, _) = await filled(api, pool, "Source", 2)
    target, _ = await filled(api, pool, "Target", 0)
    await move(api, source, target, [one])
    (moved,) = data(await api.get(f"audiences/{target}/prospects"))["items"]
    (stayed,) = data(await api.get(f"audiences/{source}/prospects"))["items"]
    assert moved["addedAt"] > stayed["addedAt"]


async def test_who_is_there_already_stays_there_once(api: Api, pool: Pool) -> None:
    source, ours = await filled(api, pool, "Source", 3)
    target, theirs = await filled(api, pool, "Target", 1)
    await join(pool, api, target, ours[1])
    told = data(await move(api, source, target, ours))
    assert told["movedCount"] == 3
    assert told["targetAudience"]["prospectCount"] == 4
    assert await members(api, source) == []
    assert await members(api, target) == [*theirs, ours[1], ours[0], ours[2]]


async def test_there_and_back_again(api: Api, pool: Pool) -> None:
    source, ours = await filled(api, pool, "Source", 4)
    target, _ = await filled(api, pool, "Target", 0)
    for _ in range(3):
        assert data(await move(api, source, target, ours))["movedCount"] == 4
        assert data(await move(api, target, source, ours))["movedCount"] == 4
    assert await members(api, source) == ours
    assert await members(api, target) == []


async def test_an_id_given_twice_counts_once(api: Api, pool: Pool) -> None:
    source, (one, two) = await filled(api, pool, "Source", 2)
    target, _ = await filled(api, pool, "Target", 0)
    assert data(await move(api, source, target, [one, one]))["movedCount"] == 1
    assert await members(api, source) == [two]
    assert await members(api, target) == [one]


async def test_ten_thousand_move_at_once(api: Api, pool: Pool) -> None:
    source, target = await api.make_audience("Source"), await api.make_audience("Target")
    people = await stock(pool, api, source["id"], 10_000)
    assert data(await move(api, source["id"], target["id"], people))["movedCount"] == 10_000
    found = data(await api.get(f"audiences/{target['id']}/prospects?limit=250"))["items"]
    assert [person["id"] for person in found] == people[:250]


async def stock(pool: Pool, api: Api, audience_id: str, count: int) -> list[str]:
    """Many members at once; their ids in order."""
    group, audience = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(audience_id)
    people = [number.to_bytes(12, "big") for number in range(1, count + 1)]
    await pool.execute(
        "INSERT INTO prospects (account_group_id, id, created_at)"
        " SELECT $1, unnest($2::bytea[]), now()",
        group,
        people,
    )
    await pool.execute(
        """
        INSERT INTO memberships
        SELECT $1, $2, number, id, $2, now()
        FROM unnest($3::bytea[]) WITH ORDINALITY AS each (id, number)
        """,
        group,
        audience,
        people,
    )
    await pool.execute(
        "UPDATE audiences SET prospect_count = $3::bigint, next_position = $3::bigint + 1"
        " WHERE account_group_id = $1 AND id = $2",
        group,
        audience,
        count,
    )
    return [person.hex() for person in people]


async def test_it_is_all_or_nobody(api: Api, pool: Pool, stranger: Api) -> None:
    source, ours = await filled(api, pool, "Source", 3)
    target, theirs = await filled(api, pool, "Target", 1)
    _, foreign = await filled(stranger, pool, "Theirs", 1)
    response = await move(api, source, target, [ours[0], theirs[0], ours[1], NOBODY, foreign[0]])
    found = problems(response, 422)
    assert set(found) == {"leadIds[1]", "leadIds[3]", "leadIds[4]"}
    assert await members(api, source) == ours
    assert await members(api, target) == theirs


async def test_an_audience_cannot_be_moved_into_itself(api: Api, pool: Pool) -> None:
    source, ours = await filled(api, pool, "Source", 2)
    assert set(problems(await move(api, source, source, ours), 422)) == {"targetAudienceId"}
    assert await members(api, source) == ours


async def test_neither_may_be_missing_or_anothers(api: Api, pool: Pool, stranger: Api) -> None:
    source, ours = await filled(api, pool, "Source", 1)
    target, _ = await filled(api, pool, "Target", 0)
    theirs = (await stranger.make_audience())["id"]
    for one, other in (
        (NOBODY, target),
        (source, NOBODY),
        (source, theirs),
        (theirs, source),
        (NOBODY, NOBODY),
    ):
        error(await move(api, one, other, ours), 404, "NOT_FOUND")
    error(await move(stranger, source, theirs, ours), 404, "NOT_FOUND")
    foreign = f"{api.base_url}audiences/{source}/move-leads"
    body = {"targetAudienceId": target, "leadIds": ours}
    error(await stranger.post(foreign, json=body), 404, "NOT_FOUND")
    assert await members(api, source) == ours


async def test_both_are_guarded_after_404_and_before_422(api: Api, pool: Pool) -> None:
    source, ours = await filled(api, pool, "Source", 1)
    target, _ = await filled(api, pool, "Target", 0)
    for busy in (source, target):
        job_id = await make_busy(pool, api, busy)
        assert_guarded(await move(api, source, target, ours), job_id)
        assert_guarded(await move(api, source, target, [NOBODY]), job_id)
        error(await move(api, busy, NOBODY, ours), 404, "NOT_FOUND")
        await make_ready(pool, api, busy)
    assert data(await move(api, source, target, ours))["movedCount"] == 1


async def test_a_deleted_audience_is_gone(api: Api, pool: Pool) -> None:
    source, ours = await filled(api, pool, "Source", 1)
    target, _ = await filled(api, pool, "Target", 0)
    data(await api.delete(f"audiences/{target}"))
    error(await move(api, source, target, ours), 404, "NOT_FOUND")
    assert await members(api, source) == ours


@pytest.mark.parametrize("target", ["", "x", None, 5, [], "F" * 24])
async def test_a_malformed_target_is_named(api: Api, target: object) -> None:
    made = await api.make_audience()
    assert set(problems(await move(api, made["id"], target, [NOBODY]))) == {"targetAudienceId"}


@pytest.mark.parametrize("leads", [[], None, NOBODY, {}, 5, [NOBODY] * 10_001])
async def test_a_malformed_list_is_named(api: Api, leads: object) -> None:
    made = await api.make_audience()
    assert "leadIds" in problems(await move(api, made["id"], NOBODY, leads))


@pytest.mark.parametrize("lead", ["x", None, 5, "F" * 24])
async def test_a_malformed_id_is_named(api: Api, lead: object) -> None:
    made = await api.make_audience()
    (path,) = problems(await move(api, made["id"], NOBODY, [NOBODY, lead]))
    assert path.startswith("leadIds")


async def test_both_fields_are_required_and_no_others_taken(api: Api) -> None:
    made = await api.make_audience()
    response = await api.post(f"audiences/{made['id']}/move-leads", json={"prospectIds": []})
    assert set(problems(response)) == {"targetAudienceId", "leadIds", "prospectIds"}


async def test_the_same_again_moves_nobody_twice(api: Api, pool: Pool) -> None:
    source, ours = await filled(api, pool, "Source", 2)
    target, _ = await filled(api, pool, "Target", 0)
    again = {"idempotency-key": "move-1"}
    answers = await asyncio.gather(
        *(move(api, source, target, ours[:1], **again) for _ in range(3))
    )
    assert [data(answer)["movedCount"] for answer in answers] == [1, 1, 1]
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 2
    error(await move(api, source, target, ours, **again), 409, "IDEMPOTENCY_CONFLICT")
    # Without the key it is another request, and the person is no member any more.
    assert set(problems(await move(api, source, target, ours[:1]), 422)) == {"leadIds[0]"}
    assert await members(api, target) == ours[:1]


async def test_opposite_moves_at_once_lose_nobody(api: Api, pool: Pool) -> None:
    one, ours = await filled(api, pool, "One", 12)
    other, theirs = await filled(api, pool, "Other", 12)
    moves = [
        move(api, *pair, [person])
        for here, there in zip(ours, theirs, strict=True)
        for pair, person in (((one, other), here), ((other, one), there))
    ]
    answers = await asyncio.gather(*moves)
    assert [answer.status_code for answer in answers] == [200] * 24
    assert set(await members(api, one)) == set(theirs)
    assert set(await members(api, other)) == set(ours)


async def test_of_two_who_move_the_same_person_at_once_one_does(api: Api, pool: Pool) -> None:
    source, ours = await filled(api, pool, "Source", 1)
    targets = [(await filled(api, pool, f"Target {n}", 0))[0] for n in range(4)]
    answers = await asyncio.gather(*(move(api, source, target, ours) for target in targets))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
    assert sorted([await members(api, target) for target in targets]) == [[], [], [], ours]
    assert await members(api, source) == []


async def test_it_needs_audiences_write(service: Service, pool: Pool, api: Api) -> None:
    made = await api.make_audience()
    reader = await make_tenant(
        pool,
        permissions=["audiences:read", "prospects:write"],
        groups=[api.tenant.account_group_id],
    )
    async with service.client(reader) as weak:
        refused = error(await move(weak, made["id"], NOBODY, [NOBODY]), 403, "FORBIDDEN")
    assert "audiences:write" in refused["details"]
