"""Workers killed with -9 in the middle of an undo, and of a dry run: the next goes on, exactly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from support.depth import rounds
from support.jobs import kept
from support.known_files import members_only, mixed
from support.service import data
from support.survival import Progress, assert_queue_empties, next_death, start_import
from support.worker_processes import workers

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from support.service import Api
    from support.survival import House
    from support.worker_processes import Worker

KILLS = rounds(6)
ROWS = 60 * KILLS
DRY_KILLS = rounds(2)
BATCH = 4
OF_PEOPLE = ("prospects", "memberships", "left_members", "dry_run_people")


async def _kill(
    progress: Progress, start: Callable[[], Worker], chance: random.Random, rows: int, kills: int
) -> None:
    """Kills so many workers at random moments of a job."""
    worker = start()
    for kill in range(kills):
        await progress.look()
        await progress.reach(next_death(chance, progress.position + 1, rows, kills - kill))
        await asyncio.sleep(chance.uniform(0, 0.01))
        worker.kill()
        worker = start()
    assert await progress.look(), "the job was over before the last worker was killed"


async def test_an_undo_is_exact_although_workers_were_killed(
    house: House, tenant: Api, tmp_path: Path, chance: random.Random
) -> None:
    old = members_only(chance, 200)
    source = mixed(chance, ROWS, old)
    with workers(house.dsn, tmp_path, batch=1000, takeover=0.6) as start:
        start()
        first = await start_import(tenant, old, audienceName="Buyers")
        await tenant.finished(first["jobId"])
        before = await house.pool.fetch("SELECT * FROM prospects ORDER BY id")
        job = await start_import(tenant, source, audienceId=first["audienceId"])
        imported = await tenant.finished(job["jobId"])
    with workers(house.dsn, tmp_path, batch=BATCH, takeover=0.6) as start:
        undo = data(await tenant.post(f"prospecting/{job['jobId']}/undo"), 202)
        await _kill(Progress(house.pool, undo["jobId"]), start, chance, ROWS, KILLS)
        done = await tenant.finished(undo["jobId"])
        await assert_queue_empties(house.pool)
    added = imported["counts"]["added"]
    assert done["status"] == "completed", done
    assert done["counts"]["removed"] == added
    rows = await tenant.all_items(f"prospecting/{undo['jobId']}/rows", limit=250, outcome="removed")
    assert len({row["prospectId"] for row in rows}) == len(rows) == added
    assert await house.pool.fetch("SELECT * FROM prospects ORDER BY id") == before
    left = await kept(house.pool, tenant, OF_PEOPLE)
    assert left == {
        "prospects": 200,
        "memberships": 200,
        "left_members": added,
        "dry_run_people": 0,
    }
    audience = data(await tenant.get(f"audiences/{first['audienceId']}"))
    assert audience["prospectCount"] == 200
    numbers = await house.pool.fetch(
        "SELECT left_number FROM left_members WHERE audience_id = $1 ORDER BY left_number",
        bytes.fromhex(first["audienceId"]),
    )
    first_left = 200 + added + 1
    assert [row[0] for row in numbers] == list(range(first_left, first_left + added))


async def test_a_dry_run_is_exact_although_workers_were_killed(
    house: House, tenant: Api, tmp_path: Path, chance: random.Random
) -> None:
    source = mixed(chance, ROWS)
    with workers(house.dsn, tmp_path, batch=BATCH, takeover=0.6) as start:
        job = await start_import(tenant, source, audienceName="Buyers", dryRun=True)
        await _kill(Progress(house.pool, job["jobId"]), start, chance, ROWS, DRY_KILLS)
        done = await tenant.finished(job["jobId"])
    told = await tenant.all_items(f"prospecting/{job['jobId']}/rows", limit=250)
    assert [row["outcome"] for row in told] == source.outcomes
    assert done["counts"]["rows"] == ROWS
    assert (await kept(house.pool, tenant, ["prospects"])) == {"prospects": 0}
