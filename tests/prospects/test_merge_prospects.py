"""POST /v1/accounts/{accountGroupId}/prospects/{prospectId}/merge: several prospects become one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from support.jobs import csv, members
from support.members import assert_replays
from support.numbers import assert_numbers_add_up
from support.prospects import make_busy, make_prospects, make_ready
from support.service import data, error, make_tenant, problems

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api, Service

HEADER = "publicIdentifier,email,headline,location,Team"

pytestmark = pytest.mark.usefixtures("worker")


async def merge(api: Api, kept: str, *gone: str, **more: Any) -> Any:
    return await api.post(f"prospects/{kept}/merge", json={"prospectIds": gone}, **more)


async def people(api: Api, name: str, *rows: str, **more: Any) -> tuple[str, list[str]]:
    """An audience of a file, and the ids of its people in the order they joined."""
    job = await api.import_file(csv(HEADER, *rows), name, **more)
    return job["audienceId"], [each["id"] for each in await members(api, job)]


async def listed(api: Api, audience_id: str) -> list[str]:
    return [each["id"] for each in await api.all_items(f"audiences/{audience_id}/prospects")]


async def assert_forwards(api: Api, gone: str, kept: str) -> None:
    refusal = error(await api.get(f"prospects/{gone}"), 404, "NOT_FOUND")
    assert kept in refusal["details"]


async def test_what_is_not_known_is_filled_in_the_order_given(api: Api) -> None:
    _, (jo, one, two) = await people(
        api,
        "Three",
        "jo,,CTO,,red",
        "one,one@b.example,CEO,,",
        "two,two@b.example,,Graz,blue",
    )
    before = data(await api.get(f"prospects/{jo}"))
    now = data(await merge(api, jo, two, one))
    assert (now["id"], now["headline"], now["email"]) == (jo, "CTO", "two@b.example")
    assert (now["location"], now["attributes"]) == ("Graz", {"Team": "red"})
    assert (now["publicIdentifier"], now["addedAt"]) == ("jo", before["addedAt"])
    assert "audienceIds" not in now
    for gone in (one, two):
        await assert_forwards(api, gone, jo)
    rows = ["jo,,,,", "one,,,,", "two,,,,", ",one@b.example,,,", ",two@b.example,,,"]
    job = await api.import_file(csv(HEADER, *rows), "Again")
    found = await api.all_items(f"prospecting/{job['jobId']}/rows")
    assert [each["prospectId"] for each in found] == [jo] * 5


async def test_memberships_become_the_union_with_the_earliest_place(api: Api, pool: Pool) -> None:
    """Kept is in the audience before, after, and not at all; it holds two who are gone; or nobody."""
    rows = {name: f"{name},,,," for name in ("jo", "one", "two", "x")}
    before, (jo, x, one) = await people(api, "Before", rows["jo"], rows["x"], rows["one"])
    after, (two, *_) = await people(api, "After", rows["two"], rows["x"], rows["jo"], rows["one"])
    without, _ = await people(api, "Without", rows["x"], rows["two"], rows["one"])
    neither, _ = await people(api, "Neither", rows["x"])
    alone, _ = await people(api, "Alone", rows["jo"])
    audiences = (before, after, without, neither, alone)
    was = {each: await api.all_items(f"audiences/{each}/prospects") for each in audiences}
    data(await merge(api, jo, one, two))
    assert [await listed(api, each) for each in audiences] == [[jo, x], [jo, x], [x, jo], [x], [jo]]
    for each in audiences:
        now = await api.all_items(f"audiences/{each}/prospects")
        times = [person["addedAt"] for person in was[each]]
        assert [person["addedAt"] for person in now] == times[: len(now)]
        await assert_numbers_add_up(pool, api, each)
        await assert_replays(api, each)
    held = data(await api.get(f"prospects/{jo}"))["audienceIds"]
    assert set(held) == {before, after, without, alone}


async def test_a_chain_of_merges_replays_and_leads_to_the_last_who_stayed(
    api: Api, pool: Pool
) -> None:
    audience, (a, b, c, d) = await people(api, "Four", *(f"{n},,,," for n in "abcd"))
    data(await merge(api, d, c))
    data(await merge(api, b, d))
    await assert_numbers_add_up(pool, api, audience)
    await assert_replays(api, audience)
    assert await listed(api, audience) == [a, b]
    data(await merge(api, b, a))
    await assert_numbers_add_up(pool, api, audience)
    await assert_replays(api, audience)
    assert await listed(api, audience) == [b]
    for gone in (a, c, d):
        await assert_forwards(api, gone, b)
    # Whoever joins later gets numbers that nobody had.
    await people(api, "", "e,,,,", "c,,,,", audienceId=audience)
    await assert_numbers_add_up(pool, api, audience)
    await assert_replays(api, audience)
    assert len(await listed(api, audience)) == 2


async def test_ids_that_were_merged_before_stand_for_who_stayed(api: Api, pool: Pool) -> None:
    one, two, three = await make_prospects(
        pool, api, *({"email": f"p{n}@b.example"} for n in range(3))
    )
    first = data(await merge(api, two, three))
    # Once more changes nothing.
    assert data(await merge(api, two, three, three)) == first
    data(await merge(api, one, three))
    for gone in (two, three):
        await assert_forwards(api, gone, one)
        refusal = error(await merge(api, gone, one), 404, "NOT_FOUND")
        assert one in refusal["details"]


async def test_in_an_audience_that_fills_people_are_merged_too(api: Api, pool: Pool) -> None:
    audience, (one, two) = await people(api, "Two", "one,,,,", "two,,,,")
    await make_busy(pool, api, audience)
    data(await merge(api, two, one))
    await make_ready(pool, api, audience)
    await assert_numbers_add_up(pool, api, audience)
    await assert_replays(api, audience)


async def test_what_makes_no_sense_is_named_and_changes_nothing(
    api: Api, stranger: Api, pool: Pool
) -> None:
    one, two = await make_prospects(pool, api, {"email": "a@b.example"}, {"email": "c@b.example"})
    (foreign,) = await make_prospects(pool, stranger, {"email": "a@b.example"})
    found = problems(await merge(api, one, two, one), 422)
    assert set(found) == {"prospectIds[1]"}
    for missing in ("0" * 24, foreign):
        refusal = error(await merge(api, one, two, missing), 404, "NOT_FOUND")
        assert missing in refusal["details"]
        assert two not in refusal["details"]
        error(await merge(api, missing, two), 404, "NOT_FOUND")
    assert set(problems(await merge(api, one))) == {"prospectIds"}
    assert set(problems(await merge(api, one, *[two] * 101))) == {"prospectIds"}
    assert set(problems(await merge(api, one, "x"))) == {"prospectIds[0]"}
    assert set(problems(await api.post(f"prospects/{one}/merge"))) == {"prospectIds"}
    for each in (one, two):
        data(await api.get(f"prospects/{each}"))


async def test_more_attributes_than_a_person_can_have_are_refused(api: Api, pool: Pool) -> None:
    def many(letter: str) -> str:
        return "{" + ",".join(f'"{letter}{n}": "x"' for n in range(300)) + "}"

    one, two = await make_prospects(
        pool,
        api,
        {"email": "a@b.example", "attributes": many("a")},
        {"email": "c@b.example", "attributes": many("b")},
    )
    assert set(problems(await merge(api, one, two), 422)) == {"prospectIds"}
    data(await api.get(f"prospects/{two}"))


async def test_people_with_too_much_text_are_merged_few_at_a_time(api: Api, pool: Pool) -> None:
    ids = await make_prospects(
        pool,
        api,
        {"email": "p@b.example"},
        *({"email": f"p{n}@b.example", "about": str(n) * 900_000} for n in range(10)),
    )
    assert set(problems(await merge(api, ids[0], *ids[1:]), 422)) == {"prospectIds"}
    data(await merge(api, ids[0], *ids[1:6]))
    assert data(await merge(api, ids[0], *ids[6:]))["about"] == "0" * 900_000


async def test_a_hundred_people_of_hundreds_of_audiences_become_one(api: Api, pool: Pool) -> None:
    ids = await make_prospects(pool, api, *({"email": f"p{n}@b.example"} for n in range(101)))
    group = bytes.fromhex(api.tenant.account_group_id)
    await pool.execute(
        """
        WITH made AS (
            INSERT INTO audiences (account_group_id, id, name, name_key, type, created_at,
                prospect_count, next_position)
            SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'A ' || n, 'a ' || n, 'on_demand',
                   now(), 20, 21
            FROM generate_series(1, 300) AS n RETURNING id
        ), numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM made)
        INSERT INTO memberships
            (account_group_id, audience_id, position, prospect_id, seen_by_job_id, added_at)
        SELECT $1, id, p, ($2::bytea[])[1 + (n * 7 + p) % 101], id, now()
        FROM numbered CROSS JOIN generate_series(1, 20) AS p
        """,
        group,
        [bytes.fromhex(each) for each in ids],
    )
    data(await merge(api, ids[0], *ids[1:]))
    counts = await pool.fetch(
        """
        SELECT a.prospect_count, a.next_position, count(m) AS members FROM audiences a
        LEFT JOIN memberships m ON m.account_group_id = $1 AND m.audience_id = a.id
        WHERE a.account_group_id = $1 GROUP BY a.id, a.prospect_count, a.next_position
        """,
        group,
    )
    assert len(counts) == 300
    assert all(row["prospect_count"] == row["members"] == 1 for row in counts)


async def test_merges_both_ways_at_once_leave_one_person(api: Api, pool: Pool) -> None:
    audience, ids = await people(api, "Six", *(f"{n},,,," for n in "abcdef"))
    answers = await asyncio.gather(
        *(merge(api, kept, *(each for each in ids if each != kept)) for kept in ids)
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 5
    (kept,) = await listed(api, audience)
    for gone in ids:
        if gone != kept:
            await assert_forwards(api, gone, kept)
    await assert_numbers_add_up(pool, api, audience)
    await assert_replays(api, audience)


async def test_an_idempotency_key_merges_once(api: Api, pool: Pool) -> None:
    one, two = await make_prospects(pool, api, {"email": "a@b.example"}, {"email": "c@b.example"})
    first = await merge(api, one, two, headers={"idempotency-key": "k"})
    again = await merge(api, one, two, headers={"idempotency-key": "k"})
    assert again.headers["idempotent-replayed"] == "true"
    assert data(first) == data(again)


async def test_it_needs_prospects_write(service: Service, pool: Pool, api: Api) -> None:
    one, two = await make_prospects(pool, api, {"email": "a@b.example"}, {"email": "c@b.example"})
    reader = await make_tenant(
        pool, permissions=["prospects:read"], groups=[api.tenant.account_group_id]
    )
    async with service.client(reader) as weak:
        refusal = error(await merge(weak, one, two), 403, "FORBIDDEN")
    assert "prospects:write" in refusal["details"]
