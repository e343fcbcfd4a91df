"""Workers killed with -9 in the middle of a combination whose sources change: the result is exact."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from support.depth import rounds
from support.prospects import join_many, make_many
from support.service import data
from support.survival import Progress, assert_queue_empties, next_death
from support.worker_processes import workers

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from support.service import Api
    from support.survival import House

KILLS = rounds(6)
PEOPLE = 100 * KILLS
KILLED_WHILE_STARTING = [kill for kill in range(KILLS) if kill % 3]
START_SECONDS = 0.4
# So small that the job outlives all the kills on a fast machine.
BATCH = 1
TAKEOVER = 0.4


async def ids_in(house: House, audience_id: str) -> list[str]:
    rows = await house.pool.fetch(
        "SELECT prospect_id, position FROM memberships WHERE audience_id = $1 ORDER BY position",
        bytes.fromhex(audience_id),
    )
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["prospect_id"].hex() for row in rows]


async def test_a_combination_is_exact_although_workers_were_killed(
    house: House, tenant: Api, tmp_path: Path, chance: random.Random
) -> None:
    people = await make_many(house.pool, tenant, PEOPLE)
    one, two = [(await tenant.make_audience(name))["id"] for name in ("One", "Two")]
    first, second = people[: 4 * PEOPLE // 5], people[PEOPLE // 3 :]
    chance.shuffle(second)
    await join_many(house.pool, tenant, one, first)
    await join_many(house.pool, tenant, two, second)
    body = {"operation": "union", "audienceIds": [one, two], "audienceName": "Both"}
    with workers(house.dsn, tmp_path, batch=BATCH, takeover=TAKEOVER) as start:
        worker = start()
        job = data(await tenant.post("audiences/combine", json=body), 202)
        progress = Progress(house.pool, job["jobId"])
        for kill in range(KILLS):
            moved = {"targetAudienceId": two, "leadIds": [first[kill], first[-1 - kill]]}
            data(await tenant.post(f"audiences/{one}/move-leads", json=moved))
            if kill in KILLED_WHILE_STARTING:
                await asyncio.sleep(chance.uniform(0, START_SECONDS))
            else:
                await progress.look()
                end = next_death(chance, progress.position + 1, PEOPLE, KILLS - kill)
                await progress.reach(end)
                await asyncio.sleep(chance.uniform(0, 0.01))
            assert worker.lives, worker.words()
            worker.kill()
            worker = start()
        assert await progress.look(), "it was over before the last worker was killed"
        done = await tenant.finished(job["jobId"])
        assert (done["status"], done["error"]) == ("completed", None)
        assert done["counts"]["added"] == done["counts"]["rows"] == PEOPLE
        assert await ids_in(house, job["audienceId"]) == [*dict.fromkeys([*first, *second])]
        told = data(await tenant.get(f"audiences/{job['audienceId']}"))
        assert told["prospectCount"] == PEOPLE
        await assert_queue_empties(house.pool)
        assert not worker.words(), "a worker that finds half a job has nothing to complain of"
