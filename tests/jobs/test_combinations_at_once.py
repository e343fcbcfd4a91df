"""Combinations, an import that merges people, moves and removals at once, all about the same people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from support.jobs import csv, members, working
from support.service import data

if TYPE_CHECKING:
    from support.jobs import Place
    from support.service import Api

PEOPLE = 60
ROUNDS = 10
HEADER = "publicIdentifier,linkedinUrl"


def sales(number: int) -> str:
    return f"https://www.linkedin.com/sales/lead/ACwAA{number:034}"


async def assert_consistent(place: Place, api: Api) -> None:
    """Every audience counts its members, and each of them exists."""
    wrong = await place.pool.fetch(
        """
        SELECT a.name, a.prospect_count, count(m.prospect_id), count(p.id) FROM audiences a
        LEFT JOIN memberships m ON m.account_group_id = a.account_group_id
            AND m.audience_id = coalesce(a.list_id, a.id)
        LEFT JOIN prospects p ON p.account_group_id = a.account_group_id AND p.id = m.prospect_id
        WHERE a.account_group_id = $1 AND a.deleted_at IS NULL GROUP BY a.account_group_id, a.id
        HAVING count(m.prospect_id) <> a.prospect_count OR count(p.id) <> a.prospect_count
        """,
        bytes.fromhex(api.tenant.account_group_id),
    )
    assert wrong == []


async def test_two_combinations_an_import_and_moves_about_the_same_people(
    idle: Api, place: Place
) -> None:
    async with working(place.dsn, batch=2):
        slugs = [f"jo-{number}," for number in range(PEOPLE)]
        leads = [f",{sales(number)}" for number in range(PEOPLE)]
        one, two = [
            (await idle.import_file(csv(HEADER, *rows), name))["audienceId"]
            for rows, name in ((slugs + leads[: PEOPLE // 2], "One"), (leads, "Two"))
        ]
        known = {each: await members(idle, {"audienceId": each}) for each in (one, two)}
        ids = [person["id"] for person in known[one]]
        proofs = await idle.upload(
            csv(HEADER, *(f"jo-{number},{sales(number)}" for number in range(PEOPLE)))
        )
        spare = (await idle.make_audience("Spare"))["id"]

        # More requests at once would wait for one another longer than one may.
        turns = asyncio.Semaphore(4)

        async def combine(operation: str, round_: int) -> Any:
            body = {
                "operation": operation,
                "audienceIds": [one, two],
                "audienceName": f"{operation} {round_}",
            }
            async with turns:
                return data(await idle.post("audiences/combine", json=body), 202)

        async def move(lead: str) -> None:
            body = {"targetAudienceId": spare, "leadIds": [lead]}
            # Whoever was merged meanwhile is no member any more.
            async with turns:
                status = (await idle.post(f"audiences/{one}/move-leads", json=body)).status_code
            assert status in (200, 422), status

        started = [
            idle.start(type="file_upload", uploadId=proofs["uploadId"], audienceName="Proofs")
        ]
        for round_ in range(ROUNDS):
            started += [combine("union", round_), combine("intersect", round_)]
            started += [move(each) for each in ids[round_ * 4 : round_ * 4 + 4]]
        jobs = [job for job in await asyncio.gather(*started) if job is not None]
        done = [await idle.finished(job["jobId"]) for job in jobs]
        assert {job["status"] for job in done} == {"completed"}
    await assert_consistent(place, idle)
    # Everybody is one of as many people by now, and a union taken from the start has them all.
    union = await members(idle, done[1])
    assert len({person["id"] for person in union}) == len(union) == PEOPLE
